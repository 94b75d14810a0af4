//! Exports are accepted, and are exports as all others are.

use axum::http::Method;
use proto::definition::Packer;
use proto::id::Owner;
use proto::run::{Counts, State};
use serde_json::{Value, json};

use super::super::scene::{ARCHIVE, Scene};
use super::{EXPORT, configuration, in_bag, run_of, text};

#[tokio::test]
async fn a_bag_has_one_address_and_files_have_one_each() {
    let scene = Scene::new().await;
    let bag = scene.call(Method::POST, "/deriva/export/bdbag", "ann", &in_bag()).await;
    assert_eq!(bag.status, 201, "{}", text(&bag));
    assert_eq!(bag.header("content-type"), "text/uri-list");
    assert_eq!(bag.header("location"), "");
    let run = run_of(text(&bag));
    assert_eq!(text(&bag), format!("{EXPORT}bdbag/{}", run.export));
    let file = scene.call(Method::POST, "/deriva/export/file/", "ann", &configuration()).await;
    assert_eq!(file.status, 201, "{}", text(&file));
    let run = run_of(text(&file));
    assert_eq!(text(&file), format!("{EXPORT}file/{}/flights.csv", run.export));
    assert_eq!(file.header("location"), text(&file));
    let mut two = configuration();
    let processors = two["catalog"]["query_processors"].as_array_mut().unwrap();
    let mut second = processors[0].clone();
    second["processor_params"]["output_path"] = json!("sub/\u{e4} b");
    processors.push(second);
    let files = scene.call(Method::POST, "/deriva/export/file", "ann", &two).await;
    let urls: Vec<&str> = text(&files).split('\n').collect();
    assert_eq!(urls.len(), 2, "{urls:?}");
    assert!(urls[1].ends_with("/sub/%C3%A4%20b.csv"), "{urls:?}");
    assert_eq!(files.header("location"), "");
}

#[tokio::test]
async fn the_api_of_all_exports_has_it_too() {
    let scene = Scene::new().await;
    let url = scene.made("/deriva/export/bdbag", &in_bag()).await;
    let shown = scene.get(&format!("/v1/exports/{}", run_of(&url).export), &scene.ann).await;
    assert_eq!((shown.status.as_u16(), shown.json()["run"]["run"].as_u64()), (200, Some(1)));
    let path = format!("/v1/exports/{}", run_of(&url).export);
    assert_eq!(scene.get(&path, &scene.bob).await.status, 404);
}

#[tokio::test]
async fn the_api_of_all_exports_stops_it_and_tries_it_again() {
    let scene = Scene::new().await;
    let url = scene.made("/deriva/export/bdbag", &in_bag()).await;
    let (run, ann) = (run_of(&url), Owner::try_from("ann".to_owned()).unwrap());
    let told = async |what: &str| {
        let path = format!("/v1/exports/{}/{what}", run.export);
        let told = scene.post(&path, &scene.ann, &Value::Null).await;
        assert_eq!(told.status, 202, "{what}: {told:?}");
    };
    let seen = async || scene.call(Method::GET, &url, "ann", &Value::Null).await;
    told("stop").await;
    let head = scene.coordinator.head(&ann, run.export).await.unwrap();
    scene.coordinator.end_stopped(run, &head, Counts::default()).await.unwrap();
    let stopped = seen().await;
    assert_eq!(stopped.status, 409, "{}", text(&stopped));
    assert!(text(&stopped).contains("the export was stopped"), "{}", text(&stopped));
    scene.pass(60);
    told("retry").await;
    assert_eq!(seen().await.status, 503, "it goes on");
    scene.end_made(&url, Packer::Zip, State::Done, vec![]).await;
    let made = seen().await;
    assert_eq!((made.status.as_u16(), &made.body[..]), (200, ARCHIVE), "at the same address");
}

#[tokio::test]
async fn what_queries_for_variables_find_is_asked_at_one_snapshot() {
    let scene = Scene::new().await;
    let mut env = configuration();
    env["catalog"]["catalog_id"] = json!("1@2SN-AP");
    let asks = json!({"processor": "env", "processor_params":
        {"query_path": "/entity/s:t/id=1", "query_keys": ["title"]}});
    let processors = env["catalog"]["query_processors"].as_array_mut().unwrap();
    processors[0]["processor_params"]["output_path"] = json!("{title}");
    processors.insert(0, asks);
    let url = scene.made("/deriva/export/file", &env).await;
    assert!(url.ends_with("/Plain%202SN-AP.csv"), "{url}");
}

