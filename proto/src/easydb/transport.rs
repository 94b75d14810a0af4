//! `_transports` of an export document, in easydb's shape (`type`) and in fylr's (`plugin`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::instance::Instance;
use super::place::Found;
use super::reading::Reading;
use crate::definition::{
    Download, Email, Packer, Rsync, RsyncOptions, Sftp, SftpOptions, Transport, Webdav,
    WebdavOptions,
};

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
    /// FTP, which nobody speaks here.
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

/// The ways out of a document.
pub(super) fn ways(place: &str, value: &Value, reading: &mut Reading) -> Vec<Way> {
    (0..)
        .zip(Reading::list(value))
        .filter_map(|(index, value): (usize, &Value)| {
            way(&format!("{place}.{index}"), value, reading)
        })
        .collect()
}

fn way(place: &str, value: &Value, reading: &mut Reading) -> Option<Way> {
    let mut way = Way {
        kind: WayKind::Download,
        packer: None,
        uuid: String::new(),
        options: Map::new(),
        recipients: Vec::new(),
        message: None,
        sealed: BTreeMap::new(),
        given: BTreeMap::new(),
    };
    let (mut named, mut plugin) = (None, None);
    for (key, value) in reading.map(place, value)? {
        let place = format!("{place}.{key}");
        match key.as_str() {
            "type" => named = reading.text(&place, value),
            "plugin" => plugin = reading.text(&place, value),
            "packer" => way.packer = reading.text(&place, value),
            "uuid" => way.uuid = reading.text(&place, value).unwrap_or_default(),
            "options" => options(&place, value, &mut way, reading),
            "email" => email(&place, value, &mut way, reading),
            // What the server tells of it.
            _ if key.starts_with('_') || key == "external_url" => {}
            _ => reading.unknown(&place),
        }
    }
    if !is_uuid(&way.uuid) {
        way.uuid.clear();
    }
    if let Some(packer) = way.options.get("packer").and_then(Value::as_str) {
        way.packer.get_or_insert(packer.to_owned());
    }
    way.kind = kind(place, named.as_deref(), plugin.as_deref(), &way, reading)?;
    if packer(way.packer.as_deref(), Packer::Zip).is_none() {
        let known = "zip, zip_10mb, zip_2gb, tar_bz2, tar.gz or folder";
        reading.wrong(&format!("{place}.packer"), format!("{known} is expected"));
    }
    if way.kind == WayKind::Email && way.recipients.is_empty() {
        reading.missing(&format!("{place}.email.recipients"));
    }
    Some(way)
}

/// A uuid is in addresses and store records, so that anything else is replaced by a new one.
fn is_uuid(text: &str) -> bool {
    uuid::Uuid::parse_str(text).is_ok()
}

fn kind(
    place: &str,
    named: Option<&str>,
    plugin: Option<&str>,
    way: &Way,
    reading: &mut Reading,
) -> Option<WayKind> {
    let scheme = way.options.get("server").or_else(|| way.options.get("url"));
    let scheme = scheme.and_then(Value::as_str).and_then(|url| url.split_once("://"));
    let by_scheme = scheme.and_then(|(scheme, _)| match scheme {
        "sftp" => Some(WayKind::Sftp),
        "ftp" | "ftps" | "ftpes" => Some(WayKind::Ftp),
        "http" | "https" => Some(WayKind::Webdav),
        _ => None,
    });
    let name = named.or(plugin);
    match name {
        None if way.recipients.is_empty() => Some(WayKind::Download),
        None => Some(WayKind::Email),
        // One plugin speaks them all, and is told by the address.
        Some(name) if name.contains("ftp") && !name.contains("sftp") => {
            Some(by_scheme.unwrap_or(WayKind::Ftp))
        }
        Some(name) => {
            let known = WayKind::named(name).or_else(|| {
                let kinds = [WayKind::Sftp, WayKind::Webdav, WayKind::Rsync];
                kinds.into_iter().find(|kind| name.contains(kind.as_str()))
            });
            if known.is_none() {
                let key = if named.is_some() { "type" } else { "plugin" };
                let known = "download, email, rsync, sftp or webdav";
                reading.wrong(&format!("{place}.{key}"), format!("{name:?} is none of {known}"));
            }
            known
        }
    }
}

fn options(place: &str, value: &Value, way: &mut Way, reading: &mut Reading) {
    for (key, value) in reading.map(place, value).into_iter().flatten() {
        if !is_secret(key) {
            way.options.insert(key.clone(), value.clone());
        } else if let Some(text) = reading.text(&format!("{place}.{key}"), value) {
            way.given.insert(key.clone(), text);
        }
    }
}

/// Whether an option is never shown.
fn is_secret(key: &str) -> bool {
    key.ends_with(":secret") || key.starts_with("pw:") || key == "password"
}

fn email(place: &str, value: &Value, way: &mut Way, reading: &mut Reading) {
    for (key, value) in reading.map(place, value).into_iter().flatten() {
        let place = format!("{place}.{key}");
        match key.as_str() {
            "recipients" => {
                way.recipients = Reading::list(value).to_vec();
                for (index, recipient) in way.recipients.iter().enumerate() {
                    if entry(recipient).is_none() {
                        let place = format!("{place}.{index}");
                        reading.wrong(&place, "neither a user, nor a group, nor an address");
                    }
                }
            }
            "message" => way.message = reading.text(&place, value),
            _ => reading.unknown(&place),
        }
    }
}

