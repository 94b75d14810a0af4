//! Plugins, run by the real binary: the example in Python gives the same files each time, whoever fails is told and
//! can be run again once it is mended, and nothing of a plugin outlives the worker.

use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use proto::fault::Code;
use serde_json::{Value, json};
use tests::{descendant, plugins_section, until, workspace, write_datasets};

use super::desk::Desk;

/// How long something may take to begin or to end.
const DEADLINE: Duration = Duration::from_mins(1);

/// A folder of datasets of 3 entries, with an annotation each.
pub(super) fn lay_down(desk: &Desk, datasets: usize) {
    let mut records: [Vec<Value>; 4] = Default::default();
    for dataset in 0..datasets {
        let id = format!("d{dataset:03}");
        records[0].push(json!({"id": id, "name": format!("Set {dataset}")}));
        for entry in 0..3 {
            let (entry_id, status) = (format!("{id}-{entry}"), ["completed", "pending"][entry % 2]);
            let entry =
                json!({"id": entry_id, "dataset_id": id, "name": "a.png", "status": status});
            records[1].push(entry);
            let annotation = format!("{entry_id}-a");
            records[2].push(json!({"id": annotation, "dataset_id": id, "entry_id": entry_id}));
        }
    }
    write_datasets(&desk.path("labels"), records).unwrap();
}

fn examples() -> PathBuf {
    workspace("examples/plugins/python")
}

pub(super) fn definition(plugin: &str, options: &Value) -> Value {
    json!({
        "name": "Labels",
        "outputs": [{"to": "labels/", "from": "labels", "plugin": plugin, "options": options}],
        "sources": {"labels": {"kind": "dataset", "directory": "labels"}},
    })
}

pub(super) fn config(desk: &Desk, folder: &Path, more: &str) -> String {
    let scratch = desk.path("scratch");
    fs::create_dir_all(&scratch).unwrap();
    let plugins = plugins_section(&[folder.to_owned()], more);
    format!("{plugins}[worker]\nscratch = '{}'\n", scratch.display())
}

/// Puts a plugin into the folder that is a shell script of this name.
pub(super) fn script(desk: &Desk, name: &str, text: &str) -> PathBuf {
    let manifest = json!({"name": name, "entryPoints": {"exporter": {"path": name}}});
    desk.write(&format!("plugins/{name}/manifest.json"), manifest.to_string());
    let described = json!({"ev": "described", "exporters": [{"exporter": name}]});
    let program = format!(
        "#!/bin/sh\nread -r first <&3\ncase $first in *describe*) echo '{described}' >&4; exit;; esac\n\
         echo '{{\"ev\":\"ready\"}}' >&4\n{text}\n"
    );
    let file = desk.write(&format!("plugins/{name}/{name}"), program);
    fs::set_permissions(file, fs::Permissions::from_mode(0o755)).unwrap();
    desk.path("plugins")
}

