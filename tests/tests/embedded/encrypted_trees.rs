//! Trees whose files are encrypted one by one, for recipients or for a key that a passphrase opens: what
//! they are called, what a link to them opens, and what a kill leaves.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use age::{Decryptor, IdentityFile};
use serde_json::{Value, json};
use tests::{Api, laid, sha256, until};

use super::bags::valid;
use super::desk::{Ask, below};
use super::served::Served;
use super::vault::{Vault, is_key};

/// How many files the tree has that is broken off: ten bundles, so that the machine may stand still for a
/// while after the second.
const FILES: usize = 10_000;

#[tokio::test]
async fn folders_and_long_names_that_could_be_taken_for_others_are_told_apart() {
    let vault = Vault::new();
    let long = "x".repeat(255);
    let tree = json!({"type": "download", "packer": "none"});
    let mut sealed = tree.clone();
    sealed["encrypt"] = vault.encrypt.clone();
    let mut definition = vault.definition(&json!([tree, sealed]));
    let lines = ["a", &long].map(|name| json!({"name": name}).to_string());
    vault.desk.write("names.jsonl", lines.join("\n"));
    let to = |path: &str| json!({"to": path, "from": "names", "format": "json", "per": "record"});
    definition["outputs"] = json!([to("{name}"), to("a.AGE~/{name}"), to("a.age/{name}")]);
    definition["sources"] = json!({"names": {"kind": "jsonl", "path": "names.jsonl"}});
    let ran = vault.desk.define(&definition).done().await;
    let plain = laid(&ran.out.join("Secret")).unwrap();
    let opened = vault.opened(&ran.out.join("Secret~2"));
    let (cut, whole): (Vec<&str>, Vec<&str>) =
        opened.keys().map(String::as_str).partition(|name| name.contains("xxx"));
    assert_eq!(whole, ["a", "a.AGE~~/a", "a.age~/a"]);
    let lens: Vec<usize> = cut.iter().map(|name| name.len()).collect();
    assert_eq!(lens, ["a.AGE~~/", "a.age~/", ""].map(|folder| folder.len() + 251), "{cut:?}");
    assert!(opened.values().eq(plain.values()), "{opened:?}");
}

