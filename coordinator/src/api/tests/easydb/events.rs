//! What happened, polled and listed.

use axum::http::Method;
use proto::run::State;
use serde_json::{Map, Value, json};

use super::super::scene::Scene;
use super::document;
use crate::easydb::{Each, Happened, What};

pub(super) fn types(events: &Value) -> Vec<String> {
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
    // The numbers between are those of the two objects that were exported.
    assert_eq!(ids, [1, 2, 5]);
    let end = &all[2]["event"];
    assert_eq!((&end["object_id"], &end["info"]["totalCount"]), (&json!(number), &json!(2)));
    let rest = scene.ask(Method::GET, "event/poll/1?limit=1", &Value::Null).await.json();
    assert_eq!(types(&rest), ["EXPORT_START"]);
    // Nobody is told of what is not theirs, and fylr's clients never wait.
    let other = scene.get("/api/v1/event/poll/0", &scene.bob).await.json();
    assert_eq!(other, json!([]));
    let none = scene.ask_fylr(Method::GET, "event/poll/5", &Value::Null).await.json();
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
async fn a_poll_gives_twenty_five_events_unless_asked_for_more_and_a_thousand_at_most() {
    let scene = Scene::new().await;
    let number = scene.put(&document("a")).await;
    let head = scene.coordinator.numbered(number).await.unwrap().unwrap();
    let hundred = (0..100).map(|nth| Map::from_iter([("url".to_owned(), json!(nth))]));
    let hundred: Vec<Map<String, Value>> = hundred.collect();
    for record in 0..11 {
        let fetched = Happened {
            what: What::Downloaded,
            of: format!("fetched {record}"),
            at: scene.coordinator.ambient.now(),
            export: head.id,
            number,
            version: head.version,
            info: Map::new(),
            each: Some(Each::These(hundred.clone())),
        };
        scene.coordinator.chronicle.append(&head.owner, &fetched).await.unwrap();
    }
    for (query, count) in [("", 25), ("?limit=7", 7), ("?limit=0", 1000), ("?limit=5000", 1000)] {
        let path = format!("event/poll/0{query}");
        let polled = scene.ask(Method::GET, &path, &Value::Null).await.json();
        assert_eq!(polled.as_array().unwrap().len(), count, "{query}");
    }
    let bad = scene.ask(Method::GET, "event/poll/0?limit=x", &Value::Null).await;
    assert_eq!(bad.status, 400);
}

#[tokio::test]
async fn a_session_polls_from_where_it_began() {
    let scene = Scene::new().await;
    scene.exported(&document("a"), State::Done).await;
    let login = format!("/api/v1/session/authenticate?login=ann&password={}", scene.ann);
    let session = scene.post(&login, "", &Value::Null).await.json();
    assert_eq!(session["current_max_event_id"], 5);
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
        ["EXPORT_STOPPED", "EXPORT_FINISH"]
    );
    assert_eq!(list(&format!("date_from={now}")).await.0, 3);
    assert_eq!(list("limit=1&offset=2").await, (8, vec!["EXPORT_INSERT".to_owned()]));
    assert_eq!(list("limit=1&sort=_id.DESC").await.1, ["EXPORT_STOPPED"]);
    for sort in ["_id", "timestamp.DESC"] {
        let of_exports = format!("base_type=export&sort={sort}");
        let all = list(&of_exports).await.1;
        assert_eq!(all[if sort == "_id" { 0 } else { 5 }], "EXPORT_INSERT");
        for offset in 0..8 {
            let rest = list(&format!("{of_exports}&offset={offset}")).await;
            assert_eq!(rest, (6, all[offset.min(6)..].to_vec()), "{sort} {offset}");
            let two = list(&format!("{of_exports}&offset={offset}&limit=2")).await.1;
            assert_eq!(two, all[offset.min(6)..(offset + 2).min(6)], "{sort} {offset}");
        }
    }
    for (query, count) in [
        ("base_type=export", 6),
        ("base_type=object", 2),
        ("pollable=true", 6),
        ("pollable=0", 2),
        ("user_id=ann", 8),
        ("user_id=bob", 0),
        ("user_type=easydb", 8),
        ("group_id=1", 0),
        ("date_to=2000-01-01", 0),
        ("object_id=1&type=EXPORT_START", 1),
    ] {
        assert_eq!(list(query).await.0, count, "{query}");
    }
    let uncounted = scene.ask(Method::GET, "event/list?skip_count=1", &Value::Null).await.json();
    assert!(uncounted["count"].is_null());
    for query in ["date_from=soon", "sort=timestamp,type", "sort=DESC", "pollable=maybe"] {
        let bad = scene.ask(Method::GET, &format!("event/list?{query}"), &Value::Null).await;
        assert_eq!(bad.status, 400, "{query}");
        assert_eq!(bad.json()["code"], "error.api.invalid_value", "{query}");
    }
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
    let polled = scene.ask(Method::GET, "event/poll/5", &Value::Null).await.json();
    assert_eq!(types(&polled), ["EXPORT_DELETE"]);
    assert_eq!(polled[0]["event"]["object_id"], number);
}

