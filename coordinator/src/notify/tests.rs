use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use fabric::ambient::Ambient;
use fabric::board::ProcessBoard;
use fabric::queue::ProcessQueue;
use fabric::store::{DirectoryStore, Store};
use futures::StreamExt as _;
use source::asset::{HttpAssets, HttpLimits};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::Settings;

fn hook(events: &[&str], audience: Audience) -> Webhook {
    Webhook {
        name: "hook".to_owned(),
        url: "http://h.example/".parse().unwrap(),
        secret: None,
        events: events.iter().map(|event| (*event).to_owned()).collect(),
        audience,
        deadline: Duration::from_secs(30),
        give_up_after: Duration::from_secs(1),
    }
}

#[test]
fn a_webhook_is_told_what_it_wants_of_those_who_ask() {
    let json = r#"{"name": "x", "outputs": [{"to": "a", "from": "a", "format": "csv"}]"#;
    let silent = Definition::parse(&format!("{json}}}")).unwrap();
    let asking = Definition::parse(&format!("{json}, \"notify\": [{{\"webhook\": \"hook\"}}]}}"));
    let asking = asking.unwrap();
    let (everything, ends) = (hook(&[], Audience::Asking), hook(&["run.*"], Audience::Everyone));
    assert!(everything.wants("delivery.done", &asking));
    assert!(!everything.wants("delivery.done", &silent));
    assert!(ends.wants("run.failed", &silent));
    assert!(!ends.wants("delivery.done", &asking));
    assert!(!hook(&["run.done"], Audience::Everyone).wants("run.done_with_warnings", &silent));
}

/// A receiver that answers everything alike; where it is, and the ids of what it was sent.
async fn receiver(status: StatusCode, location: String) -> (Url, Arc<Mutex<Vec<String>>>) {
    let ids = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&ids);
    let answer = move |headers: HeaderMap| async move {
        seen.lock().unwrap().push(headers["webhook-id"].to_str().unwrap().to_owned());
        (status, [("location", location)])
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    let router = Router::new().fallback(answer);
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, ids)
}

/// A coordinator with one webhook, over a folder, by a clock that is set by hand.
fn coordinator(
    store: &Arc<dyn Store>,
    webhooks: Vec<Webhook>,
    clock: &Arc<Mutex<Timestamp>>,
) -> Coordinator {
    let clock = Arc::clone(clock);
    let rules = source::address::AddressRules::default();
    let http = Arc::new(HttpAssets::new(HttpLimits::default(), rules).unwrap());
    Coordinator::new(
        Arc::clone(store),
        Arc::new(ProcessQueue::new()),
        Arc::new(ProcessBoard::new()),
        Arc::new(source::Catalog::new(BTreeMap::new(), http)),
        Arc::default(),
        Ambient::system().with_clock(move || *clock.lock().unwrap()),
        Settings { webhooks, ..Settings::default() },
    )
}

#[tokio::test]
async fn what_nobody_takes_is_told_for_a_day_at_growing_waits_and_never_where_a_redirect_points() {
    let (elsewhere, strayed) = receiver(StatusCode::OK, String::new()).await;
    let (url, ids) = receiver(StatusCode::TEMPORARY_REDIRECT, elsewhere.to_string()).await;
    let day = Duration::from_hours(24);
    let hook = Webhook { url, give_up_after: day, ..hook(&[], Audience::Everyone) };
    let folder = tempfile::tempdir().unwrap();
    let store: Arc<dyn Store> = Arc::new(DirectoryStore::open(folder.path()).unwrap());
    let clock = Arc::new(Mutex::new(Timestamp::UNIX_EPOCH));
    let coordinator = coordinator(&store, vec![hook], &clock);
    let at = Timestamp::UNIX_EPOCH;
    let (webhook, id, body) = ("hook".to_owned(), "id-1".to_owned(), "{}".to_owned());
    let key = Key::notice(&webhook, &id);
    let notice = Notice { webhook, id, body, at, attempts: 0, due: at };
    record::create(&*store, &key, &notice).await.unwrap();

    let sender = Sender::new(coordinator).unwrap();
    let mut times = vec![at];
    loop {
        sender.send_due().await.unwrap();
        let Some(notice) = record::find::<Notice>(&*store, &key).await.unwrap() else { break };
        // A round before it is due sends nothing.
        sender.send_due().await.unwrap();
        assert_eq!(ids.lock().unwrap().len(), times.len());
        times.push(notice.due);
        *clock.lock().unwrap() = notice.due;
    }
    assert_eq!(ids.lock().unwrap().len(), times.len());
    assert!(ids.lock().unwrap().iter().all(|id| id == "id-1"));
    assert!(strayed.lock().unwrap().is_empty());
    let waits: Vec<Duration> = times
        .windows(2)
        .map(|pair| Duration::try_from(pair[1].duration_since(pair[0])).unwrap())
        .collect();
    assert!(waits[0] <= Duration::from_secs(2), "{waits:?}");
    assert!(waits[5] >= Duration::from_secs(32), "{waits:?}");
    assert!(waits.iter().all(|wait| *wait <= Duration::from_mins(10)), "{waits:?}");
    let whole: Duration = waits.iter().sum();
    assert!((day..day + Duration::from_mins(10)).contains(&whole), "{whole:?}");
}

