//! Patterns of files that stay away, in the part of rsync's language that everybody reads the same way.
//!
//! A pattern is handed to rsync as it is, and read here besides, so that what is counted is what was
//! sent. Hence the narrow grammar: names joined by `/`, with `*` for any characters of a name.

use crate::target::path_mistake;

/// A pattern of files that stay away, with everything below them where they are folders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exclusion {
    /// Whether it begins at the root; otherwise anywhere.
    anchored: bool,
    /// Whether it is of folders only.
    folders: bool,
    names: Vec<String>,
}

impl Exclusion {
    /// Reads a pattern, or tells what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let (anchored, rest) = text.strip_prefix('/').map_or((false, text), |rest| (true, rest));
        let (folders, rest) = rest.strip_suffix('/').map_or((false, rest), |rest| (true, rest));
        if rest.is_empty() {
            return Err("this is no name");
        }
        if rest.starts_with('+') {
            return Err("a pattern that begins with `+` reads as its opposite");
        }
        if rest.contains("**") {
            return Err("`*` stands for a part of one name, once");
        }
        if let Some(why) = path_mistake(&rest.replace('*', "x")) {
            return Err(why);
        }
        let names = rest.split('/').map(str::to_owned).collect();
        Ok(Self { anchored, folders, names })
    }

    /// Whether a file stays away, by its path.
    pub fn covers(&self, path: &str) -> bool {
        let names: Vec<&str> = path.split('/').collect();
        // Itself, or a folder above it.
        (1..=names.len()).any(|len| {
            let is_file = len == names.len();
            let start = len.checked_sub(self.names.len());
            let starts_well = start.is_some_and(|start| start == 0 || !self.anchored);
            !(is_file && self.folders)
                && starts_well
                && self
                    .names
                    .iter()
                    .rev()
                    .zip(names[..len].iter().rev())
                    .all(|(pattern, name)| matches(pattern, name))
        })
    }
}

/// Whether a name is of a pattern.
fn matches(pattern: &str, name: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut left) = name.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    // The earliest place of each leaves the most for those after it.
    for part in parts {
        match left.find(part) {
            Some(at) => left = &left[at + part.len()..],
            None => return false,
        }
    }
    left.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_cover_what_rsync_would_leave_out() {
        let check = |pattern: &str, covered: &[&str], others: &[&str]| {
            let exclusion = Exclusion::parse(pattern).unwrap();
            for path in covered {
                assert!(exclusion.covers(path), "{pattern} {path}");
            }
            for path in others {
                assert!(!exclusion.covers(path), "{pattern} {path}");
            }
        };
        check("*.tmp", &["a.tmp", "x/y/a.tmp", "x.tmp/a", ".tmp"], &["a.tmp2", "tmp"]);
        check("media", &["media", "media/a", "x/media/b"], &["medias", "x/medi"]);
        check("/media", &["media", "media/a"], &["x/media"]);
        check("media/", &["media/a", "x/media/b"], &["media", "x/media"]);
        check("a/b", &["a/b", "x/a/b", "a/b/c"], &["a/x/b", "b", "a"]);
        check("/a/*.json", &["a/1.json"], &["x/a/1.json", "a/b/1.json"]);
        check("a*b*c", &["abc", "aXbYc", "abcbc"], &["acb", "ab"]);
        check("ü*", &["über/a"], &["u"]);
    }

    /// Whoever tried every way to share a name out among the stars would not come to an end.
    #[test]
    fn many_stars_over_a_long_name_are_read_in_one_go() {
        let (stars, name) = ("*a".repeat(10_000), "a".repeat(1 << 20));
        assert!(matches(&stars, &name));
        assert!(matches(&format!("{stars}*"), &format!("{name}b")));
        assert!(!matches(&stars, &format!("{name}b")));
        assert!(!matches(&format!("{stars}*b*a"), &name));
        assert!(!matches(&stars, &name[..9_999]));
    }

    #[test]
    fn what_rsync_would_read_otherwise_is_refused() {
        for pattern in [
            "", "/", "//", "- x", "+ x", "-x", "a//b", "a**", "**/a", "a?", "[ab]", "!", "#a",
            ";a", "a\nb", "../x", "a/../b", "$(id)", "`id`", "a\\b", ". x/./y",
        ] {
            assert!(Exclusion::parse(pattern).is_err(), "{pattern:?}");
        }
    }
}
