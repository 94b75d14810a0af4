//! Agents that are killed while they deliver: what has arrived is used, and what arrives is the same.

use std::fs;
use std::path::Path;
use std::process::Command;

use jiff::Timestamp;
use proto::id::RunId;
use rustix::process::{Signal, kill_process};
use serde_json::{Value, json};
use tests::{FtpServer, RsyncDaemon, SshServer, descendant, laid, until};

use super::crew::{Crew, DEADLINE};
use super::load::Load;

/// How many bytes arrive before the agent is killed.
const SOME: u64 = 1 << 20;

fn define(load: &Load, transport: &Value) -> Value {
    let mut definition = load.definition();
    definition["transports"] = json!([{"type": "download"}, transport]);
    definition
}

/// The length of the longest file below a folder whose path has a text in it.
fn longest(folder: &Path, text: &str) -> u64 {
    let (mut folders, mut longest) = (vec![folder.to_owned()], 0);
    while let Some(folder) = folders.pop() {
        // What is there comes and goes.
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(found) if found.is_dir() => folders.push(entry.path()),
                Ok(found) if entry.path().to_string_lossy().contains(text) => {
                    longest = longest.max(found.len());
                }
                Ok(_) | Err(_) => {}
            }
        }
    }
    longest
}

/// Waits until a part of a file has arrived.
async fn some_arrive(folder: &Path, part: &str) {
    until("part of a file", DEADLINE, async || Ok((longest(folder, part) >= SOME).then_some(())))
        .await
        .unwrap();
}

/// Ends the agent and the program that it runs, as a power failure would, once a part of a file has
/// arrived; starts the agent again.
async fn kill_amid(crew: &mut Crew, program: &str, folder: &Path, part: &str) {
    some_arrive(folder, part).await;
    let agent = crew.program("agent").id().unwrap();
    let child = descendant(agent, program).unwrap();
    crew.kill("agent").await;
    kill_process(child, Signal::KILL).unwrap();
    crew.start("transport-agent", "agent", &[]);
}

/// Asserts that a run is done and each of its transports left one receipt.
pub(crate) async fn is_delivered_once(crew: &mut Crew, run: RunId) {
    let shown = crew.ended(run).await;
    assert_eq!(shown["state"], "done", "{shown:#}");
    let started: Timestamp = shown["started"].as_str().unwrap().parse().unwrap();
    for transport in shown["transports"].as_array().unwrap() {
        let receipts = transport["receipts"].as_array().unwrap();
        assert_eq!(receipts.len(), 1, "{shown:#}");
        let at: Timestamp = receipts[0]["at"].as_str().unwrap().parse().unwrap();
        assert!(at >= started, "{shown:#}");
        // A link brings nothing to another side.
        let delivered = &receipts[0]["delivered"];
        if transport["type"] == "download" {
            assert_eq!(delivered, &Value::Null);
            continue;
        }
        assert!(delivered["files"].as_u64().unwrap() > 0, "{shown:#}");
        assert!(delivered["bytes"].as_u64().unwrap() > 0, "{shown:#}");
        assert_eq!(delivered["digest"].as_str().unwrap().len(), 64, "{shown:#}");
        let place = delivered["place"].as_str().unwrap();
        assert!(!place.is_empty() && !place.contains("s3cret"), "{shown:#}");
        if transport["type"] == "ftp" {
            assert!(delivered["answer"].as_str().unwrap().starts_with("250"), "{shown:#}");
        }
    }
}

