//! Programs written for easydb, against a server over a catalogue in a folder.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tests::EasydbServer;

use super::easydb::judged_in;
use super::served::Served;
use crate::dialect::{self, Guest, objects_unpacked, paths, real_body};

/// How long a run may take.
const DEADLINE: Duration = Duration::from_mins(3);

/// The pictures of the small catalogue in two of its pools.
const IN_POOLS_11_AND_20: [u64; 9] = [1040, 1046, 1052, 1058, 1064, 1070, 1076, 1082, 1088];

/// The configuration of the manual, over a catalogue of thirty objects of all kinds.
fn configuration() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manual = fs::read_to_string(root.join("../docs/easydb.md")).unwrap();
    let (_, rest) = manual.split_once("```toml\n").unwrap();
    let (configuration, _) = rest.split_once("```").unwrap();
    let catalogue = root.join("catalogues/small").display().to_string();
    configuration.replace("/srv/catalogue", &catalogue).replace("/srv/backup", "{folder}/backup")
}

/// A server with it.
pub(super) async fn served() -> Served {
    let served = Served::start(&configuration()).await;
    fs::create_dir(served.path("backup")).unwrap();
    served
}

/// What the client of `tests/tools` prints, line by line.
pub(super) fn client(served: &Served, body: &Value) -> Vec<Value> {
    let who = ("local", served.api.token().unwrap());
    let printed = dialect::client(&served.url, who, body, served.fleet.dir());
    printed.unwrap_or_else(|told| panic!("{told}\n{}", served.log()))
}

#[tokio::test]
async fn the_sequence_of_a_real_client_gets_its_files() {
    let served = served().await;
    // What it made before goes first.
    let local = Guest(served.api.clone());
    let old = local.makes("pools 1 and 2", &Value::Null).await;
    local.sees_end(&old, 1).await;
    let printed = client(&served, &real_body(&[11, 20]));
    assert_eq!(printed[0], "done", "{}", served.log());
    assert_eq!(served.api.get(&old).await.unwrap().status, 404);
    let events: Vec<&str> =
        printed[1].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(events[..2], ["EXPORT_INSERT", "EXPORT_WARNING"]);
    assert!(events.contains(&"EXPORT_START") && events.contains(&"EXPORT_FINISH"), "{events:?}");
    for file in printed[2].as_array().unwrap() {
        let path = file[0].as_str().unwrap();
        let is_xml = Path::new(path).extension().is_some_and(|extension| extension == "xml");
        assert!(path.contains(" FULL pools 1 and 2/") && is_xml, "{path}");
    }
    let objects = objects_unpacked(&printed, served.fleet.dir());
    assert_eq!(objects.into_iter().collect::<Vec<_>>(), IN_POOLS_11_AND_20);
    let small = Path::new(env!("CARGO_MANIFEST_DIR")).join("catalogues/small");
    judged_in(&served.path("unpacked"), &small, ("none", 1, &["bild:11", "bild:20"]), "");
}

#[tokio::test]
async fn what_went_out_is_listed_object_by_object_and_file_by_file() {
    let served = served().await;
    let document = json!({"export": {"name": "all", "search": {"search": []}, "json": true,
            "batch_size": 7, "eas_fields": ["bild.datei"],
            "classes": {"image": {"version": "original"}}},
        "_transports": [{"type": "rsync", "options": {"destination": "backup"}}]});
    let made = served.api.put("/api/v1/export", &document).await.unwrap().body;
    let path = format!("/api/v1/export/{}", made["export"]["_id"]);
    let shown = tests::until("end", DEADLINE, async || {
        let shown = served.api.get(&path).await?.body;
        Ok((shown["_state"] == "done").then_some(shown))
    });
    let shown = shown.await.unwrap();
    let list = async |query: &str| {
        let path = format!("/api/v1/event/list?sort=_id&{query}");
        served.api.get(&path).await.unwrap().body["objects"].as_array().unwrap().clone()
    };
    // What happened is written down once the end is, which is shown at once.
    let objects = tests::until("events of thirty objects", DEADLINE, async || {
        let objects = list("type=EXPORT_OBJECT").await;
        Ok((objects.len() >= 30).then_some(objects))
    });
    let objects = objects.await.unwrap();
    assert_eq!(objects.len(), 30, "{}", served.log());
    let ids: Vec<&Value> = objects.iter().map(|one| &one["event"]["_id"]).collect();
    assert!(ids.windows(2).all(|pair| pair[0].as_u64() < pair[1].as_u64()), "{ids:?}");
    let object = &objects[9]["event"];
    assert!(object["objecttype"].is_string() && object["object_version"].is_u64(), "{object:#}");
    assert_eq!(&list("type=EXPORT_OBJECT&offset=9&limit=1").await[0]["event"], object);
    let files = shown["_files"].as_array().unwrap().iter().filter(|file| file["eas_id"].is_u64());
    let mut files: Vec<String> = files.map(dialect::path).collect();
    files.sort_unstable();
    assert!(!files.is_empty());
    for name in ["EXPORT_ASSET", "ASSET_EXPORT_TRANSPORT_COPY"] {
        let assets = tests::until("events of each file", DEADLINE, async || {
            let assets = list(&format!("type={name}")).await;
            Ok((assets.len() >= files.len()).then_some(assets))
        });
        let assets = assets.await.unwrap();
        let paths = assets.iter().map(|one| one["event"]["info"]["path"].as_str().unwrap());
        let mut paths: Vec<&str> = paths.collect();
        paths.sort_unstable();
        assert_eq!(paths, files, "{name}");
    }
}

