//! Archives that a fleet encrypts: whole whatever is killed meanwhile, and nothing else is left.

use std::fs::{self, File};
use std::io;
use std::path::PathBuf;

use age::{Decryptor, x25519};
use fabric::record;
use proto::archive::Archive;
use proto::id::RunId;
use proto::key::Key;
use serde_json::{Value, json};
use tests::{Backends, sha256, until};

use super::crew::{Crew, DEADLINE};
use super::load::Load;

const PACKERS: [&str; 2] = ["zip", "tar_zst"];

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_is_killed_while_it_encrypts_leaves_nothing_but_the_whole() {
    let load = Load::large();
    let identity = x25519::Identity::generate();
    let encrypt = json!({"recipients": [identity.to_public().to_string()]});
    let mut definition = load.definition();
    let plain = PACKERS.iter().map(|packer| json!({"type": "download", "packer": packer}));
    let sealed = PACKERS
        .iter()
        .map(|packer| json!({"type": "download", "packer": packer, "encrypt": encrypt}));
    definition["transports"] = plain.chain(sealed).collect::<Vec<Value>>().into();
    let mut crew = Crew::working(&Backends::shared().await.unwrap(), &load.sources, 2).await;
    let run = crew.submit(&definition).await;
    for transport in 2..4 {
        joined(&mut crew, run, transport).await;
        crew.restart("agent").await;
    }
    let shown = crew.ended(run).await;
    assert_eq!(shown["state"], "done", "{shown:#}");
    let downloads = shown["downloads"].as_array().unwrap();
    for (packer, (plain, sealed)) in PACKERS.iter().zip(downloads.iter().zip(&downloads[2..])) {
        let plain = fetched(&crew, plain, "plain").await;
        let sealed = fetched(&crew, sealed, "sealed").await;
        let opened = crew.fleet.dir().join("opened");
        let reader = Decryptor::new(File::open(&sealed).unwrap()).unwrap();
        let mut reader = reader.decrypt(std::iter::once(&identity as _)).unwrap();
        io::copy(&mut reader, &mut File::create(&opened).unwrap()).unwrap();
        assert_eq!(sha256(&opened).unwrap(), sha256(&plain).unwrap(), "{packer}");
    }
    for transport in 2..4 {
        let archive: Archive =
            record::read(&*crew.store, &Key::archive(run, transport)).await.unwrap();
        let names: Vec<_> = archive.volumes.iter().map(|volume| &volume.name).collect();
        assert!(
            names
                .iter()
                .all(|name| name.contains("Everything.") && name.rsplit('.').next() == Some("age")),
            "{names:?}"
        );
        until("plain archive taken away", DEADLINE, async || {
            let there = record::exists(&*crew.store, &Key::plain_archive(run, transport)).await?;
            Ok((!there).then_some(()))
        })
        .await
        .unwrap();
    }
}

/// Waits until the archive of a transport is joined, and not encrypted or hardly.
async fn joined(crew: &mut Crew, run: RunId, transport: u32) {
    let keys = [Key::plain_archive(run, transport), Key::archive(run, transport)];
    until("joined archive", DEADLINE, async || {
        for key in &keys {
            if record::exists(&*crew.store, key).await.unwrap_or(false) {
                return Ok(Some(()));
            }
        }
        Ok(None)
    })
    .await
    .unwrap();
}

/// The only volume of a download.
async fn fetched(crew: &Crew, download: &Value, name: &str) -> PathBuf {
    let volume = &download["volumes"][0];
    let file = crew.fleet.dir().join(name);
    crew.ann.download(volume["url"].as_str().unwrap(), &file).await.unwrap();
    assert_eq!(fs::metadata(&file).unwrap().len(), volume["len"].as_u64().unwrap());
    file
}
