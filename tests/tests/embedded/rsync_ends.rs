//! How the real rsync ends, by its exit code, and what becomes of the delivery. Of those that documents
//! name, 30 and 35 pass and are tried again, and so does 24; 23 says more in words.

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use rustix::process::{Signal, kill_process};
use serde_json::{Value, json};
use tests::{RsyncDaemon, descendant, laid, until};
use tokio::net::TcpSocket;

use super::desk::{Desk, Under, below};
use super::ran::Ran;
use super::rsync::{definition, expected, of_daemon};

const DEADLINE: Duration = Duration::from_mins(2);

/// A tree by rsync, with these options.
fn tree(desk: &Desk, target: &Value, options: &Value) -> Value {
    let transports =
        json!([{"type": "rsync", "target": "far", "packer": "none", "options": options}]);
    definition(desk, &transports, &json!({"far": target}))
}

/// A try that must fail for good: that it was the only one.
async fn refused(desk: &Desk, asked: &Value) -> Ran {
    let ran = desk.define(asked).config("[coordinator]\nattempts = 5\n").for_people().run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["[target_refused]", "check the rights behind [targets.far]"]);
    assert_eq!(ran.said.matches("serve: task failed").count(), 1, "{}", ran.said);
    ran
}

/// Waits until something of the longest file has come.
async fn is_amid(under: &mut Under, folder: &std::path::Path) {
    until("flights.csv under way", DEADLINE, async || {
        under.program.still_runs()?;
        let is_part = |path: &std::path::PathBuf| {
            let is_it = path
                .file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with(".flights.csv"));
            is_it && path.metadata().is_ok_and(|part| part.len() > 1 << 17)
        };
        Ok(below(folder).iter().any(is_part).then_some(()))
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn exit_23_for_want_of_rights_fails_at_once_and_delivers_with_them() {
    let desk = Desk::new();
    let folder = desk.path("there");
    let daemon = RsyncDaemon::start(&desk.path(""), &folder).await.unwrap();
    let asked = tree(&desk, &of_daemon(&daemon), &json!({}));
    let mode = |mode| fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).unwrap();
    // Who may do everything has to become somebody else; the way there is open to others.
    let config = fs::read_to_string(desk.path("rsyncd.conf")).unwrap();
    if rustix::process::geteuid().is_root() {
        fs::set_permissions(desk.path(""), fs::Permissions::from_mode(0o755)).unwrap();
        let nobody = config.replace("uid = 0", "uid = 65534").replace("gid = 0", "gid = 65534");
        assert_ne!(nobody, config);
        desk.write("rsyncd.conf", nobody);
    }
    mode(0o555);
    let ran = refused(&desk, &asked).await;
    ran.assert_said(&["Permission denied", "(exit code 23)"]);
    assert!(laid(&folder).unwrap().is_empty());

    mode(0o777);
    desk.write("rsyncd.conf", config);
    desk.define(&asked).done().await.assert_said(&["going on with the run that failed"]);
    assert!(laid(&folder).unwrap() == expected(&desk).await, "the tree differs");
}

#[tokio::test]
async fn exit_23_for_a_folder_in_the_way_fails_at_once_and_leaves_what_is_in_it() {
    let desk = Desk::new();
    let folder = desk.path("there");
    let daemon = RsyncDaemon::start(&desk.path(""), &folder).await.unwrap();
    desk.write("there/flights.csv/theirs.txt", "theirs");
    let asked = tree(&desk, &of_daemon(&daemon), &json!({}));
    let ran = refused(&desk, &asked).await;
    ran.assert_said(&["could not make way", "flights.csv", "(exit code 23)"]);
    assert_eq!(fs::read(folder.join("flights.csv/theirs.txt")).unwrap(), b"theirs");
    // Whatever else there is has arrived, as rsync does it.
    assert!(folder.join("-e.json").exists());
}

#[tokio::test]
async fn a_module_that_is_read_only_fails_at_once() {
    let desk = Desk::new();
    let folder = desk.path("there");
    let daemon = RsyncDaemon::start(&desk.path(""), &folder).await.unwrap();
    let config = fs::read_to_string(desk.path("rsyncd.conf")).unwrap();
    desk.write("rsyncd.conf", config.replace("read only = no", "read only = yes"));
    let asked = tree(&desk, &of_daemon(&daemon), &json!({}));
    refused(&desk, &asked).await.assert_said(&["module is read only"]);
    assert!(laid(&folder).unwrap().is_empty());
}

#[tokio::test]
async fn exit_24_for_a_staged_file_that_vanished_is_tried_again() {
    let desk = Desk::new();
    let folder = desk.path("there");
    let daemon = RsyncDaemon::start(&desk.path(""), &folder).await.unwrap();
    let asked = tree(&desk, &of_daemon(&daemon), &json!({"bwlimit": 500}));
    let mut under = desk.define(&asked).start();
    is_amid(&mut under, &folder).await;
    let is_staged = |path: &std::path::PathBuf| path.to_string_lossy().contains("/media/");
    let staged = below(&desk.path("data/scratch")).into_iter().find(is_staged).unwrap();
    fs::remove_file(staged).unwrap();
    let ran = under.ended().await;
    assert_eq!(ran.code, 0, "{}", ran.said);
    ran.assert_said(&["target_unavailable", "vanished", "(exit code 24)"]);
    assert!(laid(&folder).unwrap() == expected(&desk).await, "the tree differs");
}

#[tokio::test]
async fn exit_30_for_a_daemon_that_falls_silent_amid_a_file_is_tried_again() {
    let desk = Desk::new();
    let folder = desk.path("there");
    let daemon = RsyncDaemon::start(&desk.path(""), &folder).await.unwrap();
    let mut target = of_daemon(&daemon);
    target["silence"] = json!("1s");
    let asked = tree(&desk, &target, &json!({"bwlimit": 500}));
    let mut under = desk.define(&asked).start();
    is_amid(&mut under, &folder).await;
    daemon.signal(Signal::STOP).unwrap();
    under.has_tried("(exit code 30)").await;
    daemon.signal(Signal::CONT).unwrap();
    let ran = under.ended().await;
    assert_eq!(ran.code, 0, "{}", ran.said);
    ran.assert_said(&["target_unavailable"]);
    let mut there = laid(&folder).unwrap();
    // What waited there to be gone on with may wait no more.
    there.retain(|path, _| !path.starts_with(".longshore-partial"));
    assert!(there == expected(&desk).await, "the tree differs: {there:?}");
}

#[tokio::test]
async fn exit_35_for_a_daemon_that_takes_no_connection_is_tried_again_and_fails_in_the_end() {
    let desk = Desk::new();
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let listener = socket.listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    // Nobody accepts: once some wait, the kernel answers no other.
    let mut waiting = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_secs(1)) {
        waiting.push(stream);
        assert!(waiting.len() < 100);
    }
    let target =
        json!({"kind": "rsync", "to": format!("rsync://{address}/exports"), "silence": "1s"});
    let asked = tree(&desk, &target, &json!({}));
    let ran = desk.define(&asked).config("[coordinator]\nattempts = 2\n").for_people().run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["[target_unavailable]", "exit code 35"]);
    assert_eq!(ran.said.matches("serve: task failed").count(), 2, "{}", ran.said);
}

