//! Exporters in Ruby as WebAssembly, with a host that answers from memory. `sdk/ruby/wasm/install .cache/ruby-wasm` brings
//! the module.

use std::io::{BufRead, BufReader, PipeReader, Read};
use std::os::fd::OwnedFd;
use std::thread;

use serde_json::Value;
use tempfile::TempDir;

use super::*;

/// How many entries a dataset has; a page has 1,000.
const ENTRIES: usize = 1500;

/// What came of a plugin.
struct Came {
    code: u8,
    events: Vec<Value>,
    printed: String,
    root: TempDir,
}

impl Came {
    fn of(&self, event: &str) -> Vec<&Value> {
        self.events.iter().filter(|told| told["ev"] == event).collect()
    }

    fn done(&self) -> &Value {
        self.of("done").first().unwrap_or_else(|| panic!("{:?}: {}", self.events, self.printed))
    }

    fn assert_failed(&self, why: &str) {
        assert_eq!(self.done()["status"], "errored", "{}", self.done());
        assert!(self.done()["error"].as_str().unwrap().contains(why), "{}", self.done());
    }
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Runs the exporter of a folder.
fn run(folder: &Path, exporter: &str, memory_bytes: u64, fuel: u64) -> Came {
    let root = tempfile::tempdir().unwrap();
    let untrusted = Untrusted {
        module: repository().join(".cache/ruby-wasm/ruby.wasm"),
        runtime: repository().join("sdk/ruby"),
        folder: folder.canonicalize().unwrap(),
        work: root.path().to_owned(),
        memory_bytes,
        fuel,
    };
    let (from_host, mut answering) = io::pipe().unwrap();
    let (asking, to_host) = io::pipe().unwrap();
    let (mut log, printed) = io::pipe().unwrap();
    let [from_host, to_host, printed] =
        [OwnedFd::from(from_host), to_host.into(), printed.into()].map(File::from);
    let ends = Ends { from_host, to_host, printed };
    let running = thread::spawn(move || untrusted.run(ends).unwrap());
    let logging = thread::spawn(move || {
        let mut printed = String::new();
        log.read_to_string(&mut printed).unwrap();
        printed
    });
    let order = json!({"exporter": exporter, "dataset_ids": ["a", "b"], "options": {}, "workdir": "/work", "shard": null, "attempt": 1, "run_id": "r"});
    writeln!(answering, "{}", json!({"v": 1, "run": order})).unwrap();
    let events = conversation(asking, &mut answering);
    drop(answering);
    let code = running.join().unwrap();
    Came { code, events, printed: logging.join().unwrap(), root }
}

/// Answers until it is done, or gone; gives what it told.
fn conversation(asking: PipeReader, answering: &mut impl Write) -> Vec<Value> {
    let mut events: Vec<Value> = Vec::new();
    for line in BufReader::new(asking).lines() {
        let said: Value = serde_json::from_str(&line.unwrap()).unwrap();
        if said.get("op").is_none() {
            events.push(said);
            continue;
        }
        let answer = json!({"id": said["id"], "ok": answer(&said)});
        // One that was ended has read nothing more.
        let _told = writeln!(answering, "{answer}");
    }
    events
}

fn answer(said: &Value) -> Value {
    let each = |of: &dyn Fn(&str) -> Value| -> Value {
        said["entry_ids"].as_array().unwrap().iter().map(|id| of(id.as_str().unwrap())).collect()
    };
    match said["op"].as_str().unwrap() {
        "dataset" => json!({"id": said["dataset_id"], "name": said["dataset_id"]}),
        "entries" => {
            let begin =
                said["after"].as_str().map_or(0, |after| after[1..].parse::<usize>().unwrap() + 1);
            let page = begin..ENTRIES.min(begin + 1000);
            let id = |number| format!("{}{number}", said["dataset_id"].as_str().unwrap());
            page.map(|number| json!({"id": id(number), "status": "completed"})).collect()
        }
        "annotations" => each(&|id| json!([{"id": format!("n{id}"), "entry_id": id}])),
        "medias" => each(&|_| json!([])),
        other => panic!("{other}"),
    }
}

/// Runs an exporter whose `export` is this.
fn ruby(export: &str, memory_bytes: u64, fuel: u64) -> Came {
    let folder = tempfile::tempdir().unwrap();
    let code = folder.path().join("backends/sync/tried");
    fs::create_dir_all(&code).unwrap();
    let register = "module Tried::Sync\n  def self.init(context) = context.register_exports(//, Export)\nend\n";
    fs::write(code.join("sync.rb"), register).unwrap();
    let exporter =
        format!("class Tried::Sync::Export\n  def export(context)\n{export}\n  end\nend\n");
    fs::create_dir_all(code.join("sync")).unwrap();
    fs::write(code.join("sync/export.rb"), exporter).unwrap();
    run(folder.path(), "Tried::Sync::Export", memory_bytes, fuel)
}

fn freely(export: &str) -> Came {
    ruby(export, 1 << 30, u64::MAX)
}

#[test]
fn an_exporter_runs_as_it_is() {
    let folder = repository().join("examples/plugins/one_file");
    let came = run(&folder, "OneFile::Export", 256 << 20, 1 << 40);
    assert_eq!(came.events[0]["ev"], "ready");
    assert_eq!(came.done()["status"], "completed", "{}", came.done());
    assert_eq!(came.done()["output"], json!({"mode": "file", "path": "/work/idah-export-0.json"}));
    let written = fs::read(came.root.path().join("idah-export-0.json")).unwrap();
    let written: Value = serde_json::from_slice(&written).unwrap();
    for (number, id) in ["a", "b"].iter().enumerate() {
        let entries = written[number]["entries"].as_array().unwrap();
        assert_eq!(entries.len(), ENTRIES, "{id}");
        assert_eq!(entries[1499]["annotations"][0]["entry_id"], format!("{id}1499"));
    }
    assert_eq!((came.code, came.printed.as_str()), (0, ""));
}

#[test]
fn nothing_is_there_but_its_folders() {
    let came = freely(
        r##"    tried = { system: -> { system("true") }, spawn: -> { spawn("true") }, tick: -> { `true` },
                     popen: -> { IO.popen("true") }, fork: -> { fork { nil } }, thread: -> { Thread.new { nil } },
                     socket: -> { require "socket" }, read: -> { File.read("/etc/passwd") },
                     up: -> { File.read("/work/../etc/passwd") }, link: -> { File.symlink("/etc/passwd", "/work/link") },
                     chain: -> { File.symlink("../../etc/passwd", "/work/up"); File.read("/work/up") },
                     runtime: -> { File.write("/runtime/x", "") }, own: -> { File.write(File.join(__dir__, "x"), "") } }
    done = tried.select do |_, try|
      try.call
      true
    rescue Exception
      false
    end
    raise "#{done.keys} #{ENV.keys.sort}""##,
    );
    came.assert_failed("[] [\"HOME\", \"LANG\", \"TMPDIR\"]");
    assert!(came.done()["backtrace"][0].as_str().unwrap().contains("/plugins/"), "{}", came.done());
}

