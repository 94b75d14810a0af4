//! An export document: read, changed by another, shown.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::custom;
use super::export;
use super::instance::Instance;
use super::mistake::{Mistake, What};
use super::nulls;
use super::reading::Reading;
use super::schedule;
use super::transport::{self, Way};
use crate::definition::{Easydb, Generation, Metadata, Schedule};

/// Where a document says which objects it is about.
const SEARCH: &str = "export.search";

/// What an export of the dialect is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// What kind of export it is.
    pub kind: Kind,
    /// What people call it; nothing until it has a name.
    pub name: Option<String>,
    /// The version that the document says it is; told by the server once it is kept.
    #[serde(skip)]
    pub version: Option<u64>,
    /// Records per batch; 0 for all in one, nothing for the usual number.
    pub batch_size: Option<u64>,
    /// What is exported, and how it is written.
    pub easydb: Easydb,
    /// The asset of the catalogue that the stylesheet is.
    pub stylesheet: Option<String>,
    /// The profiles of metadata that it names, by their ids.
    #[serde(default)]
    pub metadata: BTreeMap<String, Metadata>,
    /// Options for plugins, kept as they came.
    pub produce: Map<String, Value>,
    /// When it starts by itself.
    pub schedules: Vec<Schedule>,
    /// How the result leaves.
    pub ways: Vec<Way>,
}

/// The kinds of exports.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Everything that the search finds.
    #[default]
    #[serde(rename = "export")]
    Export,
    /// What is new or changed since the last run that succeeded.
    #[serde(rename = "export_incremental")]
    Incremental,
    /// What somebody downloads at once.
    #[serde(rename = "download")]
    Download,
}

impl Kind {
    /// The kind as documents name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Export => "export",
            Self::Incremental => "export_incremental",
            Self::Download => "download",
        }
    }
}

/// A document that was read.
#[derive(Debug)]
pub struct Read {
    /// What it says.
    pub document: Document,
    /// What was tolerated.
    pub warnings: Vec<String>,
}

impl Document {
    /// Reads the document of a new export, or tells every mistake at once. It has a search: everything is
    /// exported where somebody asks for everything (`{}`), and not where they forgot what they ask for.
    pub fn read(
        json: &Value,
        instance: &Instance,
        generation: Generation,
    ) -> Result<Read, Vec<Mistake>> {
        let read = Self::default().changed(json, instance, generation);
        let is_said = |mistakes: &[Mistake]| mistakes.iter().any(|one| one.place == SEARCH);
        match read {
            Ok(read) if read.document.easydb.search.is_some() => Ok(read),
            Ok(_) => Err(vec![Mistake { what: What::Missing, place: SEARCH.to_owned() }]),
            Err(mut mistakes) => {
                let inner = json.get("export").unwrap_or(json);
                if inner.get("search").is_none_or(Value::is_null) && !is_said(&mistakes) {
                    mistakes.push(Mistake { what: What::Missing, place: SEARCH.to_owned() });
                }
                Err(mistakes)
            }
        }
    }

    /// The export with what another document says of it: keys that are not in it stay as they are. It is
    /// written as the product does whose clients made it, whoever changes it since; `generation` is that of a
    /// new one.
    pub fn changed(
        &self,
        json: &Value,
        instance: &Instance,
        generation: Generation,
    ) -> Result<Read, Vec<Mistake>> {
        let (mut document, mut reading) = (self.clone(), Reading::default());
        // One that is kept has a name.
        let generation = if self.name.is_some() { self.easydb.generation } else { generation };
        document.easydb.generation = generation;
        let outer = reading.map("document", json);
        // Old clients send the inner part alone.
        let is_bare = outer.is_some_and(|outer| !outer.contains_key("export"));
        for (key, value) in outer.into_iter().flatten() {
            match key.as_str() {
                "export" => {
                    let map = reading.map("export", value).cloned().unwrap_or_default();
                    export::read(&mut document, &map, instance, generation, &mut reading);
                }
                "_schedules" => {
                    document.schedules =
                        schedule::schedules("_schedules", value, instance, &mut reading);
                }
                "_transports" => {
                    document.ways = transport::ways("_transports", value, &mut reading);
                    document.keep_secrets(self);
                }
                // What the server tells of it.
                _ if key.starts_with('_') => {}
                _ if is_bare => {}
                _ => reading.unknown(key),
            }
        }
        if let Some(outer) = outer.filter(|_| is_bare) {
            let inner = outer.iter().filter(|(key, _)| {
                !key.starts_with('_') || matches!(key.as_str(), "_id" | "_version")
            });
            let map = inner.map(|(key, value)| (key.clone(), value.clone())).collect();
            export::read(&mut document, &map, instance, generation, &mut reading);
        }
        // Exports that were made without one may stay so.
        if self.easydb.search.is_some() && document.easydb.search.is_none() {
            reading.missing(SEARCH);
        }
        if document.name.is_none() && !document.schedules.is_empty() {
            let place = "export.name".to_owned();
            reading.mistakes.push(Mistake { what: What::NameRequired, place });
        }
        let besides = reading.unnoted().into_iter().chain(nulls::told(json));
        reading.warnings.extend(besides);
        let Reading { warnings, mistakes, profiles, .. } = reading;
        document.metadata.extend(profiles);
        if mistakes.is_empty() { Ok(Read { document, warnings }) } else { Err(mistakes) }
    }

    /// The profiles of metadata that a document names and an installation does not know, by their ids: whoever reads
    /// the document asks its catalogue before.
    pub fn unknown_profiles(json: &Value, instance: &Instance) -> BTreeSet<String> {
        let (mut found, inner) = (BTreeSet::new(), json.get("export").unwrap_or(json));
        for key in ["classes", "assets"] {
            custom::unknown_profiles(&inner[key], instance, &mut found);
        }
        found
    }

    /// Ways that were there before keep their uuids and secrets where the new ones leave them out.
    fn keep_secrets(&mut self, before: &Self) {
        for (index, way) in self.ways.iter_mut().enumerate() {
            let same = before.ways.iter().find(|old| !way.uuid.is_empty() && old.uuid == way.uuid);
            let there = before.ways.get(index).filter(|old| {
                old.kind == way.kind && (way.uuid.is_empty() || old.uuid == way.uuid)
            });
            if let Some(old) = same.or(there) {
                way.keep(old);
            }
        }
    }

    /// Gives ways without a uuid one, and takes what is secret in their options out of sight.
    pub fn seal(&mut self, mut uuid: impl FnMut() -> String, seal: impl Fn(&str) -> String) {
        for way in &mut self.ways {
            if way.uuid.is_empty() {
                way.uuid = uuid();
            }
            for (key, text) in std::mem::take(&mut way.given) {
                way.sealed.insert(key, seal(&text));
            }
        }
    }

    /// `export` as documents show it, in the normal form.
    pub fn export(&self) -> Map<String, Value> {
        export::shown(self)
    }

    /// `_schedules` as documents show them, in the normal form.
    pub fn schedules(&self) -> Vec<Value> {
        self.schedules.iter().map(schedule::shown).collect()
    }
}
