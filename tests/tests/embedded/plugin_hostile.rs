//! Exporters in Ruby that do what they should not, through the whole binary: there is a clear error or a warning, the
//! worker lives, nothing of them is left, and the export can be run again once they are mended.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tests::{until, workspace};

use super::desk::Desk;
use super::ran::Ran;
use super::served::Served;
use super::trial::{self, LEAVES_A_FILE, only};

/// How long something may take to begin or to end.
const DEADLINE: Duration = Duration::from_mins(2);

/// What a process of a test calls itself.
fn title(what: &str) -> String {
    format!("canary-{what}-{}", std::process::id())
}

/// Ruby that calls its process so, and has a child that is called so too.
fn with_child(title: &str, then: &str) -> String {
    format!(
        "fork {{ Process.setproctitle(\"{title}-child\"); sleep }}\n\
         Process.setproctitle(\"{title}-parent\")\n{then}"
    )
}

fn config(folder: &Path, plugins: &str) -> String {
    trial::config(&[folder.join("plugins")], &folder.join("scratch"), plugins)
}

async fn ran(desk: &Desk, ruby: &str, plugins: &str) -> Ran {
    trial::write(&desk.path("plugins"), ruby);
    let config = config(&desk.path(""), plugins);
    desk.define(&trial::definition(&json!({}))).config(&config).run().await
}

