//! Encrypted archives and trees at real counterparts of every kind: each file opened by age itself, and
//! held against what one process makes without encryption.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tests::{Namespace, Receiver, Reply, RsyncDaemon, SshServer, WebdavServer, env, laid};

use super::buckets;
use super::ran::Ran;
use super::rsync::{of_daemon, of_ssh};
use super::vault::{Vault, is_key};
use super::webdav;
use crate::far_bucket::fetched;
use crate::proof::assert_digest;

impl Vault {
    /// Delivers an archive and a tree, encrypted, and a tree that a passphrase opens, each into a folder
    /// of a target; a few files at a time where a program sends them.
    async fn deliver(&self, transport: &Value, target: &Value) -> Ran {
        self.deliver_staged(transport, target, "64KiB").await
    }

    /// The same, so many bytes at a time.
    async fn deliver_staged(&self, transport: &Value, target: &Value, staged: &str) -> Ran {
        let to = |path: &str, packer: &str, encrypt: &Value| {
            let mut transport = transport.clone();
            transport["target"] = json!("far");
            transport["path"] = json!(path);
            transport["packer"] = json!(packer);
            transport["encrypt"] = encrypt.clone();
            transport
        };
        let transports = json!([
            {"type": "download"}, to("zip", "zip", &self.encrypt), to("tree", "none", &self.encrypt),
            to("locked", "none", &self.locked),
        ]);
        let mut definition = self.definition(&transports);
        definition["targets"] = json!({"far": target});
        let config = format!("{}[agent]\nstaging_bytes = \"{staged}\"\n", self.config());
        self.desk.define(&definition).config(&config).done().await
    }

