//! `longshore plugin`: exporters are written, listed, tried and compared. The examples are the exporters, and
//! their own specs judge them too.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tests::{Receiver, Reply, plugins_section, workspace};

use super::desk::{Desk, below};
use super::ran::Ran;
use super::tool::tool;

/// The exporters of the examples, each with what makes one result of its parts.
const EXAMPLES: &[(&str, &str, Option<&str>)] = &[
    ("checked_options", "CheckedOptions::Export", Some("json_array")),
    ("file_per_dataset", "FilePerDataset::Export", None),
    ("filtered", "Filtered::Export", Some("jsonl")),
    ("label_table", "LabelTable::Export", None),
    ("large_array", "LargeArray::Export", Some("json_array")),
    ("media_zip", "MediaZip::Export", Some("files")),
    ("one_file", "OneFile::Export", Some("json_array")),
    ("post_datasets", "PostDatasets::Export", Some("none")),
    ("tolerant", "Tolerant::Export", None),
];

fn example(name: &str) -> String {
    workspace("examples/plugins").join(name).display().to_string()
}

/// A command for plugins, where those of the examples are configured, and reach a server of a test.
async fn plugin(desk: &Desk, arguments: &[&str]) -> Ran {
    let config = plugins_section(&[workspace("examples/plugins")], "network = true");
    let config = format!("--config={}", desk.write("plugins.toml", config).display());
    desk.command(&[&[config.as_str(), "plugin"][..], arguments].concat()).await
}

/// Tries an example, which must be done; the files that it made, by their paths below its folder.
async fn made(desk: &Desk, name: &str, more: &[&str]) -> Vec<(String, PathBuf)> {
    let folder = example(name);
    let ran = plugin(desk, &[&["test", folder.as_str(), "--out=out"][..], more].concat()).await;
    assert_eq!(ran.code, 0, "{}", ran.said);
    let folder = desk.path("out").join(name);
    let mut files: Vec<_> = below(&folder)
        .into_iter()
        .map(|path| (path.strip_prefix(&folder).unwrap().display().to_string(), path))
        .collect();
    files.sort();
    for (_, path) in &files {
        ran.assert_said(&[&path.file_name().unwrap().to_string_lossy()]);
    }
    files
}

