//! A desk whose results are encrypted, and age itself, which opens them.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use age::secrecy::ExposeSecret as _;
use age::x25519;
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::laid;

use super::desk::Desk;
use super::material::of_all_kinds;
use super::terminal::at_terminal;
use super::tool::tool;

/// What opens the keys of trees.
const PASSPHRASE: &str = "canary passphrase of three words";

/// The desk.
pub(super) struct Vault {
    pub(super) desk: Desk,
    /// The `encrypt` of a transport, for a recipient.
    pub(super) encrypt: Value,
    /// The same by a passphrase of [`Vault::config`].
    pub(super) locked: Value,
    key: PathBuf,
}

impl Vault {
    pub(super) fn new() -> Self {
        let desk = Desk::new();
        let identity = x25519::Identity::generate();
        let key = desk.write("key.txt", identity.to_string().expose_secret());
        let encrypt = json!({"recipients": [identity.to_public().to_string()]});
        desk.write("passphrase", format!("{PASSPHRASE}\n"));
        Self { desk, encrypt, locked: json!({"passphrase": "vault"}), key }
    }

    /// The configuration that has the passphrase.
    pub(super) fn config(&self) -> String {
        let file = self.desk.path("passphrase");
        format!("[passphrases.vault]\nfile = \"{}\"\n", file.display())
    }

    /// A table, a file for each record with names that ask for care, and files.
    pub(super) fn definition(&self, transports: &Value) -> Value {
        self.desk.write("names.csv", "name,text\n100% #1 ü,one\nb&c=d,two\n");
        let mut definition = of_all_kinds("Secret", "deep/er/{name}.json");
        definition["transports"] = transports.clone();
        definition
    }

    /// Opens a file by age itself, into another.
    pub(super) fn open_to(&self, sealed: &Path, to: &Path) {
        open_by(&self.key, sealed, to);
    }

    /// Every file below a folder by its path without `.age`, with the SHA-256 of what is in it. Where a
    /// key lies among them, it is opened by the passphrase, and the others by it.
    pub(super) fn opened(&self, folder: &Path) -> BTreeMap<String, String> {
        let to = TempDir::new().unwrap();
        self.open_all(folder, to.path());
        laid(to.path()).unwrap()
    }

    /// The same, into a folder.
    pub(super) fn open_all(&self, folder: &Path, to: &Path) {
        let mut files: Vec<String> = laid(folder).unwrap().into_keys().collect();
        let key = match files.iter().position(|path| is_key(path)) {
            Some(at) => self.unlocked(&folder.join(files.remove(at))),
            None => self.key.clone(),
        };
        for path in files {
            let plain = path.strip_suffix(".age").unwrap_or_else(|| panic!("{path} is open"));
            open_by(&key, &folder.join(&path), &to.join(plain));
        }
    }

    /// The key of a tree, opened by the passphrase.
    pub(super) fn unlocked(&self, key: &Path) -> PathBuf {
        let to = self.desk.path("unlocked.txt");
        drop(fs::remove_file(&to));
        at_terminal("age -d -o \"$OPENED\" \"$SEALED\"", PASSPHRASE, |command| {
            command.env("SEALED", key).env("OPENED", &to);
        });
        to
    }

    /// What is in a file that is opened by keys as they lie there, and the passphrase.
    pub(super) fn opened_where_it_lies(&self, keys: &[PathBuf], sealed: &Path) -> Vec<u8> {
        let opened = self.desk.path("opened");
        let mut lines = "age -d -o \"$OPENED\"".to_owned();
        for key in keys {
            lines.push_str(" -i ");
            lines.push_str(key.to_str().unwrap());
        }
        // It is asked for each key that is tried.
        let typed = vec![PASSPHRASE; keys.len()].join("\n");
        at_terminal(&format!("{lines} \"$SEALED\""), &typed, |command| {
            command.env("SEALED", sealed).env("OPENED", &opened);
        });
        fs::read(&opened).unwrap()
    }
}

/// Whether a file has the key of the others, by its path.
pub(super) fn is_key(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| name.starts_with("key-"))
}

/// Opens a file by age itself and a key, into another.
pub(super) fn open_by(key: &Path, sealed: &Path, to: &Path) {
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    let [decrypt, identity, output] = ["-d", "-i", "-o"].map(OsStr::new);
    let [key, to, sealed] = [key, to, sealed].map(Path::as_os_str);
    tool("age", [decrypt, identity, key, output, to, sealed]);
}
