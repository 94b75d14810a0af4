//! Names that come out as they were promised.
//!
//! Where files are packed, what some file system would not take is taken out of their names. Here a sign stands in
//! its place beforehand, so that a path which is told before there is a result is the one in it.

/// What stands in the place of a sign that cannot be in a name.
const INSTEAD: char = '_';

/// A path, or a name, whose parts every file system takes.
pub(super) fn safe(path: &str) -> String {
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// The same for a file in a bag: readers of bags do not agree on `%`.
pub(super) fn safe_in_bag(path: &str) -> String {
    safe(&path.replace('%', "_"))
}

fn part(part: &str) -> String {
    let is_bad = |sign: char| sign.is_control() || r#"<>:"|?*\"#.contains(sign);
    let mut safe: String =
        part.chars().map(|sign| if is_bad(sign) { INSTEAD } else { sign }).collect();
    let is_edge = |sign: char| sign == '.' || sign.is_whitespace();
    if safe.starts_with(is_edge) {
        safe.insert(0, INSTEAD);
    }
    if safe.ends_with(is_edge) {
        safe.push(INSTEAD);
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_names_stay() {
        for name in ["subject_1-X4", "deriva_bag_2026-11-21_02.19.53", "a b/é.csv", "d/", ""] {
            assert_eq!(safe(name), name);
        }
        assert_eq!(safe("100%"), "100%");
    }

    #[test]
    fn what_no_file_system_takes_has_a_sign_in_its_place() {
        assert_eq!(safe("Plain_localhost:8443.csv"), "Plain_localhost_8443.csv");
        assert_eq!(safe("a\\b/c?*\n"), "a_b/c___");
        assert_eq!(safe(".csv"), "_.csv");
        assert_eq!(safe(" a /b."), "_ a _/b._");
        assert_eq!(safe_in_bag("50%.csv"), "50_.csv");
    }
}
