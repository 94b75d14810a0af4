//! Exports that name what was there when they were made, and is gone: a stylesheet, a mapping profile, a target,
//! a user, and types, fields and pools of the catalogue. Each is listed, shown and changed as before; its run says what is
//! gone, or does without.

use std::path::Path;

use serde_json::{Value, json};

use super::material::scenario;
use super::served::Served;
use crate::dialect::Guest;

/// How many objects a run has though something is gone, or the code that it tells and the state that it ends in.
type Expected = Result<usize, (&'static str, &'static str)>;

/// What is there in the beginning; `with` is what goes.
fn config(with: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("catalogues/small");
    let folder = folder.display();
    let named = if with.is_empty() { "" } else { "stylesheets = { 4711 = \"titles\" }\n" };
    format!(
        "[easydb]\nsource = \"catalogue\"\n{named}\
         [sources.catalogue]\nkind = \"easydb\"\npath = \"{folder}\"\n\
         [email]\nserver = \"smtp://127.0.0.1:9\"\nstarttls = \"never\"\nfrom = \"exports@example.org\"\n\
         [coordinator]\nattempts = 2\ndeliver_for = \"1s\"\n{with}"
    )
}

/// Exports and their transports, each of which names something of that.
fn cases() -> [(Value, Value, Expected); 7] {
    [
        (
            json!({"xml": true, "xml_one_file_per_object": true,
            "xslt_xml_post_processing": {"_id": 4711}}),
            json!([]),
            Err(("xslt_failed", "failed")),
        ),
        (
            json!({"xml": true, "xml_one_file_per_object": true, "mapping": "dublin-core"}),
            json!([]),
            Err(("unknown_mapping", "done_with_warnings")),
        ),
        (
            json!({"xml": true}),
            json!([{"type": "rsync", "options": {"destination": "backup"}}]),
            Err(("unknown_target", "done_with_warnings")),
        ),
        (
            json!({"xml": true}),
            json!([{"type": "email", "email": {"recipients":
            [{"user": {"login": "eve"}}]}}]),
            Err(("unknown_recipient", "done_with_warnings")),
        ),
        (
            json!({"xml": true, "json": true, "search": {"objecttypes": ["gone"], "search": []}}),
            json!([]),
            Ok(0),
        ),
        (
            json!({"xml": true, "json": true, "fields": {"bild.gone": {}, "gone.gone": {}},
            "eas_fields": {"gone.datei": {"files": true}}}),
            json!([]),
            Ok(30),
        ),
        (
            json!({"csv": {}, "json": true, "search": {"search": [{"type": "in",
            "fields": ["bild._pool.pool._id"], "in": [999]}]}}),
            json!([]),
            Ok(0),
        ),
    ]
}

#[tokio::test]
async fn exports_that_name_what_is_gone_are_shown_and_changed_and_say_so_when_they_run() {
    let there = scenario("easydb");
    let there = format!(
        "[worker]\nstylesheets = \"{0}\"\nmappings = \"{0}\"\n\
         [targets.backup]\nkind = \"rsync\"\nto = \"{{folder}}/backup\"\n\
         [users.eve]\nemail = \"eve@example.org\"\n",
        there.display()
    );
    let served = Served::start(&config(&there)).await;
    std::fs::create_dir(served.path("backup")).unwrap();
    let local = Guest(served.api.clone());
    // They wait for a day that does not come while this runs.
    let waits = json!([{"days_of_month": [31], "hours": [3], "minutes": [59]}]);
    let mut made = Vec::new();
    for (nth, (export, transports, expected)) in cases().iter().enumerate() {
        let mut document = json!({"_schedules": waits, "_transports": transports,
            "export": {"name": format!("case {nth}"), "search": {"search": []}}});
        document["export"].as_object_mut().unwrap().extend(export.as_object().cloned().unwrap());
        made.push((local.puts(&document).await, *expected));
    }
    let served = served.again(&config("")).await;
    let local = Guest(served.api.clone());
    let listed = local.0.get("/api/v1/export").await.unwrap().body;
    assert_eq!(listed["count"], made.len(), "{listed:#}");
    for (nth, (path, expected)) in made.iter().enumerate() {
        let shown = local.0.get(path).await.unwrap();
        assert_eq!(shown.status, 200, "{nth}: {:#}", shown.body);
        // As a form sends it back: all of it, with another name.
        let mut document = json!({"export": shown.body["export"],
            "_schedules": shown.body["_schedules"], "_transports": shown.body["_transports"]});
        document["export"]["name"] = format!("renamed {nth}").into();
        document["export"]["_version"] = 2.into();
        let changed = local.0.post(path, &document).await.unwrap();
        assert_eq!(changed.status, 200, "{nth}: {:#}", changed.body);
        assert_eq!(changed.body["export"]["name"], format!("renamed {nth}"));
        local.starts(path).await;
        let ended = local.sees_end(path, 1).await;
        let state = match *expected {
            Ok(objects) => {
                assert_eq!(local.reads(path, &ended).await.len(), objects, "{nth}: {ended:#}");
                "done"
            }
            Err((code, state)) => {
                assert!(ended.to_string().contains(code), "{nth}: {code} is not in {ended:#}");
                state
            }
        };
        assert_eq!(ended["_state"], state, "{nth}: {ended:#}");
        assert_eq!(local.0.delete(path).await.unwrap().status, 200);
    }
    // Anew it is not made, nor is one changed so that it names it.
    let other = json!({"export": {"name": "other", "search": {}, "xml": true}});
    let other = local.puts(&other).await;
    local.sees_end(&other, 1).await;
    let number = other.rsplit('/').next().unwrap();
    let named = json!({"export": {"_id": number, "_version": 2}, "_transports":
        [{"type": "rsync", "options": {"destination": "backup", "password": "CANARY"}}]});
    let refused = local.0.post(&other, &named).await.unwrap();
    assert_eq!((refused.status.as_u16(), &refused.body["code"]), (400, &json!("InvalidValue")));
    let told = &refused.body["parameters"];
    assert_eq!(told["attribute"], "_transports.0.options.destination", "{told:#}");
    assert_eq!(told["code"], "unknown_target", "{told:#}");
    assert_eq!(told["hint"], "ask the operator for a target of kind rsync; there is none");
    assert!(!refused.body.to_string().contains("CANARY"));
    assert_eq!(local.0.get(&other).await.unwrap().body["export"]["_version"], 1);
    assert_eq!(local.0.delete(&other).await.unwrap().status, 200);
    let document = json!({"export": {"name": "new", "search": {}, "xml": true},
        "_transports": [{"type": "rsync", "options": {"destination": "backup"}}]});
    let refused = local.0.put("/api/v1/export", &document).await.unwrap();
    assert_eq!(refused.status, 400, "{:#}", refused.body);
    assert_eq!(local.0.get("/api/v1/export").await.unwrap().body["objects"], Value::Array(vec![]));
}
