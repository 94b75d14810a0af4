//! Reading a table of ERMrest page by page: each begins behind the last row of the one before.

use super::processor::Step;
use super::reading::Reading;
use crate::percent::encoded;

/// The column that every table of ERMrest has, and that tells its rows apart.
const USUAL_COLUMN: &str = "RID";

/// What says in a sort that a column goes down.
const DOWN: &str = "::desc::";

/// What stands in a path about the order of rows and where to begin, and is not the query's to say.
const MODIFIERS: [&str; 3] = ["@sort(", "@after(", "@before("];

/// How a query is read page by page. How many rows a page has decides nothing of what comes out, and is the source's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paging {
    /// The columns that rows are in the order of; never none.
    pub columns: Vec<String>,
}

impl Paging {
    /// Reads how a step pages; nothing where it does not.
    pub(super) fn read(step: &Step, reading: &mut Reading) -> Option<Self> {
        let (place, params) = (&step.place, &step.params);
        // Read for what is wrong with it alone.
        reading.count_of(place, params, "paged_query_size");
        let mut columns = reading.texts_of(place, params, "paged_query_sort_columns");
        if columns.is_empty() {
            columns.push(USUAL_COLUMN.to_owned());
        }
        let is_paged = reading.switch_of(place, params, "paged_query").unwrap_or(false);
        is_paged.then_some(Self { columns })
    }

    /// Whether ERMrest can read a path page by page.
    pub fn is_possible(path: &str) -> bool {
        ["/entity/", "/attribute/"].iter().any(|api| path.starts_with(api))
    }

    /// The path of all rows in the order that pages have.
    pub fn whole(&self, path: &str) -> String {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let columns: Vec<String> = self.columns.iter().map(|column| ordered(column)).collect();
        let mut whole = format!("{}@sort({})?limit=none", unordered(path), columns.join(","));
        for one in query.split('&').filter(|one| !one.is_empty() && !one.starts_with("limit=")) {
            whole.push('&');
            whole.push_str(one);
        }
        whole
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
        let usual = Paging { columns: vec!["RID".to_owned()] };
        assert_eq!(paging(&json!({})), (None, 0));
        assert_eq!(paging(&json!({"paged_query": false, "paged_query_size": 2})), (None, 0));
        assert_eq!(paging(&json!({"paged_query": "yes"})), (Some(usual), 0));
        let own = json!({"paged_query": true, "paged_query_size": "2",
            "paged_query_sort_columns": ["a", "b"]});
        let columns = vec!["a".to_owned(), "b".to_owned()];
        assert_eq!(paging(&own), (Some(Paging { columns }), 0));
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
    fn all_rows_are_in_the_order_that_pages_have() {
        let columns = vec!["note: a/b".to_owned(), "RID::desc::".to_owned()];
        let paging = Paging { columns };
        let order = "@sort(note%3A%20a%2Fb,RID::desc::)?limit=none";
        for (path, more) in [
            ("/entity/s:t", ""),
            ("/entity/s:t?limit=none&download=x", "&download=x"),
            ("/entity/s:t@sort(x,y)@after(1,2)", ""),
            ("/entity/s:t@sort(x)?limit=5&cid=x", "&cid=x"),
        ] {
            assert_eq!(paging.whole(path), format!("/entity/s:t{order}{more}"));
        }
    }
}
