//! Datasets of an IDAH deployment, as the door to them needs them: two of one project, one of another, and users
//! with tokens of the deployment.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use secrecy::SecretString;
use serde_json::{Map, json};
use source::asset::{Asset, AssetRoot};
use source::datasets::{Datasets, Filter, Record};
use source::pass::{Caller, Pass, Password, Place, Token};
use source::users::Users;
use source::{Chunk, Read, Source, SourceError, Survey, Wanted};
use tokio::sync::mpsc;

use crate::api::idah::{Exporter, Settings};

/// What the tokens of users begin with.
pub(in crate::api::tests) const TOKEN: &str = "idah-token-of-";

/// A plugin's exporter of videos, and the formats that need none.
pub(super) fn settings() -> Settings {
    let exporter = Exporter {
        class: "Acme::Sync::Export".to_owned(),
        plugin: "acme".to_owned(),
        name: "Acme".to_owned(),
        description: "Everything, as Acme has it".to_owned(),
        to: "acme/".to_owned(),
        modalities: vec!["idah-video".to_owned()],
        options: Map::new(),
    };
    Settings {
        source: "labels".to_owned(),
        exporters: vec![exporter],
        plugins: true,
        native: true,
        category: "category".to_owned(),
    }
}

/// What the operator says of that plugin.
pub(super) fn of_plugins() -> crate::Settings {
    let secret = BTreeSet::from(["api_key".to_owned()]);
    let secret_options = BTreeMap::from([("acme".to_owned(), secret)]);
    crate::Settings { secret_options, ..crate::Settings::default() }
}

/// The source of them.
pub(super) struct Annotated;

#[async_trait]
impl Source for Annotated {
    async fn survey(&self, _wanted: &Wanted) -> Result<Survey, SourceError> {
        Err(nothing())
    }

    async fn rows(&self, _read: &Read, _out: mpsc::Sender<Chunk>) -> Result<(), SourceError> {
        Err(nothing())
    }

    fn datasets(&self) -> Option<Arc<dyn Datasets>> {
        Some(Arc::new(Self))
    }

    fn users(&self) -> Option<Arc<dyn Users>> {
        Some(Arc::new(Self))
    }

    fn assets(&self) -> Option<Arc<dyn AssetRoot>> {
        None
    }
}

#[async_trait]
impl Datasets for Annotated {
    async fn ids(&self) -> Result<Vec<String>, SourceError> {
        Ok(["harbour", "street", "elsewhere"].map(str::to_owned).to_vec())
    }

    async fn dataset(&self, id: &str) -> Result<Option<Record>, SourceError> {
        let project = match id {
            "harbour" | "street" => 7,
            "elsewhere" => 8,
            _ => return Ok(None),
        };
        let record = json!({"id": id, "project_id": project, "modality": "idah-image",
            "labeling_configuration": {"box": {"values": [{"id": "boat"}]}}});
        Ok(serde_json::value::to_raw_value(&record).ok())
    }

    async fn entries(
        &self,
        _dataset: &str,
        _filter: &Filter,
        _after: Option<&str>,
    ) -> Result<Vec<Record>, SourceError> {
        Ok(Vec::new())
    }

    async fn annotations(
        &self,
        entries: &[String],
        _filter: &Filter,
    ) -> Result<Vec<Vec<Record>>, SourceError> {
        Ok(entries.iter().map(|_| Vec::new()).collect())
    }

    async fn medias(
        &self,
        entries: &[String],
        _filter: &Filter,
    ) -> Result<Vec<Vec<Record>>, SourceError> {
        Ok(entries.iter().map(|_| Vec::new()).collect())
    }

    async fn media(&self, _media: &Record) -> Result<Asset, SourceError> {
        Err(nothing())
    }
}

#[async_trait]
impl Users for Annotated {
    fn as_caller(&self, _caller: Caller) -> Arc<dyn Source> {
        Arc::new(Self)
    }

    async fn enter(
        &self,
        _login: &str,
        _password: &SecretString,
    ) -> Result<Option<Pass>, SourceError> {
        Ok(None)
    }

    async fn whose(&self, token: &Token) -> Result<Option<Pass>, SourceError> {
        let is_of = |name: &&str| {
            let known = Token::new(format!("{TOKEN}{name}"), Place::Bearer);
            known.digest() == token.digest()
        };
        Ok(["ann", "bob"].into_iter().find(is_of).map(|name| Pass {
            login: name.to_owned(),
            token: token.clone(),
            password: Password::Forgotten,
        }))
    }
}

fn nothing() -> SourceError {
    SourceError::Refused { what: "nothing is read here".to_owned() }
}
