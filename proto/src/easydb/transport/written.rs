//! Ways out as documents write them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::meant::packer;
use super::recipient::{LANGUAGE, entry, language};
use super::secret::{PASSWORD, buried, is_secret, strip, without_passwords};
use super::{Way, WayKind};
use crate::definition::Packer;
use crate::easydb::free::unescaped;
use crate::easydb::reading::Reading;
use crate::people::is_language;

/// The ways out of a document.
pub(in crate::easydb) fn ways(place: &str, value: &Value, reading: &mut Reading) -> Vec<Way> {
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
    if !way.is_found_by_address() {
        strip(&mut way.options);
    }
    if packer(way.packer.as_deref(), Packer::Zip).is_none() {
        let known = "zip, zip_10mb, zip_2gb, tar, tar.gz, tar_bz2 or folder";
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
                let known = "download, email, ftp, rsync, sftp or webdav";
                reading.wrong(&format!("{place}.{key}"), format!("{name:?} is none of {known}"));
            }
            known
        }
    }
}

fn options(place: &str, value: &Value, way: &mut Way, reading: &mut Reading) {
    let mut passwords = Vec::new();
    for (key, value) in reading.map(place, value).into_iter().flatten() {
        let place = format!("{place}.{key}");
        if !is_secret(key) {
            if let Some(buried) = buried(value) {
                reading.wrong(&place, format!("{buried} is a secret, and none stands there"));
            }
            way.options.insert(key.clone(), without_passwords(value, &mut passwords));
        } else if let Some(text) = reading.text(&place, value) {
            way.given.insert(key.clone(), text);
        }
    }
    if let Some(password) = passwords.into_iter().next() {
        way.given.entry(PASSWORD.to_owned()).or_insert_with(|| unescaped(&password));
    }
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
                    if language(recipient).is_some_and(|language| !is_language(language)) {
                        let why = "no language is called so";
                        reading.overruled(&format!("{place}.{index}.{LANGUAGE}"), why);
                    }
                }
            }
            "message" => way.message = reading.text(&place, value),
            _ => reading.unknown(&place),
        }
    }
}