/// The only file, as JSON.
fn only(files: &[(String, PathBuf)]) -> Value {
    let [(_, path)] = files else { panic!("{files:?}") };
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// The values of a key of all elements.
fn texts<'v>(array: &'v Value, key: &str) -> Vec<&'v str> {
    array.as_array().unwrap().iter().map(|element| element[key].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_new_plugin_is_tried_and_compared_as_it_is_and_its_spec_passes() {
    let desk = Desk::new();
    let written = plugin(&desk, &["new", "box-list"]).await;
    assert_eq!(written.code, 0, "{}", written.said);
    written.assert_said(&["box-list/manifest.json", "backends/sync/box_list/export.rb"]);
    let manifest: Value =
        serde_json::from_slice(&fs::read(desk.path("box-list/manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["name"], "box-list");
    assert_eq!(manifest["entryPoints"]["backend"]["module"], "BoxList");
    tool("rspec", [desk.path("box-list/spec").as_os_str()]);
    let tried = plugin(&desk, &["test", "box-list", "--json"]).await;
    assert_eq!(tried.code, 0, "{}", tried.said);
    assert_eq!(tried.result()["trees"][0]["members"], 1);
    let compared = plugin(&desk, &["verify", "box-list"]).await;
    assert_eq!(compared.code, 0, "{}", compared.said);
    compared.assert_said(&["the same whole and in parts: a file"]);
}

#[tokio::test]
async fn a_new_plugin_takes_nobodys_place_and_has_a_name_for_ruby() {
    let desk = Desk::new();
    let mine = desk.write("box-list/notes.txt", "mine");
    let taken = plugin(&desk, &["new", "box-list"]).await;
    assert_eq!(taken.code, 2, "{}", taken.said);
    taken.assert_said(&["conflict"]);
    assert_eq!(below(&desk.path("box-list")), [mine]);
    let unnamed = plugin(&desk, &["new", "Box List"]).await;
    assert_eq!(unnamed.code, 2, "{}", unnamed.said);
    unnamed.assert_said(&["Box List", "invalid_value"]);
    assert!(!desk.path("Box List").exists());
}

#[tokio::test]
async fn exporters_of_the_configured_folders_are_listed_with_how_they_run() {
    let desk = Desk::new();
    let people = plugin(&desk, &["list"]).await;
    assert_eq!(people.code, 0, "{}", people.said);
    people.assert_said(&["media-zip", "MediaZip::Export", "by dataset", "idah-image"]);
    let listed = plugin(&desk, &["list", "--json"]).await.result();
    let exporters = listed["exporters"].as_array().unwrap();
    for (folder, class, merge) in EXAMPLES {
        let found = exporters.iter().find(|exporter| exporter["exporter"] == *class);
        let exporter = found.unwrap_or_else(|| panic!("{class} is not in {listed:#}"));
        assert_eq!(exporter["plugin"], folder.replace('_', "-"));
        assert_eq!(exporter["shard"]["merge"].as_str(), *merge, "{class}");
        assert!(exporter["options"].is_object(), "{exporter:#}");
    }
}

#[test]
fn the_specs_of_all_examples_pass_by_themselves() {
    for (name, _, _) in EXAMPLES {
        let said = tool("rspec", [Path::new(&example(name)).join("spec").as_os_str()]);
        assert!(said.contains(" 0 failures"), "{name}: {said}");
    }
}

#[tokio::test]
async fn every_example_writes_what_it_is_for() {
    let desk = Desk::new();
    let tree = only(&made(&desk, "one_file", &[]).await);
    assert_eq!(texts(&tree, "name"), ["Street signs", "Empty shelf", "Garden birds"]);
    assert_eq!(tree[0]["entries"][1]["annotations"].as_array().unwrap().len(), 2);
    assert_eq!(tree[2]["entries"][4]["medias"][0]["filename"], "Türkenbund.png");

    let files = made(&desk, "file_per_dataset", &[]).await;
    let names: Vec<&str> = files.iter().map(|(name, _)| name_of(name)).collect();
    assert_eq!(names, ["dataset_1.json", "dataset_2.json", "dataset_3.json", "summary.json"]);

    let array = only(&made(&desk, "large_array", &[]).await);
    assert_eq!(array.as_array().unwrap().len(), 9);

    let table = made(&desk, "label_table", &[]).await;
    let table = fs::read_to_string(&table[0].1).unwrap();
    let categories: Vec<&str> =
        table.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    assert!(categories.is_sorted() && categories.len() == 15, "{table}");
}

#[tokio::test]
async fn media_of_one_name_are_files_each_with_its_bytes() {
    let desk = Desk::new();
    let files = made(&desk, "media_zip", &["--options", r#"{"include_medias": "all"}"#]).await;
    let media: Vec<_> =
        files.iter().filter(|(_, path)| path.extension().is_some_and(|end| end == "png")).collect();
    assert_eq!(media.len(), 18);
    let contents: BTreeSet<Vec<u8>> =
        media.iter().map(|(_, path)| fs::read(path).unwrap()).collect();
    assert_eq!(contents.len(), 18, "none took the place of another");
    let without = made(&desk, "media_zip", &["--options", r#"{"include_medias": "none"}"#]).await;
    assert!(without.iter().all(|(name, _)| name.ends_with("records.jsonl")), "{without:?}");
}

#[tokio::test]
async fn filters_choose_entries_shapes_and_media() {
    let desk = Desk::new();
    let files = made(&desk, "filtered", &[]).await;
    let lines = fs::read_to_string(&files[0].1).unwrap();
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 6);
    for line in &lines {
        assert_eq!(line["files"].as_array().unwrap().len(), 1, "{line}");
        for shape in line["shapes"].as_array().unwrap() {
            assert_eq!(shape["type"], "idah-image:bounding-box");
        }
    }
}

#[tokio::test]
async fn each_dataset_is_posted_with_a_key_that_nobody_is_told() {
    let desk = Desk::new();
    let receiver = Receiver::start(|_, _| Reply::Status(201, String::new())).await.unwrap();
    let url = format!("http://127.0.0.1:{}/datasets", receiver.port);
    let options = json!({"url": url, "api_key": "canary-key"}).to_string();
    let folder = example("post_datasets");
    let ran = plugin(&desk, &["test", &folder, "--out=out", "--options", &options]).await;
    assert_eq!(ran.code, 0, "{}", ran.said);
    assert!(!ran.said.contains("canary-key"), "{}", ran.said);
    let posted = receiver.seen();
    // Datasets are posted apart, several at once.
    let names: BTreeSet<String> = posted
        .iter()
        .map(|post| post.json().unwrap()["name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(names.iter().collect::<Vec<_>>(), ["Empty shelf", "Garden birds", "Street signs"]);
    assert_eq!(posted.len(), 3);
    for post in posted {
        assert_eq!(post.header("authorization"), "Bearer canary-key");
        assert!(!post.header("idempotency-key").is_empty());
    }
}

#[tokio::test]
async fn options_that_are_wrong_fail_the_run_and_are_all_told() {
    let desk = Desk::new();
    let folder = example("checked_options");
    let options = r#"{"least_confidence": 7, "color": "red"}"#;
    let ran = plugin(&desk, &["test", &folder, "--out=out", "--options", options]).await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["there is no option `color`", "`least_confidence` is not a number"]);
    assert!(!desk.path("out/checked_options").exists());
}

#[tokio::test]
async fn what_says_that_it_runs_in_parts_makes_the_same_bytes() {
    let desk = Desk::new();
    for (name, _, merge) in EXAMPLES {
        // Posting needs somebody who answers.
        if merge.is_none_or(|merge| merge == "none") {
            continue;
        }
        let ran = plugin(&desk, &["verify", &example(name)]).await;
        assert_eq!(ran.code, 0, "{name}: {}", ran.said);
        ran.assert_said(&["the same whole and in parts"]);
    }
}

#[tokio::test]
async fn an_exporter_that_says_nothing_of_parts_is_not_run_in_any() {
    let desk = Desk::new();
    let ran = plugin(&desk, &["verify", &example("label_table")]).await;
    assert_eq!(ran.code, 2, "{}", ran.said);
    ran.assert_said(&["LabelTable::Export", "does not say that it runs in parts", "--merge"]);
}

#[tokio::test]
async fn parts_that_do_not_make_the_whole_are_told_of_by_file_and_place() {
    let desk = Desk::new();
    // Each part has a summary of its own.
    let clash = plugin(&desk, &["verify", &example("file_per_dataset"), "--merge=files"]).await;
    assert_eq!(clash.code, 1, "{}", clash.said);
    clash.assert_said(&["summary.json"]);
    // Entries are numbered over all datasets.
    assert_eq!(plugin(&desk, &["new", "numbered"]).await.code, 0);
    let exporter = desk.path("numbered/backends/sync/numbered/export.rb");
    let text = fs::read_to_string(&exporter).unwrap();
    let numbered = text.replace("id: entry.record.id", "number: (@number = @number.to_i + 1)");
    assert_ne!(text, numbered);
    fs::write(&exporter, numbered).unwrap();
    let differs = plugin(&desk, &["verify", "numbered"]).await;
    assert_eq!(differs.code, 1, "{}", differs.said);
    differs.assert_said(&["differs from byte", "run it whole"]);
}

#[tokio::test]
async fn other_datasets_are_read_where_they_are_named() {
    let desk = Desk::new();
    let dataset = r#"{"id":"d1","name":"Only one","modality":"idah-image"}"#;
    desk.write("mine/datasets.jsonl", format!("{dataset}\n"));
    for kind in ["entries", "annotations", "medias"] {
        desk.write(&format!("mine/{kind}.jsonl"), "");
    }
    let tree = only(&made(&desk, "one_file", &["--sample=mine"]).await);
    assert_eq!(texts(&tree, "name"), ["Only one"]);
}

/// The last part of a path.
fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}
