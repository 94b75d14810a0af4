//! Rows that somebody wants exported, as Chaise shows them.

use crate::deriva::schema::TableIn;

/// Rows of a table, and where they are shown.
#[derive(Debug, Clone, Copy)]
pub struct Reference<'a> {
    /// The address of ERMrest, such as `https://example.org/ermrest`.
    pub service: &'a str,
    /// The catalogue, with `@` and a snapshot behind it where not the latest state is meant.
    pub catalogue_id: &'a str,
    /// The table.
    pub table: TableIn<'a>,
    /// The path of the rows: `M:=schema:table`, and filters behind it. The table is called `M` in there.
    pub root_path: &'a str,
    /// Where they are shown, such as `detailed`, `compact` or `compact/select`.
    pub context: &'a str,
}

impl Reference<'_> {
    /// The server, without the path of ERMrest on it.
    pub fn host(&self) -> &str {
        self.service.rsplit_once('/').map_or(self.service, |(host, _)| host)
    }
}
