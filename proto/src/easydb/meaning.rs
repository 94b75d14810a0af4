//! The definition that an export document means, and the document of a definition.

use std::time::Duration;

use super::document::{Document, Kind};
use super::export::BATCH_SIZE;
use super::instance::Instance;
use super::mistake::Mistake;
use super::reading::Reading;
use crate::definition::{
    By, Definition, Download, Easydb, Incremental, Merge, OnError, Options, Output, Packer, Select,
    Transport,
};

/// The top folder of an export in the archive, as easydb calls it: when, of which catalogue, how much, and
/// the export's name.
const TOP: &str = "{_time} {_catalogue} {_extent} {_name}/";

/// How long a change may take until a search finds it. What is younger is left to the next run: a second
/// that is not over, or an index that is late, would hide it from every run otherwise.
const LAG: Duration = Duration::from_mins(1);

impl Document {
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
            query: None,
            view: None,
            select: Select::default(),
            incremental,
            format: None,
            verbatim: None,
            made: None,
            options: Options::default(),
            per: None,
            empty_file: None,
            assets: None,
            easydb: Some(Box::new(self.meant(instance))),
            plugin: None,
            datasets: None,
            plugin_options: serde_json::Map::new(),
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
}
