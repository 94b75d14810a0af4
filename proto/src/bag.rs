//! What people may say about a bag.

/// Elements that whoever makes the bag writes; by RFC 8493 their case does not matter.
const RESERVED: [&str; 2] = ["Bagging-Date", "Payload-Oxum"];

/// The name of an element of `bag-info.txt`, such as `Source-Organization`.
///
/// Has no colon and no control character, and neither begins nor ends with white space, so that a
/// line reads back as it was meant; and is none of the elements that are found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label(String);

/// Why a text is no label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LabelError {
    /// A colon, a control character, white space at an end, or nothing at all.
    #[error("a label has no colon, no control character and no white space around it")]
    Malformed,
    /// It says what only the finished bag can tell.
    #[error("the element is written with what the bag turns out to hold")]
    Reserved,
}

impl Label {
    /// Takes a text for a label.
    pub fn parse(text: &str) -> Result<Self, LabelError> {
        let is_bad = |c: char| c == ':' || c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
        if text.is_empty() || text.trim() != text || text.contains(is_bad) {
            Err(LabelError::Malformed)
        } else if RESERVED.iter().any(|label| label.eq_ignore_ascii_case(text)) {
            Err(LabelError::Reserved)
        } else {
            Ok(Self(text.to_owned()))
        }
    }

    /// The label as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<(), LabelError>) {
        assert_eq!(Label::parse(text).map(|label| assert_eq!(label.as_str(), text)), expected);
    }

    #[test]
    fn a_label_reads_back_as_it_was_meant() {
        check("BagIt-Profile-Identifier", Ok(()));
        check("Größe des Ganzen", Ok(()));
        for text in ["", " a", "a ", "a:b", "a\nb", "a\tb", "a\u{2028}b"] {
            check(text, Err(LabelError::Malformed));
        }
    }

    #[test]
    fn nobody_says_what_a_bag_turns_out_to_hold() {
        check("Payload-Oxum", Err(LabelError::Reserved));
        check("BAGGING-date", Err(LabelError::Reserved));
    }
}