#[tokio::test]
async fn an_incremental_export_begins_after_its_last_run_that_succeeded() {
    let served = served().await;
    let document = json!({"export": {"name": "changes", "type": "export_incremental",
        "search": {"search": []}, "json": true}});
    let made = served.api.put("/api/v1/export", &document).await.unwrap();
    assert_eq!(made.status, 200, "{:#}", made.body);
    let path = format!("/api/v1/export/{}", made.body["export"]["_id"]);
    let ended = async |events: usize| {
        tests::until("end of the run", DEADLINE, async || {
            let shown = served.api.get(&path).await?.body;
            let log = shown["_log"].as_array().into_iter().flatten();
            let ends = log.filter(|one| {
                one["event"]["type"].as_str().is_some_and(|name| name.starts_with("EXPORT_FINISH"))
            });
            Ok((ends.count() == events).then_some(shown))
        })
        .await
        .unwrap()
    };
    let first = ended(1).await;
    assert!(dialect::path(&first["_files"][0]).contains(" FULL changes/"));
    assert_eq!(first["_last_relevant_object_count"], 30, "{first:#}");
    served.api.post(&format!("{path}/start"), &Value::Null).await.unwrap();
    served.api.post(&format!("{path}/start"), &Value::Null).await.unwrap();
    let second = ended(2).await;
    assert_eq!(second["_last_relevant_object_count"], 0, "{second:#}");
}

#[tokio::test]
async fn a_run_is_stopped_at_any_moment_and_begins_anew() {
    let served = served().await;
    let api = &served.api;
    let mut amid = 0;
    for looks in 0..6 {
        let document = json!({"export": {"name": format!("stopped after {looks}"),
            "search": {"search": []}, "xml": true, "batch_size": 3}});
        let made = api.put("/api/v1/export", &document).await.unwrap();
        let path = format!("/api/v1/export/{}", made.body["export"]["_id"]);
        for _ in 0..looks {
            api.get(&path).await.unwrap();
        }
        let stopped = api.post(&format!("{path}/stop"), &Value::Null).await.unwrap();
        // It may have ended before it was told to.
        assert!([200, 400].contains(&stopped.status.as_u16()), "{:#}", stopped.body);
        let stopped = tests::until("end of what was stopped", DEADLINE, async || {
            let shown = api.get(&path).await?.body;
            let has_ended = shown["_state"] == "failed" || shown["_state"] == "done";
            Ok(has_ended.then_some(shown))
        });
        let is_done = stopped.await.unwrap()["_state"] == "done";
        amid += usize::from(!is_done);
        let started = api.post(&format!("{path}/start"), &Value::Null).await.unwrap();
        assert_eq!(started.status, 200, "{:#}", started.body);
        let ended = tests::until("end", DEADLINE, async || {
            let shown = api.get(&path).await?.body;
            Ok((shown["_state"] == "done").then_some(shown))
        });
        let ended = ended.await.unwrap();
        assert!(!ended["_files"].as_array().unwrap().is_empty(), "{looks} {is_done}");
    }
    assert!(amid > 0, "each run had ended before it was stopped: {}", served.log());
}

#[tokio::test]
async fn only_the_user_with_whose_rights_a_catalogue_is_read_signs_in_with_its_password() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("catalogues/small");
    let catalogue = EasydbServer::start(&folder).await.unwrap();
    let (_, address) = catalogue.url.split_once("//").unwrap();
    let password = tempfile::NamedTempFile::new().unwrap();
    fs::write(password.path(), "secret\n").unwrap();
    let served = Served::start(&format!(
        "[easydb]\nsource = \"catalogue\"\npasswords = \"catalogue\"\n\
         [addresses]\nallow = [\"{address}\"]\n\
         [sources.catalogue]\nkind = \"easydb\"\nurl = \"{}\"\nlogin = \"ann\"\n\
         password_file = \"{}\"\n",
        catalogue.url,
        password.path().display()
    ))
    .await;
    for (login, password, status) in
        [("ann", "secret", 200), ("ann", "hidden", 400), ("bob", "hidden", 400), ("ann", "", 400)]
    {
        let body = json!({"login": login, "password": password});
        let answer = served.api.post("/api/v1/session/authenticate", &body).await.unwrap();
        assert_eq!(answer.status.as_u16(), status, "{login} {password}: {:#}", answer.body);
        if status == 200 {
            let token = answer.body["token"].as_str().unwrap();
            let listed = served.api.get(&format!("/api/v1/export?token={token}")).await.unwrap();
            assert_eq!(listed.body["count"], 0);
        }
    }
    assert_eq!(catalogue.open_sessions(), 0, "what was opened to check them is closed");
}

#[tokio::test]
async fn what_was_fetched_is_told_of_though_its_server_ends() {
    let served = served().await;
    let local = Guest(served.api.clone());
    let export = local.makes("pictures", &json!({"eas_fields": {}})).await;
    let shown = local.sees_end(&export, 1).await;
    local.reads(&export, &shown).await;
    let served = served.again(&configuration()).await;
    let list = "/api/v1/event/list?type=EXPORT_DOWNLOAD&sort=_id";
    let listed = served.api.get(list).await.unwrap().body;
    let urls: Vec<&str> = listed["objects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["event"]["info"]["url"].as_str().unwrap())
        .collect();
    let is_json = |path: &String| Path::new(path).extension() == Some("json".as_ref());
    let fetched = paths(&shown).into_iter().filter(is_json);
    assert_eq!(urls, fetched.collect::<Vec<_>>(), "{listed:#}");
    assert!(urls.len() > 5, "{urls:?}");
}
