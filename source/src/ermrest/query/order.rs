//! The order of rows: what they are sorted by, and the page that begins after one of them.

use proto::percent::{decoded_lossy, encoded};

use super::super::border::Border;

/// A column that rows are sorted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Sorted {
    /// As it stands in an address, with its direction.
    text: String,
    /// What it is called in rows.
    pub(in super::super) name: String,
}

/// What rows are sorted by, so that no two are alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Order {
    columns: Vec<Sorted>,
    /// What the key is called that is read besides what is asked for.
    hidden: Option<String>,
}

impl Sorted {
    /// By a column, upwards.
    pub(super) fn by(name: &str) -> Self {
        Self { text: encoded(name), name: name.to_owned() }
    }
}

impl Order {
    /// By what is asked for first, and then by a key.
    pub(super) fn new(asked: &[Sorted], keys: Vec<Sorted>, hidden: Option<String>) -> Self {
        let mut columns = asked.to_vec();
        for key in keys {
            if columns.iter().all(|column| column.name != key.name) {
                columns.push(key);
            }
        }
        Self { columns, hidden }
    }

    /// The columns.
    pub(in super::super) fn columns(&self) -> &[Sorted] {
        &self.columns
    }

    /// What the key is called that is read besides what is asked for.
    pub(in super::super) fn hidden(&self) -> Option<&str> {
        self.hidden.as_deref()
    }

    /// How a page of it is asked for.
    pub(super) fn page(&self, after: Option<&Border>) -> String {
        let columns: Vec<&str> = self.columns.iter().map(|column| column.text.as_str()).collect();
        let after = after.map_or_else(String::new, |after| format!("@after({})", after.spelled()));
        format!("@sort({}){after}", columns.join(","))
    }
}

/// The columns of `sort(…)`; nothing where it is anything else.
pub(super) fn sort(page: &str) -> Option<Vec<Sorted>> {
    let inside = page.strip_prefix("sort(")?.strip_suffix(')')?;
    if inside.contains([')', '@']) {
        return None;
    }
    let column = |text: &str| {
        let name = decoded_lossy(text.strip_suffix("::desc::").unwrap_or(text));
        (!name.is_empty()).then(|| Sorted { text: text.to_owned(), name })
    };
    inside.split(',').map(column).collect()
}
