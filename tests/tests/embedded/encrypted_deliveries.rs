//! Encrypted archives and trees at real counterparts of every kind: each file opened by age itself, and
//! held against what one process makes without encryption.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tests::{Namespace, Receiver, Reply, RsyncDaemon, SshServer, WebdavServer, env, laid};

use super::buckets;
use super::ran::Ran;
use super::rsync::{of_daemon, of_ssh};
use super::vault::Vault;
use super::webdav;
use crate::far_bucket::fetched;

impl Vault {
    /// Delivers an archive and a tree, encrypted, into two folders of a target.
    async fn deliver(&self, transport: &Value, target: &Value) -> Ran {
        let to = |path: &str, packer: &str| {
            let mut transport = transport.clone();
            transport["target"] = json!("far");
            transport["path"] = json!(path);
            transport["packer"] = json!(packer);
            transport["encrypt"] = self.encrypt.clone();
            transport
        };
        let transports = json!([{"type": "download"}, to("zip", "zip"), to("tree", "none")]);
        let mut definition = self.definition(&transports);
        definition["targets"] = json!({"far": target});
        let few = "[agent]\nstaging_bytes = \"64KiB\"\n";
        self.desk.define(&definition).config(few).done().await
    }

    /// Whether both folders hold, encrypted, what the archive without encryption holds.
    fn assert_arrived(&self, ran: &Ran, there: &Path) {
        let zip = self.opened(&there.join("zip"));
        assert_eq!(zip, [("Secret.zip".to_owned(), ran.sha256())].into());
        let tree = laid(&ran.unpacked()).unwrap();
        assert!(tree.contains_key("deep/er/100% #1 ü.json"), "{tree:?}");
        assert_eq!(self.opened(&there.join("tree")), tree);
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

    let there = vault.desk.path("behind-ssh");
    fs::create_dir_all(&there).unwrap();
    let rights = format!("restrict,command=\"/usr/bin/rrsync -wo {}\"", there.display());
    let server = SshServer::start(&vault.desk.path(""), &rights).await.unwrap();
    let ran = vault.deliver(&transport, &of_ssh(&server, "/")).await;
    vault.assert_arrived(&ran, &there);
}

#[tokio::test]
async fn each_file_of_an_encrypted_tree_is_a_request_whose_length_and_digest_are_right() {
    let vault = Vault::new();
    // The first one is sent again, and is the same again.
    let receiver = Receiver::start(|_, before| {
        let status = if before == 0 { 503 } else { 201 };
        Reply::Status(status, String::new())
    });
    let receiver = receiver.await.unwrap();
    let transports = json!([
        {"type": "download"},
        {"type": "http", "target": "api", "packer": "none", "encrypt": vault.encrypt},
    ]);
    let mut definition = vault.definition(&transports);
    definition["targets"] = json!({"api": {
        "kind": "http", "url": format!("http://127.0.0.1:{}/{{path}}", receiver.port),
    }});
    let ran = vault.desk.define(&definition).done().await;
    let seen = receiver.seen();
    assert_eq!(seen[0].body, seen[1].body);
    assert_eq!(seen[0].header("content-digest"), seen[1].header("content-digest"));
    let mut sums = Vec::new();
    for request in &seen[1..] {
        assert_eq!(request.header("content-length"), request.body.len().to_string());
        sums.push(vault.open(&vault.desk.write("sent", &request.body)));
    }
    let mut expected: Vec<String> = laid(&ran.unpacked()).unwrap().into_values().collect();
    sums.sort_unstable();
    expected.sort_unstable();
    assert_eq!(sums, expected);
}
