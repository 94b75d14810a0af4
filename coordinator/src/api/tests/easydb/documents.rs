//! Exports made, listed and deleted.

use axum::http::Method;
use proto::run::State;
use serde_json::{Value, json};

use super::super::scene::Scene;
use super::document;

#[tokio::test]
async fn an_export_is_shown_as_it_was_made_in_its_normal_form() {
    let scene = Scene::new().await;
    let mut sent = document("Bilder");
    sent["export"]["_version"] = json!(1);
    sent["export"]["merge_max_depth"] = json!("1");
    sent["export"]["eas_fields"] = json!(["bild.datei"]);
    let made = scene.ask(Method::PUT, "export", &sent).await.json();
    assert_eq!((&made["_basetype"], &made["export"]["_version"]), (&json!("export"), &json!(1)));
    assert_eq!(made["export"]["eas_fields"]["bild.datei"]["files"], true);
    assert!(made.get("code").is_none() && made["_state"] == "pending");
    let number = made["export"]["_id"].as_u64().unwrap();
    let shown = scene.ask(Method::GET, &format!("export/{number}"), &Value::Null).await.json();
    assert_eq!(shown["export"], made["export"]);
    assert_eq!((&shown["_files"], &shown["_schedules"]), (&json!([]), &json!([])));
    let inserted = &shown["_log"][0]["event"];
    assert_eq!(
        (&inserted["type"], &inserted["object_id"]),
        (&json!("EXPORT_INSERT"), &json!(number))
    );
}

#[tokio::test]
async fn an_export_without_a_name_is_called_after_its_number() {
    let scene = Scene::new().await;
    let number =
        scene.put(&json!({"export": {"type": "download", "search": {}, "json": true}})).await;
    let shown = scene.ask(Method::GET, &format!("export/{number}"), &Value::Null).await.json();
    assert_eq!(shown["export"]["name"], format!("easydb-download-{number}"));
}

#[tokio::test]
async fn mistakes_are_told_in_the_words_of_the_product() {
    let scene = Scene::new().await;
    let check = async |document: &Value, status: u16, code: &str, other: &str| {
        let answer = scene.ask(Method::PUT, "export", document).await;
        assert_eq!(answer.status, status, "{document}");
        let told = answer.json();
        assert_eq!(told["code"], code, "{document}");
        assert_eq!(told["realm"], code.split('.').nth(1).unwrap());
        let answer = scene.ask_fylr(Method::POST, "export", document).await;
        let told = answer.json();
        assert_eq!((&told["code"], &told["realm"]), (&json!(other), &json!("api")), "{document}");
        assert_eq!(told["parameters"]["statuscode"], status);
    };
    scene.put(&document("a")).await;
    check(&document("a"), 409, "error.user.export_name_duplicate", "ExportDuplicateName").await;
    let nameless = json!({"export": {"search": {}, "xml": true}, "_schedules": [{}]});
    check(&nameless, 400, "error.user.export_name_required", "ExportNameRequired").await;
    let mistyped = json!({"export": {"search": {}, "fields": 3}});
    check(&mistyped, 400, "error.api.type_mismatch", "TypeMismatch").await;
    let unmeant = json!({"export": {"search": {}, "type": "backup"}});
    check(&unmeant, 400, "error.api.invalid_value", "InvalidValue").await;
    let everything = json!({"export": {"xml": true}});
    check(&everything, 400, "error.api.attribute_expected", "AttributeExpected").await;
    let unsaid = json!({"export": {"search": {}, "eas_fields": {"a.b": {"data": [{}]}}}});
    check(&unsaid, 400, "error.api.attribute_expected", "AttributeExpected").await;
    let long = document(&"ä".repeat(201));
    check(&long, 400, "error.api.invalid_value", "InvalidValue").await;
    let mut flat = document("flat");
    flat["export"]["mapping"] = json!("easydb_flat");
    flat["export"]["merge_linked_objects"] = json!("all");
    let answer = scene.ask(Method::PUT, "export", &flat).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.json()["code"]),
        (400, &json!("error.api.invalid_value"))
    );
    let broken = format!("/api/v1/export?token={}", scene.ann);
    let answer = scene.send(Method::PUT, &broken, "", &[], "{").await;
    assert_eq!(answer.json()["code"], "error.api.invalid_content");
    let answer = scene.ask(Method::GET, "nothing", &Value::Null).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["realm"]), (404, &json!("api")));
    // None of them left anything behind.
    assert_eq!(scene.ask(Method::GET, "export", &Value::Null).await.json()["count"], 1);
}

