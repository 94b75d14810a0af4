//! The files of all parts, each once.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

/// Which files there are already, of parts that come in the order of their datasets.
///
/// A path takes 56 bytes and what the map needs, whatever its length.
#[derive(Debug, Default)]
pub struct Union {
    kept: BTreeMap<[u8; 16], Content>,
}

/// What a file holds, as far as files are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Content {
    /// The digest of its bytes.
    pub sha256: [u8; 32],
    /// How many there are.
    pub len_bytes: u64,
}

/// What becomes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It is in the result.
    First,
    /// An earlier part has it, byte for byte: it is left out.
    Again,
}

/// Two parts have a path, and other bytes there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("two parts wrote {path}, each something else")]
pub struct Clash {
    /// The path.
    pub path: String,
}

impl Union {
    /// Takes the next file of the next part.
    pub fn add(&mut self, path: &str, content: Content) -> Result<Kept, Clash> {
        match self.kept.insert(key(path), content) {
            None => Ok(Kept::First),
            Some(before) if before == content => Ok(Kept::Again),
            Some(_) => Err(Clash { path: path.to_owned() }),
        }
    }
}

/// Half a digest: enough that no two paths have the same.
fn key(path: &str) -> [u8; 16] {
    let mut key = [0; 16];
    key.copy_from_slice(&Sha256::digest(path.as_bytes())[..16]);
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(text: &str) -> Content {
        Content {
            sha256: Sha256::digest(text.as_bytes()).into(),
            len_bytes: u64::try_from(text.len()).unwrap(),
        }
    }

    #[test]
    fn a_file_that_all_parts_have_alike_is_kept_once() {
        let mut union = Union::default();
        assert_eq!(union.add("labels.json", content("[]")), Ok(Kept::First));
        assert_eq!(union.add("dataset_1.json", content("a")), Ok(Kept::First));
        assert_eq!(union.add("labels.json", content("[]")), Ok(Kept::Again));
        assert_eq!(union.add("dataset_2.json", content("a")), Ok(Kept::First));
    }

    #[test]
    fn a_file_that_parts_have_differently_is_an_error_with_its_path() {
        let mut union = Union::default();
        union.add("summary.json", content("1")).unwrap();
        let clash = union.add("summary.json", content("2")).unwrap_err();
        assert_eq!(clash.to_string(), "two parts wrote summary.json, each something else");
    }
}
