//! What a search of a folder gives, held against another program's reading of easydb's documentation.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tests::Objects;

use super::catalogue::{made, small};

/// Asks a folder so many searches that the program makes up for it.
async fn check(folder: &Path, searches: usize) {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/catalogue_search.py");
    let mut python = Command::new("python3");
    python.arg("-B").arg(program).arg(folder).arg(searches.to_string());
    let output = python.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let objects = Objects::open(folder).await.unwrap();
    let (mut asked, mut some) = (0, 0);
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let told: Value = serde_json::from_str(line).unwrap();
        let search = told["search"].as_object().unwrap().clone();
        let found = objects.found(search).await.unwrap();
        let expected: Vec<u64> = serde_json::from_value(told["ids"].clone()).unwrap();
        assert_eq!(found, expected, "{:#}", told["search"]);
        asked += 1;
        some += usize::from(!found.is_empty() && found.len() < objects.len());
    }
    assert_eq!(asked, searches);
    assert!(some > searches / 4, "{some} of {asked} find some objects and not all");
}

#[tokio::test]
async fn searches_give_what_another_reading_of_the_documentation_gives() {
    check(&small(), 400).await;
}

#[tokio::test]
async fn searches_of_more_objects_give_it_too() {
    let dir = tempfile::tempdir().unwrap();
    made(90, dir.path());
    check(dir.path(), 80).await;
}
