//! What documents say to plugins, and keys that nothing public says the meaning of: with them the same comes out as
//! without, and a plugin that is not there is refused before anything runs.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};
use tests::sha256;

use super::served::Served;
use crate::dialect::Guest;

/// A server that speaks as an easydb 5 does, whose JSON tells no times of its own.
pub(super) async fn served() -> Served {
    let small = Path::new(env!("CARGO_MANIFEST_DIR")).join("catalogues/small");
    Served::start(&format!(
        "[easydb]\nsource = \"museum\"\nproduct = \"easydb5\"\n\
         [sources.museum]\nkind = \"easydb\"\npath = \"{}\"\n",
        small.display(),
    ))
    .await
}

/// What comes out of an export with some keys besides, by its paths below the export's own folder; and the export.
async fn made(served: &Served, name: &str, besides: &Value) -> (BTreeMap<String, String>, Value) {
    let guest = Guest(served.api.clone());
    let export = guest.makes(name, besides).await;
    ended(served, &export, 1).await
}

/// The same of an export that is there, once so many of its runs have ended.
async fn ended(served: &Served, export: &str, runs: usize) -> (BTreeMap<String, String>, Value) {
    let guest = Guest(served.api.clone());
    let shown = guest.sees_end(export, runs).await;
    assert_eq!(shown["_state"], "done", "{shown:#}");
    let mut files = BTreeMap::new();
    for file in shown["_files"].as_array().unwrap() {
        let to = served.path("fetched");
        let url = format!("{export}/{}", file["url"].as_str().unwrap());
        guest.0.download(&url, &to).await.unwrap();
        let (_, place) = file["path"].as_str().unwrap().split_once('/').unwrap();
        files.insert(place.to_owned(), sha256(&to).unwrap());
    }
    (files, shown)
}

#[tokio::test]
async fn what_is_said_to_easydb_s_own_producer_changes_no_byte() {
    let served = served().await;
    let (plain, _) = made(&served, "plain", &Value::Null).await;
    let has = |end: &str| plain.keys().any(|path| path.ends_with(end));
    assert!(has(".json") && has(".png") && has(".pdf"), "{plain:?}");
    let (emptied, shown) = made(&served, "emptied", &json!({"produce_options": null})).await;
    assert_eq!(emptied, plain);
    assert_eq!(shown["export"]["produce_options"], json!({"plugin": "easydb"}));
    let options = json!({"addLinkedData": true, "plugin": "easydb"});
    let (asked, shown) = made(&served, "asked", &json!({"produce_options": options})).await;
    assert_eq!(asked, plain);
    assert_eq!(shown["export"]["produce_options"], options);
    assert!(!shown["_log"].to_string().contains("EXPORT_WARNING\""), "{:#}", shown["_log"]);
}

#[tokio::test]
async fn another_plugin_is_refused_and_leaves_everything_as_it_is() {
    let served = served().await;
    let guest = Guest(served.api.clone());
    let options = json!({"plugin": "pptx", "layout": "wide"});
    let export = guest.makes("slides", &Value::Null).await;
    guest.sees_end(&export, 1).await;
    let new = json!({"export": {"name": "new", "search": {}, "json": true,
        "produce_options": options}});
    let change = json!({"export": {"produce_options": options}});
    let put = guest.0.put("/api/v1/export", &new).await.unwrap();
    let post = guest.0.post(&export, &change).await.unwrap();
    for refused in [put, post] {
        assert_eq!(refused.status, 400, "{:#}", refused.body);
        assert_eq!(
            (&refused.body["realm"], &refused.body["code"]),
            (&json!("api"), &json!("error.api.invalid_value"))
        );
        let told = refused.body.to_string();
        assert!(told.contains("export.produce_options.plugin") && told.contains("pptx"), "{told}");
    }
    assert_eq!(guest.0.get("/api/v1/export").await.unwrap().body["count"], 1);
    let shown = guest.0.get(&export).await.unwrap().body;
    assert_eq!(
        (&shown["_state"], &shown["export"]["produce_options"]),
        (&json!("done"), &json!({"plugin": "easydb"}))
    );
}

#[tokio::test]
async fn keys_of_fylr_without_a_public_meaning_change_no_byte_and_are_named_in_the_log() {
    let served = served().await;
    let (plain, _) = made(&served, "plain", &Value::Null).await;
    let keys = ["file_metadata", "no_inheritance", "file_url_expire_days"];
    let besides =
        json!({"file_metadata": true, "no_inheritance": true, "file_url_expire_days": 30});
    let (asked, shown) = made(&served, "asked", &besides).await;
    assert_eq!(asked, plain);
    let log = shown["_log"].to_string();
    for key in keys {
        assert!(log.contains(&format!("export.{key} has no effect")), "{key} is not in {log}");
    }
    // Where they ask for nothing there is nothing to tell.
    let besides =
        json!({"file_metadata": false, "no_inheritance": false, "file_url_expire_days": false});
    let (asked, shown) = made(&served, "off", &besides).await;
    assert_eq!(asked, plain);
    assert!(!shown["_log"].to_string().contains("has no effect"), "{:#}", shown["_log"]);
}

/// As a form sends it back: all of the export, with who it belongs to, which nobody says but the server.
#[tokio::test]
async fn what_a_server_tells_is_sent_back_and_changes_nothing() {
    let served = served().await;
    let (plain, shown) = made(&served, "plain", &Value::Null).await;
    let mut export = shown["export"].clone();
    let path = format!("/api/v1/export/{}", export["_id"]);
    let somebody = json!({"_basetype": "user", "user": {"_id": 7, "login": "eve"}});
    export["_version"] = json!(2);
    export["user_id"] = json!(7);
    export["_user"] = somebody.clone();
    export["_owner"] = somebody;
    let guest = Guest(served.api.clone());
    let changed = guest.0.post(&path, &json!({"export": export})).await.unwrap();
    assert_eq!(changed.status, 200, "{:#}", changed.body);
    assert_eq!(changed.body["export"]["_version"], 2);
    assert_eq!(changed.body["_owner"], shown["_owner"]);
    let (again, shown) = ended(&served, &path, 2).await;
    assert_eq!(again, plain);
    assert!(!shown["_log"].to_string().contains("is not known"), "{:#}", shown["_log"]);
}
