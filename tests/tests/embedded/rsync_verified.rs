//! What the real rsync finds when it looks once more at what it sent, after somebody else has been there;
//! and what it tells the other side.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use tests::{RsyncDaemon, SshServer, laid};

use super::desk::Desk;
use super::rsync::{of_daemon, of_ssh};

/// So many files that naming each of them takes several times as much as is kept of what rsync says.
const FILES: usize = 400;

/// The file that is damaged, the first of all that rsync names.
const FIRST: &str = "tree/0000-a-name-of-some-length-so-that-many-of-them-fill-what-is-kept.json";

/// Damages the file behind the daemon's back: its length and its time stay.
const DAMAGE: &str = "touch -r \"$file\" \"$time\"\n\
                      printf '\\000' | dd of=\"$file\" bs=1 seek=5 conv=notrunc status=none\n\
                      touch -r \"$time\" \"$file\"\n";

/// Gives every file other rights and another time.
const ALTER: &str = "find \"$RSYNC_MODULE_PATH\" -type f -exec chmod 604 {} + \
                     -exec touch -d @981173106 {} +\n";

/// Many small files, for a target.
fn definition(desk: &Desk, target: &Value, transports: &Value) -> Value {
    let lines: Vec<String> = (0..FILES).map(|n| format!("{{\"n\":\"{n:04}\"}}\n")).collect();
    desk.write("many.jsonl", lines.concat());
    let name = Path::new(FIRST).file_name().unwrap().to_str().unwrap().replace("0000", "{n}");
    json!({
        "name": "Out there",
        "outputs": [{"to": name, "from": "many", "format": "json", "per": "record"}],
        "transports": transports,
        "sources": {"many": {"kind": "jsonl", "path": "many.jsonl"}},
        "targets": {"far": target},
    })
}

/// A tree whose content is looked at once more.
fn verified(desk: &Desk, daemon: &RsyncDaemon, options: &Value) -> Value {
    let mut options = options.clone();
    options["verify"] = json!(true);
    let transports = json!([{"type": "rsync", "target": "far", "path": "tree", "packer": "none",
        "options": options}]);
    definition(desk, &of_daemon(daemon), &transports)
}

/// A daemon that does something with the file that is there at the beginning of each call, of which the
/// first is the one that brings it.
async fn meddling(desk: &Desk, script: &str) -> RsyncDaemon {
    let daemon = RsyncDaemon::start(&desk.path(""), &desk.path("there")).await.unwrap();
    let begin = format!(
        "#!/bin/sh\nfile=\"$RSYNC_MODULE_PATH/{FIRST}\"\ntime={}\n[ -e \"$file\" ] || exit 0\n",
        desk.path("time").display()
    );
    let hook = desk.write("hook.sh", begin + script);
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    let config = fs::read_to_string(desk.path("rsyncd.conf")).unwrap();
    desk.write("rsyncd.conf", format!("{config}pre-xfer exec = {}\n", hook.display()));
    daemon
}

/// That the tree is there as it was made.
fn assert_whole(desk: &Desk) {
    let there = laid(&desk.path("there/tree")).unwrap();
    assert_eq!(there.len(), FILES);
    let first = fs::read_to_string(desk.path("there").join(FIRST)).unwrap();
    assert_eq!(first.trim(), "{\"n\":\"0000\"}");
}

#[tokio::test]
async fn a_file_that_is_damaged_again_and_again_fails_the_delivery_although_length_and_time_agree()
{
    for (options, script) in [
        (json!({}), DAMAGE.to_owned()),
        // The file that counts is named before all those that do not.
        (json!({"archive": true, "chmod": "F640"}), format!("{ALTER}{DAMAGE}")),
    ] {
        let desk = Desk::new();
        let daemon = meddling(&desk, &script).await;
        let asked = verified(&desk, &daemon, &options);
        let ask = || desk.define(&asked).config("[coordinator]\nattempts = 2\n");
        let ran = ask().for_people().run().await;
        assert_eq!(ran.code, 1, "{}", ran.said);
        let name = FIRST.rsplit('/').next().unwrap();
        ran.assert_said(&["[target_damaged]", &format!("far does not have what was sent: {name}")]);
        assert_eq!(ran.said.matches("serve: task failed").count(), 2, "{}", ran.said);

        // Once it is let alone, the same command delivers.
        desk.write("hook.sh", "#!/bin/sh\n");
        ask().done().await.assert_said(&["going on with the run that failed"]);
        assert_whole(&desk);
    }
}