/// Whom a recipient means, as definitions write it: an address, `user:NAME` or `group:NAME`.
fn entry(recipient: &Value) -> Option<String> {
    if let Value::String(text) = recipient {
        return (!text.is_empty()).then(|| text.clone());
    }
    let name = |of: &Value, keys: &[&str]| {
        keys.iter().find_map(|key| match of.get(key)? {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Null
            | Value::Bool(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_) => None,
        })
    };
    if let Some(group) = recipient.get("group") {
        return name(group, &["name", "reference", "_id"]).map(|name| format!("group:{name}"));
    }
    let user = recipient.get("user").unwrap_or(recipient);
    if user["type"] == "email" {
        return name(user, &["login", "email"]);
    }
    let name = name(user, &["login", "email", "_id"])?;
    Some(if name.contains('@') { name } else { format!("user:{name}") })
}

/// The packer of a word; `usual` where there is none.
fn packer(word: Option<&str>, usual: Packer) -> Option<Packer> {
    Some(match word {
        None => usual,
        Some("zip") => Packer::Zip,
        Some("zip_10mb") => Packer::Zip10mb,
        Some("zip_2gb") => Packer::Zip2gb,
        Some("tar_bz2" | "tar.bz2") => Packer::TarBz2,
        Some("tar_gz" | "tar.gz") => Packer::TarGz,
        Some("tar") => Packer::Tar,
        Some("folder" | "none") => Packer::None,
        Some(_) => return None,
    })
}

impl Way {
    /// The transport that is meant, or what is missing for it.
    pub(super) fn transport(
        &self,
        place: &str,
        instance: &Instance,
        reading: &mut Reading,
    ) -> Option<Transport> {
        // What stays here is fetched as one file, what is sent goes file by file.
        let usual = match self.kind {
            WayKind::Download | WayKind::Email => Packer::Zip,
            WayKind::Rsync | WayKind::Ftp | WayKind::Sftp | WayKind::Webdav => Packer::None,
        };
        let packer = packer(self.packer.as_deref(), usual)?;
        let text = |key: &str| self.options.get(key).and_then(Value::as_str);
        let directory = text("directory").unwrap_or_default();
        let server = text("target").or_else(|| text("server")).or_else(|| text("url"));
        let places = &instance.places;
        let found = match self.kind {
            WayKind::Download => {
                return Some(Transport::Download(Download { packer, encrypt: None }));
            }
            WayKind::Email => {
                return Some(Transport::Email(Email {
                    to: self.recipients.iter().filter_map(entry).collect(),
                    subject: None,
                    message: self.message.clone(),
                    language: None,
                    attach: None,
                    packer,
                    encrypt: None,
                }));
            }
            WayKind::Rsync => {
                let asked = text("target").or_else(|| text("destination"));
                asked.and_then(|destination| places.rsync(destination))
            }
            WayKind::Sftp => {
                server.and_then(|server| places.sftp(server, text("login"), directory))
            }
            WayKind::Webdav => server.and_then(|server| places.webdav(server, directory)),
            WayKind::Ftp => {
                let why = "FTP is not spoken here; SFTP and WebDAV are";
                reading.wrong(&format!("{place}.options.server"), why);
                return None;
            }
        };
        let Some((target, path)) = found else {
            let key = if self.kind == WayKind::Rsync { "destination" } else { "server" };
            let why = format!(
                "no target of kind {} is configured there; ask the operator for one",
                self.kind.as_str()
            );
            reading.wrong(&format!("{place}.options.{key}"), why);
            return None;
        };
        self.sent((target, path), packer, place, reading)
    }

    fn sent(
        &self,
        (target, path): Found,
        packer: Packer,
        place: &str,
        reading: &mut Reading,
    ) -> Option<Transport> {
        let encrypt = None;
        Some(match self.kind {
            WayKind::Rsync => {
                let options = rsync_options(place, self.options.get("options"), reading)?;
                Transport::Rsync(Rsync { target, path, packer, encrypt, options })
            }
            WayKind::Sftp => {
                let options = SftpOptions::default();
                Transport::Sftp(Sftp { target, path, packer, encrypt, options })
            }
            WayKind::Webdav => {
                let options = WebdavOptions::default();
                Transport::Webdav(Webdav { target, path, packer, encrypt, options })
            }
            WayKind::Download | WayKind::Email | WayKind::Ftp => return None,
        })
    }

    /// The way as documents show it, without what only the server tells and without anything secret.
    pub fn shown(&self) -> Map<String, Value> {
        let mut shown = Map::new();
        shown.insert("type".to_owned(), json!(self.kind.as_str()));
        shown.insert("packer".to_owned(), json!(self.packer));
        shown.insert("uuid".to_owned(), json!(self.uuid));
        if !self.options.is_empty() {
            shown.insert("options".to_owned(), Value::Object(self.options.clone()));
        }
        if self.kind == WayKind::Email {
            let email = json!({"recipients": self.recipients, "message": self.message});
            shown.insert("email".to_owned(), email);
        }
        shown
    }

    /// Takes over what a document left out of a way that was there before.
    pub(super) fn keep(&mut self, before: &Self) {
        if self.uuid.is_empty() {
            self.uuid.clone_from(&before.uuid);
        }
        for (key, sealed) in &before.sealed {
            if !self.given.contains_key(key) {
                self.sealed.entry(key.clone()).or_insert_with(|| sealed.clone());
            }
        }
    }
}

/// What rsync is told besides: the options of the definition, and no others.
fn rsync_options(
    place: &str,
    options: Option<&Value>,
    reading: &mut Reading,
) -> Option<RsyncOptions> {
    let Some(options) = options.filter(|options| !options.is_null()) else {
        return Some(RsyncOptions::default());
    };
    match serde_json::from_value(options.clone()) {
        Ok(options) => Some(options),
        Err(error) => {
            reading.wrong(&format!("{place}.options.options"), error.to_string());
            None
        }
    }
}
