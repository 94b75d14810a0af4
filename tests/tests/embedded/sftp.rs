//! Deliveries by SFTP to a real sshd.

use std::fs;

use serde_json::{Value, json};
use tests::{SshServer, laid};

use super::desk::Desk;
use super::material::of_all_kinds;

/// An archive and a tree, with a name that a batch of commands would read otherwise.
fn definition(desk: &Desk, server: &SshServer, path: &str) -> Value {
    desk.write("names.csv", "name,text\n#put [a] $(id) 'x',one\n-rm,two\n");
    let mut definition = of_all_kinds("Out [there]", "deep/er/{name}.json");
    definition["transports"] = json!([
        {"type": "download"},
        {"type": "sftp", "target": "far", "path": "a b/zip"},
        {"type": "sftp", "target": "far", "path": "tree", "packer": "none"},
    ]);
    definition["targets"] = json!({"far": of(server, path)});
    definition
}

pub(super) fn of(server: &SshServer, path: &str) -> Value {
    json!({
        "kind": "sftp", "host": "127.0.0.1", "port": server.port, "user": server.user,
        "path": path, "key_file": server.key_file, "known_hosts_file": server.known_hosts_file,
    })
}

#[tokio::test]
async fn archive_and_tree_arrive_by_sftp_and_arrive_again_the_same() {
    let desk = Desk::new();
    let folder = desk.path("there");
    fs::create_dir_all(&folder).unwrap();
    let server =
        SshServer::start(&desk.path(""), "restrict,command=\"internal-sftp\"").await.unwrap();
    let asked = definition(&desk, &server, folder.to_str().unwrap());
    let few = "[agent]\nstaging_bytes = \"64KiB\"\n";
    let ran = desk.define(&asked).config(few).done().await;
    let zip = [("Out [there].zip".to_owned(), ran.sha256())].into();
    assert_eq!(laid(&folder.join("a b/zip")).unwrap(), zip);
    let tree = laid(&ran.unpacked()).unwrap();
    assert!(tree.contains_key("deep/er/#put [a] $(id) 'x'.json"), "{tree:?}");
    assert!(laid(&folder.join("tree")).unwrap() == tree, "the tree differs");

    desk.define(&asked).config(few).done().await;
    assert_eq!(laid(&folder.join("a b/zip")).unwrap(), zip);
    assert!(laid(&folder.join("tree")).unwrap() == tree, "the tree differs the second time");
}

#[tokio::test]
async fn a_host_key_or_a_folder_that_is_not_right_ends_the_delivery_by_sftp() {
    let desk = Desk::new();
    fs::create_dir_all(desk.path("there")).unwrap();
    let server = SshServer::start(&desk.path(""), "restrict").await.unwrap();
    let known = fs::read(&server.known_hosts_file).unwrap();
    let folder = desk.path("there");
    let asked = definition(&desk, &server, folder.to_str().unwrap());
    server.be_known_by_another_key().unwrap();
    let ran = desk.define(&asked).for_people().run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["[target_untrusted]"]);
    assert!(laid(&folder).unwrap().is_empty());

    fs::write(&server.known_hosts_file, known).unwrap();
    let nowhere = definition(&desk, &server, "/proc/nowhere");
    let ran = desk.define(&nowhere).for_people().run().await;
    assert_eq!(ran.code, 1, "{}", ran.said);
    ran.assert_said(&["[target_refused]"]);
}

#[tokio::test]
async fn sftp_targets_and_paths_that_would_run_something_are_refused_by_name() {
    let desk = Desk::new();
    let server = SshServer::start(&desk.path(""), "restrict").await.unwrap();
    let canary = desk.path("canary");
    let mut asked = definition(&desk, &server, "/x\nput /etc/passwd");
    asked["targets"]["far"]["host"] = json!(format!("-oProxyCommand=touch {}", canary.display()));
    asked["targets"]["far"]["user"] = json!("-x");
    asked["targets"]["far"]["key_file"] = json!("/k -oProxyCommand=id");
    asked["transports"][1]["path"] = json!("../up\" \"!id");
    let ran = desk.define(&asked).for_people().run().await;
    assert_eq!(ran.code, 2, "{}", ran.said);
    let target = ["host", "user", "path", "key_file"].map(|key| format!("/targets/far/{key}"));
    ran.assert_said(&target.each_ref().map(String::as_str));
    ran.assert_said(&["/transports/1/path", "[invalid_value]"]);
    assert!(!canary.exists());
}

#[tokio::test]
async fn a_server_that_hangs_at_once_or_amid_a_file_ends_the_try() {
    let desk = Desk::new();
    let there = desk.path("there");
    fs::create_dir_all(&there).unwrap();
    // The real server, stopped once a file has begun to arrive. All of it ends by itself in the end.
    let amid = desk.write(
        "amid.sh",
        format!(
            "(while kill -0 $$ 2>/dev/null; do\n\
             if ls {}/a?b/zip/.longshore-*; then kill -STOP $$; sleep 30; kill -KILL $$; fi\n\
             sleep 0.05\n\
             done) </dev/null >/dev/null 2>&1 &\n\
             exec /usr/lib/openssh/sftp-server\n",
            there.display()
        ),
    );
    // Until a file has begun to arrive nothing may be taken for silence.
    for (name, command, silence) in
        [("once", "sleep 60".to_owned(), "2s"), ("amid", format!("sh {}", amid.display()), "6s")]
    {
        fs::create_dir_all(desk.path(name)).unwrap();
        let rights = format!("restrict,command=\"{command}\"");
        let server = SshServer::start(&desk.path(name), &rights).await.unwrap();
        let mut asked = definition(&desk, &server, there.to_str().unwrap());
        asked["targets"]["far"]["silence"] = json!(silence);
        asked["transports"] = json!([
            {"type": "sftp", "target": "far", "path": "a b/zip", "options": {"bwlimit": 64}},
        ]);
        let ask = desk.define(&asked).apart(name).config("[coordinator]\nattempts = 1\n");
        let ran = ask.for_people().run().await;
        assert_eq!(ran.code, 1, "{name}: {}", ran.said);
        ran.assert_said(&["nothing came or went for", "[target_unavailable]"]);
    }
    let begun = fs::read_dir(there.join("a b/zip")).unwrap().count();
    assert_eq!(begun, 1, "the second try was amid a file");
}