/// How long anything may take that must happen.
const PATIENCE: Duration = Duration::from_secs(30);

/// A receiver that never answers; where it is, and a word for each time that it is asked.
async fn silence() -> (Url, mpsc::UnboundedReceiver<()>) {
    let (asked, asking) = mpsc::unbounded_channel();
    let answer = move || async move {
        asked.send(()).unwrap();
        std::future::pending::<StatusCode>().await
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    let router = Router::new().fallback(answer);
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, asking)
}

async fn keep(store: &dyn Store, webhook: &str, id: &str, due: Timestamp) {
    let at = Timestamp::UNIX_EPOCH;
    let (key, body) = (Key::notice(webhook, id), "{}".to_owned());
    let (webhook, id) = (webhook.to_owned(), id.to_owned());
    let notice = Notice { webhook, id, body, at, attempts: 0, due };
    record::create(store, &key, &notice).await.unwrap();
}

#[tokio::test]
async fn a_webhook_that_never_answers_holds_up_no_other() {
    let (silent, mut asked) = silence().await;
    let (url, mut heard) = silence().await;
    let hour = Duration::from_hours(1);
    let named = |name: &str, url| Webhook {
        name: name.to_owned(),
        url,
        deadline: hour,
        give_up_after: hour,
        ..hook(&[], Audience::Everyone)
    };
    let hooks = vec![named("silent", silent), named("well", url)];
    let folder = tempfile::tempdir().unwrap();
    let store: Arc<dyn Store> = Arc::new(DirectoryStore::open(folder.path()).unwrap());
    let clock = Arc::new(Mutex::new(Timestamp::UNIX_EPOCH));
    let coordinator = coordinator(&store, hooks, &clock);
    keep(&*store, "silent", "1", Timestamp::UNIX_EPOCH).await;
    let (stop, noticed) = (CancellationToken::new(), coordinator.noticed.clone());
    let sending = tokio::spawn(Sender::new(coordinator).unwrap().run(stop.clone()));
    tokio::time::timeout(PATIENCE, asked.recv()).await.unwrap().unwrap();
    keep(&*store, "well", "2", Timestamp::UNIX_EPOCH).await;
    noticed.send_replace(());
    tokio::time::timeout(PATIENCE, heard.recv()).await.unwrap().unwrap();
    stop.cancel();
    sending.await.unwrap();
}

#[tokio::test]
async fn what_waits_for_one_webhook_what_is_damaged_and_what_nobody_wants_holds_up_nothing() {
    let (url, ids) = receiver(StatusCode::OK, String::new()).await;
    let named = |name: &str| Webhook {
        name: name.to_owned(),
        url: url.clone(),
        ..hook(&[], Audience::Everyone)
    };
    let folder = tempfile::tempdir().unwrap();
    let store: Arc<dyn Store> = Arc::new(DirectoryStore::open(folder.path()).unwrap());
    let clock = Arc::new(Mutex::new(Timestamp::UNIX_EPOCH));
    let coordinator = coordinator(&store, vec![named("busy"), named("well")], &clock);
    let later = Timestamp::UNIX_EPOCH + Duration::from_hours(1);
    // As many as are looked at in one round, all before the other webhook's in the order of keys.
    let put_off = (0..1000).map(|number| format!("{number:04}"));
    futures::stream::iter(put_off)
        .for_each_concurrent(64, |id| {
            let store = &*store;
            async move { keep(store, "busy", &id, later).await }
        })
        .await;
    keep(&*store, "gone", "1", later).await;
    keep(&*store, "well", "2", Timestamp::UNIX_EPOCH).await;
    let damaged = Key::notice("well", "1");
    store.put_if_absent(&damaged, "{".into()).await.unwrap();
    Sender::new(coordinator).unwrap().send_due().await.unwrap();
    assert_eq!(*ids.lock().unwrap(), ["2"]);
    assert!(record::exists(&*store, &damaged).await.unwrap());
    assert!(!record::exists(&*store, &Key::notice("gone", "1")).await.unwrap());
}
