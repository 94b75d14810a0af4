//! `deriva-export-cli`, as `PyPI` has it: bags and files, with the session of a browser and with a token.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use tests::env;
use tokio::process::Command;

use super::super::bags::valid;
use super::super::tool::tool;
use super::door::{DEADLINE, Door, query};

/// What the program did.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) has_succeeded: bool,
    pub(super) said: String,
    folder: PathBuf,
}

impl Client {
    /// Runs the program to its end in a folder of its own, with arguments before the host and values behind the
    /// request.
    pub(super) async fn run(
        door: &Door,
        folder: &str,
        arguments: &[&str],
        request: &Value,
        values: &[&str],
    ) -> Self {
        let folder = door.path(folder);
        fs::create_dir_all(folder.join("out")).unwrap();
        fs::write(folder.join("request.json"), request.to_string()).unwrap();
        let mut program = Command::new(env::venv().join("bin/deriva-export-cli"));
        program
            .args(arguments)
            .args(["--output-dir", "out", &door.authority, "request.json"])
            .args(values)
            .current_dir(&folder)
            .env("HOME", &folder)
            // Whoever trusts others is not let by the program to trust nobody but `localhost`.
            .env_remove("REQUESTS_CA_BUNDLE")
            .env_remove("CURL_CA_BUNDLE")
            .kill_on_drop(true);
        let ended = tokio::time::timeout(DEADLINE, program.output()).await.unwrap().unwrap();
        let said = [ended.stdout, ended.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        Self { has_succeeded: ended.status.success(), said, folder }
    }

    /// The files that it has brought, with what is in them, in the order of their names.
    pub(super) fn files(&self) -> Vec<(String, Vec<u8>)> {
        let found = fs::read_dir(self.folder.join("out")).unwrap().map(|entry| {
            let entry = entry.unwrap();
            (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())
        });
        let mut files: Vec<_> = found.collect();
        files.sort();
        files
    }

    /// The bag that it has brought, unpacked.
    pub(super) fn bag(&self, name: &str) -> PathBuf {
        let archive = self.folder.join("out").join(format!("{name}.zip"));
        tool(
            "unzip",
            ["-qo".as_ref(), archive.as_os_str(), "-d".as_ref(), self.folder.as_os_str()],
        );
        self.folder.join(name)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_of_its_makers_gets_a_bag() {
    let door = Door::open().await;
    let queries = [
        query("csv", "/entity/pnc:subject?limit=none", "subject"),
        query("json", "/attribute/pnc:image_files/!(uri::null::)/RID,uri?limit=none", "files"),
    ];
    let request = json!({"bag": {"bag_name": "subjects"}, "catalog": door.catalog(&queries)});
    for credential in ["--token", "--oauth2-token"] {
        let arguments = [credential, &door.token];
        let client = Client::run(&door, credential, &arguments, &request, &[]).await;
        assert!(client.has_succeeded, "{credential}: {}\n{}", client.said, door.log());
        let bag = client.bag("subjects");
        valid(&bag, &door.path(""));
        let rows = fs::read_to_string(bag.join("data/subject.csv")).unwrap();
        assert!(rows.contains("\"line1\nline2\r\nline3\""), "{rows}");
        let files: Value =
            serde_json::from_slice(&fs::read(bag.join("data/files.json")).unwrap()).unwrap();
        assert_eq!(files.as_array().unwrap().len(), 4);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_of_its_makers_gets_files() {
    let door = Door::open().await;
    let queries = [
        query("csv", "/entity/pnc:subject/subject_id={who}?limit=none", "{who}"),
        query("json-stream", "/entity/pnc:subject?limit=none", "every subject"),
    ];
    let request = json!({"env": {"who": "{id}"}, "catalog": door.catalog(&queries)});
    let arguments = ["--export-type", "file", "--token", &door.token];
    let client = Client::run(&door, "files", &arguments, &request, &["id=S1"]).await;
    assert!(client.has_succeeded, "{}\n{}", client.said, door.log());
    let files = client.files();
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["S1.csv", "every subject.json"]);
    let lines = |place: usize| files[place].1.split(|byte| *byte == b'\n').count() - 1;
    assert_eq!((lines(0), lines(1)), (2, 4));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_does_not_hold_gets_nothing() {
    let door = Door::open().await;
    let queries = [query("csv", "/entity/pnc:subject?limit=none", "subject")];
    let request = json!({"bag": {"bag_name": "subjects"}, "catalog": door.catalog(&queries)});
    let client = Client::run(&door, "ended", &["--token", "ended"], &request, &[]).await;
    assert!(!client.has_succeeded && client.files().is_empty(), "{client:?}");
    let asked = door.ask_as("ended", "bdbag", &request).await;
    assert_eq!(asked.status, 401, "{asked:?}");
}
