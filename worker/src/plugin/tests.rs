//! Plugins that work and plugins that do not, each a small program of its own: whatever they do, there is an
//! answer, and nothing of them is left.

pub(in crate::plugin) mod program;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt, stream};
use serde_json::{Map, Value, json};
use source::asset::Asset;
use source::datasets::{Filter, Record};
use tempfile::TempDir;

use super::*;
use crate::plugin::wire::{Mode, Output};

/// Two datasets of entries, with an annotation and a media each.
struct Few;

fn record(value: &Value) -> Record {
    serde_json::value::to_raw_value(value).unwrap()
}

#[async_trait]
impl Datasets for Few {
    async fn ids(&self) -> Result<Vec<String>, SourceError> {
        Ok(vec!["a".to_owned(), "b".to_owned()])
    }

    async fn dataset(&self, id: &str) -> Result<Option<Record>, SourceError> {
        Ok((id != "none").then(|| record(&json!({"id": id, "name": format!("set {id}")}))))
    }

    async fn entries(
        &self,
        dataset: &str,
        _filter: &Filter,
        after: Option<&str>,
    ) -> Result<Vec<Record>, SourceError> {
        let begin = after.map_or(0, |after| after[1..].parse::<u32>().unwrap() + 1);
        let page = (begin..2500).take(1000);
        Ok(page.map(|number| record(&json!({"id": format!("{dataset}{number}")}))).collect())
    }

    async fn annotations(
        &self,
        entries: &[String],
        _filter: &Filter,
    ) -> Result<Vec<Vec<Record>>, SourceError> {
        Ok(entries.iter().map(|entry| vec![record(&json!({"entry_id": entry}))]).collect())
    }

    async fn medias(
        &self,
        entries: &[String],
        _filter: &Filter,
    ) -> Result<Vec<Vec<Record>>, SourceError> {
        Ok(entries.iter().map(|entry| vec![record(&json!({"filename": entry}))]).collect())
    }

    async fn media(&self, _media: &Record) -> Result<Asset, SourceError> {
        let bytes = stream::iter([Ok(Bytes::from_static(b"pixels"))]).boxed();
        Ok(Asset { len: None, name: None, is_object: false, is_checked: false, bytes })
    }
}

/// What came of a plugin, and where it was.
struct Came {
    left: Result<Option<Output>, PluginError>,
    warnings: Vec<String>,
    entries: u64,
    desk: Desk,
    _root: TempDir,
}

impl Came {
    /// Why it failed, which is told with `plugin_failed`.
    fn failed(&self) -> String {
        let fault = self.left.as_ref().err().unwrap().fault();
        assert_eq!(fault.code, Code::PluginFailed);
        fault.message
    }

    fn text(&self, path: &str) -> String {
        fs::read_to_string(self.desk.work().join(path)).unwrap()
    }
}

/// Runs a program as a plugin.
async fn run_by(interpreter: &str, program: &str, settings: Plugins) -> Came {
    let (plugin, root) = self::program::program(interpreter, program);
    run(plugin, settings, root).await
}

async fn run(plugin: Plugin, settings: Plugins, root: TempDir) -> Came {
    let desk = Desk::new(root.path()).unwrap();
    let (journal, course) = (Arc::new(Journal::default()), Arc::new(Course::default()));
    let export = Export {
        settings: &settings,
        plugin: &plugin,
        exporter: "python.Lines",
        options: &Map::new(),
        datasets: Arc::new(Few),
        ids: &["a".to_owned(), "b".to_owned()],
        shard: None,
        attempt: 1,
        run_id: "r",
        silence: Duration::from_secs(5),
    };
    let left = export.run(&desk, &journal, &course).await.map(|(output, _)| output);
    let output = json!({"to": "a", "from": "s", "plugin": "p"});
    let warnings = journal.warnings(&serde_json::from_value(output).unwrap());
    let warnings = warnings.into_iter().map(|warning| warning.fault.message).collect();
    let entries = course.entries.load(Ordering::Relaxed);
    Came { left, warnings, entries, desk, _root: root }
}

async fn sh(program: &str) -> Came {
    run_by("/bin/sh", program, Plugins::none()).await
}