/// Runs one that fails with all of this, and runs it again when it is mended.
async fn fails(ruby: &str, plugins: &str, told: &[&str]) {
    let desk = Desk::new();
    let failed = ran(&desk, ruby, plugins).await;
    assert_eq!(failed.code, 1, "{}", failed.said);
    failed.assert_said(&["plugin_failed"]);
    failed.assert_said(told);
    failed.assert_nothing_made();
    let mended = ran(&desk, LEAVES_A_FILE, "").await;
    assert_eq!(mended.code, 0, "{}", mended.said);
    assert_eq!(only(&mended), "fine\n");
    let left: Vec<_> = fs::read_dir(desk.path("scratch")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

async fn begins(title: &str) {
    let all = [format!("{title}-parent"), format!("{title}-child")];
    until("exporter at work", DEADLINE, async || {
        Ok(all.iter().all(|title| trial::runs(title)).then_some(()))
    })
    .await
    .unwrap();
}

async fn is_gone(title: &str) {
    until("exporter gone", DEADLINE, async || Ok((!trial::runs(title)).then_some(())))
        .await
        .unwrap();
}

#[tokio::test]
async fn one_that_raises_tells_where() {
    fails("raise ArgumentError, \"boom\"", "", &["boom", "sync/trial/export.rb:4"]).await;
}

#[tokio::test]
async fn one_that_stands_still_is_ended_without_a_sign_of_life() {
    fails("Process.kill(:STOP, Process.pid)", "", &["said nothing for 15 s"]).await;
}

#[tokio::test]
async fn one_that_sleeps_with_signs_of_life_is_ended_without_a_sign_of_work() {
    fails("sleep", "idle = \"2s\"", &["did nothing for 2 s"]).await;
}

#[tokio::test]
async fn one_that_crashes_is_told_with_its_signal_and_what_it_wrote_last() {
    let ruby = "warn(\"last words\")\nProcess.kill(:KILL, Process.pid)\nsleep";
    fails(ruby, "", &["ended before it was done", "signal", "last words"]).await;
}

#[tokio::test]
async fn one_that_closes_its_pipes_is_ended() {
    fails("IO.for_fd(4).close\nsleep", "", &["ended before it was done"]).await;
}

#[tokio::test]
async fn one_that_eats_memory_is_told_that_there_is_no_more() {
    let ruby = "kept = []\nloop { kept << \"x\" * (8 << 20) }";
    fails(ruby, "memory = \"512MiB\"", &["failed to allocate memory"]).await;
}

#[tokio::test]
async fn one_that_forks_without_end_is_ended_with_its_children() {
    let title = title("forks");
    // Ruby itself waits for the limit to go away, so that nothing more is heard of work.
    let ruby = format!("loop {{ fork {{ Process.setproctitle(\"{title}\"); sleep }} }}");
    fails(&ruby, "processes = 32\nidle = \"2s\"", &["did nothing for 2 s"]).await;
    is_gone(&title).await;
}

#[tokio::test]
async fn garbage_on_standard_output_disturbs_nothing() {
    let ruby = format!(
        "puts('{{\"ev\":\"done\",\"status\":\"errored\",\"error\":\"not mine\"}}')\n\
         system(\"echo garbage\")\nSTDOUT.write(\"\\xff\\x00garbage\\n\")\n{LEAVES_A_FILE}"
    );
    let desk = Desk::new();
    let ran = ran(&desk, &ruby, "").await;
    assert_eq!(ran.code, 0, "{}", ran.said);
    assert_eq!(only(&ran), "fine\n");
}

#[tokio::test]
async fn a_flood_of_the_log_is_cut_with_a_warning() {
    let ruby = format!("20_000.times {{ puts(\"x\" * 100) }}\n{LEAVES_A_FILE}");
    let desk = Desk::new();
    let ran = ran(&desk, &ruby, "").await;
    assert_eq!(ran.code, 3, "{}", ran.said);
    ran.assert_said(&["plugin_warned", "lines more of the plugin's log were cut"]);
    assert!(ran.said.len() < 1 << 20, "{} bytes", ran.said.len());
}

#[tokio::test]
async fn one_that_writes_elsewhere_has_written_nothing() {
    let desk = Desk::new();
    let canary = desk.path("canary");
    let ruby = format!(
        "places = [{canary:?}, \"/usr/canary\", \"/etc/canary\", File.join(__dir__, \"canary\")]\n\
         written = places.select {{ |place| File.write(place, \"x\") rescue false }}\n\
         context.io.file(format: \"txt\").puts(written.inspect)"
    );
    let ran = ran(&desk, &ruby, "needs_sandbox = true").await;
    assert_eq!(ran.code, 0, "{}", ran.said);
    assert_eq!(only(&ran), "[]\n");
    assert!(!canary.exists());
}

#[tokio::test]
async fn media_of_one_name_are_all_there_with_a_warning() {
    let ruby = "folder = context.io.directory\n\
        context.datasets.each do |dataset|\n\
        \x20 dataset.entries.flat_map { |entry| entry.medias.to_a }.each do |media|\n\
        \x20   media.download(to: File.join(folder, media.record.filename))\n\
        \x20 end\nend";
    let desk = Desk::new();
    let ran = ran(&desk, ruby, "").await;
    assert_eq!(ran.code, 3, "{}", ran.said);
    ran.assert_said(&["plugin_warned", "several media are called", "street-1.png"]);
    let sample = workspace("examples/plugins/sample/medias.jsonl");
    let media = fs::read_to_string(sample).unwrap().lines().count();
    let mut names: Vec<String> = ran.entries().into_iter().map(|entry| entry.name).collect();
    names.retain(|name| name.starts_with("trial/"));
    assert_eq!(names.len(), media, "{names:?}");
    assert!(names.iter().any(|name| name.ends_with("street-1~2.png")), "{names:?}");
}

#[tokio::test]
async fn one_that_asks_for_another_try_has_it() {
    let ruby = "context.reschedule!(after: 1) if context.attempt == 1\n\
        context.io.file(format: \"txt\").puts(context.attempt)";
    let desk = Desk::new();
    let ran = ran(&desk, ruby, "").await;
    assert_eq!(ran.code, 0, "{}", ran.said);
    assert_eq!(only(&ran), "2\n");
}

#[tokio::test]
async fn nothing_of_an_exporter_outlives_a_worker_that_is_killed() {
    let (desk, title) = (Desk::new(), title("killed"));
    trial::write(&desk.path("plugins"), &with_child(&title, "sleep"));
    let config = config(&desk.path(""), "");
    let under = desk.define(&trial::definition(&json!({}))).config(&config).start();
    begins(&title).await;
    under.killed().await;
    is_gone(&title).await;
}

/// A server that has the exporter, and an export by it.
async fn served(folder: &Path, ruby: &str) -> (Served, String) {
    trial::write(&folder.join("plugins"), ruby);
    let sample = workspace("examples/plugins/sample");
    let sample = sample.display();
    let source = format!("[sources.labels]\nkind = \"dataset\"\ndirectory = '{sample}'\n");
    let served = Served::start(&format!("{}{source}", config(folder, ""))).await;
    let mut definition = trial::definition(&json!({}));
    definition.as_object_mut().unwrap().remove("sources");
    let export = served.export(&definition).await;
    (served, export)
}

#[tokio::test]
async fn an_exporter_ends_when_its_run_is_stopped() {
    let (folder, title) = (tempfile::tempdir().unwrap(), title("stopped"));
    let (served, export) = served(folder.path(), &with_child(&title, "sleep")).await;
    begins(&title).await;
    let stopped = served.api.post(&format!("{export}/stop"), &Value::Null).await.unwrap();
    assert!(stopped.status.is_success(), "{:#}", stopped.body);
    is_gone(&title).await;
    let shown = served.ended(&export, 1).await;
    assert_ne!(shown["state"], "done", "{shown:#}");
}

#[tokio::test]
async fn a_run_that_failed_is_retried_and_done() {
    let folder = tempfile::tempdir().unwrap();
    let ruby = format!(
        "raise \"not yet\" unless File.exist?(File.join(__dir__, \"ready\"))\n{LEAVES_A_FILE}"
    );
    let (served, export) = served(folder.path(), &ruby).await;
    let failed = served.ended(&export, 1).await;
    assert_eq!(failed["state"], "failed", "{failed:#}");
    assert_eq!(failed["faults"][0]["code"], "plugin_failed", "{failed:#}");
    fs::write(folder.path().join("plugins/trial/backends/sync/trial/ready"), "").unwrap();
    let retried = served.api.post(&format!("{export}/retry"), &Value::Null).await.unwrap();
    assert_eq!(retried.status, 202, "{:#}", retried.body);
    until("run done", DEADLINE, async || {
        let shown = served.api.get(&format!("{export}/runs/1")).await?;
        Ok((shown.body["state"] == "done").then_some(()))
    })
    .await
    .unwrap();
    let files = served.unpacked(&export, 1).await;
    assert!(files.iter().any(|(_, text)| text == "fine\n"), "{files:?}");
}
