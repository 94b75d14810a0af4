//! Asking a catalogue that has one row.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use proto::deriva::engine::{Asked, Classes, Configuration, Way};
use proto::deriva::translation::Place;
use serde_json::{Map, Value, json};
use tokio::sync::mpsc;

use super::*;
use crate::asset::AssetRoot;
use crate::{Chunk, Read, Survey, Wanted};

/// A catalogue whose only row has an S; it notes what it is asked.
#[derive(Default)]
struct OneRow {
    asked: Mutex<Vec<String>>,
}

impl OneRow {
    fn note(&self, path: &str, view: Option<&str>) {
        self.asked.lock().unwrap().push(format!("{path} {view:?}"));
    }
}

#[async_trait]
impl Source for OneRow {
    async fn survey(&self, _wanted: &Wanted) -> Result<Survey, SourceError> {
        Err(refused("nobody plans here".to_owned()))
    }

    async fn rows(&self, _read: &Read, _out: mpsc::Sender<Chunk>) -> Result<(), SourceError> {
        Err(refused("nobody reads here".to_owned()))
    }

    async fn view(&self, wanted: Option<&str>) -> Result<Option<String>, SourceError> {
        Ok(Some(wanted.unwrap_or("3-NEW").to_owned()))
    }

    async fn first(
        &self,
        query: &str,
        view: Option<&str>,
    ) -> Result<Option<Map<String, Value>>, SourceError> {
        self.note(query, view);
        Ok(json!({"S": "S1"}).as_object().cloned())
    }

    async fn document(&self, path: &str, view: Option<&str>) -> Result<Bytes, SourceError> {
        self.note(path, view);
        Ok(Bytes::from_static(b"{\"schemas\": {}}"))
    }

    fn assets(&self) -> Option<Arc<dyn AssetRoot>> {
        None
    }
}

fn configuration() -> Configuration {
    let json = json!({"catalog": {"host": "https://h", "catalog_id": "7", "query_processors": [
        {"processor": "env", "processor_params": {"query_path": "/entity/s:t", "query_keys": ["S"]}},
        {"processor": "csv", "processor_params": {
            "query_path": "/entity/s:t/S={S}", "output_path": "of-{S}"}},
    ]}});
    let classes = Classes::new();
    Configuration::read(&json, &Asked::new(Way::Terminal, &classes)).unwrap().configuration
}

#[tokio::test]
async fn variables_are_asked_for_at_the_snapshot_that_is_read() {
    for (wanted, view) in [(None, "3-NEW"), (Some("2-OLD"), "2-OLD")] {
        let source = OneRow::default();
        let place = Place { source: "isa", view: wanted };
        let translation = Translation::new(configuration(), place);
        let made = translated(&source, translation, wanted, Timestamp::UNIX_EPOCH).await.unwrap();
        let asked = source.asked.lock().unwrap().clone();
        assert_eq!(asked, [format!("/entity/s:t Some({view:?})")]);
        let output = &made.definition.outputs[0];
        assert_eq!((output.from.as_str(), output.view.as_deref()), ("isa", Some(view)));
        assert!(output.query.as_ref().unwrap().contains("S=S1"), "{output:?}");
        assert!(output.to.as_str().contains("of-S1"), "{output:?}");
    }
}

#[tokio::test]
async fn a_catalogue_describes_itself_at_a_snapshot() {
    let source = OneRow::default();
    let catalogue = catalogue(&source, Some("3-A")).await.unwrap();
    assert!(catalogue.schemas.is_empty());
    assert_eq!(*source.asked.lock().unwrap(), ["/schema Some(\"3-A\")"]);
}
