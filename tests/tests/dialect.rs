//! Somebody who speaks the easydb dialect to a server.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use tests::{Answer, Api, until};

/// How long a run may take.
const DEADLINE: Duration = Duration::from_mins(2);

/// Somebody with a token, in whose name exports are made.
pub(crate) struct Guest(pub(crate) Api);

impl Guest {
    /// Tries to sign in.
    pub(crate) async fn tries(api: &Api, login: &str, password: &str) -> Answer {
        let body = json!({"login": login, "password": password});
        api.post("/api/v1/session/authenticate", &body).await.unwrap()
    }

    /// Signs in.
    pub(crate) async fn enters(api: &Api, login: &str, password: &str) -> Self {
        let answer = Self::tries(api, login, password).await;
        assert_eq!(answer.status, 200, "{:#}", answer.body);
        Self(api.with_token(answer.body["token"].as_str().unwrap()))
    }

    /// Makes an export of everything as JSON and files in small batches, with some keys besides; its path.
    pub(crate) async fn makes(&self, name: &str, besides: &Value) -> String {
        let mut export = json!({"name": name, "search": {"search": []}, "json": true,
            "batch_size": 3, "eas_fields": {"bild.datei": {"files": true}}});
        export.as_object_mut().unwrap().extend(besides.as_object().cloned().unwrap_or_default());
        self.puts(&json!({"export": export})).await
    }

    /// Makes an export; its path.
    pub(crate) async fn puts(&self, document: &Value) -> String {
        let made = self.0.put("/api/v1/export", document).await.unwrap();
        assert_eq!(made.status, 200, "{:#}", made.body);
        format!("/api/v1/export/{}", made.body["export"]["_id"])
    }

    /// Starts a run.
    pub(crate) async fn starts(&self, export: &str) {
        let started = self.0.post(&format!("{export}/start"), &Value::Null).await.unwrap();
        assert_eq!(started.status, 200, "{:#}", started.body);
    }

    /// Waits until so many ends are in the log; the export then.
    pub(crate) async fn sees_end(&self, export: &str, ends: usize) -> Value {
        until("end of the run", DEADLINE, async || {
            let shown = self.0.get(export).await?.body;
            let is_end =
                |kind: &&String| kind.starts_with("EXPORT_FINISH") || *kind == "EXPORT_FAILED";
            let is_there = events(&shown).iter().filter(is_end).count() >= ends;
            let is_idle = shown["_state"] != "processing" && shown["_state"] != "pending";
            Ok((is_there && is_idle).then_some(shown))
        })
        .await
        .unwrap()
    }

    /// The numbers of the objects in the JSON of an export that is done.
    pub(crate) async fn reads(&self, export: &str, shown: &Value) -> BTreeSet<u64> {
        assert!(shown["_state"].as_str().unwrap().starts_with("done"), "{shown:#}");
        let mut ids = BTreeSet::new();
        let is_json = |path: &&String| Path::new(path).extension() == Some("json".as_ref());
        for path in paths(shown).iter().filter(is_json) {
            let read = self.0.get(&format!("{export}/file/{path}")).await.unwrap();
            assert_eq!(read.status, 200, "{path}: {:#}", read.body);
            let objects = read.body["objects"].as_array().unwrap();
            ids.extend(objects.iter().map(|object| object["_system_object_id"].as_u64().unwrap()));
        }
        ids
    }
}

/// What a real client sends: pictures in some pools, one file each, with keys that mean nothing here.
pub(crate) fn real_body(pools: &[u64]) -> Value {
    let sent = Path::new(env!("CARGO_MANIFEST_DIR")).join("../proto/src/easydb/client.json");
    let mut body: Value = serde_json::from_slice(&fs::read(sent).unwrap()).unwrap();
    body["export"]["search"]["search"][1]["in"] = json!(pools);
    body
}

/// What the client of `tests/tools` prints, line by line, that signs in with a login and its password and makes
/// an export of a body; it unpacks that into `unpacked` in a folder. What it complains of, where it fails.
pub(crate) fn client(
    url: &str,
    (login, password): (&str, &str),
    body: &Value,
    folder: &Path,
) -> Result<Vec<Value>, String> {
    let (document, unpacked) = (folder.join("body.json"), folder.join("unpacked"));
    fs::write(&document, body.to_string()).unwrap();
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/easydb_client.py");
    let mut python = Command::new("python3");
    python.arg(program).args([url, login, password]).args([document, unpacked]);
    let ended = python.output().unwrap();
    if !ended.status.success() {
        return Err(String::from_utf8_lossy(&ended.stderr).into_owned());
    }
    let printed = String::from_utf8(ended.stdout).unwrap();
    Ok(printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// The numbers of the objects in XML files of one object each, as a client has unpacked them.
pub(crate) fn objects_unpacked(printed: &[Value], folder: &Path) -> BTreeSet<u64> {
    let files = printed[2].as_array().unwrap().iter();
    let number = |file: &Value| {
        let path = file[0].as_str().unwrap();
        let text = fs::read_to_string(folder.join("unpacked").join(path)).unwrap();
        assert!(text.contains("https://schema.easydb.de/EASYDB/1.0/objects/"), "{path}");
        let (_, rest) = text.split_once("<_system_object_id>").unwrap();
        rest.split_once('<').unwrap().0.parse().unwrap()
    };
    files.map(number).collect()
}

/// The paths of an export's files, however they are told.
pub(crate) fn paths(shown: &Value) -> Vec<String> {
    let files = shown["_files"].as_array().unwrap().iter();
    files.map(path).collect()
}

/// The path of a listed file; fylr's clients are told it as addresses have it.
pub(crate) fn path(file: &Value) -> String {
    let query = format!("path={}", file["path"].as_str().unwrap());
    url::form_urlencoded::parse(query.as_bytes()).next().unwrap().1.into_owned()
}

/// What is in an export's log, in order.
pub(crate) fn events(shown: &Value) -> Vec<String> {
    let log = shown["_log"].as_array().into_iter().flatten();
    log.filter_map(|entry| entry["event"]["type"].as_str().map(str::to_owned)).collect()
}
