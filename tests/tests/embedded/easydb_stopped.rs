//! Runs that are stopped at a moment that the test chooses: while the catalogue is asked for anything, while a batch
//! waits for a file, while the archive is on its way, and after the end. What was stopped has no files and has brought
//! nothing anywhere; a new start makes and brings everything.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tests::{EasydbServer, Mishap, Relay, WebdavServer, laid, sha256, until};

use super::served::Served;
use crate::dialect::{Guest, events};

/// How long it may take until a run is where it is to be stopped.
const DEADLINE: Duration = Duration::from_mins(2);

/// A server over a catalogue, which brings its archives elsewhere.
struct Place {
    catalogue: EasydbServer,
    relay: Relay,
    /// Where archives arrive.
    there: PathBuf,
    served: Served,
    guest: Guest,
    _webdav: WebdavServer,
    _desk: TempDir,
}

impl Place {
    /// One whose archives hang on their way after so many bytes.
    async fn open(most: u64) -> Self {
        let small = Path::new(env!("CARGO_MANIFEST_DIR")).join("catalogues/small");
        let catalogue = EasydbServer::start(&small).await.unwrap();
        let desk = tempfile::tempdir().unwrap();
        let there = desk.path().join("there");
        let webdav = WebdavServer::start(desk.path(), &there).await.unwrap();
        let address = webdav.url.trim_start_matches("http://").trim_end_matches("/dav");
        let relay = Relay::start(address, most).await.unwrap();
        let password = desk.path().join("password");
        fs::write(&password, "secret\n").unwrap();
        let (_, allowed) = catalogue.url.split_once("//").unwrap();
        let served = Served::start(&format!(
            "[easydb]\nsource = \"catalogue\"\n[addresses]\nallow = [\"{allowed}\"]\n\
             [sources.catalogue]\nkind = \"easydb\"\nurl = \"{}\"\nlogin = \"ann\"\npassword_file = \"{}\"\n\
             [targets.cloud]\nkind = \"webdav\"\nurl = \"http://127.0.0.1:{}/dav\"\nuser = \"export\"\n\
             password_file = \"{}\"\n",
            catalogue.url,
            password.display(),
            relay.port,
            webdav.password_file.display(),
        ))
        .await;
        let guest = Guest(served.api.clone());
        Self { catalogue, relay, there, served, guest, _webdav: webdav, _desk: desk }
    }

    /// Makes an export, which begins by itself; its path.
    async fn begins(&self) -> String {
        let document = json!({
            "_transports": [{"type": "webdav", "packer": "zip", "options": {"target": "cloud"}}],
            "export": {"name": "stopped", "search": {}, "json": true, "batch_size": 3,
                "eas_fields": {"bild.datei": {"files": true}}}});
        self.guest.puts(&document).await
    }

    /// Waits until the catalogue was asked for something so many times.
    async fn is_asked_for(&self, path: &str, times: usize) {
        until(path, DEADLINE, async || {
            let asked = self.catalogue.asked();
            let count = asked.iter().filter(|asked| asked.starts_with(path)).count();
            Ok((count >= times).then_some(()))
        })
        .await
        .unwrap();
    }

    /// Stops the run, sees that nothing is left of it, and that another one is whole.
    async fn stops(self, export: &str) {
        self.leaves_nothing(export).await;
        self.makes_anew(export).await;
    }

    /// Stops the run, and sees that nothing is left of it.
    async fn leaves_nothing(&self, export: &str) {
        let stop = format!("{export}/stop");
        let stopped = self.guest.0.post(&stop, &Value::Null).await.unwrap();
        assert_eq!(stopped.status, 200, "{:#}", stopped.body);
        let shown = (&stopped.body["_state"], &stopped.body["_files"]);
        assert_eq!(shown, (&json!("failed"), &json!([])), "{:#}", stopped.body);
        let told = events(&stopped.body);
        assert!(told.iter().any(|kind| kind == "EXPORT_CANCELED"), "{told:?}");
        let none = self.guest.0.get(&format!("{export}/zip/")).await.unwrap();
        assert_eq!((none.status.as_u16(), &none.body["code"]), (400, &json!("FileNotDone")));
        assert!(laid(&self.there).unwrap().is_empty());
    }

    /// Starts another run, and sees that it is whole.
    async fn makes_anew(self, export: &str) {
        self.relay.go_on();
        self.guest.starts(export).await;
        let done = self.guest.sees_end(export, 1).await;
        assert_eq!(done["_state"], "done", "{done:#}\n{}", self.served.log());
        assert_eq!(self.guest.reads(export, &done).await.len(), 30);
        let archive = self.served.path("archive.zip");
        self.guest.0.download(&format!("{export}/zip/"), &archive).await.unwrap();
        let brought = laid(&self.there).unwrap();
        assert_eq!(brought.get("stopped.zip"), Some(&sha256(&archive).unwrap()), "{brought:?}");

        // What has ended is stopped no more, and stays.
        let late = self.guest.0.post(&format!("{export}/stop"), &Value::Null).await.unwrap();
        assert_eq!(late.status, 400, "{:#}", late.body);
        assert_eq!(self.guest.reads(export, &done).await.len(), 30);
    }
}

#[tokio::test]
async fn a_run_is_stopped_while_it_is_planned() {
    let place = Place::open(u64::MAX).await;
    place.catalogue.fail_next("/api/v1/search", [Mishap::Never]);
    let export = place.begins().await;
    place.is_asked_for("/api/v1/search", 1).await;
    place.stops(&export).await;
}

#[tokio::test]
async fn a_run_is_stopped_amid_its_batches() {
    let place = Place::open(u64::MAX).await;
    place.catalogue.fail_next("/eas/", [Mishap::Never]);
    let export = place.begins().await;
    place.is_asked_for("/eas/", 1).await;
    place.stops(&export).await;
}

/// While it signs in, is told what fields there are, has read some objects and not all, or has most files.
#[tokio::test]
async fn a_run_is_stopped_whatever_it_waits_for() {
    for (path, answered) in
        [("/api/v1/session", 0), ("/api/v1/schema", 0), ("/api/v1/search", 3), ("/eas/", 7)]
    {
        let place = Place::open(u64::MAX).await;
        place.catalogue.fail_next(path, vec![Mishap::Nothing; answered]);
        place.catalogue.fail_next(path, [Mishap::Never]);
        let export = place.begins().await;
        place.is_asked_for(path, answered + 1).await;
        place.stops(&export).await;
    }
}

#[tokio::test]
async fn a_run_is_stopped_while_its_archive_is_brought_elsewhere() {
    let place = Place::open(0).await;
    let export = place.begins().await;
    place.relay.hangs().await.unwrap();
    place.leaves_nothing(&export).await;
    // Agents look each second whether a run is stopped. What they are at is not to arrive after the next one's.
    let is_left = async || Ok(place.served.log().contains("task stopped").then_some(()));
    until("delivery left", DEADLINE, is_left).await.unwrap();
    place.makes_anew(&export).await;
}
