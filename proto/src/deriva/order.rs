//! The order in which browsers put names, for what clients list is listed here in the same order.

use std::cmp::Ordering;

/// What comes before digits and letters, in its order:
/// <https://www.unicode.org/Public/UCA/latest/allkeys.txt>.
const PUNCTUATION: &str = " _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$";

/// How two names stand to each other: by what is written, then small letters first.
pub(super) fn by_name(left: &str, right: &str) -> Ordering {
    let written = left.chars().map(weight).cmp(right.chars().map(weight));
    let capitals =
        || left.chars().map(char::is_uppercase).cmp(right.chars().map(char::is_uppercase));
    written.then_with(capitals).then_with(|| left.cmp(right))
}

/// Where a character stands, whatever its case is.
fn weight(character: char) -> (usize, char) {
    match PUNCTUATION.find(character) {
        Some(place) => (place, '\0'),
        None => (PUNCTUATION.len(), character.to_lowercase().next().unwrap_or(character)),
    }
}

#[cfg(test)]
mod tests {
    use super::by_name;

    #[test]
    fn names_stand_in_the_order_of_browsers() {
        let mut names =
            ["fkcol", "b", "aB", "a1", "A", "ab", "a2", "a_b", "a b", "fk_col_1", "a10"];
        names.sort_by(|left, right| by_name(left, right));
        assert_eq!(
            names,
            ["A", "a b", "a_b", "a1", "a10", "a2", "ab", "aB", "b", "fk_col_1", "fkcol"]
        );
    }
}
