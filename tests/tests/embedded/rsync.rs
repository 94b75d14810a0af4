//! Deliveries by the real rsync, to daemons, behind ssh and into folders.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use rustix::process::{Signal, kill_process};
use serde_json::{Value, json};
use tests::{RsyncDaemon, SshServer, descendant, until};

use super::desk::Desk;
use super::full_disk::Disk;
use super::material::of_all_kinds;
use super::tool::tool;

/// A tree with names that options and shells would read otherwise, and its archive.
pub(super) fn definition(desk: &Desk, transports: &Value, targets: &Value) -> Value {
    desk.write("names.csv", "name,text\n--rsh=touch canary,one\n-e,two\n$(touch canary);x,three\n");
    let mut definition = of_all_kinds("Out there", "{name}.json");
    definition["transports"] = transports.clone();
    definition["targets"] = targets.clone();
    definition
}

pub(super) fn of_daemon(daemon: &RsyncDaemon) -> Value {
    json!({"kind": "rsync", "to": daemon.to, "password_file": daemon.password_file})
}

pub(super) fn of_ssh(server: &SshServer, path: &str) -> Value {
    json!({
        "kind": "rsync", "to": format!("{}@127.0.0.1:{path}", server.user), "port": server.port,
        "key_file": server.key_file, "known_hosts_file": server.known_hosts_file,
    })
}

/// Every file below a folder, with its sum.
fn laid(folder: &Path) -> BTreeMap<String, String> {
    tests::laid(folder).unwrap()
}

/// The tree as `longshore run` lays it down by itself.
pub(super) async fn expected(desk: &Desk) -> BTreeMap<String, String> {
    let plain = definition(desk, &json!([{"type": "download", "packer": "none"}]), &json!({}));
    let ran = desk.define(&plain).apart("plain").done().await;
    laid(&ran.out.join("Out there"))
}

#[tokio::test]
async fn archive_and_tree_arrive_at_a_daemon_and_arrive_again_the_same() {
    let desk = Desk::new();
    let folder = desk.path("there");
    let daemon = RsyncDaemon::start(&desk.path(""), &folder).await.unwrap();
    let transports = json!([
        {"type": "download"},
        {"type": "rsync", "target": "far", "path": "a b/zip", "options": {"bwlimit": 100_000}},
        {"type": "rsync", "target": "far", "path": "tree", "packer": "none",
         "options": {"verify": true, "compress": true, "chmod": "D750,F640"}},
    ]);
    let asked = definition(&desk, &transports, &json!({"far": of_daemon(&daemon)}));
    let few = "[agent]\nstaging_bytes = \"64KiB\"\n";
    let ran = desk.define(&asked).config(few).done().await;
    let zip = laid(&folder.join("a b/zip"));
    assert_eq!(zip, [("Out there.zip".to_owned(), ran.sha256())].into());
    let tree = expected(&desk).await;
    assert!(tree.contains_key("--rsh=touch canary.json"), "{tree:?}");
    assert!(laid(&folder.join("tree")) == tree, "the tree differs");

    desk.define(&asked).config(few).done().await;
    assert_eq!(laid(&folder.join("a b/zip")), zip);
    assert!(laid(&folder.join("tree")) == tree, "the tree differs the second time");
    assert!(!desk.path("canary").exists() && !Path::new("canary").exists());
    assert!(fs::read_dir(desk.path("data/scratch")).unwrap().next().is_none(), "scratch is left");
}

#[tokio::test]
async fn delete_takes_away_what_is_not_in_the_tree_and_nothing_else_does() {
    let desk = Desk::new();
    let folder = desk.path("there");
    for name in ["tree/old.txt", "tree/old/deep.txt", "tree/flights.csv/in the way", "beside.txt"] {
        desk.write(&format!("there/{name}"), "old");
    }
    let target = json!({"near": {"kind": "rsync", "to": folder}});
    let ask = |delete: bool, path: &str| {
        let transports = json!([{"type": "rsync", "target": "near", "path": path, "packer": "none",
            "options": {"delete": delete, "checksum": true}}]);
        definition(&desk, &transports, &target)
    };
    desk.define(&ask(true, "tree")).config("[agent]\nstaging_bytes = \"1MiB\"\n").done().await;
    let tree = expected(&desk).await;
    assert!(laid(&folder.join("tree")) == tree, "the tree differs");
    assert!(folder.join("beside.txt").exists());
    desk.write("there/tree/new.txt", "mine");
    desk.define(&ask(false, "tree")).done().await;
    assert!(folder.join("tree/new.txt").exists());
}

