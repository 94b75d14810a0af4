//! What an example left everywhere, as one list of files: archives are opened, and so is what is
//! encrypted, by its owner's key, the passphrase, or a key that this opens.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use age::secrecy::SecretString;
use age::{Decryptor, Identity, scrypt, x25519};
use tempfile::{NamedTempFile, TempDir};

use super::super::desk::below;
use super::super::tool::tool;
use super::super::vault::is_key;

/// Endings of what is opened.
const ARCHIVES: [&str; 6] = [".zip", ".tar", ".tar.gz", ".tar.bz2", ".tar.zst", ".tar.xz"];

/// Who opens what is encrypted.
#[derive(Clone)]
pub(super) struct Keys {
    pub(super) identity: x25519::Identity,
    pub(super) passphrase: String,
}

/// Files by their paths: `out/Flights.zip`, and `out/Flights.zip/flights.csv` within it.
#[derive(Debug, Default)]
pub(super) struct Left {
    files: BTreeMap<String, Vec<u8>>,
}

impl Left {
    /// Adds a file by its content alone.
    pub(super) fn add(&mut self, path: String, content: Vec<u8>) {
        self.files.insert(path, content);
    }

    /// Adds everything below a folder, opened.
    pub(super) fn add_folder(&mut self, place: &str, folder: &Path, keys: &Keys) {
        let files = below(folder);
        let mut keys = keys.clone();
        if let Some(key) = files.iter().find(|path| is_key(&path.display().to_string())) {
            let opened = NamedTempFile::new().unwrap();
            open(key, &keys, opened.path());
            let text = fs::read_to_string(opened.path()).unwrap();
            keys.identity = text.lines().find_map(|line| line.parse().ok()).unwrap();
        }
        for path in files {
            let name = path.strip_prefix(folder).unwrap().display().to_string();
            self.add_file(&format!("{place}/{name}"), &path, &keys);
        }
    }

    fn add_file(&mut self, name: &str, path: &Path, keys: &Keys) {
        self.add(name.to_owned(), fs::read(path).unwrap());
        let scratch = TempDir::new().unwrap();
        if let Some(plain) = name.strip_suffix(".age") {
            let opened = scratch.path().join("opened");
            open(path, keys, &opened);
            self.add_file(plain, &opened, keys);
        } else if ARCHIVES.iter().any(|ending| name.ends_with(ending)) {
            let into = scratch.path().as_os_str();
            tool("bsdtar", ["-xf".as_ref(), path.as_os_str(), "-C".as_ref(), into]);
            self.add_folder(name, scratch.path(), keys);
        }
    }

    /// The paths.
    pub(super) fn names(&self) -> Vec<&str> {
        self.files.keys().map(String::as_str).collect()
    }

    /// The places that are called as the hosts of examples are.
    pub(super) fn hosts(&self) -> Vec<String> {
        let places = self.files.keys().filter_map(|path| path.split('/').next());
        let mut hosts: Vec<String> =
            places.filter(|place| place.ends_with(".example.org")).map(str::to_owned).collect();
        hosts.dedup();
        hosts
    }

    /// The files whose paths meet a condition.
    pub(super) fn like(&self, wanted: impl Fn(&str) -> bool) -> Vec<&[u8]> {
        let found = self.files.iter().filter(|(path, _)| wanted(path));
        found.map(|(_, content)| content.as_slice()).collect()
    }

    /// A file as text, whatever is in it.
    pub(super) fn text(&self, path: &str) -> Option<String> {
        self.files.get(path).map(|content| String::from_utf8_lossy(content).into_owned())
    }
}

/// Writes what is in an encrypted file into another.
fn open(sealed: &Path, keys: &Keys, to: &Path) {
    let decryptor = Decryptor::new(File::open(sealed).unwrap()).unwrap();
    let by_passphrase = scrypt::Identity::new(SecretString::from(keys.passphrase.clone()));
    let identity: &dyn Identity =
        if decryptor.is_scrypt() { &by_passphrase } else { &keys.identity };
    let mut reader = decryptor.decrypt(std::iter::once(identity)).unwrap();
    io::copy(&mut reader, &mut File::create(to).unwrap()).unwrap();
}
