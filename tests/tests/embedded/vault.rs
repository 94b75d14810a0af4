//! A desk whose results are encrypted, and age itself, which opens them.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use age::secrecy::ExposeSecret as _;
use age::x25519;
use serde_json::{Value, json};
use tests::{laid, sha256};

use super::desk::Desk;
use super::material::example;
use super::tool::tool;

/// The desk.
pub(super) struct Vault {
    pub(super) desk: Desk,
    /// The `encrypt` of a transport.
    pub(super) encrypt: Value,
    key: PathBuf,
}

impl Vault {
    pub(super) fn new() -> Self {
        let desk = Desk::new();
        let identity = x25519::Identity::generate();
        let key = desk.write("key.txt", identity.to_string().expose_secret());
        let encrypt = json!({"recipients": [identity.to_public().to_string()]});
        Self { desk, encrypt, key }
    }

    /// A table, a file for each record with names that ask for care, and files.
    pub(super) fn definition(&self, transports: &Value) -> Value {
        self.desk.write("names.csv", "name,text\n100% #1 ü,one\nb&c=d,two\n");
        json!({
            "name": "Secret",
            "outputs": [
                {"to": "deep/er/{name}.json", "from": "names", "format": "json", "per": "record"},
                {"to": "flights.csv", "from": "flights", "format": "csv"},
                {"to": "media/", "from": "clipart", "assets": {"field": "file"}},
            ],
            "transports": transports,
            "sources": {
                "names": {"kind": "csv", "path": "names.csv"},
                "flights": {"kind": "csv", "path": example("flights/flights.csv")},
                "clipart": {"kind": "jsonl", "path": example("clipart/clipart.jsonl")},
            },
        })
    }

    /// Opens a file by age itself; the SHA-256 of what is in it.
    pub(super) fn open(&self, sealed: &Path) -> String {
        let opened = self.desk.path("opened");
        self.open_to(sealed, &opened);
        sha256(&opened).unwrap()
    }

    /// The same, into a file.
    pub(super) fn open_to(&self, sealed: &Path, to: &Path) {
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        let [decrypt, identity, output] = ["-d", "-i", "-o"].map(OsStr::new);
        let [key, to, sealed] = [&self.key, to, sealed].map(|path: &Path| path.as_os_str());
        tool("age", [decrypt, identity, key, output, to, sealed]);
    }

    /// Every file below a folder by its path without `.age`, with the SHA-256 of what is in it.
    pub(super) fn opened(&self, folder: &Path) -> BTreeMap<String, String> {
        let files = laid(folder).unwrap().into_keys();
        let opened = files.map(|path| {
            let plain = path.strip_suffix(".age").unwrap_or_else(|| panic!("{path} is open"));
            (plain.to_owned(), self.open(&folder.join(&path)))
        });
        opened.collect()
    }
}