/// An export whose run had two objects; its number.
async fn with_objects(scene: &Scene) -> u64 {
    let number = scene.put(&document("a")).await;
    let run = scene.run_of(number).await;
    for (ordinal, id) in [(0, 113), (1, 114)] {
        let line = json!({"objecttype": "bild", "id": id, "system_object_id": 11_000 + id,
            "version": 3});
        let key = proto::key::Key::exported(run, ordinal);
        scene.store.put_if_absent(&key, format!("{line}\n").into()).await.unwrap();
    }
    scene.end_run(number, State::Done).await;
    number
}

#[tokio::test]
async fn objects_are_told_of_one_by_one_where_they_are_asked_for() {
    let scene = Scene::new().await;
    let number = with_objects(&scene).await;
    let listed = scene.ask(Method::GET, "event/list?type=EXPORT_OBJECT", &Value::Null).await.json();
    assert_eq!(listed["count"], 2);
    let one = &listed["objects"][0]["event"];
    assert_eq!((&one["_id"], &one["objecttype"]), (&json!(4), &json!("bild")));
    assert_eq!((&one["object_id"], &one["object_version"]), (&json!(114), &json!(3)));
    assert_eq!(one["info"]["export"]["_id"], number);
    for query in ["offset=1&limit=1", "sort=_id&offset=3&limit=1"] {
        let path = format!("event/list?{query}");
        let alone = scene.ask(Method::GET, &path, &Value::Null).await.json();
        assert_eq!((&alone["objects"][0]["event"], &alone["count"]), (one, &json!(5)), "{query}");
    }
    let alone = scene.ask(Method::GET, "event/4", &Value::Null).await.json();
    assert_eq!(&alone["event"], one);
    for (event, asker) in [("6", &scene.ann), ("4", &scene.bob)] {
        let none = scene.get(&format!("/api/v1/event/{event}?token={asker}"), "").await;
        assert_eq!(none.status, 404);
    }
    let table = scene.ask(Method::GET, "event/list?format=csv&csv_delimiter=;", &Value::Null).await;
    let text = String::from_utf8(table.body.to_vec()).unwrap();
    assert!(text.starts_with("\"_id\";\"timestamp\";\"type\""), "{text}");
    assert_eq!(text.lines().filter(|line| line.contains("\"EXPORT_OBJECT\"")).count(), 2);
}

#[tokio::test]
async fn events_are_forgotten_by_the_filters_of_a_list() {
    let scene = Scene::new().await;
    scene.exported(&document("a"), State::Done).await;
    let forgotten =
        scene.ask(Method::DELETE, "event/list?type=EXPORT_START,EXPORT_FINISH", &Value::Null).await;
    assert_eq!(forgotten.json()["count"], 2);
    let listed = scene.ask(Method::GET, "event/list?base_type=export", &Value::Null).await.json();
    assert_eq!(types(&listed["objects"]), ["EXPORT_INSERT"]);
    let next = scene.exported(&document("b"), State::Done).await;
    let polled = scene.ask(Method::GET, "event/poll/5?limit=1", &Value::Null).await.json();
    assert_eq!(
        (&polled[0]["event"]["_id"], &polled[0]["event"]["object_id"]),
        (&json!(6), &json!(next))
    );
}

#[tokio::test]
async fn no_more_is_forgotten_than_a_list_shows() {
    let scene = Scene::new().await;
    with_objects(&scene).await;
    let delete = async |query: &str| scene.ask(Method::DELETE, query, &Value::Null).await.json();
    let left = async || {
        let path = "event/list?sort=_id";
        types(&scene.ask(Method::GET, path, &Value::Null).await.json()["objects"])
    };
    let all = left().await;
    assert_eq!(all[..3], ["EXPORT_INSERT", "EXPORT_START", "EXPORT_OBJECT"]);
    // What might have been meant to spare something is refused.
    for query in ["event/list?bastype=asset", "event/list?type=EXPORT_START&format=csv"] {
        let refused = scene.ask(Method::DELETE, query, &Value::Null).await;
        let told = refused.json();
        assert_eq!(
            (refused.status.as_u16(), &told["code"]),
            (400, &json!("error.api.attribute_not_accepted")),
            "{query}"
        );
    }
    // The word of fylr's clients.
    let kept = scene.ask_fylr(Method::DELETE, "event/list?basetype=asset", &Value::Null).await;
    assert_eq!((kept.json()["count"].clone(), left().await), (json!(0), all.clone()));
    // Of the two objects, which are told of together, the window shows one.
    assert_eq!(delete("event/list?limit=2").await["count"], 1);
    assert_eq!(left().await, all[..4]);
    assert_eq!(delete("event/list?limit=1&offset=2").await["count"], 1);
    assert_eq!(left().await, [&all[..1], &all[2..4]].concat());
    let both = json!([3, 4, 99]);
    let refused = scene.ask(Method::DELETE, "event?limit=1", &both).await;
    assert_eq!(refused.status, 400);
    assert_eq!(scene.ask(Method::DELETE, "event", &json!([3, 99])).await.json()["count"], 0);
    assert_eq!(scene.ask(Method::DELETE, "event", &both).await.json()["count"], 2);
    assert_eq!(left().await, ["EXPORT_INSERT"]);
    assert_eq!(delete("event").await["count"], 1);
    assert!(left().await.is_empty());
}
