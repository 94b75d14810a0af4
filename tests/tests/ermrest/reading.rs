//! The source that reads a catalogue, over the stand-in.

use std::fs;
use std::sync::Arc;

use proto::definition::OnError;
use proto::filter::Where;
use serde_json::{Map, Value, json};
use source::address::AddressRules;
use source::asset::{Assets, HttpAssets, HttpLimits};
use source::page::{Kind, Page};
use source::{Chunk, Context, NoBuckets, Read, Source, SourceError, Survey, Wanted};
use tempfile::TempDir;
use tests::ErmrestServer;
use tokio::sync::mpsc;

use super::asked::Asked;

/// A source, as somebody with a session, and what it reads.
pub(super) struct Reading {
    pub(super) asked: Asked,
    pub(super) source: Arc<dyn Source>,
    pub(super) http: Arc<HttpAssets>,
    pub(super) secrets: TempDir,
}

impl Reading {
    /// Of the catalogue that was recorded, with more or other keys.
    pub(super) async fn with(more: &Value) -> Self {
        let asked = Asked::recorded().await;
        let secrets = tempfile::tempdir().unwrap();
        fs::write(secrets.path().join("cookie"), format!("{}\n", asked.token)).unwrap();
        let http = http(&[&asked.server]);
        let source = opened(&asked.server, more, &secrets, &http);
        Self { asked, source, http, secrets }
    }

    /// Puts another session where the source finds it.
    pub(super) fn sign_in_anew(&self) {
        let token = self.asked.server.sign_in("test1");
        fs::write(self.secrets.path().join("cookie"), token).unwrap();
    }

    /// What a plan sees of a query.
    pub(super) async fn survey(
        &self,
        query: &str,
        batch_size: Option<u64>,
        view: Option<&str>,
    ) -> Result<Survey, SourceError> {
        self.source.survey(&wanted(query, batch_size, view)).await
    }

    /// The rows of a plan, as objects.
    pub(super) async fn rows(
        &self,
        query: &str,
        survey: &Survey,
        filter: &Where,
    ) -> Result<Vec<Value>, SourceError> {
        let fields = survey.fields.clone().unwrap();
        let mut rows = Vec::new();
        for slice in &survey.slices {
            let read = Read {
                slice: slice.clone(),
                fields: Some(fields.clone()),
                besides: Vec::new(),
                filter: filter.clone(),
                search: None,
                query: Some(query.to_owned()),
                view: survey.view.clone(),
                on_error: OnError::Fail,
            };
            let (out, mut chunks) = mpsc::channel(2);
            let taking = async {
                while let Some(chunk) = chunks.recv().await {
                    let Chunk::Page(page) = chunk else { panic!("a row is broken") };
                    rows.extend(objects(&page, &fields));
                }
            };
            tokio::join!(self.source.rows(&read, out), taking).0?;
        }
        Ok(rows)
    }

    /// All rows of a query, read in batches; with how many batches that were.
    pub(super) async fn all(
        &self,
        query: &str,
        batch_size: Option<u64>,
    ) -> Result<(usize, Vec<Value>), SourceError> {
        let survey = self.survey(query, batch_size, None).await?;
        let rows = self.rows(query, &survey, &Where::new()).await?;
        if let Some(records) = survey.records {
            assert_eq!(records, rows.len() as u64, "{query}");
        }
        Ok((survey.slices.len(), rows))
    }

    /// What the server itself gives for a path at once, as it was at a snapshot.
    pub(super) async fn expected(&self, view: &str, path: &str) -> Vec<Value> {
        let cookie = self.asked.cookie();
        let headers = [("cookie", cookie.as_str()), ("accept", "application/json")];
        let uri = format!("/ermrest/catalog/7@{view}/{path}?limit=none");
        let told = self.asked.ask("GET", &uri, &headers).await;
        assert_eq!(told.status, 200, "{uri}: {}", told.text());
        serde_json::from_slice(&told.body).unwrap()
    }

    /// What opens the files that rows name.
    pub(super) fn assets(&self) -> Assets {
        let (root, credentials) = (self.source.assets(), self.source.credentials());
        Assets { root, http: Arc::clone(&self.http), credentials }
    }

    /// Changes the catalogue.
    pub(super) fn change(&self, change: impl FnOnce(&mut tests::Catalog) -> anyhow::Result<()>) {
        self.asked.server.change("7", change).unwrap();
    }
}

/// What fetches from servers here.
pub(super) fn http(servers: &[&ErmrestServer]) -> Arc<HttpAssets> {
    let hosts = servers.iter().map(|server| server.url.trim_start_matches("http://").to_owned());
    let rules = AddressRules::new(&hosts.collect::<Vec<_>>()).unwrap();
    Arc::new(HttpAssets::new(HttpLimits::default(), rules).unwrap())
}

/// A source with more or other keys.
pub(super) fn opened(
    server: &ErmrestServer,
    more: &Value,
    secrets: &TempDir,
    http: &Arc<HttpAssets>,
) -> Arc<dyn Source> {
    let mut spec = json!({"kind": "ermrest", "url": server.url, "catalog": "7"});
    if more.get("rights").is_none() {
        spec["cookie_file"] = json!("cookie");
    }
    spec.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
    let (base, http) = (secrets.path().to_owned(), Arc::clone(http));
    let context = Context { base, buckets: Arc::new(NoBuckets), http };
    source::open(&serde_json::from_value(spec).unwrap(), &context).unwrap()
}

/// What a plan asks for.
pub(super) fn wanted(query: &str, batch_size: Option<u64>, view: Option<&str>) -> Wanted {
    Wanted {
        fields: None,
        besides: Vec::new(),
        filter: Where::new(),
        batch_size,
        target_bytes: 64 << 10,
        needs_columns: true,
        search: None,
        query: Some(query.to_owned()),
        view: view.map(str::to_owned),
    }
}

/// A row as an object with values of JSON.
fn objects(page: &Page, fields: &[String]) -> Vec<Value> {
    let value = |kind: Kind, text: &str| match kind {
        Kind::Null => Value::Null,
        Kind::Text => json!(text),
        Kind::Number | Kind::Bool | Kind::Json => serde_json::from_str(text).unwrap(),
    };
    let object = |row: source::page::Row<'_>| {
        let cells = row.cells(fields.len()).map(|cell| value(cell.kind, cell.text));
        Value::Object(fields.iter().cloned().zip(cells).collect::<Map<String, Value>>())
    };
    page.rows().map(object).collect()
}