#[tokio::test]
async fn the_example_in_python_gives_the_same_files_each_time() {
    let desk = Desk::new();
    lay_down(&desk, 2);
    let config = config(&desk, &examples(), "");
    let definition = definition("python-lines", &json!({"status": "completed"}));
    let ran = desk.define(&definition).config(&config).done().await;
    let names: Vec<String> = ran.entries().into_iter().map(|entry| entry.name).collect();
    assert_eq!(
        names,
        ["labels/0001-Set_0.jsonl", "labels/0002-Set_1.jsonl", "labels/summary.json"]
    );
    let lines = ran.text("labels/0002-Set_1.jsonl");
    let ids: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["annotations"][0]["id"].clone())
        .collect();
    assert_eq!(ids, ["d001-0-a", "d001-2-a"]);
    // By its class, which it tells itself.
    let by_class = self::definition("python.Lines", &json!({"status": "completed"}));
    let again = desk.define(&by_class).config(&config).apart("again").done().await;
    assert_eq!(again.sha256(), ran.sha256());
    let left: Vec<_> = fs::read_dir(desk.path("scratch")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn a_plugin_may_have_a_process_for_each_dataset() {
    let desk = Desk::new();
    lay_down(&desk, 12);
    let shard = "shard = { \"python-lines\" = { by = \"dataset\", merge = \"files\" } }";
    let definition = definition("python-lines", &json!({}));
    let ran = desk.define(&definition).config(&config(&desk, &examples(), shard)).done().await;
    assert_eq!(ran.result()["counts"]["batches"], 12);
    let apart = ran.text("labels/0012-Set_11.jsonl");
    let whole = desk.define(&definition).config(&config(&desk, &examples(), "")).apart("whole");
    let whole = whole.done().await;
    assert_eq!(whole.text("labels/0012-Set_11.jsonl"), apart);
    assert_eq!(whole.entries().len(), 13, "the files of 12 datasets, and the summary");
}

#[tokio::test]
async fn zip_files_of_single_datasets_become_one_that_is_the_same_each_time() {
    let desk = Desk::new();
    lay_down(&desk, 3);
    let done =
        json!({"ev": "done", "status": "completed", "output": {"mode": "file", "path": "all.zip"}});
    let program = format!(
        "printf %s \"$first\" > first.json\npython3 - <<'END'\n\
         import json, zipfile\n\
         run = json.load(open('first.json'))['run']\n\
         ids = [run['shard']['dataset_id']] if run['shard'] else run['dataset_ids']\n\
         with zipfile.ZipFile('all.zip', 'w', zipfile.ZIP_DEFLATED) as out:\n\
         \x20 out.writestr('about.txt', 'the same')\n\
         \x20 for id in ids: out.writestr(id + '.txt', id)\n\
         END\necho '{done}' >&4"
    );
    let folder = script(&desk, "zips", &program);
    let (definition, whole) = (definition("zips", &json!({})), config(&desk, &folder, ""));
    let shard = "shard = { zips = { by = \"dataset\", merge = \"zip\" } }";
    let in_parts = config(&desk, &folder, shard);
    let ran = desk.define(&definition).config(&in_parts).done().await;
    assert_eq!(ran.result()["counts"]["batches"], 3);
    let again = desk.define(&definition).config(&in_parts).apart("again").done().await;
    assert_eq!(again.sha256(), ran.sha256());
    let whole = desk.define(&definition).config(&whole).apart("whole").done().await;
    for ran in [ran, whole] {
        let zip = fs::File::open(ran.unpacked().join("labels/all.zip")).unwrap();
        let mut zip = zip::ZipArchive::new(zip).unwrap();
        let mut found = Vec::new();
        for place in 0..zip.len() {
            let mut file = zip.by_index(place).unwrap();
            let mut text = String::new();
            file.read_to_string(&mut text).unwrap();
            found.push((file.name().unwrap().into_owned(), text));
        }
        let expected = ["about.txt=the same", "d000.txt=d000", "d001.txt=d001", "d002.txt=d002"];
        let found: Vec<String> =
            found.iter().map(|(name, text)| format!("{name}={text}")).collect();
        assert_eq!(found, expected);
    }
}

#[tokio::test]
async fn what_several_parts_leave_alike_is_one_file_and_what_they_do_not_is_told_apart() {
    let desk = Desk::new();
    lay_down(&desk, 2);
    let done =
        json!({"ev": "done", "status": "completed", "output": {"mode": "directory", "path": "o"}});
    let program = r#"id=$(printf %s "$first" | sed 's/.*"dataset_id":"\([^"]*\)".*/\1/')
        mkdir o; echo same > o/labels.txt; echo "$id" > "o/$id.txt"; echo "$id" > o/number.txt"#;
    let folder = script(&desk, "folders", &format!("{program}\necho '{done}' >&4"));
    let shard = "shard = { folders = { by = \"dataset\", merge = \"files\" } }";
    let (definition, config) = (definition("folders", &json!({})), config(&desk, &folder, shard));
    let ran = desk.define(&definition).config(&config).done().await;
    let mut names: Vec<String> = ran.entries().into_iter().map(|entry| entry.name).collect();
    names.sort_unstable();
    let expected = ["d000.txt", "d001.txt", "labels.txt", "number.txt", "number~2.txt"];
    let mut expected = expected.map(|name| format!("labels/{name}")).to_vec();
    expected.push("renamed.jsonl".to_owned());
    assert_eq!(names, expected);
    assert_eq!(ran.text("labels/labels.txt"), "same\n");
    assert_eq!(ran.text("labels/number~2.txt"), "d001\n");
}

#[tokio::test]
async fn a_plugin_whose_files_do_not_fit_the_rule_fails_where_it_left_them() {
    let desk = Desk::new();
    lay_down(&desk, 2);
    let done =
        json!({"ev": "done", "status": "completed", "output": {"mode": "file", "path": "all"}});
    let folder = script(&desk, "object", &format!("echo '{{}}' > all; echo '{done}' >&4"));
    let shard = "shard = { object = { by = \"dataset\", merge = \"json_array\" } }";
    let (definition, config) = (definition("object", &json!({})), config(&desk, &folder, shard));
    let ran = desk.define(&definition).config(&config).run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&[Code::PluginFailed.as_str(), "does not become one file", "byte 0"]);
    ran.assert_nothing_made();
}