/// The daemon counts what comes; what it has of the file counts no more.
#[tokio::test]
async fn of_a_file_that_was_cut_off_only_the_rest_is_sent() {
    let desk = Desk::new();
    let folder = desk.path("there");
    let daemon = RsyncDaemon::start(&desk.path(""), &folder).await.unwrap();
    let log = desk.path("came.log");
    let config = fs::read_to_string(desk.path("rsyncd.conf")).unwrap();
    let logging =
        format!("transfer logging = yes\nlog format = %b %f\nlog file = {}\n", log.display());
    desk.write("rsyncd.conf", config + &logging);
    let asked = tree(&desk, &of_daemon(&daemon), &json!({"bwlimit": 500}));
    let ask = || desk.define(&asked).config("[coordinator]\nattempts = 1\n");
    let mut under = ask().start();
    is_amid(&mut under, &folder).await;
    let rsync = descendant(under.program.id().unwrap(), "rsync").unwrap();
    kill_process(rsync, Signal::KILL).unwrap();
    assert_eq!(under.ended().await.code, 1);
    let part = folder.join(".longshore-partial/flights.csv");
    let kept = until("kept", DEADLINE, async || Ok(fs::metadata(&part).ok()));
    let kept = kept.await.unwrap().len();
    ask().done().await.assert_said(&["going on with the run that failed"]);
    assert!(laid(&folder).unwrap() == expected(&desk).await, "the tree differs");
    let came = fs::read_to_string(&log).unwrap();
    let came = came.lines().filter(|line| line.ends_with("flights.csv"));
    let came: u64 = came.map(|line| line.rsplit(' ').nth(1).unwrap().parse::<u64>().unwrap()).sum();
    let whole = fs::metadata(folder.join("flights.csv")).unwrap().len();
    // What says which part is there already takes a hundredth of it.
    assert!(kept > 1 << 16 && came < whole - kept + kept / 50, "{came} of {whole}, {kept} kept");
}
