//! Searches asked of the small catalogue.

use serde_json::{Value, json};

use super::Query;
use crate::easydb::tests::small;
use crate::reading::Asked;

/// The numbers of the objects that a search gives.
async fn found(search: Value) -> Vec<u64> {
    let mut asked = Asked::all().fields(&["_system_object_id"]);
    asked.wanted.search = Some(search.as_object().unwrap().clone());
    let given = crate::reading::read(&*small(), &asked).await.unwrap();
    given.rows.iter().map(|row| row[0].1.parse().unwrap()).collect()
}

/// The numbers of the objects that one element gives.
async fn check(element: Value, expected: &[u64]) {
    let ids = found(json!({"search": [element.clone()]})).await;
    assert_eq!(ids, expected, "{element}");
}

#[tokio::test]
async fn object_types_and_no_search_give_all_of_them() {
    assert_eq!(
        found(json!({"objecttypes": ["person"], "limit": 1})).await,
        [1028, 1030, 1034, 1036]
    );
    assert_eq!(found(json!({"objecttypes": null, "search": []})).await.len(), 30);
    assert_eq!(found(json!({"objecttypes": ["gone"]})).await, [] as [u64; 0]);
}

#[tokio::test]
async fn values_are_found_in_fields_links_pools_and_files() {
    check(
        json!({"type": "in", "fields": ["_objecttype"], "in": ["schlagwort"]}),
        &[1016, 1018, 1022, 1024],
    )
    .await;
    check(json!({"type": "in", "fields": ["_system_object_id"], "in": [1040, 7]}), &[1040]).await;
    check(
        json!({"type": "in", "field": ["bild.aktiv"], "in": [true]}),
        &[1046, 1054, 1064, 1072, 1082],
    )
    .await;
    check(
        json!({"type": "in", "fields": ["bild._pool.pool._id"], "in": [20]}),
        &[1046, 1058, 1070, 1082],
    )
    .await;
    check(
        json!({"type": "in", "objecttype": "_pool", "in": [8], "include_path": true}),
        &[1040, 1042, 1052, 1054, 1060, 1064, 1072, 1076, 1078, 1088],
    )
    .await;
    check(
        json!({"type": "in", "objecttype": "person", "in": [10]}),
        &[1034, 1036, 1046, 1048, 1072, 1082, 1084],
    )
    .await;
    check(json!({"type": "in", "eas_field": "class", "in": ["office"]}), &[1054]).await;
    check(json!({"type": "in", "fields": ["_linked._asset.extension"], "in": ["pdf"]}), &[1054])
        .await;
    check(
        json!({"type": "in", "fields": ["bild._nested:bild__schlagworte.gewicht"], "in": [20]}),
        &[1046, 1058, 1070, 1082],
    )
    .await;
    check(json!({"type": "in", "fields": ["bild.ort.ort._id"], "in": [5]}), &[1058, 1072, 1088])
        .await;
}

#[tokio::test]
async fn null_is_found_where_nothing_is() {
    check(
        json!({"bool": "must", "type": "complex", "search": [
            {"type": "in", "fields": ["_objecttype"], "in": ["bild"]},
            {"type": "in", "fields": ["bild.datei"], "in": [null]},
        ]}),
        &[1052, 1070, 1088],
    )
    .await;
}

#[tokio::test]
async fn words_are_found_without_case_and_accents() {
    let person = |string: &str, mode: &str| json!({"type": "match", "string": string, "mode": mode, "fields": ["person.name"]});
    check(person("docks", "fulltext"), &[1028]).await;
    check(person("dock", "token"), &[]).await;
    check(person("?ock* 9", "wildcard"), &[1028]).await;
    check(json!({"type": "match", "string": "arm", "fields": ["ort.name"]}), &[]).await;
    check(json!({"type": "match", "string": "LEUCHT", "fields": ["schlagwort.name"], "languages": ["en-US"]}), &[1024]).await;
    check(json!({"type": "match", "string": "SÜD", "fields": ["schlagwort.name"], "languages": ["en-US"]}), &[]).await;
    check(json!({"type": "match", "string": "strasse", "fields": ["schlagwort.name"]}), &[1018])
        .await;
    check(json!({"type": "match", "string": "strasse sud", "phrase": true, "fields": ["schlagwort.name"]}), &[1018]).await;
    check(json!({"type": "match", "string": "sud strasse", "phrase": true, "fields": ["schlagwort.name"]}), &[]).await;
}

#[tokio::test]
async fn ranges_hold_numbers_dates_and_texts() {
    check(
        json!({"type": "range", "field": "_system_object_id", "from": 1082, "to": 1085}),
        &[1082, 1084],
    )
    .await;
    check(json!({"type": "range", "field": "bild.massstab", "from": 3.8}), &[1088]).await;
    check(
        json!({"type": "range", "field": "bild.jahr", "from": "1905", "to": "1906-12"}),
        &[1076, 1078],
    )
    .await;
    check(json!({"type": "range", "field": "person.geburt", "to": "1860"}), &[1028, 1030]).await;
    check(
        json!({"type": "range", "field": "_last_modified", "from": "2024-05-09T05:00:00Z"}),
        &[1088],
    )
    .await;
    check(json!({"type": "range", "field": "ort.code", "from": "O-00003"}), &[1010, 1012]).await;
}

#[tokio::test]
async fn nested_searches_hold_for_one_row() {
    let path = "bild._nested:bild__schlagworte";
    let row = |bemerkung: &str, gewicht: u64| {
        json!({"type": "nested", "path": path, "search": [
            {"type": "match", "string": bemerkung, "fields": [format!("{path}.bemerkung")]},
            {"type": "in", "fields": [format!("{path}.gewicht")], "in": [gewicht]},
        ]})
    };
    check(row("muelle", 10), &[1042]).await;
    check(row("hafen", 20), &[]).await;
}

#[tokio::test]
async fn one_of_those_that_should_hold_does_and_none_that_must_not() {
    let ids = found(json!({"search": [
        {"type": "in", "fields": ["_objecttype"], "in": ["person", "ort"]},
        {"type": "in", "fields": ["person._id"], "in": [10], "bool": "should"},
        {"type": "in", "fields": ["ort._id"], "in": [1, 2], "bool": "should"},
        {"type": "in", "fields": ["ort._id"], "in": [2], "bool": "must_not"},
    ]}))
    .await;
    assert_eq!(ids, [1000, 1028]);
}

#[test]
fn what_saved_answers_do_not_tell_is_refused_by_name() {
    for (search, expected) in [
        (
            json!({"search": [{"type": "changelog_range", "user": 1, "from": "2020"}]}),
            "an element asks for the user of changes",
        ),
        (json!({"search": [{"type": "geo"}]}), "an element has the type \"geo\""),
        (json!({"search": [{"type": "in", "in": []}]}), "an element \"in\" names no fields"),
        (json!({"search": [{"type": "range", "field": "a"}]}), "a range has neither"),
        (json!({"type": "user"}), "it looks for \"user\""),
        (json!({"search": {}}), "\"search\" is no list"),
    ] {
        let error = Query::new(search.as_object()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
