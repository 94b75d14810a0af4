//! The source that asks a server, against one with sessions, rights, limits and mishaps.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use futures::TryStreamExt;
use proto::definition::OnError;
use proto::filter::Where;
use serde_json::{Value, json};
use source::address::AddressRules;
use source::asset::{Assets, HttpAssets, HttpLimits};
use source::{
    Chunk, Context, Greatest, NoBuckets, Read, Search, Sought, Source, SourceError, Wanted,
};
use tests::{EasydbServer, Mishap};
use tokio::sync::mpsc;

use super::catalogue::{made, small};

/// A source that asks a server as one of its users.
pub(super) struct Asking {
    pub(super) source: Arc<dyn Source>,
    http: Arc<HttpAssets>,
    _secrets: tempfile::TempDir,
}

impl Asking {
    pub(super) fn new(server: &EasydbServer, login: &str, password: &str, more: &Value) -> Self {
        let secrets = tempfile::tempdir().unwrap();
        fs::write(secrets.path().join("password"), format!("{password}\n")).unwrap();
        let host = server.url.trim_start_matches("http://").to_owned();
        let rules = AddressRules::new(&[host]).unwrap();
        let http = Arc::new(HttpAssets::new(HttpLimits::default(), rules).unwrap());
        let base = secrets.path().to_owned();
        let context = Context { base, buckets: Arc::new(NoBuckets), http: Arc::clone(&http) };
        let mut spec = json!({"kind": "easydb", "url": server.url, "login": login,
            "password_file": "password"});
        spec.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        let source = source::open(&serde_json::from_value(spec).unwrap(), &context).unwrap();
        Self { source, http, _secrets: secrets }
    }

    pub(super) fn ann(server: &EasydbServer) -> Self {
        Self::new(server, "ann", "secret", &json!({"page_size": 7}))
    }

    /// All objects of a search that meet conditions, with how many batches of four there are.
    pub(super) async fn objects(
        &self,
        search: Value,
        filter: Value,
    ) -> Result<(usize, Vec<Value>), SourceError> {
        self.objects_with(&[], search, filter).await
    }

    /// The same with these fields of each besides.
    pub(super) async fn objects_with(
        &self,
        besides: &[&str],
        search: Value,
        filter: Value,
    ) -> Result<(usize, Vec<Value>), SourceError> {
        let besides: Vec<String> = besides.iter().map(|name| (*name).to_owned()).collect();
        let search: Option<Search> = search.as_object().cloned();
        let filter: Where = serde_json::from_value(filter).unwrap();
        let wanted = Wanted {
            fields: None,
            besides: besides.clone(),
            filter: filter.clone(),
            batch_size: Some(4),
            target_bytes: 1 << 20,
            needs_columns: false,
            search: search.clone(),
            query: None,
            view: None,
        };
        let survey = self.source.survey(&wanted).await?;
        let (batches, mut objects) = (survey.slices.len(), Vec::new());
        for slice in survey.slices {
            let read = Read {
                slice,
                fields: None,
                besides: besides.clone(),
                filter: filter.clone(),
                search: search.clone(),
                query: None,
                view: survey.view.clone(),
                on_error: OnError::Fail,
            };
            let (out, mut chunks) = mpsc::channel(2);
            let taking = async {
                while let Some(chunk) = chunks.recv().await {
                    let Chunk::Page(page) = chunk else { panic!("something is broken") };
                    objects.extend(
                        page.rows()
                            .map(|row| serde_json::from_str::<Value>(row.cell(0).text).unwrap()),
                    );
                }
            };
            tokio::join!(self.source.rows(&read, out), taking).0?;
        }
        assert_eq!(survey.records, Some(objects.len() as u64));
        Ok((batches, objects))
    }

    /// Everything.
    pub(super) async fn all(&self) -> Result<Vec<Value>, SourceError> {
        Ok(self.objects(Value::Null, json!({})).await?.1)
    }
}

