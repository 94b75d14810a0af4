//! Names of members: safe on every system that may unpack them, and distinct on all of them.
//!
//! [`sanitise`] takes what a template or a source made and gives a path that stays below the folder
//! it is unpacked into; [`Names`] tells two members apart that some file system would take for one.
//! Both depend on their input alone. The ZIP writers here check no names: whoever writes a member
//! has taken its path from here.

mod names;

use unicode_normalization::UnicodeNormalization;

pub use self::names::Names;

/// Most bytes in one part of a path: what ext4, APFS and NTFS take (255).
pub const PART_BYTES: usize = 255;

/// Most bytes in a whole path (1,024): what macOS takes, and a quarter of what Linux takes.
pub const PATH_BYTES: usize = 1024;

/// Most characters that are told of the name that a file was to have.
const ORIGINAL_CHARS: usize = 1024;

/// Longest extension that survives when a name is cut, in bytes, the dot included.
const EXTENSION_BYTES: usize = 17;

/// Names that Windows keeps for devices, whatever extension follows.
const DEVICES: [&str; 6] = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"];

/// Makes a path safe to unpack anywhere: relative, of plain parts, with `/` between folders.
///
/// `/` and `\` both part; empty parts, `.` and `..` vanish, as do control characters, marks that
/// turn the direction of writing, `<>:"|?*`, and dots and spaces at either end of a part. What
/// Windows would take for a device gets a `_` before it. The result is in Unicode's form NFC, has
/// parts of at most [`PART_BYTES`] and at most [`PATH_BYTES`] altogether (folders give way before
/// the file's name does, extensions last), and is `_` where nothing is left.
///
/// Doing it twice changes nothing.
pub fn sanitise(path: &str) -> String {
    let mut parts: Vec<String> = path
        .split(['/', '\\'])
        .map(|part| safe(part, PART_BYTES))
        .filter(|part| !part.is_empty())
        .collect();
    let Some(file) = parts.pop() else { return "_".to_owned() };
    let mut room = PATH_BYTES - file.len();
    let mut whole = String::new();
    for folder in parts {
        let fitting = safe(&folder, PART_BYTES.min(room.saturating_sub(1)));
        if fitting.is_empty() {
            break;
        }
        room -= fitting.len() + 1;
        whole.push_str(&fitting);
        whole.push('/');
        if fitting.len() < folder.len() {
            break;
        }
    }
    whole.push_str(&file);
    whole
}

/// One part of a path, made safe; empty where nothing is left.
fn safe(part: &str, limit_bytes: usize) -> String {
    let clean: String = part.chars().filter(|&c| !is_unsafe(c)).nfc().collect();
    let mut part = cut(clean.trim_matches(is_edge), limit_bytes);
    if is_device(&part) {
        part = cut(&format!("_{part}"), limit_bytes);
    }
    part
}

fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*' | '/' | '\\')
        // Marks and overrides of direction, which make `gpj.exe` of `exe.jpg`.
        || matches!(c, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
        // Line and paragraph separators, and the byte order mark, which nobody sees.
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{FEFF}')
}

fn is_edge(c: char) -> bool {
    c == '.' || c.is_whitespace()
}

fn is_device(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or(part).trim_end();
    let numbered = |prefix: &str| {
        let mut chars = stem.chars();
        stem.get(..3).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
            && chars.nth(3).is_some_and(|c| matches!(c, '0'..='9' | '¹' | '²' | '³'))
            && chars.next().is_none()
    };
    DEVICES.iter().any(|device| stem.eq_ignore_ascii_case(device))
        || numbered("COM")
        || numbered("LPT")
}

/// Shortens a part from the end of its stem, so that it still opens with the right program.
fn cut(part: &str, limit_bytes: usize) -> String {
    if part.len() <= limit_bytes {
        return part.to_owned();
    }
    let (stem, extension) = split_extension(part);
    // Where there is hardly any room, the stem says more than the extension.
    let (stem, extension) =
        if extension.len() * 4 > limit_bytes { (part, "") } else { (stem, extension) };
    let end = stem.floor_char_boundary(limit_bytes - extension.len());
    let stem = stem[..end].trim_end_matches(is_edge);
    format!("{stem}{extension}")
}

/// A name's stem, and its extension with the dot; no extension where it is too long to be one.
fn split_extension(part: &str) -> (&str, &str) {
    match part.rfind('.') {
        Some(dot) if dot > 0 && part.len() - dot <= EXTENSION_BYTES => part.split_at(dot),
        Some(_) | None => (part, ""),
    }
}

/// What a file was to be called, where it is called otherwise; at most [`ORIGINAL_CHARS`] of it.
pub fn original(wanted: &str, path: &str) -> Option<String> {
    (wanted != path).then(|| wanted.chars().take(ORIGINAL_CHARS).collect())
}

