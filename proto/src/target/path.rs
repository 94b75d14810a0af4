//! Paths below a target: plain names joined by `/`, that mean the same to every program on the way.

/// Longest path below a target, in bytes.
const MAX_BYTES: usize = 1024;

/// What is wrong with a path below a target; nothing where it can be used. The empty path is the
/// target itself.
///
/// Narrower than any one protocol needs: a path may pass a remote shell, so nothing that a shell or an
/// option parser reads otherwise is in it.
pub fn path_mistake(path: &str) -> Option<&'static str> {
    if path.is_empty() {
        return None;
    }
    if path.len() > MAX_BYTES {
        return Some("a path has at most 1,024 bytes");
    }
    path.split('/').find_map(name_mistake)
}

/// What is wrong with one name of a path.
pub(super) fn name_mistake(name: &str) -> Option<&'static str> {
    let is_plain = |c: char| c.is_alphanumeric() || " ._-+=,@%".contains(c);
    match name {
        "" => Some("a path is names joined by single slashes, and begins and ends with none"),
        "." | ".." => Some("`.` and `..` lead elsewhere"),
        _ if name.starts_with('-') => Some("a name that begins with `-` reads as an option"),
        _ if !name.chars().all(is_plain) => {
            Some("a path has letters, digits, spaces and `._-+=,@%` only")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_below_the_target_are_paths() {
        for path in ["", "a", "exports/2026", "Übersicht 1/v1.2_final", "a@b=c+d,e%20", ".hidden"]
        {
            assert_eq!(path_mistake(path), None, "{path:?}");
        }
        let bad = [
            "/etc",
            "a/",
            "a//b",
            "..",
            "a/../b",
            "./a",
            "-e sh",
            "a/-x",
            "a\nb",
            "a\0b",
            "a;id",
            "a$(id)",
            "a`id`",
            "a|b",
            "a&b",
            "a>b",
            "a'b",
            "a\"b",
            "a\\b",
            "a*",
            "a?",
            "[a]",
            "~a",
            "a:b",
            "{a}",
            "a!b",
            "#a",
            "\u{202e}a",
        ];
        for path in bad {
            assert!(path_mistake(path).is_some(), "{path:?}");
        }
        assert!(path_mistake(&"a".repeat(1025)).is_some());
    }
}
