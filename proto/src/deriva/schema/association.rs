//! Tables that only say which rows of two others belong together.

use std::collections::BTreeSet;

use super::column::Column;
use super::link::Link;
use super::table::TableIn;

/// Types of columns that the database numbers.
const SERIAL: [&str; 4] = ["serial", "serial2", "serial4", "serial8"];

impl<'a> TableIn<'a> {
    /// The two foreign keys of a table that is nothing but their pairs: nothing leads to it, both together are
    /// its only key but for numbers and the system's columns, and it has no other columns.
    pub fn association(self) -> Option<[Link<'a>; 2]> {
        if self.referring().next().is_some() {
            return None;
        }
        let is_own = |link: &Link<'a>| !(link.is_simple() && link.held().all(Column::is_system));
        let links: Vec<_> = self.links().filter(is_own).collect();
        let links: [Link<'a>; 2] = links.try_into().ok()?;
        let held: BTreeSet<_> = links.iter().flat_map(|link| link.held()).collect();
        let is_number = |name: &str| {
            let column = self.column(name);
            column.is_some_and(|column| SERIAL.contains(&column.column_type.typename.as_str()))
        };
        let is_surrogate = |key: &[&str]| match key {
            [only] => (is_number(only) || Column::is_system(only)) && !held.contains(only),
            _ => false,
        };
        let mut keys = self.keys().filter(|key| !is_surrogate(key));
        let key = keys.next().filter(|key| key.iter().all(|column| held.contains(column)))?;
        let in_keys: BTreeSet<_> = self.keys().flatten().collect();
        let is_pure =
            self.column_names().all(|name| in_keys.contains(name) || Column::is_system(name));
        (keys.next().is_none() && !key.is_empty() && is_pure).then_some(links)
    }

    /// The other foreign key of a table that associates the one's end with its end.
    pub(in crate::deriva) fn associated(self, link: Link<'a>) -> Option<Link<'a>> {
        self.association()?.into_iter().find(|other| !other.is(link))
    }
}