/// The objects as they are saved, with the files where the server has them.
pub(super) fn saved(folder: &Path, server: &EasydbServer) -> Vec<Value> {
    let text = fs::read_to_string(folder.join("search-00000.json")).unwrap();
    let text = text.replace("\"files/", &format!("\"{}/eas/files/", server.url));
    let answer: Value = serde_json::from_str(&text).unwrap();
    answer["objects"].as_array().unwrap().clone()
}

fn ids(objects: &[Value]) -> Vec<u64> {
    objects.iter().map(|object| object["_system_object_id"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn every_object_comes_once_in_the_order_of_its_number() {
    let server = EasydbServer::start(&small()).await.unwrap();
    let (batches, objects) = Asking::ann(&server).objects(Value::Null, json!({})).await.unwrap();
    assert_eq!(batches, 8);
    assert!(objects == saved(&small(), &server), "{:?}", ids(&objects));
    assert_eq!(server.sign_ins(), 1);
}

#[tokio::test]
async fn sessions_that_end_are_opened_anew() {
    let server = EasydbServer::start(&small()).await.unwrap();
    server.end_sessions_after(3);
    let asking = Asking::ann(&server);
    assert_eq!(asking.all().await.unwrap().len(), 30);
    assert!(server.sign_ins() > 2, "{}", server.sign_ins());
    let assets = assets(&asking);
    let url = format!("{}/eas/files/leaflet.pdf", server.url);
    for _ in 0..7 {
        assert_eq!(bytes(&assets, &url).await.unwrap().len(), 125);
    }
}

#[tokio::test]
async fn what_a_user_may_not_see_is_not_there() {
    let server = EasydbServer::start(&small()).await.unwrap();
    let bob = Asking::new(&server, "bob", "hidden", &json!({}));
    let objects = bob.all().await.unwrap();
    let pools: Vec<&Value> =
        objects.iter().map(|object| &object["bild"]["_pool"]["pool"]["_id"]).collect();
    assert!(pools.contains(&&json!(10)) && !pools.contains(&&json!(20)));
    let catalogue = bob.source.catalogue().unwrap();
    assert_eq!(catalogue.objects(&[1046]).await.unwrap(), [None]);
}

#[tokio::test]
async fn mishaps_are_waited_out_and_halves_asked_for_again() {
    let server = EasydbServer::start(&small()).await.unwrap();
    server.fail_next(
        "/api/v1/search",
        [Mishap::Status(503, None), Mishap::Half, Mishap::Expired, Mishap::Status(429, Some(1))],
    );
    let begun = Instant::now();
    assert_eq!(Asking::ann(&server).all().await.unwrap().len(), 30);
    assert!(begun.elapsed().as_secs() >= 1, "it waits as it is asked to");
}

#[tokio::test]
async fn a_wrong_password_is_told_in_the_server_s_words_and_never_shown() {
    let server = EasydbServer::start(&small()).await.unwrap();
    let error = Asking::new(&server, "ann", "canary", &json!({})).all().await.unwrap_err();
    let told = error.to_string();
    assert!(told.contains("error.user.login_failed"), "{told}");
    assert!(!told.contains("canary"), "{told}");
    assert!(!error.is_transient());
}

#[tokio::test]
async fn a_server_without_end_of_trouble_is_unavailable() {
    let server = EasydbServer::start(&small()).await.unwrap();
    server.fail_next("/api/v1/search", vec![Mishap::Status(500, None); 9]);
    let asking = Asking::new(&server, "ann", "secret", &json!({"tries": 2}));
    let error = asking.all().await.unwrap_err();
    assert!(error.is_transient(), "{error}");
}

#[tokio::test]
async fn the_server_searches_and_conditions_hold() {
    let server = EasydbServer::start(&small()).await.unwrap();
    let search = json!({"objecttypes": ["bild"], "sort": [{"field": "x"}], "limit": 1, "search": [
        {"type": "in", "bool": "should", "fields": ["bild.aktiv"], "in": [true]},
        {"type": "in", "bool": "should", "fields": ["bild.preis"], "in": [567]},
    ]});
    let asking = Asking::ann(&server);
    let (_, objects) = asking.objects(search.clone(), json!({})).await.unwrap();
    let found = ids(&objects);
    let bilder = saved(&small(), &server);
    let expected = bilder.iter().filter(|object| {
        object["bild"]["aktiv"] == json!(true) || object["bild"]["preis"] == json!(567)
    });
    assert_eq!(found, ids(&expected.cloned().collect::<Vec<_>>()));
    let catalogue = asking.source.catalogue().unwrap();
    let search = search.as_object().unwrap();
    assert_eq!(catalogue.found(search, &[1000, found[0], 5]).await.unwrap(), [false, true, false]);
    let since = json!({"_last_modified": {"gt": "2024-05-09T03:59:00Z"}});
    let (_, objects) = asking.objects(Value::Null, since).await.unwrap();
    assert_eq!(ids(&objects), [1084, 1088]);
}

#[tokio::test]
async fn the_last_change_is_told_without_reading_everything() {
    let server = EasydbServer::start(&small()).await.unwrap();
    let asking = Asking::ann(&server);
    let sought = |until: Option<&str>| Sought {
        field: "_last_modified".to_owned(),
        filter: Where::new(),
        search: None,
        until: until.map(|until| until.parse().unwrap()),
    };
    for (until, expected) in
        [(None, "2024-05-09T05:13:00Z"), (Some("2024-05-09T05:00:00Z"), "2024-05-09T04:36:00Z")]
    {
        let greatest = asking.source.greatest(&sought(until)).await.unwrap();
        let Some(Greatest::Value { text, .. }) = greatest else { panic!("{greatest:?}") };
        assert_eq!(text, expected);
    }
    let none = asking.source.greatest(&sought(Some("2000-01-01T00:00:00Z"))).await.unwrap();
    assert_eq!(none, Some(Greatest::Nothing));
}

#[tokio::test]
async fn files_are_fetched_with_the_session_and_nobody_else_gets_it() {
    let server = EasydbServer::start(&small()).await.unwrap();
    let other = EasydbServer::start(&small()).await.unwrap();
    let assets = assets(&Asking::ann(&server));
    let own = format!("{}/eas/files/picture-00-small.png", server.url);
    assert_eq!(bytes(&assets, &own).await.unwrap().len(), 518);
    assert_eq!(bytes(&assets, "/eas/files/leaflet.pdf").await.unwrap().len(), 125);
    let foreign = bytes(&assets, &format!("{}/eas/files/leaflet.pdf", other.url)).await;
    assert!(foreign.is_err());
    let gone = bytes(&assets, &format!("{}/eas/files/gone.png", server.url)).await.unwrap_err();
    assert!(matches!(gone, SourceError::AssetMissing { .. }), "{gone}");
    assert_eq!(server.sign_ins(), 1);
}

#[tokio::test]
async fn thousands_of_objects_are_found_far_beyond_the_reach_of_offsets() {
    let dir = tempfile::tempdir().unwrap();
    made(2500, dir.path());
    let server = EasydbServer::start(dir.path()).await.unwrap();
    let asking = Asking::new(&server, "ann", "secret", &json!({}));
    let wanted = Wanted {
        fields: None,
        besides: Vec::new(),
        filter: Where::new(),
        batch_size: Some(100),
        target_bytes: 1 << 20,
        needs_columns: false,
        search: None,
        query: None,
        view: None,
    };
    let survey = asking.source.survey(&wanted).await.unwrap();
    assert_eq!((survey.slices.len(), survey.records), (25, Some(2500)));
    let asked = server.asked().iter().filter(|path| *path == "/api/v1/search").count();
    assert_eq!(asked, 3);
}

pub(super) fn assets(asking: &Asking) -> Assets {
    Assets {
        root: asking.source.assets(),
        http: Arc::clone(&asking.http),
        credentials: asking.source.credentials(),
    }
}

pub(super) async fn bytes(assets: &Assets, reference: &str) -> Result<Vec<u8>, SourceError> {
    let chunks: Vec<bytes::Bytes> = assets.open(reference).await?.bytes.try_collect().await?;
    Ok(chunks.concat())
}
