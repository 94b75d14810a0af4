//! What is read of a catalogue, in `ERMrest`'s own language: the way through the tables, what is picked of it,
//! and in which order rows come so that pages can begin after one.

mod order;

use proto::percent::{decoded_lossy, encoded};

pub(super) use self::order::Order;
use self::order::Sorted;
use super::border::Border;
use crate::SourceError;
use crate::http::refused;

/// The column of the system that every table has, and that is a key of each.
const KEY: &str = "RID";

/// What the key is called where it is read besides what is asked for.
const HIDDEN: &str = "longshore_key";

/// Options of a page that change nothing of its rows; links that browsers are given have them.
const IDLE: &[&str] = &["accept", "uinit", "cid", "download"];

/// What is given of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Whole rows.
    Entity,
    /// Some columns.
    Attribute,
    /// Some columns of rows that are alike in others.
    AttributeGroup,
    /// One row about all.
    Aggregate,
}

/// All kinds, by their names in addresses.
const KINDS: &[(&str, Kind)] = &[
    ("entity", Kind::Entity),
    ("attribute", Kind::Attribute),
    ("attributegroup", Kind::AttributeGroup),
    ("aggregate", Kind::Aggregate),
];

/// A query, without a page of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Query {
    kind: Kind,
    /// The way through the tables, as it is written.
    path: String,
    /// What is picked of it, as it is written; nothing where whole rows are.
    items: Option<String>,
    /// What it says itself of the order.
    sort: Vec<Sorted>,
    /// What it says besides the path.
    options: Options,
}

/// What a query says besides the path.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Options {
    /// How many rows are wanted at most.
    limit: Option<u64>,
    /// Whether CSV has lists as JSON, and not as literals of `PostgreSQL`.
    has_json_lists: bool,
}

impl Query {
    /// Reads a query as it stands in an address after the catalogue.
    pub(super) fn parse(text: &str) -> Result<Self, SourceError> {
        let wrong = |why: &str| refused(format!("the query {text:?} {why}"));
        if text.contains(|letter: char| letter.is_control() || letter == '#' || letter == '\\') {
            return Err(wrong("has a sign that means nothing in an address"));
        }
        let (path, options) = text.trim().split_once('?').unwrap_or((text.trim(), ""));
        let options = Options::parse(options).map_err(|Unknown| {
            wrong("has an option other than \"limit\" and \"arrays=json\"; leave that out")
        })?;
        let (path, page) = match path.split_once('@') {
            Some((path, page)) => (path, Some(page)),
            None => (path, None),
        };
        let (name, path) = path.trim_matches('/').split_once('/').unwrap_or((path, ""));
        let kind = KINDS.iter().find(|(known, _)| *known == name);
        let (_, kind) = kind.ok_or_else(|| {
            wrong("does not begin with /entity/, /attribute/, /attributegroup/ or /aggregate/")
        })?;
        let (path, items) = match kind {
            Kind::Entity => (path, None),
            Kind::Attribute | Kind::AttributeGroup | Kind::Aggregate => {
                let parts = path.rsplit_once('/').ok_or_else(|| wrong("picks no columns"))?;
                (parts.0, Some(parts.1.to_owned()))
            }
        };
        if path.is_empty() || items.as_ref().is_some_and(String::is_empty) {
            return Err(wrong("names no table, or no columns"));
        }
        let sort = match page {
            None => Vec::new(),
            Some(page) => order::sort(page).ok_or_else(|| {
                wrong(
                    "has a page; where pages begin is decided here, and only @sort(…) may be said",
                )
            })?,
        };
        Ok(Self { kind: *kind, path: path.to_owned(), items, sort, options })
    }

    /// How many of its rows are wanted at most, the first ones in its order.
    pub(super) fn limit(&self) -> Option<u64> {
        self.options.limit
    }

