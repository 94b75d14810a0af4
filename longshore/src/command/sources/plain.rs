//! Texts of strangers on a terminal.

/// Most characters of a value that are shown.
const SHOWN_CHARS: usize = 60;

/// A text on one line, with a spelling for everything that a terminal would obey, or that would turn
/// the order of what is read.
pub(crate) fn plain(text: &str) -> String {
    let mut shown = String::new();
    for character in text.chars() {
        if is_obeyed(character) {
            shown.extend(character.escape_debug());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// A value's beginning, as [`plain`] has it.
pub(super) fn beginning(text: &str) -> String {
    let mut shown = plain(&text.chars().take(SHOWN_CHARS).collect::<String>());
    if text.chars().nth(SHOWN_CHARS).is_some() {
        shown.push('…');
    }
    shown
}

fn is_obeyed(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_obeys_nothing_of_a_text() {
        assert_eq!(
            plain("\u{1b}[31mred\u{9b}0m\r\n\u{202e}x"),
            "\\u{1b}[31mred\\u{9b}0m\\r\\n\\u{202e}x"
        );
        assert_eq!(plain("Käufer 😀"), "Käufer 😀");
    }

    #[test]
    fn long_texts_are_cut() {
        assert_eq!(beginning(&"x".repeat(61)).chars().count(), 61);
        assert!(beginning(&"x".repeat(61)).ends_with('…'));
        assert!(!beginning(&"x".repeat(60)).ends_with('…'));
    }
}
