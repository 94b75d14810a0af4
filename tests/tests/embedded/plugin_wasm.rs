//! Exporters that nobody trusts, through the whole binary: Ruby as WebAssembly, in the sandbox of all plugins. `./check wasm`
//! builds that binary and brings the module.

use serde_json::{Value, json};
use tests::workspace;

use super::desk::Desk;
use super::ran::Ran;
use super::trial::{self, LEAVES_A_FILE, only};

/// A configuration with plugins that nobody trusts.
fn config(desk: &Desk, more: &str) -> String {
    let folders = [workspace("examples/plugins"), desk.path("plugins")];
    let folders = folders.map(|folder| folder.display().to_string());
    let module = workspace(".cache/ruby-wasm/ruby.wasm");
    let plugins = format!(
        "untrusted = {folders:?}\nruby_wasm = '{}'\nneeds_sandbox = true\n{more}",
        module.display(),
    );
    trial::config(&[], &desk.path("scratch"), &plugins)
}

/// Runs an export with them.
async fn untrusted(desk: &Desk, definition: &Value, more: &str) -> Ran {
    desk.define(definition).config(&config(desk, more)).run().await
}

fn one_file() -> Value {
    json!({
        "name": "Labels",
        "outputs": [{"to": "labels/", "from": "labels", "plugin": "one-file"}],
        "sources": trial::sources(),
    })
}

#[tokio::test]
async fn an_exporter_leaves_what_it_leaves_elsewhere() {
    let (desk, trusting) = (Desk::new(), Desk::new());
    let ran = untrusted(&desk, &one_file(), "").await;
    assert_eq!(ran.code, 0, "{}", ran.said);
    let plugins = [workspace("examples/plugins")];
    let config = trial::config(&plugins, &trusting.path("scratch"), "");
    let expected = trusting.define(&one_file()).config(&config).run().await;
    assert_eq!(only(&ran), only(&expected));
}

#[tokio::test]
async fn one_that_does_too_much_is_told_which_limit_it_met() {
    let desk = Desk::new();
    trial::write(&desk.path("plugins"), "loop { nil }");
    let definition = trial::definition(&json!({}));
    let ran = untrusted(&desk, &definition, "fuel = 20000000000").await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["plugin_failed", "[plugins] fuel", "raise the limit that it met"]);
    ran.assert_nothing_made();
    trial::write(&desk.path("plugins"), "all = []\nloop { all << \"x\" * 1_000_000 }");
    let ran = untrusted(&desk, &definition, "memory = '256MiB'").await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["plugin_failed", "failed to allocate memory"]);
}

#[tokio::test]
async fn one_that_shows_no_sign_of_work_is_ended_and_runs_again_once_it_is_mended() {
    let desk = Desk::new();
    let definition = trial::definition(&json!({}));
    trial::write(&desk.path("plugins"), "loop { nil }");
    let ran = untrusted(&desk, &definition, "idle = '15s'").await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["plugin_failed", "did nothing for 15 s"]);
    trial::write(&desk.path("plugins"), LEAVES_A_FILE);
    let ran = untrusted(&desk, &definition, "").await;
    assert_eq!(only(&ran), "fine\n");
}

#[tokio::test]
async fn one_that_is_tried_is_as_apart_as_it_is_when_it_runs() {
    let desk = Desk::new();
    trial::write(&desk.path("plugins"), "system('true')");
    let file = desk.write("tried.toml", config(&desk, "")).display().to_string();
    let folder = desk.path("plugins/trial").display().to_string();
    let ran = desk.command(&["--config", &file, "plugin", "test", &folder]).await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["no programs can be started"]);
}
