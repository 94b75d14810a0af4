//! Encrypted archives: opened by age itself and by its library, whatever is in them, and never seen
//! half.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use age::secrecy::{ExposeSecret as _, SecretString};
use age::{Decryptor, Identity, scrypt, x25519};
use serde_json::{Value, json};
use tests::{Receiver, Reply, sha256, until};

use super::desk::{Desk, below};
use super::material::example;
use super::ran::Ran;
use super::tool::tool;

const PACKERS: [&str; 7] = ["zip", "zip_10mb", "zip_2gb", "tar", "tar_gz", "tar_bz2", "tar_zst"];

/// How long the file is whose encryption is broken off: it takes a good part of a second.
const LEN: u64 = 128 << 20;

const PASSPHRASE: &str = "canary passphrase of three words";

fn definition(transports: &Value) -> Value {
    json!({
        "name": "Secret",
        "batch_size": 2000,
        "outputs": [
            {"to": "flights.csv", "from": "flights", "format": "csv"},
            {"to": "media/", "from": "clipart", "assets": {"field": "file"}},
        ],
        "transports": transports,
        "sources": {
            "flights": {"kind": "csv", "path": example("flights/flights.csv")},
            "clipart": {"kind": "jsonl", "path": example("clipart/clipart.jsonl")},
        },
    })
}

/// Puts what is in an encrypted file into another.
fn open(sealed: &Path, identity: &dyn Identity, to: &Path) -> PathBuf {
    let sealed = fs::File::open(sealed).unwrap();
    let mut reader = Decryptor::new(sealed).unwrap().decrypt(std::iter::once(identity)).unwrap();
    io::copy(&mut reader, &mut fs::File::create(to).unwrap()).unwrap();
    to.to_owned()
}

fn archives(ran: &Ran) -> Vec<PathBuf> {
    let result = ran.result();
    let archives = result["archives"].as_array().unwrap().iter();
    archives.map(|archive| PathBuf::from(archive["path"].as_str().unwrap())).collect()
}

#[tokio::test]
async fn every_packing_opens_as_the_one_that_is_not_encrypted() {
    let (one, other) = (x25519::Identity::generate(), x25519::Identity::generate());
    let encrypt =
        json!({"recipients": [one.to_public().to_string(), other.to_public().to_string()]});
    let packers = PACKERS.map(|packer| json!(packer));
    let packers = packers.into_iter().chain([json!({"bag": {"archive": "tar_zst"}})]);
    let transports: Vec<Value> = packers
        .flat_map(|packer| {
            [
                json!({"type": "download", "packer": packer}),
                json!({"type": "download", "packer": packer, "encrypt": encrypt}),
            ]
        })
        .collect();
    let desk = Desk::new();
    let key = desk.write("key.txt", other.to_string().expose_secret());
    let ran = desk.define(&definition(&transports.into())).done().await;
    let archives = archives(&ran);
    let is_sealed = |path: &&PathBuf| path.extension().is_some_and(|end| end == "age");
    let plain: Vec<&PathBuf> = archives.iter().filter(|path| !is_sealed(path)).collect();
    let sealed: Vec<&PathBuf> = archives.iter().filter(is_sealed).collect();
    assert_eq!(plain.len(), sealed.len());
    assert_eq!(sealed[0].file_name().unwrap(), "Secret.zip.age");
    for (plain, sealed) in plain.into_iter().zip(sealed) {
        let [by_tool, by_library] = ["by-tool", "by-library"].map(|name| desk.path(name));
        let arguments = ["-d".as_ref(), "-i".as_ref(), key.as_os_str(), "-o".as_ref()];
        let arguments: Vec<_> =
            arguments.into_iter().chain([by_tool.as_os_str(), sealed.as_os_str()]).collect();
        let arguments: [_; 6] = arguments.try_into().unwrap();
        tool("age", arguments);
        open(sealed, &one, &by_library);
        let expected = sha256(plain).unwrap();
        assert_eq!(sha256(&by_tool).unwrap(), expected, "{}", sealed.display());
        assert_eq!(sha256(&by_library).unwrap(), expected, "{}", sealed.display());
    }
}

#[tokio::test]
async fn a_passphrase_of_the_configuration_encrypts_and_is_never_told() {
    let desk = Desk::new();
    let file = desk.write("passphrase", format!("{PASSPHRASE}\n"));
    let config = format!("[passphrases.vault]\nfile = {file:?}\n[telemetry]\nlog = \"debug\"\n");
    let transports = json!([
        {"type": "download", "packer": "tar"},
        {"type": "download", "packer": "tar", "encrypt": {"passphrase": "vault"}},
    ]);
    let ran = desk.define(&definition(&transports)).config(&config).done().await;
    let [plain, sealed] = <[_; 2]>::try_from(archives(&ran)).unwrap();
    let mut identity = scrypt::Identity::new(SecretString::from(PASSPHRASE));
    identity.set_max_work_factor(18);
    let opened = open(&sealed, &identity, &desk.path("opened"));
    assert_eq!(sha256(&opened).unwrap(), sha256(&plain).unwrap());
    assert!(!ran.said.contains("canary"), "{}", ran.said);
    for record in below(&desk.path("data")) {
        let content = fs::read(&record).unwrap();
        assert!(!content.windows(6).any(|bytes| bytes == b"canary"), "{}", record.display());
    }
}

