//! Encrypted archives and trees that a fleet delivers, whose agent is killed meanwhile: what arrives opens,
//! holds the right bytes, and is what the receipts say.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::process::Command;

use age::secrecy::SecretString;
use age::{Decryptor, scrypt, x25519};
use fabric::record;
use proto::key::Key;
use proto::sealed::Bundle;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tests::{Backends, SshServer, env, laid, sha256, until};

use super::crew::{Crew, DEADLINE};
use super::deliveries::{delivered, target};
use super::load::Load;
use crate::far_bucket::fetched;

const PASSPHRASE: &str = "canary passphrase of three words";

/// Every file below a folder by its path without `.age`, with the SHA-256 of what is in it.
fn opened(folder: &Path, identity: &x25519::Identity) -> BTreeMap<String, String> {
    let open = |path: String| {
        let sealed = File::open(folder.join(&path)).unwrap();
        let opened = tempfile::NamedTempFile::new().unwrap();
        let reader = Decryptor::new(sealed).unwrap().decrypt(std::iter::once(identity as _));
        io::copy(&mut reader.unwrap(), &mut opened.as_file()).unwrap();
        let plain = path.strip_suffix(".age").unwrap_or_else(|| panic!("{path} is open"));
        (plain.to_owned(), sha256(opened.path()).unwrap())
    };
    laid(folder).unwrap().into_keys().map(open).collect()
}

/// The key of a tree that the passphrase opens.
fn unlocked(file: &Path) -> x25519::Identity {
    let mut passphrase = scrypt::Identity::new(SecretString::from(PASSPHRASE));
    passphrase.set_max_work_factor(18);
    let text = age::decrypt(&passphrase, &fs::read(file).unwrap()).unwrap();
    let text = String::from_utf8(text).unwrap();
    let key = text.lines().find(|line| !line.starts_with('#')).unwrap();
    key.parse().unwrap()
}

/// The digest that a receipt has for files of a folder, in the order of their names.
fn digest(folder: &Path, names: &[&str]) -> String {
    let mut digest = Sha256::new();
    for name in names {
        let path = format!("{name}.age");
        let bytes = fs::read(folder.join(&path)).unwrap();
        digest.update(format!("{:08x} {} {path}\n", crc32fast::hash(&bytes), bytes.len()));
    }
    let mut text = String::new();
    for byte in digest.finalize() {
        write!(text, "{byte:02x}").unwrap();
    }
    text
}

fn said(program: &str, arguments: &[&str]) -> String {
    let ended = Command::new(program).args(arguments).env("LC_ALL", "C.UTF-8").output().unwrap();
    assert!(ended.status.success(), "{ended:?}");
    String::from_utf8(ended.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_encrypted_arrives_in_a_bucket_and_by_sftp_whenever_the_agent_is_killed() {
    let desk = tempfile::tempdir().unwrap();
    let backends = Backends::shared().await.unwrap();
    let far = env::second_s3().unwrap();
    let prefix = format!("{}-out", backends.namespace.name());
    let secret = desk.path().join("secret");
    fs::write(&secret, &far.secret_key).unwrap();
    let behind = desk.path().join("behind");
    fs::create_dir(&behind).unwrap();
    let rights = "restrict,command=\"internal-sftp\"";
    let server = SshServer::start(desk.path(), rights).await.unwrap();
    let passphrase = desk.path().join("passphrase");
    fs::write(&passphrase, PASSPHRASE).unwrap();
    let more = format!(
        "{}[passphrases.vault]\nfile = {passphrase:?}\n[targets.behind]\nkind = \"sftp\"\nhost = \"127.0.0.1\"\nport = {}\nuser = {:?}\n\
         path = {behind:?}\nkey_file = {:?}\nknown_hosts_file = {:?}\n",
        target("far", &far, &prefix, &secret),
        server.port,
        server.user,
        server.key_file,
        server.known_hosts_file,
    );
    let load = Load::small();
    let mut crew = Crew::idle(&backends, &load.sources, &more).await;
    crew.start("coordinator", "coordinator", &[]);
    crew.start("worker", "worker-1", &[("LONGSHORE_WORKER__SLOTS", "2")]);
    crew.start("transport-agent", "agent", &[]);
    crew.ann.serves("/health/ready", DEADLINE).await.unwrap();

    let identity = x25519::Identity::generate();
    let encrypt = json!({"recipients": [identity.to_public().to_string()]});
    let to = |kind: &str, target: &str, path: &str, packer: &str| {
        json!({
            "type": kind, "target": target, "path": path, "packer": packer, "encrypt": encrypt,
        })
    };
    let locked = json!({
        "type": "sftp", "target": "behind", "path": "locked", "packer": "none",
        "encrypt": {"passphrase": "vault"},
    });
    let mut definition = load.definition();
    definition["transports"] = json!([
        {"type": "download"},
        to("s3", "far", "zip", "zip"), to("s3", "far", "tree", "none"),
        to("sftp", "behind", "zip", "zip"), to("sftp", "behind", "tree", "none"), locked,
    ]);
    let run = crew.submit(&definition).await;
    let key = until("key of a tree", DEADLINE, async || {
        Ok(record::find::<Bundle>(&*crew.store, &Key::bundle(run, 5, 0)).await.unwrap_or(None))
    });
    let key = key.await.unwrap();
    crew.restart("agent").await;
    for transport in [2, 4, 5] {
        crew.reaches_archive(run, transport).await;
        crew.restart("agent").await;
    }
    let sum = crew.sha256(run).await;
    let zip = crew.fleet.dir().join("download.zip").display().to_string();
    let unpacked = desk.path().join("unpacked");
    said("unzip", &["-qo", &zip, "-d", &unpacked.display().to_string()]);
    let tree = laid(&unpacked).unwrap();
    let names = said("unzip", &["-Z1", &zip]);
    let names: Vec<&str> = names.lines().collect();

    let fetched_to = desk.path().join("far");
    fetched(&far, &prefix, &fetched_to).await;
    for (folder, [archive, files]) in [(&fetched_to, [1, 2]), (&behind, [3, 4])] {
        let expected = [("Everything.zip".to_owned(), sum.clone())].into();
        assert_eq!(opened(&folder.join("zip"), &identity), expected);
        assert!(opened(&folder.join("tree"), &identity) == tree, "{}", folder.display());
        let receipt = delivered(&crew, run, archive).await;
        assert_eq!(receipt.digest, digest(&folder.join("zip"), &["Everything.zip"]));
        let receipt = delivered(&crew, run, files).await;
        assert_eq!(receipt.files, names.len() as u64);
        assert_eq!(receipt.digest, digest(&folder.join("tree"), &names));
    }
    let locked = behind.join("locked");
    let key = key.files[0].path.strip_suffix(".age").unwrap();
    assert_eq!(
        digest(&locked, &[&[key], &names[..]].concat()),
        delivered(&crew, run, 5).await.digest
    );
    let identity = unlocked(&locked.join(format!("{key}.age")));
    fs::remove_file(locked.join(format!("{key}.age"))).unwrap();
    assert!(opened(&locked, &identity) == tree, "{}", locked.display());
    let shown: Value = crew.ended(run).await;
    assert_eq!(shown["state"], "done", "{shown:#}");
}
