//! A server in one process, over files of its own.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use tests::{Api, Fleet, Program, free_port, until};

/// How long a server may take to begin, and a run to end.
const DEADLINE: Duration = Duration::from_mins(3);

/// A server, and its owner.
pub(super) struct Served {
    pub(super) fleet: Fleet,
    pub(super) api: Api,
    /// Where the API is.
    pub(super) url: String,
    server: Program,
}

impl Served {
    /// A server with sources, as TOML; `{folder}` in it is the folder of the server.
    pub(super) async fn start(sources: &str) -> Self {
        Self::start_with(sources, &[]).await
    }

    /// The same, with variables of the environment.
    pub(super) async fn start_with(sources: &str, variables: &[(&str, &str)]) -> Self {
        let port = free_port().unwrap();
        let api = format!(
            "[api]\nlisten = \"127.0.0.1:{port}\"\nbase_url = \"http://127.0.0.1:{port}/\"\n"
        );
        let fleet = Fleet::new(&api).unwrap();
        let folder = fleet.dir().display().to_string();
        let config = format!("{api}{}", sources.replace("{folder}", &folder));
        let url = format!("http://127.0.0.1:{port}/");
        Self::configured_with(fleet, &config, &url, variables).await
    }

    /// A server in the folder of a fleet with a whole configuration, by which its API is at `url`.
    pub(super) async fn configured(fleet: Fleet, config: &str, url: &str) -> Self {
        Self::configured_with(fleet, config, url, &[]).await
    }

    async fn configured_with(
        fleet: Fleet,
        config: &str,
        url: &str,
        variables: &[(&str, &str)],
    ) -> Self {
        let file = fleet.dir().join("served.toml");
        fs::write(&file, config).unwrap();
        let data = fleet.dir().join("data");
        let file = file.display().to_string();
        let arguments = ["serve", "--config", &file, "--data", data.to_str().unwrap()];
        let server = fleet.command_with("serve", &arguments, variables).unwrap();
        let api = Api::new(url).unwrap();
        api.serves("/health/ready", DEADLINE).await.unwrap();
        let token = fs::read_to_string(data.join("token")).unwrap();
        let api = api.with_token(token.trim());
        Self { fleet, api, url: url.to_owned(), server }
    }

    /// Ends it, and starts it again over what it has, with other sources and the like.
    pub(super) async fn again(mut self, sources: &str) -> Self {
        assert!(self.server.terminate(DEADLINE).await.unwrap().success());
        let listen = self.url.trim_start_matches("http://").trim_end_matches('/');
        let api = format!("[api]\nlisten = \"{listen}\"\nbase_url = \"{}\"\n", self.url);
        let folder = self.fleet.dir().display().to_string();
        let config = format!("{api}{}", sources.replace("{folder}", &folder));
        let url = self.url.clone();
        Self::configured(self.fleet, &config, &url).await
    }

    /// A place in the server's folder.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.fleet.dir().join(name)
    }

    /// What it logged so far.
    pub(super) fn log(&self) -> String {
        self.server.log().unwrap()
    }

    /// The most memory that it has had resident at any time, in bytes.
    pub(super) fn peak_memory_bytes(&self) -> u64 {
        self.server.peak_memory_bytes().unwrap()
    }

    /// Makes an export, and starts its first run unless it has schedules; its path.
    pub(super) async fn export(&self, definition: &Value) -> String {
        let made = self.api.post("/v1/exports", definition).await.unwrap();
        assert_eq!(made.status, 201, "{:#}", made.body);
        format!("/v1/exports/{}", made.body["id"].as_str().unwrap())
    }

    /// Starts another run.
    pub(super) async fn start_run(&self, export: &str) {
        let started = self.api.post(&format!("{export}/start"), &Value::Null).await.unwrap();
        assert_eq!(started.status, 202, "{:#}", started.body);
    }

    /// Waits until a run has ended, as the API shows it.
    pub(super) async fn ended(&self, export: &str, run: u32) -> Value {
        let path = format!("{export}/runs/{run}");
        until("end of the run", DEADLINE, async || {
            let shown = self.api.get(&path).await?;
            let has_ended = shown.status.is_success() && shown.body["ended"].is_string();
            Ok(has_ended.then_some(shown.body))
        })
        .await
        .unwrap()
    }

    /// The archive of a run that is done, unpacked: its files and what is in them, by name.
    pub(super) async fn unpacked(&self, export: &str, run: u32) -> Vec<(String, String)> {
        let shown = self.ended(export, run).await;
        assert_eq!(shown["state"], "done", "{shown:#}");
        let url = shown["downloads"][0]["volumes"][0]["url"].as_str().unwrap();
        let archive = self.path("archive.zip");
        self.api.download(url, &archive).await.unwrap();
        let unzip = |arguments: &[&str]| {
            let output = Command::new("unzip").args(arguments).output().unwrap();
            assert!(output.status.success(), "{output:?}");
            String::from_utf8(output.stdout).unwrap()
        };
        let archive = archive.display().to_string();
        let names = unzip(&["-Z1", &archive]);
        names.lines().map(|name| (name.to_owned(), unzip(&["-p", &archive, name]))).collect()
    }
}
