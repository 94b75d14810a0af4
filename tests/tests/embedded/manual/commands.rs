//! The commands of both documents, typed into a shell beside a server that has all they name.

mod clients;
mod requests;

use std::fs;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::{Value, json};
use tests::{Fleet, until};

use super::super::desk::below;
use super::super::served::Served;
use super::block::{Block, block, blocks};
use super::fleet;
use super::shell::Shell;
use super::site::Site;

/// Blocks that nobody runs here, each with the reason.
const NOT_RUN: &[(&str, &str)] = &[
    (
        "Install",
        "it builds the program, which takes minutes; `./check` builds it from the same lock file",
    ),
    ("Containers", "they need a machine with containers; `deploy/check` judges what they read"),
    ("Containers 2", "as above"),
    ("systemd", "they need a machine with systemd; `deploy/check` judges the units"),
    (
        "Exports as resources of a cluster 2",
        "they need a cluster; `embedded/kubernetes.rs` has a stand-in, and makes what they name",
    ),
    ("Debian", "they build the program and install it; `deploy/check` judges the package"),
];

/// How long a run may take, and what is told of it.
const DEADLINE: Duration = Duration::from_mins(1);

/// A server, and an export of its for each block of commands.
struct Scene {
    site: Site,
    served: Served,
    token: String,
}

impl Scene {
    async fn set() -> Self {
        // With the database of its sources.
        let site = Site::prepared(&[block("definition.md", "Sources")]).await;
        site.desk.write("longshore.toml", site.config());
        site.desk.write("flights.json", example("The definition").to_string());
        let served = Served::configured(Fleet::new("").unwrap(), &site.config(), &site.url).await;
        let token = fs::read_to_string(served.path("data").join("token")).unwrap();
        Self { site, served, token: token.trim().to_owned() }
    }

    /// An export of an example, whose first run has ended as it should; its id.
    async fn export(&self, example: &Value, state: &str) -> String {
        let made = self.served.api.post("/v1/exports?start=true", example).await.unwrap();
        assert_eq!(made.status, 201, "{:#}", made.body);
        let id = made.body["id"].as_str().unwrap().to_owned();
        let ended = self.served.ended(&format!("/v1/exports/{id}"), 1).await;
        assert_eq!(ended["state"], state, "{ended:#}");
        id
    }

    /// An export of which a transport failed, for its target refused everything, and does no more.
    async fn failed(&self) -> String {
        let mut example = example("The definition");
        example["transports"] = json!([{"type": "download"}, {"type": "http", "target": "files"}]);
        self.site.answers.store(403, Ordering::SeqCst);
        let id = self.export(&example, "failed").await;
        self.site.answers.store(201, Ordering::SeqCst);
        id
    }

    /// Waits until an export is in the list of those that are done.
    async fn listed(&self, id: &str) {
        until("listed export", DEADLINE, async || {
            let list = self.served.api.get("/v1/exports?state=done&limit=200").await?.body;
            let mut exports = list["exports"].as_array().into_iter().flatten();
            Ok(exports.any(|export| export["id"] == id).then_some(()))
        })
        .await
        .unwrap();
    }

    /// An export as the API shows it.
    async fn shown(&self, id: &str, more: &str) -> Value {
        self.served.api.get(&format!("/v1/exports/{id}{more}")).await.unwrap().body
    }

    fn shell(&self, export: &str, more: &[(&str, &str)]) -> Shell {
        let url = self.site.url.trim_end_matches('/');
        let usual = [("LONGSHORE_URL", url), ("LONGSHORE_TOKEN", &self.token), ("EXPORT", export)];
        Shell::new(&self.site.desk, "", &[&usual, more].concat())
    }
}

/// An example of a definition.
fn example(name: &str) -> Value {
    block("definition.md", name).json()
}

/// The chapters that are for those who have exports made, wherever the server is.
const OF_CLIENTS: [&str; 2] = ["Commands", "API"];