#[tokio::test]
async fn a_wrong_password_fails_at_once_and_the_right_one_delivers() {
    let desk = Desk::new();
    let folder = desk.path("there");
    let daemon = RsyncDaemon::start(&desk.path(""), &folder).await.unwrap();
    let transports = json!([{"type": "rsync", "target": "far"}]);
    let asked = definition(&desk, &transports, &json!({"far": of_daemon(&daemon)}));
    fs::write(&daemon.password_file, "CANARY-password").unwrap();
    let ran = desk.define(&asked).for_people().run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["[target_refused]", "far"]);
    assert!(!ran.said.contains("CANARY-password"), "{}", ran.said);
    assert!(laid(&folder).is_empty());

    fs::write(&daemon.password_file, "open sesame").unwrap();
    desk.define(&asked).done().await.assert_said(&["going on with the run that failed"]);
    assert_eq!(laid(&folder).len(), 1);
}

#[tokio::test]
async fn an_account_locked_down_to_writing_takes_a_tree_by_ssh() {
    let desk = Desk::new();
    let folder = desk.path("there");
    fs::create_dir_all(&folder).unwrap();
    let rights = format!("restrict,command=\"/usr/bin/rrsync -wo {}\"", folder.display());
    let server = SshServer::start(&desk.path(""), &rights).await.unwrap();
    let transports = json!([
        {"type": "rsync", "target": "far", "path": "tree", "packer": "none",
         "options": {"delete": true, "verify": true}},
        {"type": "rsync", "target": "far", "path": "a b"},
    ]);
    let asked = definition(&desk, &transports, &json!({"far": of_ssh(&server, "/")}));
    desk.write("there/tree/old.txt", "old");
    desk.define(&asked).done().await;
    assert!(laid(&folder.join("tree")) == expected(&desk).await, "the tree differs");
    assert_eq!(laid(&folder.join("a b")).len(), 1);
}

#[tokio::test]
async fn another_host_key_ends_the_delivery_before_anything_is_sent() {
    let desk = Desk::new();
    let folder = desk.path("there");
    fs::create_dir_all(&folder).unwrap();
    let server = SshServer::start(&desk.path(""), "restrict").await.unwrap();
    let known = fs::read(&server.known_hosts_file).unwrap();
    server.be_known_by_another_key().unwrap();
    let transports = json!([{"type": "rsync", "target": "far"}]);
    let target = of_ssh(&server, folder.to_str().unwrap());
    let asked = definition(&desk, &transports, &json!({ "far": target }));
    let ran = desk.define(&asked).for_people().run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["[target_untrusted]"]);
    assert!(laid(&folder).is_empty());

    fs::write(&server.known_hosts_file, known).unwrap();
    desk.define(&asked).done().await;
    assert_eq!(laid(&folder).len(), 1);
}

#[tokio::test]
async fn a_killed_ssh_delays_the_delivery_and_what_has_arrived_is_used() {
    let desk = Desk::new();
    let folder = desk.path("there");
    fs::create_dir_all(&folder).unwrap();
    let server = SshServer::start(&desk.path(""), "restrict").await.unwrap();
    let slow = json!({"bwlimit": 500});
    let transports = json!([{"type": "rsync", "target": "far", "packer": "none", "options": slow}]);
    let target = of_ssh(&server, folder.to_str().unwrap());
    let asked = definition(&desk, &transports, &json!({ "far": target }));
    let mut under = desk.define(&asked).start();
    let deadline = Duration::from_mins(2);
    let ssh = until("ssh sends", deadline, async || {
        under.program.still_runs()?;
        let has_some = fs::read_dir(&folder)?.next().is_some();
        Ok(descendant(under.program.id().unwrap(), "ssh").filter(|_| has_some))
    });
    kill_process(ssh.await.unwrap(), Signal::KILL).unwrap();
    let ran = under.ended().await;
    assert_eq!(ran.code, 0, "{}", ran.said);
    ran.assert_said(&["task failed"]);
    assert!(laid(&folder) == expected(&desk).await, "the tree differs");
}

#[tokio::test]
async fn a_full_target_fails_the_delivery_and_it_goes_on_once_there_is_space() {
    let desk = Desk::new();
    let small = Disk::new(desk.path("there"), "256k");
    let transports = json!([{"type": "rsync", "target": "near", "packer": "none"}]);
    let target = json!({"near": {"kind": "rsync", "to": small.path()}});
    let asked = definition(&desk, &transports, &target);
    let ask = || desk.define(&asked).config("[coordinator]\nattempts = 2\n");
    let ran = ask().on(&small).for_people().run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["[target_full]"]);
    small.enlarge();
    ask().on(&small).done().await.assert_said(&["going on with the run that failed"]);
    small.show();
    assert!(laid(small.path()) == expected(&desk).await, "the tree differs");
}