#[tokio::test]
async fn a_link_to_an_encrypted_bag_opens_its_files_and_no_plain_one() {
    let vault = Vault::new();
    let sources = "[sources.names]\nkind = \"csv\"\npath = \"{folder}/names.csv\"\n";
    let served = Served::start(&format!("{sources}{}", vault.config())).await;
    fs::write(served.path("names.csv"), "name\none\ntwo\n").unwrap();
    let transports = [&vault.encrypt, &vault.locked].map(|encrypt| {
        json!({"type": "download", "packer": {"bag": {"archive": "none"}}, "encrypt": encrypt})
    });
    let definition = json!({
        "name": "Bag",
        "outputs": [
            {"to": "all.csv", "from": "names", "format": "csv"},
            {"to": "{name}.json", "from": "names", "format": "json", "per": "record"},
        ],
        "transports": transports,
    });
    let export = served.export(&definition).await;
    let shown = served.ended(&export, 1).await;
    assert_eq!(shown["state"], "done", "{shown:#}");
    let stranger = Api::new(&served.url).unwrap();
    let links = [0, 1].map(|transport| shown["downloads"][transport]["url"].as_str().unwrap());
    for (link, name) in links.into_iter().zip(["for-one", "locked"]) {
        let fetched = vault.desk.path(name);
        let mut cursor = String::new();
        loop {
            let page = stranger.get(&format!("{link}?limit=2{cursor}")).await.unwrap().body;
            for file in page["files"].as_array().unwrap() {
                let path = file["path"].as_str().unwrap();
                let sealed = vault.desk.write(&format!("{name}/{path}"), "");
                stranger.download(file["href"].as_str().unwrap(), &sealed).await.unwrap();
                assert_eq!(file["size"], fs::metadata(&sealed).unwrap().len(), "{path}");
                assert_eq!(file["sha256"], sha256(&sealed).unwrap(), "{path}");
            }
            let Some(next) = page["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        let opened = vault.desk.path(&format!("{name}-opened"));
        vault.open_all(&fetched, &opened);
        assert!(opened.join("Bag/data/one.json").exists());
        valid(&opened.join("Bag"), &vault.desk.path("home"));

        // What the run's owner reads by these ids is not what this link opens.
        let files = served.api.get(&format!("{export}/runs/1/files")).await.unwrap().body;
        for file in files["files"].as_array().unwrap() {
            let id = file["id"].as_str().unwrap();
            let answer = stranger.get(&format!("{link}{id}/x")).await.unwrap();
            assert_eq!(answer.status, 404, "{id}");
            let answer = served.api.get(&format!("{export}/runs/1/files/e0.0/x")).await.unwrap();
            assert_eq!(answer.status, 404);
        }
    }
}

fn many(vault: &Vault, encrypt: &Value) -> Value {
    let mut lines = String::new();
    for id in 0..FILES {
        writeln!(lines, "{{\"id\":{id},\"text\":\"the record of {id}\"}}").unwrap();
    }
    vault.desk.write("many.jsonl", lines);
    json!({
        "name": "Many",
        "outputs": [{"to": "{id}.json", "from": "many", "format": "json", "per": "record"}],
        "transports": [{"type": "download", "packer": "none", "encrypt": encrypt}],
        "sources": {"many": {"kind": "jsonl", "path": "many.jsonl"}},
    })
}

/// Kills a run when some of its files are encrypted; what is recorded of these.
async fn killed(vault: &Vault, ask: &Ask<'_>) -> Vec<Value> {
    let data = vault.desk.path("data");
    let mut under = ask.start();
    let bundles = until("some files encrypted", Duration::from_mins(3), async || {
        under.program.still_runs()?;
        let bundles = records(&data, "sealed-");
        assert!(records(&data, "archive.json").is_empty(), "it was never met in the middle");
        Ok((bundles.len() >= 2).then_some(bundles))
    });
    let bundles = bundles.await.unwrap();
    under.killed().await;
    assert!(!vault.desk.path("out").exists(), "something is shown");
    bundles
}

/// Whether the files of a tree are those that were recorded: a file that is encrypted again has other
/// bytes.
fn assert_kept(bundles: &[Value], tree: &BTreeMap<String, String>) {
    for bundle in bundles {
        for file in bundle["files"].as_array().unwrap() {
            assert_eq!(file["sha256"], tree[file["path"].as_str().unwrap()]);
        }
    }
}

#[tokio::test]
async fn a_run_that_is_killed_while_it_encrypts_files_goes_on_after_those_that_are_done() {
    let vault = Vault::new();
    let ask = vault.desk.define(&many(&vault, &vault.encrypt));
    let bundles = killed(&vault, &ask).await;
    let ran = ask.done().await;
    let tree = laid(&ran.out.join("Many")).unwrap();
    assert_eq!(tree.len(), FILES);
    assert_kept(&bundles, &tree);
    for id in [0, 999, 1000, FILES - 1] {
        let opened = vault.desk.path("opened");
        vault.open_to(&ran.out.join(format!("Many/{id}.json.age")), &opened);
        let record: Value = serde_json::from_slice(&fs::read(&opened).unwrap()).unwrap();
        assert_eq!(record["text"], format!("the record of {id}"));
    }
}

#[tokio::test]
async fn a_run_that_is_killed_goes_on_with_the_same_key_also_when_the_passphrase_is_another() {
    let vault = Vault::new();
    let ask = vault.desk.define(&many(&vault, &vault.locked)).config(&vault.config());
    let bundles = killed(&vault, &ask).await;
    for path in below(&vault.desk.path("data")) {
        let content = fs::read(&path).unwrap();
        let content = String::from_utf8_lossy(&content);
        let is_told = content.contains("SECRET-KEY") || content.contains("canary");
        assert!(!is_told, "{}", path.display());
    }
    vault.desk.write("passphrase", "another one\n");
    let ran = ask.done().await;
    let folder = ran.out.join("Many");
    let mut tree = laid(&folder).unwrap();
    assert_kept(&bundles, &tree);
    let keys: Vec<String> = tree.keys().filter(|path| is_key(path)).cloned().collect();
    assert_eq!(keys.len(), 1, "{keys:?}");
    tree.remove(&keys[0]);
    assert_eq!(tree.len(), FILES);
    assert_eq!(ran.result()["trees"][0]["members"], FILES + 1);
    let key = vault.unlocked(&folder.join(&keys[0]));
    let key = IdentityFile::from_file(key.display().to_string()).unwrap();
    let key = key.into_identities().unwrap();
    for id in (0..FILES).step_by(3) {
        let sealed = fs::File::open(folder.join(format!("{id}.json.age"))).unwrap();
        let opened = Decryptor::new(sealed).unwrap().decrypt(std::iter::once(&*key[0] as _));
        let record: Value = serde_json::from_reader(opened.unwrap()).unwrap();
        assert_eq!(record["text"], format!("the record of {id}"));
    }
}

/// The records of an archive whose names begin so.
fn records(data: &Path, name: &str) -> Vec<Value> {
    let is_wanted = |path: &std::path::PathBuf| {
        let found = path.file_name().and_then(|found| found.to_str()).unwrap_or_default();
        let is_record = path.extension().is_some_and(|end| end == "json");
        path.parent().is_some_and(|at| at.ends_with("archives/0"))
            && found.starts_with(name)
            && is_record
    };
    let found = below(&data.join("store/runs")).into_iter().filter(is_wanted);
    found.map(|path| serde_json::from_slice(&fs::read(path).unwrap()).unwrap()).collect()
}
