//! What the other side says, as it is kept and shown.

/// Most of it that is kept, in characters.
const MOST: usize = 1000;

/// The beginning of what was said, on one line that a terminal does not obey.
pub(super) fn one_line(said: &[u8]) -> String {
    on_one_line(String::from_utf8_lossy(said).lines())
}

/// The same of several lines.
pub(super) fn on_one_line<'l>(lines: impl Iterator<Item = &'l str>) -> String {
    let lines = lines.map(|line| line.replace(char::is_control, " ").trim().to_owned());
    let told: Vec<String> = lines.filter(|line| !line.is_empty()).collect();
    told.join("; ").chars().take(MOST).collect()
}