#[tokio::test]
async fn a_plugin_that_fails_tells_where_and_can_be_run_again_once_it_is_mended() {
    let desk = Desk::new();
    lay_down(&desk, 1);
    let failed = json!({"ev": "done", "status": "errored", "error": "boom",
        "backtrace": ["sync/export.rb:7:in `export'"]});
    let folder =
        script(&desk, "mended", &format!("echo '{}' >&4", failed.to_string().replace('\'', "")));
    let (definition, config) = (definition("mended", &json!({})), config(&desk, &folder, ""));
    let ran = desk.define(&definition).config(&config).run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&[Code::PluginFailed.as_str(), "boom", "sync/export.rb:7"]);
    ran.assert_nothing_made();
    let done =
        json!({"ev": "done", "status": "completed", "output": {"mode": "file", "path": "all"}});
    script(&desk, "mended", &format!("echo fine > all; echo '{done}' >&4"));
    let ran = desk.define(&definition).config(&config).done().await;
    assert_eq!(ran.text("labels/all"), "fine\n");
}

#[tokio::test]
async fn a_plugin_that_nobody_has_is_told_with_those_that_there_are() {
    let desk = Desk::new();
    lay_down(&desk, 1);
    let config = config(&desk, &examples(), "");
    let definition = definition("none", &json!({}));
    let mut under = desk.define(&definition).config(&config).start();
    // Another worker may have it, so it is tried again.
    under.has_tried(Code::UnknownPlugin.as_str()).await;
    let ran = under.told_to_end().await;
    ran.assert_said(&["python-lines"]);
}

#[tokio::test]
async fn nothing_of_a_plugin_outlives_the_worker() {
    for is_told in [true, false] {
        let desk = Desk::new();
        lay_down(&desk, 1);
        let folder = script(&desk, "forever-sh", "sleep 1000 & sleep 1000");
        let (definition, config) =
            (definition("forever-sh", &json!({})), config(&desk, &folder, ""));
        let mut under = desk.define(&definition).config(&config).start();
        let worker = under.program.id().unwrap();
        let program = &mut under.program;
        let sleeping = until("plugin at work", DEADLINE, async || {
            program.still_runs()?;
            Ok(descendant(worker, "sleep"))
        });
        let sleeping = sleeping.await.unwrap();
        if is_told {
            drop(under.told_to_end().await);
        } else {
            under.killed().await;
        }
        let process = PathBuf::from(format!("/proc/{}/comm", sleeping.as_raw_nonzero()));
        until("plugin gone", DEADLINE, async || {
            let comm = fs::read_to_string(&process).unwrap_or_default();
            Ok((comm.trim() != "sleep").then_some(()))
        })
        .await
        .unwrap();
    }
}