#[tokio::test]
async fn a_file_that_was_damaged_once_is_sent_once_more() {
    let desk = Desk::new();
    let once = format!("mkdir \"$time.once\" || exit 0\n{DAMAGE}");
    let daemon = meddling(&desk, &once).await;
    let asked = verified(&desk, &daemon, &json!({}));
    let ran = desk.define(&asked).done().await;
    ran.assert_said(&["file is damaged at the target"]);
    assert!(!ran.said.contains("task failed"), "{}", ran.said);
    assert_whole(&desk);
}

#[tokio::test]
async fn other_rights_and_times_are_no_damage() {
    for options in [json!({}), json!({"archive": true})] {
        let desk = Desk::new();
        let daemon = meddling(&desk, ALTER).await;
        let asked = verified(&desk, &daemon, &options);
        let ran = desk.define(&asked).done().await;
        assert!(!ran.said.contains("damaged"), "{}", ran.said);
        assert_whole(&desk);
        // Nothing was sent once more.
        let first = fs::metadata(desk.path("there").join(FIRST)).unwrap();
        assert_eq!((first.mode() & 0o777, first.mtime()), (0o604, 981_173_106), "{options}");
    }
}

#[tokio::test]
async fn what_is_there_is_sent_again_unless_content_counts_and_is_the_same() {
    let desk = Desk::new();
    let first = desk.write(&format!("there/{FIRST}"), "{\"n\":\"????\"}\n");
    let target = json!({"kind": "rsync", "to": desk.path("there")});
    let deliver = async |options: Value| {
        let before = fs::metadata(&first).unwrap().ino();
        let transports = json!([{"type": "rsync", "target": "far", "path": "tree",
            "packer": "none", "options": options}]);
        desk.define(&definition(&desk, &target, &transports)).done().await;
        assert_whole(&desk);
        // rsync writes a file beside its place.
        fs::metadata(&first).unwrap().ino() != before
    };
    let by_content = json!({"checksum": true});
    assert!(deliver(by_content.clone()).await, "other content of the same length stayed");
    assert!(!deliver(by_content).await, "the same was sent again");
    // Runs may begin in the same second, which is all that rsync sees of their times.
    let earlier = SystemTime::UNIX_EPOCH + Duration::from_hours(1);
    fs::File::options().write(true).open(&first).unwrap().set_modified(earlier).unwrap();
    assert!(deliver(json!({})).await, "another time went unseen");
}

#[tokio::test]
async fn the_other_side_keeps_what_was_cut_off_unless_it_may_not() {
    let desk = Desk::new();
    let log = desk.path("ssh.log");
    let tells = format!(
        "restrict,command=\"echo $SSH_ORIGINAL_COMMAND >>{}; exec $SSH_ORIGINAL_COMMAND\"",
        log.display()
    );
    let server = SshServer::start(&desk.path(""), &tells).await.unwrap();
    let target = of_ssh(&server, desk.write("there/x", "").parent().unwrap().to_str().unwrap());
    let transport = |path: &str, options: Value| json!({"type": "rsync", "target": "far", "path": path, "options": options});
    let transports = json!([
        transport("asked", json!({"partial": true})),
        transport("not-asked", json!({})),
        transport("refused", json!({"partial": false, "chmod": "D750,F640"})),
    ]);
    desk.define(&definition(&desk, &target, &transports)).done().await;
    let log = fs::read_to_string(log).unwrap();
    for (path, is_kept) in [("/asked/", true), ("/not-asked/", true), ("/refused/", false)] {
        let told: Vec<&str> = log.lines().filter(|line| line.ends_with(path)).collect();
        let kept = told.iter().filter(|line| line.contains("--partial-dir .longshore-partial"));
        assert_eq!((told.len(), kept.count()), (1, usize::from(is_kept)), "{path} in {log}");
        assert_eq!(laid(&desk.path("there").join(path.trim_matches('/'))).unwrap().len(), 1);
    }
    let mode = |path: &str| fs::metadata(desk.path("there").join(path)).unwrap().mode() & 0o777;
    assert_eq!(mode("refused/Out there.zip"), 0o640);
}
