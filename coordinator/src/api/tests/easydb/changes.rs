//! Exports that are changed: for the version and the export that a change names.

use axum::http::Method;
use proto::key::Key;
use proto::run::State;
use serde_json::{Value, json};

use super::super::scene::Scene;
use super::document;

#[tokio::test]
async fn a_change_is_for_the_version_that_it_names() {
    let scene = Scene::new().await;
    let number = scene.exported(&document("a"), State::Done).await;
    let path = format!("export/{number}");
    let change = |version: Option<u64>| {
        let mut change = json!({"export": {"_id": number, "json": true}});
        if let Some(version) = version {
            change["export"]["_version"] = json!(version);
        }
        change
    };
    for (version, product) in [(Some(3), 5), (Some(3), 6), (Some(1), 6), (None, 6)] {
        let answer = if product == 5 {
            scene.ask(Method::POST, &path, &change(version)).await
        } else {
            scene.ask_fylr(Method::POST, &path, &change(version)).await
        };
        let told = answer.json();
        let code = if product == 5 { "error.user.version_mismatch" } else { "VersionMismatch" };
        assert_eq!((answer.status.as_u16(), &told["code"]), (400, &json!(code)), "{version:?}");
        assert_eq!(told["parameters"]["expected"], 2);
    }
    let changed = scene.ask_fylr(Method::POST, &path, &change(Some(2))).await.json();
    assert_eq!(
        (&changed["export"]["_version"], &changed["export"]["json"]),
        (&json!(2), &json!(true))
    );
    assert_eq!(
        (&changed["export"]["xml"], &changed["export"]["name"]),
        (&json!(true), &json!("a"))
    );
    let types: Vec<&str> = changed["_log"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["event"]["type"].as_str().unwrap())
        .collect();
    assert!(types.contains(&"EXPORT_UPDATE"), "{types:?}");
}

#[tokio::test]
async fn a_change_is_for_the_export_that_it_names() {
    let scene = Scene::new().await;
    let other = scene.put(&document("other")).await;
    let number = scene.exported(&document("a"), State::Done).await;
    let path = format!("export/{number}");
    let of = |id: &Value| json!({"export": {"_id": id, "_version": 2, "json": true}});
    for (id, easydb, fylr) in [
        (json!(other), "error.api.invalid_value", "InvalidValue"),
        (json!("a"), "error.api.invalid_value", "InvalidValue"),
        (json!(null), "", "AttributeExpected"),
    ] {
        let told = scene.ask_fylr(Method::POST, &path, &of(&id)).await;
        assert_eq!((told.status.as_u16(), &told.json()["code"]), (400, &json!(fylr)), "{id}");
        assert_eq!(told.json()["parameters"]["attribute"], "export._id");
        if !easydb.is_empty() {
            let told = scene.ask(Method::POST, &path, &of(&id)).await;
            assert_eq!((told.status.as_u16(), &told.json()["code"]), (400, &json!(easydb)), "{id}");
            // Old clients send the inner part alone.
            let told = scene.ask(Method::POST, &path, &of(&id)["export"]).await;
            assert_eq!(told.status, 400, "{id}");
        }
    }
    // easydb's clients need not say it, and numbers are written as texts too.
    for id in [json!(null), json!(number.to_string())] {
        let changed = json!({"export": {"_id": id, "json": true}});
        assert_eq!(scene.ask(Method::POST, &path, &changed).await.status, 200, "{id}");
        scene.end_run(number, State::Done).await;
    }
}

#[tokio::test]
async fn what_was_changed_by_another_way_in_is_shown_as_it_is_now() {
    let scene = Scene::new().await;
    let number = scene.put(&document("a")).await;
    let export = scene.run_of(number).await.export;
    let path = format!("/v1/exports/{export}");
    let mut definition = scene.get(&path, &scene.ann).await.json()["definition"].clone();
    definition["outputs"][0]["easydb"]["json"] = json!(true);
    let put = scene.send(Method::PUT, &path, &scene.ann, &[], &definition.to_string()).await;
    assert_eq!(put.status, 200, "{put:?}");
    let shown = scene.ask(Method::GET, &format!("export/{number}"), &Value::Null).await.json();
    assert_eq!((&shown["export"]["json"], &shown["export"]["xml"]), (&json!(true), &json!(true)));
    assert_eq!(shown["export"]["_version"], 2);
}

#[tokio::test]
async fn an_export_that_was_kept_with_what_is_refused_since_can_be_renamed() {
    let scene = Scene::new().await;
    let mut sent = document("a");
    let crop = json!({"left": 0, "top": 0, "width": 4, "height": 5});
    let custom = json!({"type": "custom", "transform": {"crop": crop}});
    sent["export"]["classes"] = json!({"image": [custom]});
    let number = scene.exported(&sent, State::Done).await;
    // As it was kept before cuts that leave nothing were refused.
    let key = Key::definition(scene.run_of(number).await.export, 1);
    let (kept, tag) = scene.store.get(&key).await.unwrap();
    let kept = String::from_utf8(kept.to_vec()).unwrap();
    let empty = kept.replace("\"width\":4", "\"width\":0");
    // In the definition, and in the document that it was made of.
    assert_eq!(empty.matches("\"width\":0").count(), 2);
    scene.store.replace(&key, empty.into(), &tag).await.unwrap();
    let path = format!("export/{number}");
    let renamed = scene.ask(Method::POST, &path, &json!({"export": {"name": "b"}})).await;
    assert_eq!(renamed.status, 200, "{}", String::from_utf8_lossy(&renamed.body));
    sent["export"]["classes"]["image"][0]["transform"]["crop"]["height"] = json!(0);
    let refused = scene.ask(Method::POST, &path, &sent).await;
    assert_eq!(refused.status, 400);
    let place = "export.classes.image.0.transform.crop";
    assert_eq!(refused.json()["parameters"]["attribute"], place);
}
