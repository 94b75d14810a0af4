//! The configuration's keys in the manual: every one is in an example, and every example is read as an
//! operator's file is.
//!
//! Sources and targets have the keys that they have in definitions, which have examples of their own
//! (`tests/tests/embedded/manual.rs`). Here each kind of them needs one.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use figment::Figment;
use figment::providers::{Format, Toml};
use serde_json::Value;

use super::Config;

/// The documents that have examples.
const DOCUMENTS: [&str; 4] = ["operations.md", "easydb.md", "deriva.md", "idah.md"];

/// Keys that no example has, each with the reason.
const NOT_SHOWN: &[(&str, &str)] = &[
    ("store.path", "the store of the examples is a bucket; `serve` and `run` have `--data`"),
    ("store.secret_access_key", "the examples have their secrets in files"),
    ("queue.url", "the examples have their secrets in files"),
    ("board.url", "the examples have their secrets in files"),
    ("email.password", "the examples have their secrets in files"),
    ("webhooks.NAME.secret", "the examples have their secrets in files"),
];

/// Where the examples have their secrets.
const SECRETS: &str = "/run/secrets/";

/// Every block of TOML.
fn examples() -> Vec<String> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let mut found = Vec::new();
    for document in DOCUMENTS {
        let text = fs::read_to_string(docs.join(document)).unwrap();
        for block in text.split("\n```toml\n").skip(1) {
            let (example, _) = block.split_once("\n```\n").unwrap();
            found.push(example.to_owned());
        }
    }
    found
}

#[test]
fn every_example_of_the_manual_is_a_configuration() {
    let desk = tempfile::tempdir().unwrap();
    for example in examples() {
        for secret in example.split(SECRETS).skip(1) {
            let (name, _) = secret.split_once('"').unwrap();
            fs::write(desk.path().join(name), "canary-secret").unwrap();
        }
        let file = desk.path().join("longshore.toml");
        let here = format!("{}/", desk.path().display());
        fs::write(&file, example.replace(SECRETS, &here)).unwrap();
        let read = Config::read(Some(&file));
        assert!(read.is_ok(), "{:#?}\n{example}", read.err());
    }
}

#[test]
fn every_key_is_in_an_example_of_the_manual() {
    let schema = schemars::schema_for!(Config).to_value();
    let walk = Walk { schema: &schema };
    let mut missing = BTreeSet::new();
    walk.offered(&schema, "", &mut missing);
    for example in examples() {
        let example: Value = Figment::from(Toml::string(&example)).extract().unwrap();
        let mut shown = BTreeSet::new();
        walk.shown(&schema, "", &example, &mut shown);
        missing.retain(|key| !shown.contains(key));
    }
    for (key, _) in NOT_SHOWN {
        assert!(missing.remove(*key), "{key} is shown, or there is no such key");
    }
    let missing: Vec<String> = missing.into_iter().collect();
    assert!(missing.is_empty(), "no example of {DOCUMENTS:?} has\n{}", missing.join("\n"));
}

/// A way through the schema of the configuration. A key is called `store.kind`, in a table by names
/// `webhooks.NAME.url`, and a kind `targets.NAME rsync`.
struct Walk<'s> {
    schema: &'s Value,
}

impl<'s> Walk<'s> {
    /// All that there is.
    fn offered(&self, node: &'s Value, place: &str, found: &mut BTreeSet<String>) {
        let node = self.meant(node);
        for (key, child) in keys(node) {
            found.insert(below(place, key));
            self.offered(child, &below(place, key), found);
        }
        if node["additionalProperties"].is_object() {
            self.offered(&node["additionalProperties"], &below(place, "NAME"), found);
        }
        found.extend(kinds(node).map(|kind| format!("{place} {kind}")));
    }

    /// What a document has of it.
    fn shown(&self, node: &'s Value, place: &str, value: &Value, found: &mut BTreeSet<String>) {
        let node = self.meant(node);
        for (key, child) in keys(node) {
            if let Some(value) = value.get(key) {
                found.insert(below(place, key));
                self.shown(child, &below(place, key), value, found);
            }
        }
        if node["additionalProperties"].is_object() {
            for value in value.as_object().into_iter().flat_map(serde_json::Map::values) {
                let named = &node["additionalProperties"];
                self.shown(named, &below(place, "NAME"), value, found);
            }
        }
        let is_it = |kind: &&str| value["kind"] == **kind;
        found.extend(kinds(node).filter(is_it).map(|kind| format!("{place} {kind}")));
    }

    /// What a reference leads to; anything else is meant itself.
    fn meant(&self, node: &'s Value) -> &'s Value {
        let name = node["$ref"].as_str().and_then(|place| place.strip_prefix("#/$defs/"));
        name.map_or(node, |name| &self.schema["$defs"][name])
    }
}

fn keys(node: &Value) -> impl Iterator<Item = (&String, &Value)> {
    node["properties"].as_object().into_iter().flatten()
}

/// The kinds of a source or target.
fn kinds(node: &Value) -> impl Iterator<Item = &str> {
    let alternatives = node["oneOf"].as_array().into_iter().flatten();
    alternatives.filter_map(|node| node["properties"]["kind"]["const"].as_str())
}

/// A key below a place.
fn below(place: &str, key: &str) -> String {
    if place.is_empty() { key.to_owned() } else { format!("{place}.{key}") }
}
