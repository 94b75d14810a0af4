//! Objects above those that are searched for.

use std::fs;

use serde_json::{Value, json};

use super::super::desk::{Desk, below};
use super::super::ran::Ran;
use super::run;

/// The numbers of the objects of each file, in order.
fn ids(ran: &Ran) -> Vec<Vec<u64>> {
    let mut files = below(&ran.unpacked());
    files.sort();
    let is_json = |path: &std::path::PathBuf| path.extension() == Some("json".as_ref());
    let read = |path: std::path::PathBuf| -> Vec<u64> {
        let answer: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        let objects = answer["objects"].as_array().unwrap().iter();
        objects.map(|object| object["_system_object_id"].as_u64().unwrap()).collect()
    };
    files.into_iter().filter(is_json).map(read).collect()
}

async fn check(some: &[u64], include_parents: bool, expected: &[&[u64]]) {
    let desk = Desk::new();
    let search = json!({"search": [{"type": "in", "bool": "must",
        "fields": ["_system_object_id"], "in": some}]});
    let easydb = json!({"search": search, "json": true, "include_parents": include_parents});
    assert_eq!(ids(&run(&desk, &easydb).await), expected, "{some:?}");
}

#[tokio::test]
async fn objects_above_others_are_exported_once_whether_they_are_found_or_not() {
    check(&[1006, 1010, 1012, 1022], true, &[&[1000, 1016], &[1006, 1010, 1012, 1022]]).await;
    check(&[1006, 1010, 1012, 1022], false, &[&[1006, 1010, 1012, 1022]]).await;
    // One is found, and nothing is above others.
    check(&[1000, 1006, 1004, 1028], true, &[&[1000, 1004, 1006, 1028]]).await;
    check(&[1000, 1006, 1024], true, &[&[1000, 1006, 1024], &[1016]]).await;
}
