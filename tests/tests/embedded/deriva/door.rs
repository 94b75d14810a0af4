//! The export service, and the catalogue behind it.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::{Certificate, Client, Method, RequestBuilder};
use serde_json::{Value, json};
use tests::{Certified, ErmrestRecording, ErmrestServer, Fleet, Program, free_port, until};

/// How long a server may take to begin, and an export to end.
pub(super) const DEADLINE: Duration = Duration::from_mins(3);

/// The service; it ends with this value.
pub(super) struct Door {
    pub(super) catalogue: ErmrestServer,
    /// The session of a user who may read everything.
    pub(super) token: String,
    /// Where the service is, without a slash at its end.
    pub(super) url: String,
    /// `localhost` with its port.
    pub(super) authority: String,
    fleet: Fleet,
    client: Client,
    server: Program,
}

impl Door {
    /// The service as it is without being told more.
    pub(super) async fn open() -> Self {
        Self::with("", "").await
    }

    /// The service with more keys of `[deriva]`, and of the source that is catalogue 7, as TOML.
    pub(super) async fn with(deriva: &str, source: &str) -> Self {
        let (catalogue, token) = ErmrestRecording::read().unwrap().serve().await.unwrap();
        let (fleet, port) = (Fleet::new("").unwrap(), free_port().unwrap());
        let Certified { key, pem, authorities } = Certified::made(fleet.dir(), "door").unwrap();
        let (authority, at) = (format!("localhost:{port}"), &catalogue.url);
        let (_, allowed) = at.split_once("//").unwrap();
        let url = format!("https://{authority}");
        let config = format!(
            r#"[api]
listen = "127.0.0.1:{port}"
base_url = "{url}/"
[coordinator]
certificate = "{pem}"
private_key = "{key}"
[addresses]
allow = ["{allowed}"]
[deriva]
sources = ["subjects", "templates"]
{deriva}
[sources.subjects]
kind = "ermrest"
url = "{at}"
catalog = "7"
rights = "caller"
{source}
[sources.templates]
kind = "ermrest"
url = "{at}"
catalog = "8"
rights = "caller"
"#
        );
        fs::write(fleet.dir().join("door.toml"), config).unwrap();
        let trusted = Certificate::from_pem(&fs::read(authorities).unwrap()).unwrap();
        let client = Client::builder().timeout(DEADLINE).tls_certs_only([trusted]).build().unwrap();
        let server = started(&fleet);
        let mut door = Self { catalogue, token, url, authority, fleet, client, server };
        door.serves().await;
        door
    }

    /// Ends it as a power failure would, and starts it again over what it has.
    pub(super) async fn killed(&mut self) {
        self.server.kill().await.unwrap();
        self.server = started(&self.fleet);
        self.serves().await;
    }

    /// A place in the folder of the service.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.fleet.dir().join(name)
    }

    /// What it logged so far.
    pub(super) fn log(&self) -> String {
        self.server.log().unwrap()
    }

    /// The catalogue as requests name it, with the queries of an export.
    pub(super) fn catalog(&self, queries: &[Value]) -> Value {
        json!({"host": self.catalogue.url, "catalog_id": "7", "query_processors": queries})
    }

    /// A request that is not sent yet, of somebody with a session.
    pub(super) fn request(&self, method: Method, url: &str, token: &str) -> RequestBuilder {
        self.client.request(method, url).header("cookie", format!("webauthn={token}"))
    }

    async fn serves(&mut self) {
        let (client, url, server) = (&self.client, &self.url, &mut self.server);
        until("answer of the service", DEADLINE, async || {
            server.still_runs()?;
            let answer = client.get(format!("{url}/health/ready")).send().await;
            Ok(answer.is_ok_and(|answer| answer.status().is_success()).then_some(()))
        })
        .await
        .unwrap();
    }
}

fn started(fleet: &Fleet) -> Program {
    let [config, data] = ["door.toml", "data"].map(|name| fleet.dir().join(name));
    let (config, data) = (config.display().to_string(), data.display().to_string());
    fleet.command("serve", &["serve", "--config", &config, "--data", &data]).unwrap()
}

/// A query that makes a file of what it finds.
pub(super) fn query(processor: &str, path: &str, output: &str) -> Value {
    let params = json!({"query_path": path, "output_path": output});
    json!({"processor": processor, "processor_params": params})
}
