//! Digests as records tell them.

use source::page::Cell;

/// The digest in a cell, in lowercase; nothing where it is none of so many digits.
pub(super) fn digest(cell: &Cell<'_>, digits: usize) -> Option<String> {
    let is_digest =
        cell.text.len() == digits && cell.text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_digest.then(|| cell.text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use source::page::Kind;

    use super::*;

    #[test]
    fn a_digest_has_its_digits() {
        let found = |text: &str| digest(&Cell { kind: Kind::Text, text }, 32);
        let md5 = "D41D8CD98F00B204E9800998ECF8427E";
        assert_eq!(found(md5), Some(md5.to_lowercase()));
        for bad in ["", "1B2M2Y8AsgTpgAmY7PhCfg==", &md5[1..], "g41d8cd98f00b204e9800998ecf8427e"] {
            assert_eq!(found(bad), None, "{bad}");
        }
    }
}
