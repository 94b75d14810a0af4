//! An export document: read, changed by another, made a definition of, shown.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::custom;
use super::export::{self, BATCH_SIZE};
use super::instance::Instance;
use super::mistake::{Mistake, What};
use super::reading::Reading;
use super::schedule;
use super::transport::{self, Way};
use crate::definition::{
    By, Definition, Download, Easydb, Generation, Incremental, Merge, Metadata, OnError, Options,
    Output, Packer, Schedule, Select, Transport,
};

/// The top folder of an export in the archive, as easydb calls it: when, of which catalogue, how much, and
/// the export's name.
const TOP: &str = "{_time} {_catalogue} {_extent} {_name}/";

/// Where a document says which objects it is about.
const SEARCH: &str = "export.search";

/// How long a change may take until a search finds it. What is younger is left to the next run: a second
/// that is not over, or an index that is late, would hide it from every run otherwise.
const LAG: Duration = Duration::from_mins(1);

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
        let Reading { warnings, mistakes, profiles } = reading;
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

    /// The definition that is meant, or what it lacks. A way that is what it was `before` leads where it led,
    /// also where there is no such place any more: an export that names what is gone can be changed still.
    pub fn definition(
        &self,
        name: &str,
        instance: &Instance,
        before: Option<(&Self, &Definition)>,
    ) -> Result<Definition, Vec<Mistake>> {
        let mut reading = Reading::default();
        let mut transports: Vec<Transport> = Vec::new();
        for (index, way) in self.ways.iter().enumerate() {
            let mut of_way = Reading::default();
            let now = way.transport(&format!("_transports.{index}"), instance, &mut of_way);
            let then = before.and_then(|(before, definition)| {
                let same = before.ways.iter().position(|before| before == way)?;
                definition.transports.get(same).cloned()
            });
            match (now, then) {
                (Some(now), _) if of_way.mistakes.is_empty() => transports.push(now),
                (_, Some(then)) => transports.push(then),
                (_, None) => reading.mistakes.append(&mut of_way.mistakes),
            }
        }
        if !reading.mistakes.is_empty() {
            return Err(reading.mistakes);
        }
        if transports.is_empty() {
            // An archive that nobody asked for costs next to nothing, and is what `zip` then serves.
            transports.push(Transport::Download(Download { packer: Packer::Zip, encrypt: None }));
        }
        Ok(Definition {
            name: name.to_owned(),
            outputs: vec![self.output(instance)],
            batch_size: Some(self.batch_size.unwrap_or(BATCH_SIZE)),
            on_error: OnError::Warn,
            transports,
            index: None,
            lifetime: instance.lifetime,
            schedules: self.schedules.clone(),
            paused: false,
            notify: Vec::new(),
            sources: indexmap::IndexMap::new(),
            targets: indexmap::IndexMap::new(),
        })
    }

    fn output(&self, instance: &Instance) -> Output {
        let incremental = (self.kind == Kind::Incremental).then(|| Incremental {
            by: By::Field("_last_modified".to_owned()),
            key: None,
            lag: Some(LAG),
        });
        Output {
            to: TOP.to_owned(),
            from: instance.source.clone(),
            select: Select::default(),
            incremental,
            format: None,
            options: Options::default(),
            per: None,
            assets: None,
            easydb: Some(Box::new(self.meant(instance))),
        }
    }

    /// What is asked for without what means nothing beside the rest: clients send every key.
    fn meant(&self, instance: &Instance) -> Easydb {
        let mut easydb = self.easydb.clone();
        easydb.time_zone.clone_from(&instance.zone);
        if easydb.merge_linked_objects == Merge::None {
            easydb.merge_max_depth = None;
        }
        if !easydb.xml {
            easydb.xml_one_file_per_object = false;
            easydb.stylesheet = None;
        }
        if !easydb.xml && easydb.csv.is_none() {
            easydb.mapping = None;
        }
        easydb
    }

    /// The document of a definition, where somebody changed it by another way in. What a definition
    /// does not hold is as it was `before`.
    pub fn of(definition: &Definition, before: &Self) -> Self {
        let output = definition.outputs.iter().find(|output| output.easydb.is_some());
        let mut easydb = output.and_then(|output| output.easydb.as_deref().cloned());
        if let Some(easydb) = &mut easydb {
            // It is the installation's, and no document tells it.
            easydb.time_zone.clone_from(&before.easydb.time_zone);
        }
        let kind = match (output.is_some_and(|output| output.incremental.is_some()), before.kind) {
            (true, _) => Kind::Incremental,
            (false, Kind::Incremental) => Kind::Export,
            (false, kind) => kind,
        };
        Self {
            kind,
            name: Some(definition.name.clone()),
            batch_size: definition.batch_size,
            easydb: easydb.unwrap_or_default(),
            schedules: definition.schedules.clone(),
            ..before.clone()
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