/// The form under which two names are the same on some file system: case is folded, and composed
/// and decomposed letters are one.
///
/// Folds more than any one system does (`ß` is `ss`, `ſ` is `s`), for telling apart too much costs
/// a suffix, and too little a file.
pub fn fold(path: &str) -> String {
    if path.is_ascii() {
        return path.to_ascii_lowercase();
    }
    path.nfd().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfc().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(path: &str, expected: &str) {
        assert_eq!(sanitise(path), expected, "{path:?}");
    }

    #[test]
    fn a_good_name_stays_as_it_is() {
        check("carriers/UA.json", "carriers/UA.json");
        check("Übersicht 2024 (final).csv", "Übersicht 2024 (final).csv");
    }

    #[test]
    fn nothing_leads_out_of_the_folder() {
        check("../../etc/passwd", "etc/passwd");
        check("/abs", "abs");
        check("C:\\x", "C/x");
        check("a/..\\b", "a/b");
        check("a/./b//c/", "a/b/c");
        check("\\\\server\\share\\x", "server/share/x");
    }

    #[test]
    fn what_cannot_be_seen_or_written_is_taken_out() {
        check("a\0b", "ab");
        check("photo\u{202E}gpj.exe", "photogpj.exe");
        check("what? \"this\" <is>|*", "what this is");
        check(" .hidden. /x. ", "hidden/x");
    }

    #[test]
    fn nothing_left_is_an_underscore() {
        for path in ["", "..", "/", " . / .. ", "\u{202E}", "?/*"] {
            check(path, "_");
        }
    }

    #[test]
    fn a_name_that_is_kept_is_not_told_and_a_long_one_is_cut() {
        assert_eq!(original("a/b", "a/b"), None);
        assert_eq!(original("a:b", "ab"), Some("a:b".to_owned()));
        let long = "ä".repeat(2000);
        assert_eq!(original(&long, "ä"), Some("ä".repeat(ORIGINAL_CHARS)));
    }

    #[test]
    fn devices_of_windows_get_an_underscore() {
        check("CON", "_CON");
        check("con.txt", "_con.txt");
        check("a/Com7 .tar.gz", "a/_Com7 .tar.gz");
        check("LPT³", "_LPT³");
        check("COM10/console", "COM10/console");
    }

    #[test]
    fn decomposed_letters_are_composed() {
        check("e\u{301}.txt", "é.txt");
        check("e\u{200E}\u{301}.txt", "é.txt");
    }

    #[test]
    fn long_names_keep_their_extension() {
        let name = sanitise(&format!("{}.jpeg", "ä".repeat(200)));
        assert_eq!(name, format!("{}.jpeg", "ä".repeat(125)));
        let path = sanitise(&format!("{}/{}.jpeg", "folder/".repeat(300), "x".repeat(300)));
        assert!(
            path.len() <= PATH_BYTES && path.len() > PATH_BYTES - 16 && path.ends_with("x.jpeg"),
            "{path}"
        );
    }

    #[test]
    fn case_and_composition_fold() {
        for (one, other) in [
            ("A.TXT", "a.txt"),
            ("é", "e\u{301}"),
            ("É", "e\u{301}"),
            ("STRASSE", "straße"),
            ("ς", "Σ"),
        ] {
            assert_eq!(fold(one), fold(other));
        }
        assert_ne!(fold("a"), fold("ä"));
    }

    /// Paths that try: separators, dots, devices, letters of all kinds.
    fn nasty() -> impl Strategy<Value = String> {
        let part = prop_oneof![
            Just("..".to_owned()),
            Just("CON".to_owned()),
            Just("com1 ".to_owned()),
            Just("e\u{301}".to_owned()),
            Just(" ".to_owned()),
            Just(".".to_owned()),
            Just("~2".to_owned()),
            Just("\u{202E}".to_owned()),
            "[a-cA-C.]{0,8}",
            "\\PC{0,12}",
            any::<String>(),
            "[xä. ]{200,300}",
        ];
        let mark = prop_oneof![Just("/"), Just("\\"), Just(""), Just(".")];
        prop::collection::vec((part, mark), 0..12)
            .prop_map(|parts| parts.into_iter().map(|(part, mark)| part + mark).collect())
    }

    proptest! {
        #[test]
        fn a_sanitised_path_never_escapes(path in nasty()) {
            let safe = sanitise(&path);
            prop_assert!(!safe.is_empty() && safe.len() <= PATH_BYTES);
            for part in safe.split('/') {
                prop_assert!(!part.is_empty() && part.len() <= PART_BYTES, "{part:?}");
                prop_assert!(!part.starts_with(is_edge) && !part.ends_with(is_edge), "{part:?}");
                prop_assert!(!part.chars().any(is_unsafe), "{part:?}");
                prop_assert!(!is_device(part), "{part:?}");
            }
        }

        #[test]
        fn sanitising_twice_changes_nothing(path in nasty()) {
            let once = sanitise(&path);
            prop_assert_eq!(sanitise(&once), once);
        }

        #[test]
        fn folding_twice_changes_nothing(path in any::<String>()) {
            let once = fold(&path);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
