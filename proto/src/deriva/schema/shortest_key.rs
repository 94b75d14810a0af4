//! The columns by which clients tell the rows of a table apart.

use super::column::Column;
use super::table::TableIn;

impl<'a> TableIn<'a> {
    /// The columns of the key that is the shortest one: `RID` where there is such a key, otherwise the one of
    /// the fewest columns, those of whole numbers before others, and those that stand first in the table before
    /// others. Keys whose columns may hold nothing only count where there is no other one; without any key it is
    /// all columns.
    pub fn shortest_key(self) -> Vec<&'a str> {
        let is_there = |name: &str| self.column(name).is_some_and(Column::is_always_there);
        let (full, others): (Vec<_>, Vec<_>) =
            self.keys().partition(|key| key.iter().copied().all(is_there));
        let keys = if full.is_empty() { others } else { full };
        let rid = keys
            .iter()
            .position(|key| matches!(key.as_slice(), [only] if only.eq_ignore_ascii_case("RID")));
        let mut keys = keys.into_iter();
        let found = match rid {
            Some(place) => keys.nth(place),
            None => keys.min_by_key(|key| {
                let is_number = |name: &str| self.column(name).is_some_and(Column::is_integer);
                let has_numbers = key.iter().copied().all(is_number);
                (key.len(), !has_numbers, self.positions(key.iter().copied()))
            }),
        };
        found.unwrap_or_else(|| self.column_names().collect())
    }
}
