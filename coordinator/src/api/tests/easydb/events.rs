//! What happened, polled and listed.

use axum::http::Method;
use proto::run::State;
use serde_json::{Value, json};

use super::super::scene::Scene;
use super::document;

fn types(events: &Value) -> Vec<String> {
    let events = events.as_array().unwrap().iter();
    events.map(|one| one["event"]["type"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_poll_gives_what_happened_after_an_event() {
    let scene = Scene::new().await;
    let number = scene.exported(&document("a"), State::Done).await;
    let all = scene.ask(Method::GET, "event/poll/0", &Value::Null).await.json();
    assert_eq!(types(&all), ["EXPORT_INSERT", "EXPORT_START", "EXPORT_FINISH"]);
    let ids: Vec<u64> =
        all.as_array().unwrap().iter().map(|one| one["event"]["_id"].as_u64().unwrap()).collect();
    assert_eq!(ids, [1, 2, 3]);
    let end = &all[2]["event"];
    assert_eq!((&end["object_id"], &end["info"]["totalCount"]), (&json!(number), &json!(2)));
    let rest = scene.ask(Method::GET, "event/poll/1?limit=1", &Value::Null).await.json();
    assert_eq!(types(&rest), ["EXPORT_START"]);
    // Nobody is told of what is not theirs, and fylr's clients never wait.
    let other = scene.get("/api/v1/event/poll/0", &scene.bob).await.json();
    assert_eq!(other, json!([]));
    let none = scene.ask_fylr(Method::GET, "event/poll/3", &Value::Null).await.json();
    assert_eq!(none, json!([]));
}

#[tokio::test]
async fn a_poll_waits_for_something_to_happen() {
    let scene = Scene::new().await;
    let document = document("a");
    let (polled, number) =
        tokio::join!(scene.ask(Method::GET, "event/poll/0", &Value::Null), scene.put(&document));
    assert_eq!(polled.json()[0]["event"]["object_id"], number);
}

#[tokio::test]
async fn a_session_polls_from_where_it_began() {
    let scene = Scene::new().await;
    scene.exported(&document("a"), State::Done).await;
    let login = format!("/api/v1/session/authenticate?login=ann&password={}", scene.ann);
    let session = scene.post(&login, "", &Value::Null).await.json();
    assert_eq!(session["current_max_event_id"], 3);
    let token = session["token"].as_str().unwrap();
    scene.exported(&document("b"), State::Failed).await;
    let polled = scene.get(&format!("/api/v1/event/poll?token={token}"), "").await.json();
    assert_eq!(types(&polled), ["EXPORT_INSERT", "EXPORT_START", "EXPORT_FAILED"]);
}

#[tokio::test]
async fn lists_are_filtered_by_type_and_time() {
    let scene = Scene::new().await;
    scene.exported(&document("a"), State::Done).await;
    scene.pass(60);
    let now = scene.coordinator.ambient.now();
    scene.exported(&document("b"), State::Stopped).await;
    let list = async |query: &str| {
        let listed =
            scene.ask(Method::GET, &format!("event/list?{query}"), &Value::Null).await.json();
        (listed["count"].as_u64().unwrap(), types(&listed["objects"]))
    };
    assert_eq!(
        list("type=EXPORT_FINISH,EXPORT_STOPPED").await.1,
        ["EXPORT_FINISH", "EXPORT_STOPPED"]
    );
    assert_eq!(list(&format!("date_from={now}")).await.0, 3);
    assert_eq!(list("limit=1&offset=2&sort=DESC").await, (6, vec!["EXPORT_FINISH".to_owned()]));
    let bad = scene.ask(Method::GET, "event/list?date_from=soon", &Value::Null).await;
    assert_eq!(bad.status, 400);
}

#[tokio::test]
async fn what_fylr_calls_otherwise_is_called_so() {
    let scene = Scene::new().await;
    scene.exported(&document("a"), State::Stopped).await;
    let polled = scene.ask_fylr(Method::GET, "event/poll/0", &Value::Null).await.json();
    assert_eq!(types(&polled).last().unwrap(), "EXPORT_CANCELED");
}

#[tokio::test]
async fn a_wiped_board_forgets_nothing_of_it() {
    let scene = Scene::new().await;
    let number = scene.exported(&document("a"), State::Done).await;
    let owner = proto::id::Owner::try_from("ann".to_owned()).unwrap();
    let export = scene.run_of(number).await.export;
    fabric::board::Board::remove(&*scene.board, &owner, export).await.unwrap();
    let shown = scene.ask(Method::GET, &format!("export/{number}"), &Value::Null).await.json();
    assert_eq!((&shown["_state"], types(&shown["_log"]).len()), (&json!("done"), 3));
    assert_eq!(scene.ask(Method::GET, "export", &Value::Null).await.json()["count"], 1);
}

#[tokio::test]
async fn what_was_deleted_is_told_of() {
    let scene = Scene::new().await;
    let number = scene.exported(&document("a"), State::Done).await;
    scene.ask(Method::DELETE, &format!("export/{number}"), &Value::Null).await;
    let polled = scene.ask(Method::GET, "event/poll/3", &Value::Null).await.json();
    assert_eq!(types(&polled), ["EXPORT_DELETE"]);
    assert_eq!(polled[0]["event"]["object_id"], number);
}