/// How many bytes of a file were written each time that one was open.
fn written(log: &Path) -> Vec<u64> {
    let log = fs::read_to_string(log).unwrap();
    let numbers = log.lines().filter_map(|line| line.rsplit_once(" written "));
    numbers.filter_map(|(_, number)| number.trim().parse().ok()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_volume_goes_on_by_sftp_where_a_killed_agent_left_it() {
    let desk = tempfile::tempdir().unwrap();
    let folder = desk.path().join("there");
    fs::create_dir(&folder).unwrap();
    let log = desk.path().join("sftp.log");
    // The one in the server itself says nothing where it could be read.
    let tells = format!(
        "restrict,command=\"/usr/lib/openssh/sftp-server -e -l INFO 2>>{}\"",
        log.display()
    );
    let server = SshServer::start(desk.path(), &tells).await.unwrap();
    let target = format!(
        "[targets.far]\nkind = \"sftp\"\nhost = \"127.0.0.1\"\nport = {}\nuser = \"{}\"\n\
         path = \"{}\"\nkey_file = \"{}\"\nknown_hosts_file = \"{}\"\n",
        server.port,
        server.user,
        folder.display(),
        server.key_file.display(),
        server.known_hosts_file.display(),
    );
    let load = Load::small();
    let mut crew = Crew::configured(&load.sources, &target).await;
    let slow = json!({"type": "sftp", "target": "far", "options": {"bwlimit": 600}});
    let run = crew.submit(&define(&load, &slow)).await;
    kill_amid(&mut crew, "sftp", &folder, ".longshore-").await;
    is_delivered_once(&mut crew, run).await;
    let there = laid(&folder).unwrap();
    let whole = crew.sha256(run).await;
    assert_eq!(there, [("Everything.zip".to_owned(), whole)].into());
    // The server says of each file how many bytes of it were written while it was open.
    let written = written(&log);
    let len = fs::metadata(folder.join("Everything.zip")).unwrap().len();
    let last = *written.last().unwrap();
    assert!(last + SOME <= len, "{last} of {len} bytes were sent in the end: {written:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_volume_goes_on_by_ftp_where_a_killed_agent_left_it() {
    let desk = tempfile::tempdir().unwrap();
    let folder = desk.path().join("there");
    let server = FtpServer::slow(desk.path(), &folder, 12 << 20).await.unwrap();
    let target = format!(
        "[targets.far]\nkind = \"ftp\"\nhost = \"127.0.0.1\"\nport = {}\nuser = \"export\"\n\
         password_file = \"{}\"\nsecurity = \"none\"\n",
        server.port,
        server.password_file.display(),
    );
    let load = Load::of_files(6, 6 << 20);
    let mut crew = Crew::configured(&load.sources, &target).await;
    let run = crew.submit(&define(&load, &json!({"type": "ftp", "target": "far"}))).await;
    some_arrive(&folder, ".longshore-").await;
    crew.kill("agent").await;
    crew.start("transport-agent", "agent", &[]);
    is_delivered_once(&mut crew, run).await;
    let whole = crew.sha256(run).await;
    assert_eq!(laid(&folder).unwrap(), [("Files.zip".to_owned(), whole)].into());
    let len = fs::metadata(folder.join("Files.zip")).unwrap().len();
    let last = *server.took().unwrap().last().unwrap();
    assert!(last + SOME <= len, "{last} of {len} bytes were sent in the end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tree_arrives_whole_by_rsync_although_the_agent_was_killed() {
    let desk = tempfile::tempdir().unwrap();
    let folder = desk.path().join("there");
    let daemon = RsyncDaemon::start(desk.path(), &folder).await.unwrap();
    let target = format!(
        "[targets.far]\nkind = \"rsync\"\nto = \"{}\"\npassword_file = \"{}\"\n",
        daemon.to,
        daemon.password_file.display(),
    );
    let load = Load::small();
    let mut crew = Crew::configured(&load.sources, &target).await;
    let options = json!({"bwlimit": 1200, "exclude": ["/media/", "*.xml"]});
    let slow = json!({"type": "rsync", "target": "far", "packer": "none", "options": options});
    let run = crew.submit(&define(&load, &slow)).await;
    kill_amid(&mut crew, "rsync", &folder, "noise.csv").await;
    is_delivered_once(&mut crew, run).await;

    let zip = desk.path().join("whole.zip");
    let shown = crew.ended(run).await;
    let url = shown["downloads"][0]["volumes"][0]["url"].as_str().unwrap().to_owned();
    crew.ann.download(&url, &zip).await.unwrap();
    let unpacked = desk.path().join("unpacked");
    let unzip = Command::new("unzip").arg("-qo").arg(&zip).arg("-d").arg(&unpacked).status();
    assert!(unzip.unwrap().success());
    let mut tree = laid(&unpacked).unwrap();
    let all = tree.len();
    tree.retain(|path, _| !path.starts_with("media/") && path != "airports.xml");
    assert!(tree.len() < all);
    assert!(laid(&folder).unwrap() == tree, "the tree differs");
    let receipt = &shown["transports"][1]["receipts"][0]["delivered"];
    assert_eq!(receipt["files"], tree.len(), "{shown:#}");
}
