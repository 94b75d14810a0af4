//! Agents that are killed in the middle of what they send to a bucket, a WebDAV server, an HTTP server and
//! a mail server: what arrives is the same, and arrives once.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tests::env::S3;
use tests::{Backends, MailServer, Receiver, Relay, Reply, WebdavServer, env, laid, sha256};

use super::crew::Crew;
use super::cut_off::is_delivered_once;
use super::deliveries::target;
use super::load::Load;
use crate::far_bucket::fetched;

/// Files of records, and a table that is longer than all of them.
fn definition(load: &Load, transports: &Value) -> Value {
    let mut definition = load.definition();
    let outputs = definition["outputs"].as_array_mut().unwrap();
    outputs.retain(|output| matches!(output["from"].as_str(), Some("airlines" | "noise")));
    definition["transports"] = transports.clone();
    definition
}

/// Kills the agent once its connections hang, and lets the next one through.
async fn kill_amid(crew: &mut Crew, relays: &[&Relay]) {
    for relay in relays {
        relay.hangs().await.unwrap();
    }
    crew.kill("agent").await;
    for relay in relays {
        relay.go_on();
    }
    crew.start("transport-agent", "agent", &[]);
}

/// The files of the first transport's archive.
async fn unpacked(crew: &mut Crew, shown: &Value) -> BTreeMap<String, String> {
    let url = shown["downloads"][0]["volumes"][0]["url"].as_str().unwrap();
    let zip = crew.fleet.dir().join("whole.zip");
    crew.ann.download(url, &zip).await.unwrap();
    let folder = crew.fleet.dir().join("whole");
    let unzip = Command::new("unzip").arg("-qo").arg(&zip).arg("-d").arg(&folder).status();
    assert!(unzip.unwrap().success());
    laid(&folder).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn archive_and_tree_arrive_by_webdav_although_the_agent_was_killed_amid_both() {
    let desk = tempfile::tempdir().unwrap();
    let there = desk.path().join("there");
    let server = WebdavServer::start(desk.path(), &there).await.unwrap();
    let address = server.url.split('/').nth(2).unwrap();
    // The archive has 2.4 MB; of the tree all but the last file are small.
    let (one, other) = (Relay::start(address, 1 << 20).await, Relay::start(address, 2 << 20).await);
    let (one, other) = (one.unwrap(), other.unwrap());
    let targets = [("zip", &one), ("tree", &other)].map(|(name, relay)| {
        format!(
            "[targets.{name}]\nkind = \"webdav\"\nurl = \"http://127.0.0.1:{}/dav\"\n\
             user = \"export\"\npassword_file = \"{}\"\n",
            relay.port,
            server.password_file.display(),
        )
    });
    let load = Load::small();
    let mut crew = Crew::configured(&load.sources, &targets.concat()).await;
    let transports = json!([
        {"type": "download"},
        {"type": "webdav", "target": "zip", "path": "zip", "options": {"verify": true}},
        {"type": "webdav", "target": "tree", "path": "tree", "packer": "none"},
    ]);
    let run = crew.submit(&definition(&load, &transports)).await;
    for relay in [&one, &other] {
        relay.hangs().await.unwrap();
    }
    let before = inodes(&there.join("tree/carriers"));
    assert!(before.len() > 10, "{before:?}");
    assert!(!there.join("tree/noise.csv").exists() && !there.join("zip/Everything.zip").exists());
    kill_amid(&mut crew, &[&one, &other]).await;
    is_delivered_once(&mut crew, run).await;

    let zip = crew.sha256(run).await;
    assert_eq!(laid(&there.join("zip")).unwrap(), [("Everything.zip".to_owned(), zip)].into());
    let shown = crew.ended(run).await;
    let tree = unpacked(&mut crew, &shown).await;
    assert!(laid(&there.join("tree")).unwrap() == tree, "the tree differs");
    assert_eq!(inodes(&there.join("tree/carriers")), before, "what had arrived was sent again");
    assert_eq!(shown["transports"][2]["receipts"][0]["delivered"]["files"], tree.len());
}

/// Which files lie in a folder: one that is written again is another.
fn inodes(folder: &Path) -> Vec<u64> {
    let files = fs::read_dir(folder).unwrap();
    let mut inodes: Vec<u64> = files.map(|file| file.unwrap().metadata().unwrap().ino()).collect();
    inodes.sort_unstable();
    inodes
}

#[tokio::test(flavor = "multi_thread")]
async fn archive_and_tree_arrive_by_http_although_the_agent_was_killed_amid_both() {
    let receiver = Receiver::start(|_, _| Reply::Status(201, String::new())).await.unwrap();
    let address = format!("127.0.0.1:{}", receiver.port);
    let one = Relay::start(&address, 1 << 20).await.unwrap();
    let other = Relay::start(&address, 2 << 20).await.unwrap();
    let targets = [("zip", &one), ("tree", &other)].map(|(name, relay)| {
        let url = format!("http://127.0.0.1:{}/{name}/{{path}}", relay.port);
        format!("[targets.{name}]\nkind = \"http\"\nurl = \"{url}\"\n")
    });
    let load = Load::small();
    let mut crew = Crew::configured(&load.sources, &targets.concat()).await;
    let transports = json!([
        {"type": "download"},
        {"type": "http", "target": "zip"},
        {"type": "http", "target": "tree", "packer": "none"},
    ]);
    let run = crew.submit(&definition(&load, &transports)).await;
    kill_amid(&mut crew, &[&one, &other]).await;
    is_delivered_once(&mut crew, run).await;

    let shown = crew.ended(run).await;
    let tree = unpacked(&mut crew, &shown).await;
    let mut expected: BTreeMap<String, Vec<u8>> = tree
        .keys()
        .map(|path| {
            let file = crew.fleet.dir().join("whole").join(path);
            (format!("/tree/{path}"), fs::read(file).unwrap())
        })
        .collect();
    let zip = fs::read(crew.fleet.dir().join("whole.zip")).unwrap();
    expected.insert("/zip/Everything.zip".to_owned(), zip);
    let came: Vec<(String, Vec<u8>)> =
        receiver.seen().into_iter().map(|request| (request.path, request.body)).collect();
    assert_eq!(came.len(), expected.len(), "something came twice, or not at all");
    assert!(came.into_iter().collect::<BTreeMap<_, _>>() == expected, "something differs");

    let lens = [expected["/zip/Everything.zip"].len(), expected.values().map(Vec::len).sum()];
    for (transport, files, bytes) in [(1, 1, lens[0]), (2, tree.len(), lens[1] - lens[0])] {
        let receipt = &shown["transports"][transport]["receipts"][0]["delivered"];
        let told = [&receipt["files"], &receipt["bytes"], &receipt["answer"]];
        assert_eq!(told, [&json!(files), &json!(bytes), &json!("said")], "{receipt:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn how_far_what_is_sent_by_http_and_webdav_is_stands_on_the_board() {
    let desk = tempfile::tempdir().unwrap();
    let server = WebdavServer::start(desk.path(), &desk.path().join("there")).await.unwrap();
    let receiver = Receiver::start(|_, _| Reply::Status(201, String::new())).await.unwrap();
    let addresses =
        [server.url.split('/').nth(2).unwrap().to_owned(), format!("127.0.0.1:{}", receiver.port)];
    // What sockets take beyond that is far from the 36 MiB of the archive.
    let webdav = Relay::start(&addresses[0], 4 << 20).await.unwrap();
    let http = Relay::start(&addresses[1], 4 << 20).await.unwrap();
    let targets = format!(
        "[targets.webdav]\nkind = \"webdav\"\nurl = \"http://127.0.0.1:{}/dav\"\n\
         user = \"export\"\npassword_file = \"{}\"\n\
         [targets.http]\nkind = \"http\"\nurl = \"http://127.0.0.1:{}/{{path}}\"\n",
        webdav.port,
        server.password_file.display(),
        http.port,
    );
    let load = Load::of_files(6, 6 << 20);
    let mut crew = Crew::configured(&load.sources, &targets).await;
    let mut definition = load.definition();
    definition["transports"] =
        json!([{"type": "webdav", "target": "webdav"}, {"type": "http", "target": "http"}]);
    let run = crew.submit(&definition).await;
    for transport in [0, 1] {
        crew.shows_amid(run, transport).await;
    }
    for relay in [&webdav, &http] {
        relay.hangs().await.unwrap();
        relay.go_on();
    }
    is_delivered_once(&mut crew, run).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn volume_and_objects_are_whole_in_a_bucket_although_the_agent_was_killed_amid_both() {
    let desk = tempfile::tempdir().unwrap();
    let backends = Backends::shared().await.unwrap();
    let far = env::s3().unwrap();
    let prefix = format!("{}-far", backends.namespace.name());
    let secret = desk.path().join("secret");
    fs::write(&secret, &far.secret_key).unwrap();
    let address = far.endpoint.strip_prefix("http://").unwrap();
    // The volume of 36 MiB goes in parts; of the objects some are there by then.
    let one = Relay::start(address, 20 << 20).await.unwrap();
    let other = Relay::start(address, 20 << 20).await.unwrap();
    let targets = [("volume", &one), ("objects", &other)].map(|(name, relay)| {
        let server = S3 { endpoint: format!("http://127.0.0.1:{}", relay.port), ..far.clone() };
        target(name, &server, &prefix, &secret)
    });
    let load = Load::of_files(6, 6 << 20);
    let mut crew = Crew::configured(&load.sources, &targets.concat()).await;
    let mut definition = load.definition();
    definition["transports"] = json!([
        {"type": "download"},
        {"type": "s3", "target": "volume", "path": "zip"},
        {"type": "s3", "target": "objects", "path": "tree", "packer": "none"},
    ]);
    let run = crew.submit(&definition).await;
    for transport in [1, 2] {
        crew.shows_amid(run, transport).await;
    }
    kill_amid(&mut crew, &[&one, &other]).await;
    is_delivered_once(&mut crew, run).await;

    let shown = crew.ended(run).await;
    let tree = unpacked(&mut crew, &shown).await;
    assert_eq!(tree.len(), 6);
    let mut expected: BTreeMap<_, _> =
        tree.into_iter().map(|(path, sum)| (format!("tree/{path}"), sum)).collect();
    expected
        .insert("zip/Files.zip".to_owned(), sha256(&crew.fleet.dir().join("whole.zip")).unwrap());
    let found = fetched(&far, &prefix, &desk.path().join("found")).await;
    assert!(found == expected, "{found:#?} instead of {expected:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_gets_one_mail_although_the_agent_was_killed_amid_the_second() {
    let server = MailServer::exim("40M").await.unwrap();
    // A mail with the archive has 3.3 MB.
    let relay = Relay::start(&format!("127.0.0.1:{}", server.port()), 5_000_000).await.unwrap();
    let config = server.config().replace(&server.port().to_string(), &relay.port.to_string());
    let load = Load::small();
    let mut crew = Crew::configured(&load.sources, &config).await;
    let people = ["first@example.org", "second@example.org", "third@example.org"];
    let transports = json!([{"type": "download"}, {"type": "email", "to": people, "attach": {}}]);
    let run = crew.submit(&definition(&load, &transports)).await;
    relay.hangs().await.unwrap();
    assert_eq!(server.took(1).await.unwrap().len(), 1);
    kill_amid(&mut crew, &[&relay]).await;
    let shown = crew.ended(run).await;
    assert_eq!(shown["state"], "done", "{shown:#}");
    let letters = server.took(people.len()).await.unwrap();
    let mut to: Vec<&str> = letters.iter().map(tests::Letter::to).collect();
    to.sort_unstable();
    assert_eq!(to, people);
    for letter in &letters {
        assert_eq!(letter.part("attachments").as_array().unwrap().len(), 1, "{:?}", letter.to());
        assert_eq!(letter.part("defects"), &json!([]));
    }
    assert_eq!(shown["transports"][1]["receipts"].as_array().unwrap().len(), people.len());
}
