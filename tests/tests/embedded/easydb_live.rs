//! A catalogue that is asked for while it is exported, with all that goes wrong with a server: what comes out
//! is, byte for byte, what the same objects in a folder make, and another program finds each of their values in it.

use serde_json::{Value, json};

use super::desk::Desk;
use super::easydb::{Judged, judged_in};
use crate::easydb::live::Live;

/// Runs a definition over the folder and over the server; both archives are the same. What Python saw when it held all
/// of the server's against the folder, by the rule and depth of merging and by what the search gives.
pub(super) async fn check(live: &Live, definition: &Value, asked: (&str, u8, &[&str])) -> Judged {
    let desk = Desk::new();
    let mut runs = Vec::new();
    for (name, source) in [("folder", live.in_folder()), ("server", live.behind_server())] {
        let mut definition = definition.clone();
        definition["sources"] = json!({"museum": source});
        runs.push(desk.define(&definition).apart(name).config(&live.addresses()).done().await);
    }
    assert_eq!(runs[0].sha256(), runs[1].sha256());
    judged_in(&runs[1].unpacked(), live.folder(), asked, "")
}

/// Of types and fields of every kind: each object is judged, in each form that Python reads.
#[tokio::test(flavor = "multi_thread")]
async fn five_thousand_objects_of_a_troubled_server_are_those_of_its_folder() {
    let live = Live::of(5000).await;
    live.is_troubled();
    let besides = json!({"classes": {"office": [{"type": "original"}]}, "json": true, "csv": {}});
    let seen = check(&live, &Live::definition(1, &besides), ("all", 1, &[])).await;
    assert_eq!((seen.objects, seen.empty), (5000, 0));
    assert!(seen.values > 1_600_000, "{} values", seen.values);
    assert!(seen.merged > 13_000, "{} objects within others", seen.merged);
    let signed_in = live.server.sign_ins();
    assert!(signed_in > 2, "{signed_in} sign-ins");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_rule_and_depth_of_merging_asks_a_server_as_it_asks_a_folder() {
    let live = Live::of(150).await;
    let search = json!({"objecttypes": ["bild", "person"], "search": [
        {"type": "in", "bool": "should", "fields": ["bild._pool.pool._id"], "in": [10, 20, null]}]});
    let found = ["bild:10", "bild:20", "person"];
    for (rule, depth) in [("all", 3), ("in_main_search", 1), ("not_in_main_search_and_reverse", 2)]
    {
        live.is_troubled();
        let besides = json!({"merge_linked_objects": rule, "search": search, "json": true,
            "csv": {"delimiter": ";"}});
        let definition = Live::definition(depth, &besides);
        let seen = check(&live, &definition, (rule, depth, &found)).await;
        assert!(seen.objects > 60 && seen.merged > 10, "{rule}: {} {}", seen.objects, seen.merged);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn users_are_asked_for_only_where_owners_are_named() {
    let (live, desk) = (Live::of(20).await, Desk::new());
    for (name, xml) in [("json", false), ("xml", true)] {
        let mut definition = Live::definition(1, &json!({"xml": xml, "json": true, "csv": {}}));
        definition["sources"] = json!({"museum": live.behind_server()});
        desk.define(&definition).apart(name).config(&live.addresses()).done().await;
        let is_asked = live.server.asked().iter().any(|path| path == "/api/v1/user");
        assert_eq!(is_asked, xml, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_knows_a_type_no_more_fails_the_run_and_is_named() {
    let (live, desk) = (Live::of(20).await, Desk::new());
    let search = json!({"objecttypes": ["bild", "gone"], "search": []});
    let mut definition = Live::definition(1, &json!({"search": search}));
    definition["sources"] = json!({"museum": live.behind_server()});
    let ran = desk.define(&definition).config(&live.addresses()).run().await;
    assert_ne!(ran.code, 0, "{}", ran.said);
    assert!(ran.said.contains("source_refused"), "{}", ran.said);
}
