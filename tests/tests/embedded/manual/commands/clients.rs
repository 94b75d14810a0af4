//! The program as somebody uses it who has a definition: alone, or with a server.

use std::fs;
use std::path::Path;
use std::sync::atomic::Ordering;

use serde_json::{Value, json};
use tests::{Api, free_port};

use super::super::super::desk::below;
use super::super::block::{Block, block};
use super::super::line::lines;
use super::{DEADLINE, Scene, example};

/// What each line printed.
fn said<const N: usize>(said: Vec<String>) -> [String; N] {
    said.try_into().unwrap_or_else(|said: Vec<String>| panic!("{N} lines, and not {said:#?}"))
}

/// What a line printed, as JSON.
fn json(said: &str) -> Value {
    serde_json::from_str(said).unwrap_or_else(|error| panic!("{error}: {said}"))
}

pub(super) fn sources(scene: &Scene, commands: &Block) {
    let definition = scene.site.put(&block("definition.md", "Sources").text);
    scene.site.desk.write("everything.json", definition);
    let [list, tested, shown, articles] = said(scene.shell("", &[]).run_each(commands));
    assert!(list.contains("flights.jsonl"), "{list}");
    let tested = json(&tested);
    for (place, name) in ["flights", "orders"].into_iter().enumerate() {
        assert_eq!(tested["sources"][place]["name"], name, "{tested:#}");
        assert_eq!(tested["sources"][place]["ok"], true, "{tested:#}");
    }
    assert!(shown.contains("record 5") && !shown.contains("record 6"), "{shown}");
    let articles = json(&articles);
    assert_eq!(articles["first"][0]["name"], "Lamp", "{articles:#}");
}

pub(super) fn plugins(scene: &Scene, commands: &Block) {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/plugins/sample");
    for path in below(&sample) {
        let name = format!("datasets/{}", path.strip_prefix(&sample).unwrap().display());
        scene.site.desk.write(&name, fs::read(&path).unwrap());
    }
    let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sdk/ruby");
    let runtime = [("LONGSHORE_PLUGINS__RUNTIME", runtime.to_str().unwrap())];
    let [written, tried, programs, compared, listed] =
        said(scene.shell("", &runtime).run_each(commands));
    assert!(written.contains("box-list/spec/export_spec.rb"), "{written}");
    assert!(tried.contains("exports/box-list/"), "{tried}");
    let made = json(&programs);
    assert!(Path::new(made["trees"][0]["path"].as_str().unwrap()).ends_with("tried/box-list"));
    assert!(compared.contains("the same whole and in parts"), "{compared}");
    assert!(listed.contains("exporter"), "{listed}");
}

pub(super) fn one_machine(scene: &Scene, commands: &Block) {
    let said = said(scene.shell("", &[]).run_each(commands));
    let [version, help, _, reference, definition, people, programs] = said;
    assert!(version.starts_with("longshore "), "{version}");
    assert!(help.contains("--workers"), "{help}");
    assert!(reference.contains("reference.toml is good"), "{reference}");
    assert!(definition.contains("flights.json is good"), "{definition}");
    assert!(people.contains("done: 6 records"), "{people}");
    let made = json(&programs);
    assert_eq!(made["state"], "done");
    let archive = Path::new(made["archives"][0]["path"].as_str().unwrap());
    assert!(archive.ends_with("results/Flights.zip") && archive.is_file(), "{made:#}");
    assert!(scene.site.desk.path("work/store").is_dir());
}

pub(super) async fn server(scene: &Scene, command: &Block) {
    let address = format!("127.0.0.1:{}", free_port().unwrap());
    let shell = scene.shell("", &[("LONGSHORE_API__LISTEN", address.as_str())]);
    let _server = shell.start("one-process", &command.text);
    let api = Api::new(&format!("http://{address}")).unwrap();
    api.serves("/health/ready", DEADLINE).await.unwrap();
    let token = fs::read_to_string(scene.site.desk.path("state/token")).unwrap();
    let list = api.with_token(token.trim()).get("/v1/exports").await.unwrap();
    assert_eq!(list.status, 200, "{:#}", list.body);
}

pub(super) fn tokens(scene: &Scene, commands: &Block) {
    let [made, list] = said(scene.shell("", &[]).run_each(commands));
    assert!(!made.trim().is_empty());
    assert!(list.contains("  ann  ") && list.contains("  local  "), "{list}");
}

pub(super) async fn exports(scene: &Scene, commands: &Block) {
    let id = scene.export(&example("The definition"), "done").await;
    scene.listed(&id).await;
    let shell = scene.shell(&id, &[]);
    let said = said(shell.run_each(commands));
    let [followed, made, list, whole_list, shown, watched, fetched, told] = said;
    assert!(followed.contains("run 1: done"), "{followed}");
    assert_eq!(shell.run(&lines(commands)[1]), made);
    assert!(list.contains(&id), "{list}");
    let whole_list = json(&whole_list);
    let mut exports = whole_list["exports"].as_array().unwrap().iter();
    assert!(exports.any(|export| export["id"] == made.trim()), "{made} is not in {whole_list:#}");
    assert_eq!(json(&shown)["id"], id.as_str());
    assert!(watched.contains(&id) && watched.contains("run 1: done"), "{watched}");
    assert!(fetched.starts_with("downloads/Flights.zip  sha256 "), "{fetched}");
    assert_eq!(json(&told)["files"][0]["path"], "downloads/Flights.zip");
    assert!(scene.site.desk.path("downloads/Flights.zip").is_file());
}

pub(super) async fn runs(scene: &Scene, commands: &Block) {
    let definition = json!({
        "name": "New orders",
        "outputs": [{
            "to": "orders.csv", "from": "orders", "format": "csv",
            "incremental": {"by": {"field": "updated_at"}},
        }],
        "transports": [{"type": "download"}, {"type": "http", "target": "files"}],
    });
    let id = scene.export(&definition, "done").await;
    let all = scene.shown(&id, "/runs/1").await["finished"]["records"].clone();
    let export = format!("/v1/exports/{id}");
    let shell = scene.shell(&id, &[]);
    let [start, stop, retry, delete] = said(lines(commands));
    // Nothing gets through, so that the run is under way until it is stopped.
    scene.site.answers.store(503, Ordering::SeqCst);
    shell.run(&start);
    shell.run(&stop);
    let stopped = scene.served.ended(&export, 2).await;
    assert_eq!(stopped["state"], "stopped", "{stopped:#}");
    scene.site.answers.store(201, Ordering::SeqCst);
    shell.run(&retry);
    let ended = scene.served.ended(&export, 2).await;
    assert_eq!(ended["state"], "done", "{ended:#}");
    // Nothing is new, and yet all of it is there again.
    assert_eq!(ended["full"], true, "{ended:#}");
    assert_eq!(ended["finished"]["records"], all);
    assert_eq!(json(&shell.run(&delete)), json!({"deleted": id}));
    assert_eq!(scene.served.api.get(&export).await.unwrap().status, 404);
}