/// With a host to ask, as the example has it.
async fn python(program: &str) -> Came {
    let program = format!(
        "import json, os\nhost = os.fdopen(3)\nout = os.fdopen(4, 'w')\n\
         def say(**what): print(json.dumps(what), file=out, flush=True)\n\
         def ask(**what):\n  say(id=1, **what)\n  return json.loads(host.readline())\n\
         run = json.loads(host.readline())['run']\n\
         done = lambda **more: say(ev='done', status='completed', **more)\n{program}"
    );
    run_by("/usr/bin/python3", &program, Plugins::none()).await
}

#[tokio::test]
async fn the_example_in_python_gets_every_page_and_leaves_its_files() {
    let root = TempDir::new().unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/plugins/python");
    let found = plugins(&Plugins { folders: vec![folder], ..Plugins::none() });
    let exporters = describe(&Plugins::none(), &found[0], root.path()).await.unwrap();
    assert_eq!(exporters[0].exporter, "python.Lines");
    let came = run(found[0].clone(), Plugins::none(), root).await;
    let Some(Output { mode, path }) = came.left.as_ref().unwrap() else { panic!("no output") };
    assert_eq!(*mode, Mode::Directory);
    assert!(path.as_ref().unwrap().ends_with("/lines"));
    assert_eq!(came.entries, 5000);
    assert_eq!(came.warnings, [""; 0]);
    let lines = came.text("lines/0002-set_b.jsonl");
    let last: Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
    assert_eq!(last["id"], "b2499");
    assert_eq!(last["annotations"], json!([{"entry_id": "b2499"}]));
    let summary: Value = serde_json::from_str(&came.text("lines/summary.json")).unwrap();
    assert_eq!(summary[0]["entries"], 2500);
}

#[tokio::test]
async fn a_plugin_that_fails_is_told_with_its_backtrace() {
    let came = sh(
        "echo '{\"ev\":\"done\",\"status\":\"errored\",\"error\":\"boom\",\"backtrace\":[\"sync.rb:7\",\"run.rb:1\"]}' >&4",
    )
    .await;
    assert_eq!(came.failed(), "the plugin \"p\" failed: boom; at sync.rb:7 < run.rb:1");
    let fault = came.left.unwrap_err().fault();
    assert_eq!(fault.place.as_deref(), Some("sync.rb:7"));
    let came = sh("echo '{\"ev\":\"done\",\"status\":\"errored\",\"error\":\"boom\"}' >&4").await;
    let hint = came.left.unwrap_err().fault().hint.unwrap();
    assert!(hint.contains("raise the limit that it met in [plugins]"), "{hint}");
}

#[tokio::test]
async fn one_that_crashes_or_closes_its_pipes_is_told_with_what_it_wrote_last() {
    let came = sh("echo 'no such gem' >&2; exit 3").await;
    let failed = came.failed();
    assert!(failed.contains("exit status: 3") && failed.contains("no such gem"), "{failed}");
    let came = sh("kill -SEGV $$").await;
    assert!(came.failed().contains("signal"), "{}", came.failed());
    let settings = Plugins { cpu_seconds: 1, ..Plugins::none() };
    let came = run_by("/bin/sh", "while :; do :; done", settings).await;
    assert!(came.failed().contains("more processor time"), "{}", came.failed());
    let came = sh("exec 3<&- 4>&-; exec sleep 1000").await;
    assert!(came.failed().contains("closed its pipes"), "{}", came.failed());
}

#[tokio::test]
async fn one_that_hangs_is_ended_also_where_it_gives_signs_of_life() {
    let came = sh("echo '{\"ev\":\"ready\"}' >&4; exec sleep 1000").await;
    assert!(came.failed().contains("said nothing for 5 s"), "{}", came.failed());
    let alive = "while echo '{\"ev\":\"alive\"}' >&4; do sleep 0.2; done";
    let settings = Plugins { idle_seconds: 1, ..Plugins::none() };
    let came = run_by("/bin/sh", alive, settings).await;
    assert!(came.failed().contains("did nothing for 1 s"), "{}", came.failed());
}

#[tokio::test]
async fn garbage_on_standard_output_goes_to_the_log_and_a_flood_is_cut() {
    let came = python("print('{\"ev\":\"done\"}')\nos.system('echo garbage')\ndone()").await;
    assert!(came.left.unwrap().is_none());
    assert_eq!(came.warnings, [""; 0]);
    let came = python("for n in range(20000): print('x' * 100)\ndone()").await;
    assert!(came.left.unwrap().is_none());
    assert_eq!(came.warnings, ["19000 lines more of the plugin's log were cut"]);
    let flood = "for n in range(20000): say(ev='log', level='warn', message='x')\ndone()";
    let came = python(flood).await;
    assert!(came.left.unwrap().is_none());
    assert_eq!(came.warnings.len(), 102);
}

