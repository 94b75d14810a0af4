//! Names of files and folders that every system takes.

/// What Windows keeps for devices, whatever extension follows.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// A name without what some system refuses: the characters that separate or select files and those that
/// control terminals become underscores, and so do names of devices, names of dots alone and the dots and spaces
/// at the end.
pub(super) fn file_name(name: &str) -> String {
    let text: String = name.chars().map(|c| if is_refused(c) { '_' } else { c }).collect();
    if is_reserved(&text) {
        return "_".to_owned();
    }
    let kept = text.trim_end_matches(['.', ' ']);
    if kept.len() == text.len() { text } else { format!("{kept}_") }
}

fn is_refused(c: char) -> bool {
    matches!(c, '/' | '?' | '<' | '>' | '\\' | ':' | '*' | '|' | '"' | '\0'..='\x1f' | '\u{80}'..='\u{9f}')
}

/// Whether a name means a folder or a device.
fn is_reserved(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).to_lowercase();
    let is_port = ["com", "lpt"].iter().any(|port| {
        let number = stem.strip_prefix(port);
        number.is_some_and(|number| number.len() == 1 && number.bytes().all(|b| b.is_ascii_digit()))
    });
    let is_dots = !name.is_empty() && name.bytes().all(|b| b == b'.');
    is_dots || is_port || DEVICES.contains(&stem.as_str())
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn names_lose_what_some_system_refuses() {
        assert_eq!(file_name("Main / table"), "Main _ table");
        assert_eq!(file_name("a?b<c>d\\e:f*g|h\"i"), "a_b_c_d_e_f_g_h_i");
        assert_eq!(file_name("tab\there\u{85}"), "tab_here_");
        assert_eq!(file_name("**No Export Annot**"), "__No Export Annot__");
        assert_eq!(file_name(".."), "_");
        assert_eq!(file_name("CON"), "_");
        assert_eq!(file_name("lpt1.txt"), "_");
        assert_eq!(file_name("com10"), "com10");
        assert_eq!(file_name("console"), "console");
        assert_eq!(file_name("what. ."), "what_");
        assert_eq!(file_name("Größe"), "Größe");
        assert_eq!(file_name(""), "");
    }
}
