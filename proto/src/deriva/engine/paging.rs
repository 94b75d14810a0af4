//! Reading a table of ERMrest page by page: each begins behind the last row of the one before.

use super::processor::Step;
use super::reading::Reading;
use crate::deriva::encoded::encoded;

/// Rows of a page where nothing else is said.
const USUAL_SIZE: u64 = 100_000;

/// The column that every table of ERMrest has, and that tells its rows apart.
const USUAL_COLUMN: &str = "RID";

/// What says in a sort that a column goes down.
const DOWN: &str = "::desc::";

/// How ERMrest writes that there is no value.
const NULL: &str = "::null::";

/// What stands in a path about the order of rows and where to begin, and is not the query's to say.
const MODIFIERS: [&str; 3] = ["@sort(", "@after(", "@before("];

/// How a query is read page by page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paging {
    /// Rows of a page; at least one.
    pub size: u64,
    /// The columns that rows are in the order of; never none.
    pub columns: Vec<String>,
}

impl Paging {
    /// Reads how a step pages; nothing where it does not.
    pub(super) fn read(step: &Step, reading: &mut Reading) -> Option<Self> {
        let (place, params) = (&step.place, &step.params);
        let size = reading.count_of(place, params, "paged_query_size").unwrap_or(USUAL_SIZE);
        let mut columns = reading.texts_of(place, params, "paged_query_sort_columns");
        if columns.is_empty() {
            columns.push(USUAL_COLUMN.to_owned());
        }
        let is_paged = reading.switch_of(place, params, "paged_query").unwrap_or(false);
        is_paged.then_some(Self { size, columns })
    }

    /// Whether ERMrest can read a path page by page.
    pub fn is_possible(path: &str) -> bool {
        ["/entity/", "/attribute/"].iter().any(|api| path.starts_with(api))
    }

    /// The path of a page with so many rows: the first one, or the one behind a row that has these values
    /// in the columns of the order.
    pub fn page(&self, path: &str, after: Option<&[Option<&str>]>, size: u64) -> String {
        let after = after.map(|values| {
            let null = || NULL.to_owned();
            let values: Vec<String> =
                values.iter().map(|value| value.map_or_else(null, encoded)).collect();
            format!("@after({})", values.join(","))
        });
        self.limited(path, &after.unwrap_or_default(), &size.to_string())
    }

    /// The path of all rows in the order that pages have.
    pub fn whole(&self, path: &str) -> String {
        self.limited(path, "", "none")
    }

    fn limited(&self, path: &str, after: &str, limit: &str) -> String {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let columns: Vec<String> = self.columns.iter().map(|column| ordered(column)).collect();
        let mut page =
            format!("{}@sort({}){after}?limit={limit}", unordered(path), columns.join(","));
        for one in query.split('&').filter(|one| !one.is_empty() && !one.starts_with("limit=")) {
            page.push('&');
            page.push_str(one);
        }
        page
    }

    /// How many rows to ask for where so many took too long; nothing where it is one already.
    pub fn halved(size: u64) -> Option<u64> {
        (size > 1).then_some(size / 2)
    }
}

/// A column of an order as it stands in a path.
fn ordered(column: &str) -> String {
    match column.strip_suffix(DOWN) {
        Some(column) => format!("{}{DOWN}", encoded(column)),
        None => encoded(column),
    }
}

/// A path without what it says of order and beginning.
fn unordered(path: &str) -> String {
    let mut rest = path.to_owned();
    for modifier in MODIFIERS {
        while let Some(begin) = rest.find(modifier) {
            let end = rest[begin..].find(')').map_or(rest.len(), |end| begin + end + 1);
            rest.replace_range(begin..end, "");
        }
    }
    rest
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn paging(params: &Value) -> (Option<Paging>, usize) {
        let mut reading = Reading::default();
        let params = params.as_object().unwrap().clone();
        let step = Step { name: "csv", params, place: "/p".to_owned() };
        let paging = Paging::read(&step, &mut reading);
        (paging, reading.mistakes.len())
    }

    #[test]
    fn queries_are_paged_where_they_say_so() {
        let usual = Paging { size: 100_000, columns: vec!["RID".to_owned()] };
        assert_eq!(paging(&json!({})), (None, 0));
        assert_eq!(paging(&json!({"paged_query": false, "paged_query_size": 2})), (None, 0));
        assert_eq!(paging(&json!({"paged_query": "yes"})), (Some(usual), 0));
        let own = json!({"paged_query": true, "paged_query_size": "2",
            "paged_query_sort_columns": ["a", "b"]});
        let columns = vec!["a".to_owned(), "b".to_owned()];
        assert_eq!(paging(&own), (Some(Paging { size: 2, columns }), 0));
        assert_eq!(paging(&json!({"paged_query_size": 0})).1, 1);
        assert_eq!(paging(&json!({"paged_query_sort_columns": [{}]})).1, 1);
    }

    #[test]
    fn only_rows_of_tables_are_paged() {
        assert!(Paging::is_possible("/entity/s:t"));
        assert!(Paging::is_possible("/attribute/s:t/a"));
        for path in ["/attributegroup/s:t/a", "/aggregate/s:t/n:=cnt(*)", "/schema", "/"] {
            assert!(!Paging::is_possible(path), "{path}");
        }
    }

    #[test]
    fn a_page_begins_behind_a_row() {
        let columns = vec!["note: a/b".to_owned(), "RID::desc::".to_owned()];
        let paging = Paging { size: 2, columns };
        let check = |path: &str, after: Option<&[Option<&str>]>, expected: &str| {
            assert_eq!(paging.page(path, after, 2), expected);
        };
        let order = "@sort(note%3A%20a%2Fb,RID::desc::)";
        check("/entity/s:t", None, &format!("/entity/s:t{order}?limit=2"));
        check(
            "/entity/s:t?limit=none&download=x",
            Some(&[Some("a,b"), None]),
            &format!("/entity/s:t{order}@after(a%2Cb,::null::)?limit=2&download=x"),
        );
        check("/entity/s:t@sort(x,y)@after(1,2)", None, &format!("/entity/s:t{order}?limit=2"));
        assert_eq!(
            paging.whole("/entity/s:t@sort(x)?limit=5&cid=x"),
            format!("/entity/s:t{order}?limit=none&cid=x")
        );
    }

    #[test]
    fn a_page_that_takes_too_long_is_halved_down_to_a_row() {
        assert_eq!(Paging::halved(100_000), Some(50_000));
        assert_eq!(Paging::halved(3), Some(1));
        assert_eq!(Paging::halved(1), None);
    }
}
