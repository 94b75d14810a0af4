//! The column by which people know a row.

/// What such a column is called, the better ones first.
const NAMES: [&str; 6] = ["title", "name", "term", "label", "accessionid", "accessionnumber"];

/// The column whose values say most to people, where one is called so.
pub(super) fn candidate<'c>(columns: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    let place = |column: &str| NAMES.iter().position(|name| *name == plain(column));
    let known = columns.filter_map(|column| Some((place(column)?, column)));
    // Of those that are called alike it is the first.
    known.min_by_key(|(place, _)| *place).map(|(_, column)| column)
}

/// Whether a column is called so.
pub(super) fn is_candidate(column: &str) -> bool {
    candidate(std::iter::once(column)).is_some()
}

/// A name without case and without what stands between its words.
fn plain(column: &str) -> String {
    let is_between = |c: char| c.is_whitespace() || matches!(c, '.' | '-' | '_');
    column.chars().filter(|c| !is_between(*c)).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::candidate;

    #[test]
    fn better_names_come_before_columns_that_stand_first() {
        let found = |columns: &'static [&'static str]| candidate(columns.iter().copied());
        assert_eq!(found(&["id", "Accession_ID", "Name"]), Some("Name"));
        assert_eq!(found(&["id", "Accession-Number", "accession id"]), Some("accession id"));
        assert_eq!(found(&["id", "full_name"]), None);
    }
}
