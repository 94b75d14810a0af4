//! What the names of files end with.

/// Longest extension of a file, in bytes; what is longer is none.
const EXTENSION_BYTES: usize = 16;

/// Extensions that mean the same, each with the one that they are told by.
const SAME: [(&str, &str); 7] = [
    ("jpeg", "jpg"),
    ("jpe", "jpg"),
    ("jfif", "jpg"),
    ("tiff", "tif"),
    ("mpeg", "mpg"),
    ("html", "htm"),
    ("dib", "bmp"),
];

/// An extension with its dot; nothing where it is none that a name could end with.
pub(super) fn dotted(extension: &str) -> String {
    if is_one(extension) { format!(".{extension}") } else { String::new() }
}

fn is_one(extension: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    (1..=EXTENSION_BYTES).contains(&extension.len()) && extension.chars().all(fits)
}

/// A name before its extension, and the extension. What no extension could be is a part of the name (`Nr. 12 Kai`).
pub(super) fn split(name: &str) -> (&str, &str) {
    match name.rsplit_once('.') {
        Some((base, extension)) if !base.is_empty() && is_one(extension) => (base, extension),
        Some(_) | None => (name, ""),
    }
}

/// Whether two extensions are of one format, so that neither is untrue.
pub(super) fn mean_the_same(one: &str, other: &str) -> bool {
    meaning(one) == meaning(other)
}

fn meaning(extension: &str) -> String {
    let small = extension.to_ascii_lowercase();
    let same = SAME.iter().find(|(known, _)| *known == small);
    same.map_or(small, |(_, same)| (*same).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extension_is_short_and_has_no_spaces() {
        for (name, expected) in [
            ("Kai.tar.gz", ("Kai.tar", "gz")),
            ("Nr. 12 Kai", ("Nr. 12 Kai", "")),
            (".hidden", (".hidden", "")),
            ("Kai", ("Kai", "")),
            ("Kai.", ("Kai.", "")),
            ("Kai.abcdefghijklmnopq", ("Kai.abcdefghijklmnopq", "")),
        ] {
            assert_eq!(split(name), expected);
        }
        assert_eq!((dotted("jpg").as_str(), dotted("../x").as_str()), (".jpg", ""));
    }

    #[test]
    fn a_format_has_several_extensions() {
        for (one, other, expected) in [
            ("JPG", "jpg", true),
            ("jpeg", "jpg", true),
            ("TIFF", "tif", true),
            ("tif", "jpg", false),
            ("", "jpg", false),
        ] {
            assert_eq!(mean_the_same(one, other), expected, "{one} {other}");
        }
    }
}
