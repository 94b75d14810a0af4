//! What the other side says, as it is kept and shown.

/// Most of it that is kept, in characters.
const MOST: usize = 1000;

/// The beginning of what was said, on one line.
pub(super) fn one_line(said: &[u8]) -> String {
    let text = String::from_utf8_lossy(said);
    text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).take(MOST).collect()
}