#[tokio::test]
async fn a_daemon_that_is_silent_is_tried_again_until_it_answers() {
    let desk = Desk::new();
    let folder = desk.path("there");
    let daemon = RsyncDaemon::start(&desk.path(""), &folder).await.unwrap();
    let mut target = of_daemon(&daemon);
    target["silence"] = json!("1s");
    let transports = json!([{"type": "rsync", "target": "far"}]);
    let asked = definition(&desk, &transports, &json!({ "far": target }));
    daemon.signal(Signal::STOP).unwrap();
    let mut under = desk.define(&asked).start();
    under.has_tried("target_unavailable").await;
    daemon.signal(Signal::CONT).unwrap();
    let ran = under.ended().await;
    assert_eq!(ran.code, 0, "{}", ran.said);
    ran.assert_said(&["(exit code 30)"]);
    assert_eq!(laid(&folder).len(), 1);
}

#[tokio::test]
async fn what_is_excluded_is_neither_sent_nor_counted_nor_taken_away() {
    let desk = Desk::new();
    let folder = desk.path("there");
    for name in ["old.txt", "media/theirs.svg", "kept/x.raw"] {
        desk.write(&format!("there/tree/{name}"), "old");
    }
    let target = json!({"near": {"kind": "rsync", "to": folder}});
    let patterns = json!(["/media/", "*.raw", "--rsh*"]);
    let ask = |patterns: &Value| {
        let transports = json!([{"type": "rsync", "target": "near", "path": "tree",
            "packer": "none", "options": {"delete": true, "verify": true, "exclude": patterns}}]);
        definition(&desk, &transports, &target)
    };
    let ran = desk.define(&ask(&patterns)).for_people().run().await;
    assert_eq!(ran.code, 2, "{}", ran.said);
    ran.assert_said(&["/transports/0/options/exclude/2"]);

    desk.define(&ask(&json!(["/media/", "*.raw", "*touch*"]))).done().await;
    let mut tree = expected(&desk).await;
    tree.retain(|path, _| !path.starts_with("media/") && !path.contains("touch"));
    assert_eq!(tree.keys().collect::<Vec<_>>(), ["-e.json", "flights.csv"]);
    let mut there = laid(&folder.join("tree"));
    for theirs in ["media/theirs.svg", "kept/x.raw"] {
        assert!(there.remove(theirs).is_some(), "{theirs} was taken away");
    }
    assert!(there == tree, "the tree differs: {there:?}");
}

#[tokio::test]
async fn places_and_options_that_would_run_something_are_refused_by_name() {
    let desk = Desk::new();
    let canary = desk.path("canary");
    let touch = format!("-oProxyCommand=touch {}", canary.display());
    let transports = json!([{"type": "rsync", "target": "far", "path": "-e sh",
        "options": {"rsh": "id", "rsync-path": "id", "bwlimit": 0}}]);
    let targets = json!({
        "far": {"kind": "rsync", "to": format!("u@{touch}:/x"), "key_file": "/k",
                "known_hosts_file": "/h"},
    });
    let ran = desk.define(&definition(&desk, &transports, &targets)).for_people().run().await;
    assert_eq!(ran.code, 2, "{}", ran.said);
    let places = ["options/rsh", "options/rsync-path", "options/bwlimit", "/targets/far/to"];
    ran.assert_said(&places.map(|place| place));
    assert!(!canary.exists());

    let transports = json!([{"type": "rsync", "target": "fra"}]);
    let targets = json!({"far": {"kind": "rsync", "to": "/srv"}});
    let ran = desk.define(&definition(&desk, &transports, &targets)).for_people().run().await;
    assert_eq!(ran.code, 2, "{}", ran.said);
    ran.assert_said(&["/transports/0/target", "[unknown_target]", "there are far"]);
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_not_made() {
    let desk = Desk::new();
    let transports = json!([{"type": "rsync", "target": "near"}]);
    let targets = json!({"near": {"kind": "rsync", "to": desk.path("unmounted")}});
    let asked = definition(&desk, &transports, &targets);
    let ran = desk.define(&asked).config("[coordinator]\nattempts = 1\n").for_people().run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["[target_unavailable]"]);
    assert!(!desk.path("unmounted").exists());
    tool("mkdir", [desk.path("unmounted").as_os_str()]);
    desk.define(&asked).done().await;
    assert_eq!(laid(&desk.path("unmounted")).len(), 1);
}
