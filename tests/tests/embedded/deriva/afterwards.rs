//! What is done with results besides keeping them: brought to a bucket, registered, and found elsewhere.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::{Namespace, Receiver, Reply, Request, env, sha256, until};

use super::super::desk::Desk;
use super::door::{DEADLINE, Door, query};
use crate::far_bucket::{bucket, fetched};

/// An export of a table, with steps after it.
fn request(door: &Door, steps: &[Value]) -> Value {
    let queries = [query("csv", "/entity/pnc:subject?limit=none", "subject")];
    let bag = json!({"bag_name": "subjects", "bag_idempotent": true});
    json!({"bag": bag, "catalog": door.catalog(&queries), "post_processors": steps})
}

fn step(processor: &str, params: &Value) -> Value {
    json!({"processor": processor, "processor_params": params})
}

#[tokio::test(flavor = "multi_thread")]
async fn bags_come_to_buckets_of_the_operator_and_to_no_others() {
    let (desk, server) = (Desk::new(), env::s3().unwrap());
    let secret = desk.write("secret", &server.secret_key);
    let prefix = Namespace::new().name().to_owned();
    let door = Door::with("targets = [\"far\"]", &bucket(&server, &prefix, &secret)).await;
    let target = |scheme: &str, bucket: &str| {
        let url = format!("{scheme}://{bucket}/{prefix}/bags");
        step("cloud_upload", &json!({"target_url": url, "overwrite": "true"}))
    };
    let bag = door.exported("bdbag", &request(&door, &[target("s3", &server.bucket)])).await;
    let there = fetched(&server, &prefix, &desk.path("there")).await;
    let [path] = there.keys().collect::<Vec<_>>()[..] else { panic!("{there:?}") };
    let names: Vec<&str> = path.split('/').collect();
    assert!(matches!(names[..], ["bags", owner, "subjects.zip"] if owner.len() == 32), "{path}");
    assert_eq!(fs::read(desk.path("there").join(path)).unwrap(), bag);
    for refused in [target("gs", &server.bucket), target("s3", "another")] {
        let asked = door.ask("bdbag", &request(&door, &[refused])).await;
        assert_eq!(asked.status, 409, "{asked:?}");
        assert!(asked.body.contains("/post_processors/0/processor_params/target_url"), "{asked:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_at_the_service_until_they_are_in_a_bucket() {
    let (desk, server) = (Desk::new(), env::s3().unwrap());
    let secret = desk.write("secret", &server.secret_key);
    let prefix = Namespace::new().name().to_owned();
    let deriva = "hold = \"0s\"\ntargets = [\"far\"]";
    let door = Door::with(deriva, &bucket(&server, &prefix, &secret)).await;
    let target = format!("s3://{}/{prefix}/files", server.bucket);
    let target = step("cloud_upload", &json!({"target_url": target}));
    let asked = door.ask("file", &request(&door, &[target])).await;
    let url = asked.url();
    assert!(url.starts_with(&door.url) && url.ends_with("/subject.csv"), "{url}");
    assert_eq!(door.ready(url, &door.token).await, StatusCode::OK, "{}", door.log());
    let there = fetched(&server, &prefix, &desk.path("there")).await;
    let [path] = there.keys().collect::<Vec<_>>()[..] else { panic!("{there:?}") };
    let file = fs::read(desk.path("there").join(path)).unwrap();
    assert!(!file.is_empty() && door.fetch(url).await.bytes == file);
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_of_loose_files_are_sent_where_the_configuration_says() {
    let door = Door::open().await;
    let address = "https://viewer.example/?file={output}&url={output_url_urlencoded}";
    let steps = [step("url_rewrite", &json!({"remote_path": address}))];
    let asked = door.ask("file", &request(&door, &steps)).await;
    let url = asked.url();
    let begin = "https://viewer.example/?file=subject.csv&url=https%3A%2F%2Flocalhost";
    assert!(url.starts_with(begin) && url.ends_with("%2Fsubject.csv"), "{url}");
    assert_eq!(asked.location.as_deref(), Some(url));
}

/// A service that gives identifiers and knows those that it gave.
#[derive(Default)]
struct Minting {
    given: Mutex<Vec<Value>>,
    is_away: AtomicBool,
}

impl Minting {
    /// Whoever asks first gets an identifier, and no answer.
    fn reply(&self, request: &Request) -> Reply {
        if self.is_away.load(Ordering::SeqCst) {
            return Reply::Status(503, String::new());
        }
        let mut given = self.given.lock().unwrap();
        let content = |body: &Value| {
            Reply::Content("Content-Type: application/json\r\n".to_owned(), body.to_string())
        };
        if request.method == "GET" {
            return content(&json!({"identifiers": *given}));
        }
        let mut minted = request.json().unwrap();
        minted["identifier"] = format!("minid:{}", given.len() + 1).into();
        given.push(minted.clone());
        if given.len() == 1 { Reply::HangUp } else { content(&minted) }
    }
}

/// The service, and what the door is told of it.
async fn minting() -> (Arc<Minting>, Receiver, String) {
    let minting = Arc::new(Minting::default());
    let service = Arc::clone(&minting);
    let receiver = Receiver::start(move |request, _| service.reply(request)).await.unwrap();
    let url = format!("http://127.0.0.1:{}", receiver.port);
    let config = format!("identifiers = {{ url = \"{url}/\" }}");
    (minting, receiver, config)
}

fn identifier() -> Value {
    let params = json!({"title": "Subjects", "locations": ["https://data.example/subjects"],
        "env_column_map": {"Host": "{hostname}"}, "test": "True"});
    step("identifier", &params)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bag_gets_one_identifier_even_where_the_answer_is_lost() {
    let (_minting, receiver, config) = minting().await;
    let door = Door::with(&config, "").await;
    let asked = door.ask("bdbag", &request(&door, &[identifier()])).await;
    let urls = asked.urls();
    let page = format!("http://127.0.0.1:{}/minid:1", receiver.port);
    assert_eq!((urls.len(), urls.first()), (2, Some(&page)), "{asked:?}\n{}", door.log());
    assert_eq!(asked.location.as_deref(), Some(page.as_str()));
    let posted: Vec<Request> =
        receiver.seen().into_iter().filter(|seen| seen.method == "POST").collect();
    let [posted] = posted.as_slice() else { panic!("{posted:?}") };
    assert_eq!(posted.path, "/namespace/minid-test/identifier");
    let told = posted.json().unwrap();
    let bag = door.path("subjects.zip");
    fs::write(&bag, door.fetch(&urls[1]).await.bytes).unwrap();
    let digest = json!([{"function": "sha256", "value": sha256(&bag).unwrap()}]);
    assert_eq!(told["checksums"], digest);
    assert_eq!(told["location"], json!(["https://data.example/subjects"]));
    assert_eq!(told["visible_to"], json!(["public"]));
    assert_eq!(told["metadata"]["title"], "Subjects");
    assert_eq!(told["metadata"]["length"], fs::metadata(&bag).unwrap().len());
    let host = door.catalogue.url.strip_prefix("http://").unwrap();
    assert_eq!(told["metadata"]["Host"], host);
    let log = door.fetch(&format!("{}/log", urls[1])).await.bytes;
    let log = String::from_utf8(log).unwrap();
    assert!(log.contains("subjects.zip has the identifier minid:1"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_registered_before_the_service_ended_is_so_afterwards() {
    let (minting, receiver, config) = minting().await;
    minting.is_away.store(true, Ordering::SeqCst);
    let mut door = Door::with(&format!("hold = \"1ms\"\n{config}"), "").await;
    let asked = door.ask("bdbag", &request(&door, &[identifier()])).await;
    let url = asked.url().to_owned();
    assert_eq!(door.ready(&url, &door.token).await, StatusCode::OK, "{}", door.log());
    receiver.saw(1, |seen| seen.method == "POST").await.unwrap();
    door.killed().await;
    minting.is_away.store(false, Ordering::SeqCst);
    let named = until("identifier", DEADLINE, async || {
        assert_eq!(door.status(&url, &door.token).await, StatusCode::OK);
        let log = door.fetch(&format!("{url}/log")).await.bytes;
        let log = String::from_utf8(log)?;
        Ok(log.contains("has the identifier").then_some(log))
    });
    let log = named.await.unwrap();
    assert!(log.contains("minid:1 ("), "{log}");
    assert_eq!(minting.given.lock().unwrap().len(), 1);
}