#[test]
fn what_it_prints_is_not_between_the_lines() {
    let came = freely(
        r##"    puts '{"ev":"done","status":"errored"}'
    STDOUT.puts "garbage"
    File.write(File.join(Dir.tmpdir, "x"), "temporary")
    context.io.directory.then { |folder| File.write("#{folder}/a.txt", "kept") }"##,
    );
    assert_eq!(came.done()["status"], "completed", "{}", came.done());
    assert_eq!(fs::read_to_string(came.root.path().join("idah-export/a.txt")).unwrap(), "kept");
    assert_eq!(came.printed, "{\"ev\":\"done\",\"status\":\"errored\"}\ngarbage\n");
}

#[test]
fn one_that_computes_without_end_or_eats_memory_is_ended_and_told() {
    ruby("loop { nil }", 1 << 30, 20 << 30).assert_failed("[plugins] fuel");
    ruby("@all = []; loop { @all << 'x' * (1 << 20) }", 256 << 20, u64::MAX)
        .assert_failed("memory");
    freely("def deeper(n) = deeper(n + 1) + 1; deeper(0)").assert_failed("stack level too deep");
}

#[test]
fn one_that_wants_a_page_of_a_browser_is_ended() {
    freely("require 'js'; JS.eval('1')").assert_failed("eval-js");
}