#[tokio::test]
async fn a_name_is_free_again_once_its_export_is_gone_or_renamed() {
    let scene = Scene::new().await;
    let first = scene.put(&document("a")).await;
    let renamed = json!({"export": {"name": "b"}});
    scene.end_run(first, State::Done).await;
    assert_eq!(scene.ask(Method::POST, &format!("export/{first}"), &renamed).await.status, 200);
    let second = scene.put(&document("a")).await;
    scene.end_run(first, State::Done).await;
    let back = json!({"export": {"name": "a"}});
    assert_eq!(scene.ask(Method::POST, &format!("export/{first}"), &back).await.status, 409);
    let path = format!("export/{second}");
    assert_eq!(scene.ask(Method::DELETE, &path, &Value::Null).await.status, 200);
    assert_eq!(scene.ask(Method::GET, &path, &Value::Null).await.status, 404);
    assert_eq!(scene.put(&document("a")).await, second + 1);
    // Names are unique to an owner, not to all.
    let theirs = format!("/api/v1/export?token={}", scene.bob);
    let made = scene.send(Method::PUT, &theirs, "", &[], &document("a").to_string()).await;
    assert_eq!(made.status, 200);
}

#[tokio::test]
async fn lists_are_cut_filtered_and_short() {
    let scene = Scene::new().await;
    let mut numbers = Vec::new();
    for (name, kind) in [("a", "export"), ("b", "download"), ("c", "export_incremental")] {
        let mut document = document(name);
        document["export"]["type"] = json!(kind);
        numbers.push(scene.put(&document).await);
    }
    scene.end_run(numbers[1], State::Failed).await;
    let list = async |query: &str| {
        let page = scene.ask(Method::GET, &format!("export{query}"), &Value::Null).await.json();
        let objects = page["objects"].as_array().unwrap().iter();
        let names: Vec<String> = objects
            .map(|one| {
                assert!(
                    ["_files", "_log", "_schedules", "_transports", "_downloads"]
                        .iter()
                        .all(|key| one.get(*key).is_none())
                );
                one["export"]["name"].as_str().unwrap().to_owned()
            })
            .collect();
        (page["count"].as_u64().unwrap(), names)
    };
    let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(list("").await, (3, names(&["c", "b", "a"])));
    assert_eq!(list("?limit=1&offset=1").await, (3, names(&["b"])));
    let filter = "?filter=type:download%2Bstatus:failed,type:export_incremental";
    assert_eq!(list(filter).await, (2, names(&["c", "b"])));
    assert_eq!(list("?filter=status:done").await, (0, Vec::new()));
    let unknown = scene.ask_fylr(Method::GET, "export?filter=name:x", &Value::Null).await;
    assert_eq!(unknown.json()["error"], "Unknown column \"name\"");
    let whole = scene.ask(Method::GET, "export", &Value::Null).await.json();
    assert_eq!((&whole["limit"], &whole["offset"]), (&json!(null), &json!(0)));
}

#[tokio::test]
async fn the_log_is_as_long_as_it_is_asked_for() {
    let scene = Scene::new().await;
    let number = scene.exported(&document("a"), State::Done).await;
    let log = async |format: &str| {
        let path = format!("export/{number}?format={format}");
        let shown = scene.ask(Method::GET, &path, &Value::Null).await;
        shown.json()["_log"].as_array().map(|log| {
            log.iter()
                .map(|one| one["event"]["type"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        })
    };
    let whole = log("long").await.unwrap();
    assert_eq!(whole[..2], ["EXPORT_INSERT", "EXPORT_START"]);
    assert_eq!(whole.last().unwrap(), "EXPORT_FINISH");
    assert_eq!(log("standard").await.unwrap()[0], "EXPORT_START");
    assert_eq!(log("short").await, None);
    let path = format!("export/{number}?format=huge");
    assert_eq!(scene.ask(Method::GET, &path, &Value::Null).await.status, 400);
}

#[tokio::test]
async fn what_was_tolerated_is_in_the_log() {
    let scene = Scene::new().await;
    let sent = |name: &str| {
        let mut sent = document(name);
        (sent["export"]["limit"], sent["export"]["flat"]) = (json!(null), json!(null));
        sent
    };
    let of_easydb = scene.ask(Method::PUT, "export", &sent("a")).await.json();
    let of_fylr = scene.ask_fylr(Method::PUT, "export", &sent("b")).await.json();
    for made in [of_easydb, of_fylr] {
        let log = made["_log"].as_array().unwrap();
        let is_warning = |one: &&Value| one["event"]["type"] == "EXPORT_WARNING";
        let warnings: Vec<&Value> = log.iter().filter(is_warning).collect();
        assert_eq!(warnings.len(), 1, "{made:#}");
        let told = &warnings[0]["event"]["info"]["warnings"];
        let unknown = "export.limit is not known and was left out";
        let nulls = "null stands for the default of export.limit, export.flat";
        assert_eq!(*told, json!([unknown, nulls]));
    }
}

#[tokio::test]
async fn a_profile_that_is_not_there_is_refused_at_once() {
    let scene = Scene::new().await;
    let mut document = document("a");
    for (name, status) in [("nobody", 400), ("../dublin-core", 400), ("dublin-core", 200)] {
        document["export"]["mapping"] = json!(name);
        let made = scene.ask(Method::PUT, "export", &document).await;
        assert_eq!(made.status, status, "{name}: {}", String::from_utf8_lossy(&made.body));
        if status == 400 {
            assert_eq!(made.json()["parameters"]["attribute"], "export.mapping");
        }
    }
}
