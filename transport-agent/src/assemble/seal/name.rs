//! What an encrypted file is called: as the file itself, and `.age`.
//!
//! Two files that are told apart stay so, on every system. A folder that is called like an encrypted
//! file gets a `~`, and a name that would be too long a digest for its end. The key of a tree is called by
//! letters of its own that nobody can guess, and that are drawn when all names are settled: no file of the
//! tree has that name, and no key of another run, whose files may lie in the same folder.

use pack::name::PART_BYTES;
use proto::digest::hex;
use proto::sealed::EXTENSION;
use sha2::{Digest, Sha256};

/// How many bytes of a digest stand for the end of a name.
const DIGEST_BYTES: usize = 8;

/// How many letters of a key its file is called by: 80 bits.
const KEY_LETTERS: usize = 16;

/// The path, before it is encrypted, of the file that has the key of a tree, from the public half of it.
pub(super) fn key_path(bag: Option<&str>, recipient: &str) -> String {
    let letters = recipient.strip_prefix("age1").unwrap_or(recipient);
    let name = format!("key-{}", &letters[..letters.len().min(KEY_LETTERS)]);
    bag.map_or_else(|| name.clone(), |folder| format!("{folder}/{name}"))
}

/// The path of an encrypted file, from that of the file.
pub(super) fn sealed_path(path: &str) -> String {
    let (folders, name) = path.rsplit_once('/').map_or(("", path), |(above, name)| (above, name));
    let mut sealed = String::with_capacity(path.len() + EXTENSION.len());
    for folder in folders.split('/').filter(|folder| !folder.is_empty()) {
        sealed.push_str(folder);
        // Those that end so already get another one, for else two folders would become one.
        if is_like_sealed(folder.trim_end_matches('~')) {
            sealed.push('~');
        }
        sealed.push('/');
    }
    let most = PART_BYTES - EXTENSION.len();
    if name.len() <= most {
        sealed.push_str(name);
    } else {
        sealed.push_str(&name[..name.floor_char_boundary(most - 1 - 2 * DIGEST_BYTES)]);
        sealed.push('~');
        sealed.push_str(&hex(&Sha256::digest(path)[..DIGEST_BYTES]));
    }
    sealed + EXTENSION
}

fn is_like_sealed(folder: &str) -> bool {
    let end = folder.len().checked_sub(EXTENSION.len()).and_then(|at| folder.get(at..));
    end.is_some_and(|end| end.eq_ignore_ascii_case(EXTENSION))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_keeps_its_name_and_gets_an_extension() {
        for (path, expected) in [
            ("flights.csv", "flights.csv.age"),
            ("a b/ü.json", "a b/ü.json.age"),
            ("x.age", "x.age.age"),
            ("age/x", "age/x.age"),
            (".age/x.age/y", ".age~/x.age~/y.age"),
            ("x.AGE~/y", "x.AGE~~/y.age"),
            ("x~/y", "x~/y.age"),
        ] {
            assert_eq!(sealed_path(path), expected);
        }
    }

    #[test]
    fn a_key_lies_beside_the_files_or_in_the_folder_of_their_bag() {
        let recipient = "age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa";
        let path = |bag| sealed_path(&key_path(bag, recipient));
        assert_eq!(path(None), "key-t7rxyev2z3rw82st.age");
        assert_eq!(path(Some("A Bag")), "A Bag/key-t7rxyev2z3rw82st.age");
        assert_eq!(path(Some("bag.age")), "bag.age~/key-t7rxyev2z3rw82st.age");
    }

    #[test]
    fn a_name_that_would_be_too_long_is_cut_and_stays_its_own() {
        let longest = format!("a/{}", "x".repeat(PART_BYTES - EXTENSION.len()));
        assert_eq!(sealed_path(&longest), format!("{longest}.age"));
        let names = ["x".repeat(252), "x".repeat(255), format!("{}x", "ü".repeat(127))];
        let sealed: Vec<String> = names.iter().map(|name| sealed_path(name)).collect();
        for name in &sealed {
            assert!(name.len() <= PART_BYTES && is_like_sealed(name), "{name}");
        }
        assert_ne!(sealed[0], sealed[1]);
    }
}