    /// Whether all folders hold, encrypted, what the archive without encryption holds.
    fn assert_arrived(&self, ran: &Ran, there: &Path) {
        let zip = self.opened(&there.join("zip"));
        assert_eq!(zip, [("Secret.zip".to_owned(), ran.sha256())].into());
        let tree = laid(&ran.unpacked()).unwrap();
        assert!(tree.contains_key("deep/er/100% #1 ü.json"), "{tree:?}");
        assert_eq!(self.opened(&there.join("tree")), tree);
        assert_eq!(self.opened(&there.join("locked")), tree);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_encrypted_opens_from_another_bucket() {
    let vault = Vault::new();
    let server = env::second_s3().unwrap();
    vault.desk.write("secret", &server.secret_key);
    let prefix = Namespace::new().name().to_owned();
    let transport = json!({"type": "s3", "options": {"verify": true}});
    let ran = vault.deliver(&transport, &buckets::target(&server, &prefix)).await;
    let there = vault.desk.path("there");
    fetched(&server, &prefix, &there).await;
    vault.assert_arrived(&ran, &there);
}

#[tokio::test]
async fn what_is_encrypted_opens_where_it_came_by_sftp() {
    let vault = Vault::new();
    let there = vault.desk.path("there");
    fs::create_dir_all(&there).unwrap();
    let rights = "restrict,command=\"internal-sftp\"";
    let server = SshServer::start(&vault.desk.path(""), rights).await.unwrap();
    let target = json!({
        "kind": "sftp", "host": "127.0.0.1", "port": server.port, "user": server.user,
        "path": there, "key_file": server.key_file, "known_hosts_file": server.known_hosts_file,
    });
    let ran = vault.deliver(&json!({"type": "sftp"}), &target).await;
    vault.assert_arrived(&ran, &there);
}

#[tokio::test]
async fn what_is_encrypted_opens_where_it_came_by_webdav() {
    let vault = Vault::new();
    let there = vault.desk.path("there");
    let server = WebdavServer::start(&vault.desk.path(""), &there).await.unwrap();
    // A request that is repeated sends the same bytes again.
    server.fail(&["PUT 0", "PUT 503 Retry-After: 1", "PUT 500"]).unwrap();
    let transport = json!({"type": "webdav", "options": {"verify": true}});
    let ran = vault.deliver(&transport, &webdav::of(&server)).await;
    assert_eq!(server.left().unwrap(), "");
    vault.assert_arrived(&ran, &there);
}

#[tokio::test]
async fn what_is_encrypted_opens_where_it_came_by_rsync() {
    let vault = Vault::new();
    let there = vault.desk.path("there");
    let daemon = RsyncDaemon::start(&vault.desk.path(""), &there).await.unwrap();
    let transport = json!({"type": "rsync", "options": {"verify": true}});
    let ran = vault.deliver(&transport, &of_daemon(&daemon)).await;
    vault.assert_arrived(&ran, &there);
}

#[tokio::test]
async fn what_is_encrypted_opens_where_it_came_by_rsync_behind_ssh() {
    let vault = Vault::new();
    let there = vault.desk.path("there");
    fs::create_dir_all(&there).unwrap();
    let transport = json!({"type": "rsync", "options": {"verify": true}});
    let rights = format!("restrict,command=\"/usr/bin/rrsync -wo {}\"", there.display());
    let server = SshServer::start(&vault.desk.path(""), &rights).await.unwrap();
    // Each time costs two connections.
    let ran = vault.deliver_staged(&transport, &of_ssh(&server, "/"), "1MiB").await;
    vault.assert_arrived(&ran, &there);
}

#[tokio::test]
async fn each_file_of_an_encrypted_tree_is_a_request_whose_length_and_digest_are_right() {
    let vault = Vault::new();
    for (name, encrypt, more) in [("for-one", &vault.encrypt, 0), ("locked", &vault.locked, 1)] {
        // The first one is sent again, and is the same again.
        let receiver = Receiver::start(|_, before| {
            let status = if before == 0 { 503 } else { 201 };
            Reply::Status(status, String::new())
        });
        let receiver = receiver.await.unwrap();
        let transports = json!([
            {"type": "download"},
            {"type": "http", "target": "api", "packer": "none", "encrypt": encrypt},
        ]);
        let mut definition = vault.definition(&transports);
        definition["targets"] = json!({"api": {
            "kind": "http", "url": format!("http://127.0.0.1:{}/{{path}}", receiver.port),
        }});
        let ask = vault.desk.define(&definition).config(&vault.config()).apart(name);
        let ran = ask.done().await;
        let seen = receiver.seen();
        assert_eq!(seen[0].body, seen[1].body);
        assert_eq!(seen[0].header("content-digest"), seen[1].header("content-digest"));
        for (number, request) in seen[1..].iter().enumerate() {
            assert_eq!(request.header("content-length"), request.body.len().to_string());
            assert_digest(request);
            let sent = request.path.trim_start_matches('/');
            let sent = if is_key(sent) { sent.to_owned() } else { format!("{number}.age") };
            vault.desk.write(&format!("{name}/sent/{sent}"), &request.body);
        }
        let mut sums: Vec<String> =
            vault.opened(&vault.desk.path(name).join("sent")).into_values().collect();
        let mut expected: Vec<String> = laid(&ran.unpacked()).unwrap().into_values().collect();
        assert_eq!(seen.len() - 1, expected.len() + more);
        sums.sort_unstable();
        expected.sort_unstable();
        assert_eq!(sums, expected);
    }
}

#[tokio::test]
async fn runs_into_one_folder_leave_their_keys_side_by_side_whatever_is_excluded() {
    let vault = Vault::new();
    let there = vault.desk.path("there");
    fs::create_dir_all(&there).unwrap();
    let deliver = async |names: [&str; 2], exclude: Value| {
        let lines = names.map(|name| json!({"name": name}).to_string());
        vault.desk.write("names.jsonl", lines.join("\n"));
        let definition = json!({
            "name": "One of many",
            "outputs": [{"to": "{name}.json", "from": "names", "format": "json", "per": "record"}],
            "transports": [{
                "type": "rsync", "target": "near", "packer": "none", "encrypt": vault.locked,
                "options": {"exclude": exclude},
            }],
            "sources": {"names": {"kind": "jsonl", "path": "names.jsonl"}},
            "targets": {"near": {"kind": "rsync", "to": there}},
        });
        vault.desk.define(&definition).config(&vault.config()).done().await
    };
    let keys = || -> Vec<PathBuf> {
        let there = laid(&there).unwrap().into_keys().filter(|path| is_key(path));
        there.map(|path| vault.desk.path("there").join(path)).collect()
    };
    deliver(["a", "b"], json!([])).await;
    let first = keys();
    deliver(["c", "key-d"], json!(["key-*"])).await;
    let both = keys();
    assert_eq!((first.len(), both.len()), (1, 2), "{both:?}");
    let names: Vec<String> = laid(&there).unwrap().into_keys().collect();
    let files: Vec<&String> = names.iter().filter(|path| !is_key(path)).collect();
    assert_eq!(files, ["a.json.age", "b.json.age", "c.json.age"]);
    for name in ["b", "c"] {
        let opened = vault.opened_where_it_lies(&both, &there.join(format!("{name}.json.age")));
        let record: Value = serde_json::from_slice(&opened).unwrap();
        assert_eq!(record["name"], name);
    }
}