#[tokio::test]
async fn what_is_sent_is_what_is_encrypted_and_the_plain_archive_goes() {
    let receiver = Receiver::start(|_, _| Reply::Status(201, String::new())).await.unwrap();
    let identity = x25519::Identity::generate();
    let transports = json!([{
        "type": "http", "target": "api", "packer": "zip",
        "encrypt": {"recipients": [identity.to_public().to_string()]},
    }, {"type": "download", "packer": "zip"}]);
    let mut definition = definition(&transports);
    definition["targets"] = json!({"api": {
        "kind": "http", "url": format!("http://127.0.0.1:{}/{{path}}", receiver.port),
    }});
    let desk = Desk::new();
    let ran = desk.define(&definition).done().await;
    let seen = receiver.seen();
    assert_eq!((seen.len(), seen[0].path.as_str()), (1, "/Secret.zip.age"));
    let sent = desk.write("sent", &seen[0].body);
    let opened = open(&sent, &identity, &desk.path("opened"));
    assert_eq!(sha256(&opened).unwrap(), ran.sha256());
}

#[tokio::test]
async fn a_run_that_is_killed_while_it_encrypts_encrypts_again_and_shows_no_half() {
    let desk = Desk::new();
    let identity = x25519::Identity::generate();
    // A hole takes no time to make, and tar packs it as it is.
    fs::File::create(desk.path("hole.bin")).unwrap().set_len(LEN).unwrap();
    desk.write("files.jsonl", "{\"file\":\"hole.bin\"}\n");
    let definition = |transport: Value| {
        json!({
            "name": "Long",
            "outputs": [{"to": "files/", "from": "files", "assets": {"field": "file"}}],
            "transports": [transport],
            "sources": {"files": {"kind": "jsonl", "path": "files.jsonl"}},
        })
    };
    let plain = json!({"type": "download", "packer": "tar"});
    let mut sealed = plain.clone();
    sealed["encrypt"] = json!({"recipients": [identity.to_public().to_string()]});
    let plain = desk.define(&definition(plain)).apart("plain").done().await;
    let ask = desk.define(&definition(sealed)).apart("killed");
    let data = desk.path("killed/data");
    let mut killed = 0;
    for part in 0..3 {
        let mut under = ask.start();
        let is_amid = until("encryption under way", Duration::from_mins(3), async || {
            let has_ended = under.program.still_runs().is_err();
            Ok((has_ended || sealed_bytes(&data) > part * (LEN / 4)).then_some(!has_ended))
        });
        if !is_amid.await.unwrap() {
            break;
        }
        under.killed().await;
        killed += 1;
        assert!(!desk.path("killed/out/Long.tar.age").exists(), "after {killed} kills");
    }
    assert!(killed > 0, "it was never met in the middle");
    let ran = ask.done().await;
    let sealed = ran.archive();
    assert_eq!(sealed.file_name().unwrap(), "Long.tar.age");
    ran.sha256();
    let opened = open(&sealed, &identity, &desk.path("opened"));
    assert_eq!(sha256(&opened).unwrap(), plain.sha256());
}

/// How much of an encrypted volume is written that nobody sees yet.
fn sealed_bytes(data: &Path) -> u64 {
    let files = below(data);
    if !files.iter().any(|path| path.ends_with("archives/0/plain.json")) {
        return 0;
    }
    let staged =
        files.iter().filter(|path| path.parent().is_some_and(|at| at.ends_with(".staging")));
    staged.filter_map(|path| Some(path.metadata().ok()?.len())).max().unwrap_or(0)
}

#[tokio::test]
async fn what_cannot_be_encrypted_is_refused_with_its_place() {
    let desk = Desk::new();
    desk.write("empty", "");
    let empty = format!("[passphrases.empty]\nfile = {:?}\n", desk.path("empty"));
    let good = x25519::Identity::generate().to_public().to_string();
    let secret = x25519::Identity::generate().to_string();
    let secret = secret.expose_secret();
    for (packer, encrypt, expected) in [
        (
            "zip",
            json!({"recipients": [good, "age1nobody"]}),
            ["/transports/0/encrypt/recipients/1", "age-keygen"],
        ),
        ("zip", json!({"recipients": [secret]}), ["encrypt/recipients/0", "this is a secret key"]),
        ("zip", json!({"recipients": []}), ["/transports/0/encrypt/recipients", "invalid_value"]),
        ("zip", json!({"passphrase": "emtpy"}), ["unknown_passphrase", "there are empty"]),
        (
            "zip",
            json!({"passphrase": "empty", "recipients": [good]}),
            ["/transports/0/encrypt: ", "give one of `recipients`, `passphrase`"],
        ),
    ] {
        let transports = json!([{"type": "download", "packer": packer, "encrypt": encrypt}]);
        let ask = desk.define(&definition(&transports)).config(&empty).for_people();
        let ran = ask.run().await;
        assert_eq!(ran.code, 2, "{encrypt}: {}", ran.said);
        ran.assert_said(&expected);
        assert!(!ran.said.contains(secret), "{}", ran.said);
        ran.assert_nothing_made();
    }
}
