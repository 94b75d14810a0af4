mod links;
mod mails;
mod owners;
mod places;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fabric::ambient::Ambient;
use fabric::board::ProcessBoard;
use fabric::queue::ProcessQueue;
use fabric::store::{DirectoryStore, Store as _};
use fabric::task::Verdict as _;
use jiff::Timestamp;
use proto::archive::{StepsDone, Volume};
use proto::definition::Definition;
use proto::fault::Code;
use proto::key::Prefix;
use proto::message::TaskResult;
use proto::people::People;
use proto::run::{Extent, Start};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;

use super::steps::Steps;
use super::web::{Access, Meaning, Web};
use super::*;
use crate::{Passphrases, Settings, Targets};

/// What is delivered.
const CONTENT: &[u8] = b"what an archive holds";

/// How long the export says that links hold.
const LIFETIME: Duration = Duration::from_hours(48);

/// An archive of one volume, and an agent that delivers it by one transport, by a clock that is set by
/// hand.
struct Scene {
    folder: TempDir,
    agent: Agent,
    plan: Plan,
    archive: Archive,
    clock: Arc<Mutex<Timestamp>>,
}

impl Scene {
    async fn new(transport: &Value, target: &Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let definition = json!({
            "name": "x",
            "outputs": [{"to": "a.csv", "from": "a", "format": "csv"}],
            "transports": [transport],
            "lifetime": "48h",
        });
        let plan = Plan {
            owner: None,
            definition: Definition::parse(&definition.to_string()).unwrap(),
            attempt: "1".to_owned(),
            outputs: Vec::new(),
            batches: 0,
            records: None,
            bytes: None,
        };
        let store = DirectoryStore::open(folder.path().join("store")).unwrap();
        let key = Key::volume(run(), 0, 1, "1");
        let mut upload = store.upload(&key).await.unwrap();
        upload.write(CONTENT.into()).await.unwrap();
        upload.finish().await.unwrap();
        let (len, crc32) = (CONTENT.len() as u64, crc32fast::hash(CONTENT));
        let volume = Volume { name: "x.zip".to_owned(), key, len, crc32, sha256: None };
        let archive = Archive {
            transport: 0,
            packer: plan.definition.transports[0].packer().clone(),
            volumes: vec![volume],
            bag: None,
            sealed: None,
            members: 1,
            bytes: len,
            moved: 0,
        };
        let at = Timestamp::UNIX_EPOCH;
        let start = Start { version: 1, at, due: None, extent: Extent::Changes, trace: None };
        record::create(&store, &Key::start(run()), &start).await.unwrap();
        record::create(&store, &Key::plan(run()), &plan).await.unwrap();
        record::create(&store, &Key::archive(run(), 0), &archive).await.unwrap();
        let mut specs = BTreeMap::new();
        if !target.is_null() {
            specs.insert("t".to_owned(), serde_json::from_value(target.clone()).unwrap());
        }
        let clock = Arc::new(Mutex::new(at));
        let now = Arc::clone(&clock);
        let agent = Agent::new(
            Arc::new(store),
            Arc::new(ProcessQueue::new()),
            Arc::new(ProcessBoard::new()),
            Arc::new(Targets::new(specs, folder.path().to_owned(), None)),
            Ambient::system().with_clock(move || *now.lock().unwrap()),
            settings(folder.path().join("scratch")),
        );
        fs::create_dir(folder.path().join("scratch")).unwrap();
        Self { folder, agent, plan, archive, clock }
    }

    fn delivery(&self) -> Delivery<'_> {
        let Self { agent, plan, archive, .. } = self;
        let transport = &plan.definition.transports[0];
        let len_bytes = archive.len_bytes();
        Delivery { agent, run: run(), plan, transport, archive, len_bytes }
    }
}

fn run() -> RunId {
    "0192d3a0-0000-7000-8000-000000000000/1".parse().unwrap()
}

fn mailer(server: &str) -> Mailer {
    let settings = MailSettings {
        server: server.parse().unwrap(),
        starttls: Starttls::Never,
        login: None,
        from: "exports@example.org".to_owned(),
        authorities: None,
        deadline: Duration::from_secs(30),
        attach_up_to: 1 << 20,
        templates: None,
        language: "en".to_owned(),
    };
    Mailer::new(settings).unwrap()
}

fn settings(scratch: PathBuf) -> Settings {
    Settings {
        slots: 1,
        scratch,
        staging_bytes: 1 << 20,
        grace: Duration::ZERO,
        links: None,
        mailer: Some(Arc::new(mailer("smtp://127.0.0.1:9"))),
        passphrases: Passphrases::default(),
        people: People::default(),
        instance: "Museum".to_owned(),
    }
}

/// Where a server listens that takes everything and never answers.
async fn silence() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut asked, _)) = listener.accept().await {
            tokio::spawn(async move { tokio::io::copy(&mut asked, &mut tokio::io::sink()).await });
        }
    });
    address.to_string()
}

