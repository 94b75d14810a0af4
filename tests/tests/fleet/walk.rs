//! The API from the outside: who sees what, what is refused, what is left after a deletion.

use proto::key::{Key, Prefix};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Api, Backends, until};

use super::crew::{Crew, DEADLINE, submit};
use super::load::Load;

#[tokio::test(flavor = "multi_thread")]
async fn owners_see_only_what_is_theirs() {
    let load = Load::small();
    let mut crew = Crew::working(&Backends::shared().await.unwrap(), &load.sources, 1).await;
    let bob = crew.owner("bob").await;
    let run = crew.submit(&load.definition()).await;
    crew.sha256(run).await;
    let bobs = submit(&bob, &small("Bob's")).await;
    let (export, link) = (format!("/v1/exports/{}", run.export), "0".repeat(32));
    for path in ["", "/events", "/links", "/runs/1", "/runs/1/files"] {
        is_not_there(&bob.get(&format!("{export}{path}")).await.unwrap(), path);
    }
    for path in ["/start", "/stop", "/retry", "/runs/1/links"] {
        is_not_there(&bob.post(&format!("{export}{path}"), &json!({})).await.unwrap(), path);
    }
    is_not_there(&bob.delete(&export).await.unwrap(), "DELETE");
    is_not_there(
        &bob.delete(&format!("{export}/runs/1/links/{link}")).await.unwrap(),
        "DELETE link",
    );
    let listed = bob.get("/v1/exports").await.unwrap().body;
    let ids: Vec<&Value> = listed["exports"].as_array().unwrap().iter().map(|e| &e["id"]).collect();
    assert_eq!(ids, [&json!(bobs.export)]);
    assert_eq!(crew.ann.get(&export).await.unwrap().status, 200);
    let stranger = crew.ann.with_token("lsh_nobody");
    assert_eq!(stranger.get(&export).await.unwrap().status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_repeated_with_its_key_makes_one_export() {
    let load = Load::small();
    let crew = Crew::working(&Backends::shared().await.unwrap(), &load.sources, 1).await;
    let bob = crew.owner("bob").await;
    let first = keyed(&crew.ann, "Once").await;
    let again = keyed(&crew.ann, "Once").await;
    assert_eq!((first.0, again.0), (201, 200));
    assert_eq!(first.1["id"], again.1["id"]);
    assert_eq!(again.1["run"]["run"], 1);
    let other = keyed(&crew.ann, "Other").await;
    assert_eq!((other.0, &other.1["code"]), (409, &json!("idempotency_mismatch")));
    let bobs = keyed(&bob, "Once").await;
    assert_eq!(bobs.0, 201);
    assert_ne!(first.1["id"], bobs.1["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_mistake_is_told_at_once_and_addresses_of_strangers_are_refused() {
    let load = Load::small();
    let crew = Crew::working(&Backends::shared().await.unwrap(), &load.sources, 0).await;
    let wrong = json!({
        "name": 7, "batch_size": "many", "colour": "red",
        "outputs": [
            { "to": "a.csv", "from": "airports", "format": "tsv" },
            { "from": "airports", "format": "csv" },
        ],
    });
    let answer = crew.ann.post("/v1/exports", &wrong).await.unwrap();
    assert_eq!(answer.status, 422, "{:#}", answer.body);
    let faults = answer.body["faults"].as_array().unwrap();
    let mut places: Vec<&str> = faults.iter().map(|f| f["place"].as_str().unwrap()).collect();
    places.sort_unstable();
    let expected = ["/batch_size", "/colour", "/name", "/outputs/0/format", "/outputs/1"];
    assert_eq!(places, expected, "{:#}", answer.body);
    assert_eq!(answer.body["code"], faults[0]["code"]);

    let mut inline = load.definition();
    inline["sources"] = load.sources.clone();
    let answer = crew.ann.post("/v1/exports", &inline).await.unwrap();
    assert_eq!((answer.status.as_u16(), &answer.body["code"]), (422, &json!("inline_source")));
    assert_eq!(crew.keys(Prefix::exports()).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_export_leaves_nothing_even_when_it_was_at_work() {
    let load = Load::large();
    let mut crew = Crew::working(&Backends::shared().await.unwrap(), &load.sources, 1).await;
    let done = crew.submit(&small("Done")).await;
    crew.sha256(done).await;
    let at_work = crew.submit(&load.definition()).await;
    crew.reaches(at_work, 5).await;
    for export in [done.export, at_work.export] {
        let path = format!("/v1/exports/{export}");
        assert_eq!(crew.ann.delete(&path).await.unwrap().status, 204);
        is_not_there(&crew.ann.get(&path).await.unwrap(), "deleted");
    }
    let listed = crew.ann.get("/v1/exports").await.unwrap().body;
    assert_eq!(listed["exports"], json!([]));
    // Workers may be in the middle of a batch, and see only then that it is for nothing.
    for export in [done.export, at_work.export] {
        until("store without a trace of an export", DEADLINE, async || {
            let mut left: Vec<Key> = crew.keys(Prefix::runs(export)).await;
            left.extend(crew.keys(Prefix::export(export)).await);
            Ok(left.is_empty().then_some(()))
        })
        .await
        .unwrap();
    }
    crew.is_closed().await;
}

fn small(name: &str) -> Value {
    json!({ "name": name, "outputs": [{ "to": "airports.csv", "from": "airports", "format": "csv" }] })
}

fn is_not_there(answer: &Answer, what: &str) {
    assert_eq!(
        (answer.status.as_u16(), &answer.body["code"]),
        (404, &json!("not_found")),
        "{what}"
    );
}

async fn keyed(api: &Api, name: &str) -> (u16, Value) {
    let request = api.request(Method::POST, "/v1/exports").header("idempotency-key", "order-17");
    let answer = request.json(&small(name)).send().await.unwrap();
    (answer.status().as_u16(), serde_json::from_str(&answer.text().await.unwrap()).unwrap())
}