#[tokio::test]
async fn who_is_signed_in_reads_with_their_rights_and_who_is_not_what_is_open() {
    let scene = Scene::new().await;
    let from = async |name: &str, id: &str| {
        let mut configuration = configuration();
        configuration["catalog"]["catalog_id"] = json!(id);
        let made = scene.call(Method::POST, "/deriva/export/file", name, &configuration).await;
        if made.status != 201 {
            return made.status.as_u16().to_string();
        }
        let key = proto::key::Key::definition(run_of(text(&made)).export, 1);
        let stored: proto::run::StoredDefinition =
            fabric::record::read(&*scene.store, &key).await.unwrap();
        stored.definition.outputs[0].from.clone()
    };
    assert_eq!(from("ann", "1").await, "own");
    assert_eq!(from("", "1").await, "open");
    assert_eq!(from("ann", "2").await, "own");
    assert_eq!(from("", "2").await, "401");
}

#[tokio::test]
async fn files_that_are_open_are_for_whoever_asks_as_rows_are() {
    let scene = Scene::new().await;
    let mut files = configuration();
    files["catalog"]["query_processors"][0] = json!({"processor": "download", "processor_params":
        {"query_path": "/attribute/s:t/url:=uri,filename", "output_path": "files"}});
    let made = scene.call(Method::POST, "/deriva/export/file", "", &files).await;
    assert_eq!(made.status, 201, "{}", text(&made));
}

#[tokio::test]
async fn a_bag_tells_who_asked_for_it() {
    let scene = Scene::new().await;
    let told = async |name: &str, configuration: &Value| {
        let made = scene.call(Method::POST, "/deriva/export/bdbag", name, configuration).await;
        let key = proto::key::Key::definition(run_of(text(&made)).export, 1);
        let stored: proto::run::StoredDefinition =
            fabric::record::read(&*scene.store, &key).await.unwrap();
        let packer = serde_json::to_value(stored.definition.transports[0].packer()).unwrap();
        packer["bag"]["research_object"].clone()
    };
    let of_ann = told("ann", &in_bag()).await;
    assert_eq!(of_ann["retrieved_by"], json!({"name": "ann of Example"}));
    assert_eq!(of_ann["author"], json!({"name": "ann of Example"}));
    let mut own = in_bag();
    own["catalog"]["token"] = json!("session-of-bob");
    assert_eq!(told("", &own).await["retrieved_by"], json!({"name": "bob of Example"}));
    let of_nobody = told("", &in_bag()).await;
    assert!(of_nobody.is_object() && of_nobody.get("retrieved_by").is_none(), "{of_nobody}");
}

#[tokio::test]
async fn what_nobody_made_is_kept_for_a_day_and_all_else_for_a_week() {
    let scene = Scene::new().await;
    for (name, hours) in [("", 24), ("ann", 7 * 24)] {
        let made = scene.call(Method::POST, "/deriva/export/file", name, &configuration()).await;
        let key = proto::key::Key::definition(run_of(text(&made)).export, 1);
        let stored: proto::run::StoredDefinition =
            fabric::record::read(&*scene.store, &key).await.unwrap();
        assert_eq!(stored.definition.lifetime, std::time::Duration::from_hours(hours), "{name}");
    }
}

#[tokio::test]
async fn nothing_that_lets_anybody_in_is_kept() {
    let scene = Scene::new().await;
    let mut own = configuration();
    own["catalog"]["token"] = json!("session-of-bob");
    let made = scene.call(Method::POST, "/deriva/export/file", "", &own).await;
    assert_eq!(made.status, 201, "{}", text(&made));
    let run = run_of(text(&made));
    let shown = scene.get(&format!("/v1/exports/{}", run.export), &scene.bob).await;
    assert_eq!(shown.status, 200);
    let key = proto::key::Key::definition(run.export, 1);
    let (bytes, _) = scene.store.get(&key).await.unwrap();
    assert!(!String::from_utf8_lossy(&bytes).contains("session-of"));
}