/// Each transport that sends the bytes of an archive by itself, with a target.
async fn senders() -> Vec<(Value, Value)> {
    let server = silence().await;
    let to = |kind| json!({"type": kind, "target": "t"});
    vec![
        (
            to("http"),
            json!({"kind": "http", "url": format!("http://{server}/"), "deadline": "30s"}),
        ),
        (
            to("webdav"),
            json!({"kind": "webdav", "url": format!("http://{server}/"), "deadline": "30s"}),
        ),
        (to("rsync"), json!({"kind": "rsync", "to": "./scratch"})),
        (
            to("sftp"),
            json!({
                "kind": "sftp", "host": "127.0.0.1", "port": 9, "user": "u", "key_file": "k",
                "known_hosts_file": "h",
            }),
        ),
        (json!({"type": "email", "to": ["a@example.org"], "attach": {}}), Value::Null),
    ]
}

#[tokio::test]
async fn what_is_damaged_in_the_store_is_delivered_nowhere() {
    for (transport, target) in senders().await {
        let scene = Scene::new(&transport, &target).await;
        let volume = scene.agent.store.local_path(&scene.archive.volumes[0].key).unwrap();
        let mut content = fs::read(&volume).unwrap();
        content[3] ^= 1;
        fs::write(&volume, content).unwrap();
        let failed = scene.agent.deliver(run(), 0).await.unwrap_err().verdict();
        let TaskResult::Failed(fault) = failed else { panic!("{transport}: {failed:?}") };
        assert_eq!(fault.code, Code::StoreDamaged, "{transport}: {fault}");
        let receipts = scene.agent.store.list(&Prefix::receipts(run()), None, 1).await.unwrap();
        assert_eq!(receipts, [], "{transport}");
        assert_eq!(fs::read_dir(scene.folder.path().join("scratch")).unwrap().count(), 0);
    }
}

#[tokio::test]
async fn of_two_agents_that_deliver_the_same_the_slower_is_tried_again() {
    let scene = Scene::new(&json!({"type": "http", "target": "t"}), &Value::Null).await;
    let delivery = scene.delivery();
    let step = |sent| StepsDone { sent, ..StepsDone::default() };
    let check = |slower: StoreError| {
        let verdict = AgentError::from(slower).verdict();
        assert!(matches!(verdict, TaskResult::Retry(_)), "{verdict:?}");
    };
    let mut one = Steps::read(&delivery).await.unwrap();
    let mut other = Steps::read(&delivery).await.unwrap();
    one.step(step(1)).await.unwrap();
    check(other.step(step(1)).await.unwrap_err());
    let mut other = Steps::read(&delivery).await.unwrap();
    one.step(step(2)).await.unwrap();
    check(other.step(step(2)).await.unwrap_err());
}

/// Asks a server of a delivery once, as a try of it does; how it ends, unless it waits for longer than a
/// server without a word of its own is waited for.
async fn ask_within_a_moment(scene: &Scene, asked: &AtomicU32) -> Option<String> {
    let delivery = scene.delivery();
    let mut steps = Steps::read(&delivery).await.unwrap();
    let nobody = Access { bearer_file: None, user: None, password_file: None, given: None };
    let web = Web::open(&delivery, "t", &nobody, Duration::from_secs(30)).unwrap();
    let once = async || {
        let wait = Some(Duration::from_hours(1));
        let busy = || Meaning::Later { what: "busy".to_owned(), wait };
        let is_first = asked.fetch_add(1, Ordering::Relaxed) == 0;
        Ok(if is_first { busy() } else { Meaning::Taken("taken".to_owned()) })
    };
    let ended = tokio::time::timeout(Duration::from_secs(1), web.ask(&mut steps, once)).await;
    ended.ok().map(|answer| answer.unwrap())
}

#[tokio::test]
async fn a_server_that_asks_for_an_hour_is_left_alone_for_it_by_every_try() {
    let scene = Scene::new(&json!({"type": "http", "target": "t"}), &Value::Null).await;
    let asked = AtomicU32::new(0);
    for _ in 0..2 {
        assert_eq!(ask_within_a_moment(&scene, &asked).await, None);
        assert_eq!(asked.load(Ordering::Relaxed), 1, "it was asked again");
    }
    *scene.clock.lock().unwrap() += Duration::from_hours(1);
    assert_eq!(ask_within_a_moment(&scene, &asked).await.as_deref(), Some("taken"));
    assert_eq!(asked.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_link_is_the_same_until_it_would_end_soon_after_it_is_handed_over() {
    let scene = Scene::new(&json!({"type": "download"}), &Value::Null).await;
    let at = |after| {
        *scene.clock.lock().unwrap() = Timestamp::UNIX_EPOCH + after;
        let delivery = scene.delivery();
        async move { delivery.link().await.unwrap().1 }
    };
    let first = at(Duration::ZERO).await;
    assert_eq!(first.expires, Timestamp::UNIX_EPOCH + LIFETIME);
    assert_eq!(at(LIFETIME / 2).await, first);
    let second = at(LIFETIME).await;
    assert_eq!(second.expires, Timestamp::UNIX_EPOCH + LIFETIME * 2);
    assert_eq!(at(LIFETIME * 3 / 2).await, second);
}