#[tokio::test(flavor = "multi_thread")]
async fn commands_of_operators_do_what_the_manual_says() {
    type_in(|chapter| !OF_CLIENTS.contains(&chapter)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_of_clients_do_what_the_manual_says() {
    type_in(|chapter| OF_CLIENTS.contains(&chapter)).await;
}

/// Types in all blocks of some chapters.
async fn type_in(is_asked: impl Fn(&str) -> bool) {
    let scene = Scene::set().await;
    let blocks = blocks("operations.md").into_iter().filter(|block| block.language == "sh");
    for block in blocks.filter(|block| is_asked(&block.chapter)) {
        let is_elsewhere = NOT_RUN.iter().any(|(name, _)| *name == block.name)
            || fleet::BLOCKS.contains(&block.name.as_str());
        match block.name.as_str() {
            _ if is_elsewhere => {}
            "What sources need 2" => clients::sources(&scene, &block),
            "On one machine" => clients::one_machine(&scene, &block),
            "Trying plugins" => clients::plugins(&scene, &block),
            "A server in one process" => clients::server(&scene, &block).await,
            "A server in one process 2" => clients::tokens(&scene, &block),
            "With a server" => clients::exports(&scene, &block).await,
            "Runs" => clients::runs(&scene, &block).await,
            "Links" => links(&scene, &block).await,
            "Exports by HTTP" => requests::exports(&scene, &block).await,
            "Files and links by HTTP" => requests::files(&scene, &block).await,
            "Schedules" => schedules(&scene, &block).await,
            "Transports that fail" => transports_that_fail(&scene, &block).await,
            _ => {
                let id = scene.export(&example("The definition"), "done").await;
                scene.shell(&id, &[]).run(&block.text);
            }
        }
    }
}

async fn links(scene: &Scene, block: &Block) {
    let id = scene.export(&example("The definition"), "done").await;
    let asked = json!({"transport": 0, "lifetime": "1d"});
    let made = scene.served.api.post(&format!("/v1/exports/{id}/links"), &asked).await.unwrap();
    let link = made.body["id"].as_str().unwrap();
    scene.shell(&id, &[("LINK", link)]).run(&block.text);
    // The one that the first command made is there, and the one that the last revoked is not.
    let links = scene.shown(&id, "/links").await;
    let links = links["links"].as_array().unwrap();
    let standing: Vec<&Value> = links.iter().filter(|link| link["run"].is_null()).collect();
    assert_eq!(standing.len(), 1, "{links:#?}");
    assert_ne!(standing[0]["id"], link);
    let lasts = |link: &Value| {
        let [from, to] = ["created", "expires"]
            .map(|key| link[key].as_str().unwrap().parse::<jiff::Timestamp>().unwrap());
        to.duration_since(from).as_hours()
    };
    assert_eq!(lasts(standing[0]), 90 * 24);
    // Longer than the two hours by the time since the run ended.
    let of_run = links.iter().find(|link| link["id"] == "t0").unwrap();
    assert!((2..12).contains(&lasts(of_run)), "{of_run:#}");
    let revoked = scene.served.api.get(made.body["url"].as_str().unwrap()).await.unwrap();
    assert_eq!(revoked.status, 404, "{:#}", revoked.body);
}

async fn schedules(scene: &Scene, block: &Block) {
    let id = scene.export(&example("Schedules"), "done").await;
    let new = example("Schedules 2");
    scene.site.desk.write("new.json", new.to_string());
    let due = scene.shown(&id, "").await["schedule"]["next"].as_str().unwrap().to_owned();
    let said = scene.shell(&id, &[]).run(&block.text);
    assert!(said.contains(&due), "{due} is not in {said}");
    let shown = scene.shown(&id, "").await;
    assert_eq!(shown["version"], 4, "{shown:#}");
    assert_eq!(shown["definition"]["name"], new["name"]);
}

async fn transports_that_fail(scene: &Scene, block: &Block) {
    for line in block.text.lines() {
        let id = scene.failed().await;
        scene.shell(&id, &[]).run(line);
        until("retried transport", DEADLINE, async || {
            let run = scene.shown(&id, "/runs/1").await;
            Ok((run["state"] == "done").then_some(()))
        })
        .await
        .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_is_as_the_manual_shows_it() {
    let scene = Scene::set().await;
    scene.export(&example("Being told"), "done").await;
    let is_done =
        |request: &tests::Request| request.json().is_ok_and(|notice| notice["type"] == "run.done");
    let told = scene.site.receiver.saw(1, is_done).await.unwrap().remove(0);
    let shown = block("operations.md", "Webhooks 2").json();
    let told = told.json().unwrap();
    assert_eq!(kinds(&told), kinds(&shown));
    for key in ["name", "run", "state"] {
        assert_eq!(told["data"][key], shown["data"][key]);
    }
}

/// A document with what its values are in place of these.
fn kinds(document: &Value) -> Value {
    match document {
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), kinds(value))).collect(),
        Value::Null => json!("null"),
        Value::Bool(_) => json!("truth value"),
        Value::Number(_) => json!("number"),
        Value::String(_) => json!("text"),
        Value::Array(_) => json!("list"),
    }
}

/// In the definition's manual commands follow an example, and do something with what it left: in the
/// folder of its results, or in the one that is its result.
#[tokio::test(flavor = "multi_thread")]
async fn commands_after_an_example_work_on_what_it_left() {
    let blocks = blocks("definition.md");
    let followed = blocks.iter().zip(&blocks[1..]).filter(|(_, after)| after.language == "sh");
    let site = Site::prepared(&[]).await;
    for (example, commands) in followed {
        site.cleared();
        let file = site.desk.write("example.json", site.put(&example.text));
        site.desk.ask(&file).config(&site.config()).done().await;
        let result = format!("out/{}", example.json()["name"].as_str().unwrap());
        let is_tree = site.desk.path(&result).is_dir();
        let folder = if is_tree { result } else { "out".to_owned() };
        fs::copy(site.desk.path("secrets/key.txt"), site.desk.path(&folder).join("key.txt"))
            .unwrap();
        let before = below(&site.desk.path(&folder));
        let shell = Shell::new(&site.desk, &folder, &[]);
        shell.run_at_terminal(&commands.text, &site.keys.passphrase);
        let after = below(&site.desk.path(&folder));
        let made: Vec<_> = after.iter().filter(|path| !before.contains(path)).collect();
        assert!(!made.is_empty(), "{} made nothing of {before:?}", commands.name);
        for path in made {
            assert!(path.metadata().unwrap().len() > 0, "{} is empty", path.display());
        }
    }
}