    /// What is said of how its rows are written as CSV, behind how many there are to be.
    pub(super) fn spelling(&self) -> &'static str {
        if self.options.has_json_lists { "&arrays=json" } else { "" }
    }

    /// The order in which none of its rows is passed over and none comes twice; nothing where there is none,
    /// so that all rows are asked for at once.
    pub(super) fn order(&self) -> Option<Order> {
        let items = self.items.as_deref().unwrap_or_default();
        let (keys, hidden) = match self.kind {
            Kind::Aggregate => return None,
            Kind::Entity => (vec![Sorted::by(KEY)], None),
            Kind::Attribute if parts(items, ',').contains(&KEY) => (vec![Sorted::by(KEY)], None),
            Kind::Attribute => {
                let mut name = HIDDEN.to_owned();
                while items.contains(&name) {
                    name.push('_');
                }
                (vec![Sorted::by(&name)], Some(name))
            }
            Kind::AttributeGroup => {
                let names = parts(self.groups(), ',').into_iter().map(output_name);
                (names.map(|name| Some(Sorted::by(&name?))).collect::<Option<Vec<_>>>()?, None)
            }
        };
        Some(Order::new(&self.sort, keys, hidden))
    }

    /// What is asked for, below the catalogue: the rows from a border on, all columns of them.
    pub(super) fn rows(&self, order: Option<&Order>, after: Option<&Border>) -> String {
        let kind = KINDS.iter().find(|(_, kind)| *kind == self.kind).map_or("", |(name, _)| *name);
        let mut address = format!("{kind}/{}", self.path);
        if let Some(items) = &self.items {
            address = format!("{address}/{items}");
        }
        let Some(order) = order else { return address };
        if let Some(hidden) = order.hidden() {
            address = format!("{address},{hidden}:={KEY}");
        }
        address + &order.page(after)
    }

    /// The same, with nothing of the rows but what they are put in order by.
    pub(super) fn keys(&self, order: &Order, after: Option<&Border>) -> String {
        // What the query sorts by itself may be any of its columns.
        if !self.sort.is_empty() {
            return self.rows(Some(order), after);
        }
        let path = &self.path;
        let address = match self.kind {
            Kind::Aggregate => return self.rows(Some(order), after),
            Kind::Entity => format!("attribute/{path}/{KEY}"),
            Kind::Attribute => match order.hidden() {
                Some(hidden) => format!("attribute/{path}/{hidden}:={KEY}"),
                None => format!("attribute/{path}/{KEY}"),
            },
            Kind::AttributeGroup => format!("attributegroup/{path}/{}", self.groups()),
        };
        address + &order.page(after)
    }

    /// As many rows as it gives, with as little of each as there can be, in no order.
    pub(super) fn bare(&self) -> String {
        let path = &self.path;
        match self.kind {
            Kind::Aggregate => self.rows(None, None),
            Kind::Entity | Kind::Attribute => format!("attribute/{path}/{KEY}"),
            Kind::AttributeGroup => format!("attributegroup/{path}/{}", self.groups()),
        }
    }

    /// What rows are grouped by, as it is written.
    fn groups(&self) -> &str {
        let items = self.items.as_deref().unwrap_or_default();
        parts(items, ';').first().copied().unwrap_or_default()
    }
}

/// Whether options change nothing of a document.
pub(super) fn are_idle(options: &str) -> bool {
    Options::parse(options).is_ok_and(|options| options.limit.is_none())
}

/// An option that is not known.
struct Unknown;

impl Options {
    /// Reads what stands behind the question mark.
    fn parse(text: &str) -> Result<Self, Unknown> {
        let mut options = Self::default();
        for option in text.split(['&', ';']).filter(|option| !option.is_empty()) {
            match option.split_once('=').unwrap_or((option, "")) {
                ("limit", "none") => options.limit = None,
                ("limit", most) => options.limit = Some(most.parse().map_err(|_| Unknown)?),
                ("arrays", "json") => options.has_json_lists = true,
                (key, _) if IDLE.contains(&key) => {}
                _ => return Err(Unknown),
            }
        }
        Ok(options)
    }
}

/// What a column is called that is picked so; nothing where that cannot be told, or more than one is.
fn output_name(item: &str) -> Option<String> {
    let name = match item.split_once(":=") {
        Some((alias, _)) => alias,
        None if item.contains('(') => return None,
        None => item.rsplit(':').next().unwrap_or(item),
    };
    (!name.is_empty() && name != "*").then(|| decoded_lossy(name))
}

/// The parts of a text between signs that are in no parentheses.
fn parts(text: &str, sign: char) -> Vec<&str> {
    let (mut parts, mut begin, mut depth) = (Vec::new(), 0, 0_usize);
    for (place, letter) in text.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if letter == sign && depth == 0 => {
                parts.push(&text[begin..place]);
                begin = place + letter.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[begin..]);
    parts
}

/// The query of a table as a whole, by its name as it is listed.
pub(super) fn of_table(table: &str) -> Result<Query, SourceError> {
    if table.contains(['/', '@', '?']) {
        return Err(refused(format!("{table:?} is no table; one is called schema:table")));
    }
    Query::parse(&format!("entity/{table}"))
}

/// A table as it is listed, and as it is called in queries.
pub(super) fn table_name(schema: &str, table: &str) -> String {
    format!("{}:{}", encoded(schema), encoded(table))
}

#[cfg(test)]
mod tests;
