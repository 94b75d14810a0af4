//! Telling members apart that some file system would take for one.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use sha2::{Digest, Sha256};

use super::{PART_BYTES, cut, fold, split_extension};

/// The names given so far; hands out a distinct one for each claim.
///
/// Two names are the same if they [`fold`] alike, and a file is in the way of a folder of the same
/// name: `a` and `a/b` cannot both be unpacked. The first claim keeps its name, later ones get `~2`,
/// `~3` … before the extension (or after the folder that is in the way), so the result depends on
/// the order of the claims alone.
///
/// Takes about 24 bytes for each name, however long it is: names are known by the first 8 bytes of
/// their SHA-256, and should two ever share those, one gets a suffix it would not have needed.
#[derive(Debug, Default)]
pub struct Names {
    taken: HashMap<u64, Holder>,
}

#[derive(Debug, Clone, Copy)]
enum Holder {
    /// A folder, which any number of names may share.
    Folder,
    /// A file, and the suffix to try next for another of the same name.
    File { next: u32 },
}

impl Names {
    /// None given yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives a name: the sanitised path itself, or the nearest free one. Parts stay within
    /// [`PART_BYTES`].
    pub fn claim(&mut self, sanitised: &str) -> String {
        let (folders, file) = sanitised.rsplit_once('/').unwrap_or(("", sanitised));
        let mut path = String::with_capacity(sanitised.len() + 4);
        for folder in folders.split('/').filter(|part| !part.is_empty()) {
            path = self.folder(&path, folder);
            path.push('/');
        }
        self.file(&path, file)
    }

    /// The folder by this name, or the next one that no file is in the way of.
    fn folder(&mut self, parent: &str, name: &str) -> String {
        let mut path = format!("{parent}{name}");
        for n in 2_u32.. {
            match self.taken.entry(digest(&path)).or_insert(Holder::Folder) {
                Holder::Folder => break,
                Holder::File { .. } => path = format!("{parent}{}", suffixed(name, "", n)),
            }
        }
        path
    }

    fn file(&mut self, parent: &str, name: &str) -> String {
        let wanted = format!("{parent}{name}");
        let first = digest(&wanted);
        let mut n = match self.taken.get(&first) {
            None => {
                self.taken.insert(first, Holder::File { next: 2 });
                return wanted;
            }
            Some(Holder::Folder) => 2,
            Some(&Holder::File { next }) => next,
        };
        let (stem, extension) = split_extension(name);
        loop {
            let path = format!("{parent}{}", suffixed(stem, extension, n));
            n += 1;
            if let Entry::Vacant(free) = self.taken.entry(digest(&path)) {
                free.insert(Holder::File { next: 2 });
                // Remembered, or a million files of one name would try a million suffixes each.
                if let Some(Holder::File { next }) = self.taken.get_mut(&first) {
                    *next = n;
                }
                return path;
            }
        }
    }
}

fn suffixed(stem: &str, extension: &str, n: u32) -> String {
    let tail = format!("~{n}{extension}");
    format!("{}{tail}", cut(stem, PART_BYTES - tail.len()))
}

fn digest(path: &str) -> u64 {
    let digest = Sha256::digest(fold(path));
    digest.iter().take(8).fold(0, |key, &byte| key << 8 | u64::from(byte))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    fn check(claims: &[&str], expected: &[&str]) {
        let mut names = Names::new();
        let given: Vec<String> = claims.iter().map(|claim| names.claim(claim)).collect();
        assert_eq!(given, expected);
    }

    #[test]
    fn a_second_file_of_the_same_name_gets_a_suffix_before_its_extension() {
        check(&["a.jpg", "a.jpg", "a.jpg", "b"], &["a.jpg", "a~2.jpg", "a~3.jpg", "b"]);
        check(&["A.txt", "a.txt", "é", "e\u{301}"], &["A.txt", "a~2.txt", "é", "e\u{301}~2"]);
    }

    #[test]
    fn a_suffix_that_is_taken_is_passed_over() {
        check(&["a~2.jpg", "a.jpg", "a.jpg", "a.jpg"], &["a~2.jpg", "a.jpg", "a~3.jpg", "a~4.jpg"]);
    }

    #[test]
    fn a_file_in_the_way_of_a_folder_moves_whoever_comes_later() {
        check(&["a", "a/b", "A/c"], &["a", "a~2/b", "A~2/c"]);
        check(&["a/b", "a"], &["a/b", "a~2"]);
        check(&["x/a", "x/a/b/c"], &["x/a", "x/a~2/b/c"]);
    }

    #[test]
    fn a_suffix_does_not_make_a_name_too_long() {
        let long = format!("{}.jpeg", "x".repeat(250));
        let mut names = Names::new();
        names.claim(&long);
        let second = names.claim(&long);
        assert!(second.len() <= PART_BYTES && second.ends_with("x~2.jpeg"), "{second}");
    }

    #[test]
    fn a_hundred_thousand_files_of_one_name_take_no_time() {
        let mut names = Names::new();
        let last = (0..100_000).map(|_| names.claim("image.jpg")).last();
        assert_eq!(last.as_deref(), Some("image~100000.jpg"));
    }

    proptest! {
        #[test]
        fn no_two_names_fold_alike_and_no_file_is_a_folder(
            claims in prop::collection::vec("[aAbéÉ](~2)?(/[aAb](~2)?){0,2}(\\.x)?", 1..60)
        ) {
            let (mut one, mut other) = (Names::new(), Names::new());
            let mut files = HashSet::new();
            let mut folders = HashSet::new();
            for claim in claims {
                let name = one.claim(&claim);
                prop_assert_eq!(&name, &other.claim(&claim));
                let folded = fold(&name);
                folders.extend(folded.match_indices('/').map(|(at, _)| folded[..at].to_owned()));
                prop_assert!(files.insert(folded), "{name} twice");
            }
            prop_assert!(files.is_disjoint(&folders));
        }
    }
}
