//! `_transports` of an export document, in easydb's shape (`type`) and in fylr's (`plugin`).

mod written;
mod secret;
mod recipient;
mod meant;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

pub(super) use self::secret::{PASSWORD, without_user};
pub(super) use self::written::ways;

/// One way out, as a document says it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Way {
    /// Which.
    pub kind: WayKind,
    /// How the result is packed, as the document says it; nothing for the usual way.
    pub packer: Option<String>,
    /// What opens its files to whoever has it; empty until it has one.
    pub uuid: String,
    /// Where it goes and how, without anything secret.
    pub options: Map<String, Value>,
    /// Whom mails go to, as the document says it.
    pub recipients: Vec<Value>,
    /// What is said to them besides.
    pub message: Option<String>,
    /// What is secret in its options, encrypted.
    pub sealed: BTreeMap<String, String>,
    /// What is secret in its options, as it came; sealed before it is kept.
    #[serde(skip)]
    pub given: BTreeMap<String, String>,
}

/// The transports of the dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WayKind {
    /// Fetched by whoever has the passkey.
    Download,
    /// Mails with links.
    Email,
    /// rsync to a configured target.
    Rsync,
    /// FTP to a configured target, encrypted or not.
    Ftp,
    /// SFTP to a configured target.
    Sftp,
    /// WebDAV to a configured target.
    Webdav,
}

impl WayKind {
    /// The transport as documents name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Download => "download",
            Self::Email => "email",
            Self::Rsync => "rsync",
            Self::Ftp => "ftp",
            Self::Sftp => "sftp",
            Self::Webdav => "webdav",
        }
    }

    fn named(name: &str) -> Option<Self> {
        let kinds = [Self::Download, Self::Email, Self::Rsync, Self::Ftp, Self::Sftp, Self::Webdav];
        kinds.into_iter().find(|kind| kind.as_str() == name)
    }
}

impl Way {
    /// The way as documents show it, without what only the server tells and without anything secret.
    pub fn shown(&self) -> Map<String, Value> {
        let mut shown = Map::new();
        shown.insert("type".to_owned(), json!(self.kind.as_str()));
        shown.insert("packer".to_owned(), json!(self.packer));
        shown.insert("uuid".to_owned(), json!(self.uuid));
        if !self.options.is_empty() {
            // Those that were kept by an earlier version may have some still.
            let options = self.options.iter().map(|(key, value)| {
                (key.clone(), secret::without_passwords(value, &mut Vec::new()))
            });
            let mut options: Map<String, Value> = options.collect();
            if !self.is_found_by_address() {
                secret::strip(&mut options);
            }
            shown.insert("options".to_owned(), Value::Object(options));
        }
        if self.kind == WayKind::Email {
            let email = json!({"recipients": self.recipients, "message": self.message});
            shown.insert("email".to_owned(), email);
        }
        shown
    }

    /// Whether its addresses lead it to a target. What may be a password as well stays in none of those: an
    /// address that is not below a target's is refused.
    fn is_found_by_address(&self) -> bool {
        match self.kind {
            WayKind::Download | WayKind::Email => false,
            WayKind::Rsync | WayKind::Ftp | WayKind::Sftp | WayKind::Webdav => {
                !self.options.get("target").is_some_and(Value::is_string)
            }
        }
    }

    /// Whether it leads to the same host as another, as the same user.
    fn leads_where(&self, other: &Self) -> bool {
        let door = |way: &Self| {
            ["target", "server", "url", "destination", "login"].map(|key| {
                let value = way.options.get(key);
                value.map(|value| secret::without_passwords(value, &mut Vec::new()))
            })
        };
        door(self) == door(other)
    }

    /// Takes over what a document left out of a way that was there before. What is secret is for the place that it
    /// was given for, and for no other.
    pub(super) fn keep(&mut self, before: &Self) {
        if self.uuid.is_empty() {
            self.uuid.clone_from(&before.uuid);
        }
        if !self.leads_where(before) {
            return;
        }
        // Whoever gives a password gives it anew, however it was called before.
        let has_password = self.given.keys().any(|key| super::free::is_password(key));
        for (key, sealed) in &before.sealed {
            let is_replaced = has_password && super::free::is_password(key);
            if !self.given.contains_key(key) && !is_replaced {
                self.sealed.entry(key.clone()).or_insert_with(|| sealed.clone());
            }
        }
    }
}