#[tokio::test]
async fn what_is_not_in_the_protocol_ends_it() {
    for (program, told) in [
        ("echo garbage >&4", "garbage"),
        ("echo '{\"id\":1,\"op\":\"delete\"}' >&4", "delete"),
        ("head -c 2000000 /dev/zero | tr '\\0' x >&4", "more than 1048576 bytes"),
        (
            "while echo '{\"id\":1,\"op\":\"entries\",\"dataset_id\":\"a\"}' >&4; do :; done",
            "reads no",
        ),
    ] {
        let failed = sh(program).await.failed();
        assert!(failed.contains("protocol") && failed.contains(told), "{failed}");
    }
}

#[tokio::test]
async fn one_that_writes_elsewhere_or_looks_for_secrets_finds_nothing() {
    let secret = tempfile::NamedTempFile::new().unwrap();
    let canary = TempDir::new().unwrap();
    fs::set_permissions(canary.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let written = canary.path().join("written");
    let program = format!(
        "for place in ({written:?}, '/usr/x', '/etc/x'):\n\
         \x20 try: open(place, 'w').close(); print(place)\n\
         \x20 except OSError: pass\n\
         say(ev='log', level='warn', message=f'{{os.path.exists({secret:?})}} {{sorted(os.environ)}}')\n\
         done()",
        secret = secret.path(),
    );
    let came = python(&program).await;
    assert!(came.left.unwrap().is_none());
    assert!(!written.exists());
    let told = &came.warnings[0];
    assert!(told.starts_with("False [") && !told.contains("CARGO"), "{told}");
}

#[tokio::test]
async fn one_that_forks_or_eats_memory_meets_a_limit_and_leaves_nobody() {
    let forks = "import time\nn = 0\ntry:\n  while n < 200:\n    if os.fork() == 0: time.sleep(1000)\n    n += 1\n\
        except OSError: pass\nsay(ev='log', level='warn', message=str(n))\ndone()";
    let came = python(forks).await;
    assert!(came.left.unwrap().is_none());
    let begun: u32 = came.warnings[0].parse().unwrap();
    assert!(begun < 64, "{begun} processes");
    let came = python("b = bytearray(2 << 30)\ndone()").await;
    assert!(came.failed().contains("MemoryError"), "{}", came.failed());
}

#[tokio::test]
async fn two_media_of_one_name_are_two_files_with_a_warning() {
    let came = python(
        "media = {'id': 'm', 'filename': 'x.png'}\n\
         for to in ('m/x.png', 'm/x.png'): print(ask(op='download', media=media, to=to)['ok']['path'])\n\
         assert 'err' in ask(op='download', media=media, to='../x')\ndone()",
    )
    .await;
    assert!(came.left.as_ref().unwrap().is_none());
    assert_eq!([came.text("m/x.png"), came.text("m/x~2.png")], ["pixels", "pixels"]);
    let expected = "several media are called \"x.png\": one more is laid down as m/x~2.png";
    assert_eq!(came.warnings, [expected]);
}

#[test]
fn a_batch_for_one_dataset_sees_that_the_datasets_are_the_same() {
    let ids = ["a", "b"].map(str::to_owned);
    let slice = |after: Option<&str>, until: &str| {
        let (after, until) = (after.map(str::to_owned), Some(until.to_owned()));
        Slice::Keys(proto::plan::KeyRange { after, until })
    };
    for (merge, offset) in
        [(None, 1), (Some(Merge::Files), 1), (Some(Merge::Zip), 1), (Some(Merge::Jsonl), 0)]
    {
        let second = shard(&slice(Some("a"), "b"), &ids, merge).unwrap().unwrap();
        assert_eq!((second.dataset_id, second.index, second.offset), ("b", 1, offset));
    }
    assert!(shard(&Slice::Files(Vec::new()), &ids, None).unwrap().is_none());
    for changed in [slice(None, "b"), slice(Some("b"), "c")] {
        let error = shard(&changed, &ids, None).unwrap_err();
        assert!(matches!(error, PluginError::Source(SourceError::Changed { .. })), "{error}");
    }
}
