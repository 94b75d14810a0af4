//! What incremental exports of a catalogue tell of objects that are gone, and that one which comes back is exported
//! again.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::easydb_again::served;
use super::material::scenario;
use super::served::Served;
use crate::dialect::{Guest, paths};
use crate::scenario::{Files, compare, files};

/// What the list begins with.
const HEAD: &str =
    "\"_system_object_id\",\"_objecttype\",\"_global_object_id\",\"_uuid\",\"reason\"\n";

/// Writes the saved answer, with what is left of its objects.
fn save(file: &Path, whole: &str, change: impl Fn(&mut Vec<Value>)) {
    let mut answer: Value = serde_json::from_str(whole).unwrap();
    change(answer["objects"].as_array_mut().unwrap());
    fs::write(file, answer.to_string()).unwrap();
}

fn id(object: &Value) -> u64 {
    object["_system_object_id"].as_u64().unwrap()
}

/// An export, run by run.
struct Runs {
    served: Served,
    guest: Guest,
    export: String,
    ends: usize,
}

impl Runs {
    async fn of(served: Served, besides: &Value) -> Self {
        let guest = Guest(served.api.clone());
        let mut document = json!({"type": "export_incremental", "eas_fields": {}});
        document.as_object_mut().unwrap().extend(besides.as_object().cloned().unwrap());
        let export = guest.makes("changes", &document).await;
        let runs = Self { served, guest, export, ends: 0 };
        // It has begun by itself: the first start takes that run.
        runs.guest.starts(&runs.export).await;
        runs
    }

    /// The objects of the run under way, and its list of what is gone.
    async fn run(&mut self) -> (BTreeSet<u64>, Option<String>) {
        if self.ends > 0 {
            self.guest.starts(&self.export).await;
        }
        self.ends += 1;
        let shown = self.guest.sees_end(&self.export, self.ends).await;
        let objects = self.guest.reads(&self.export, &shown).await;
        let list = paths(&shown).into_iter().find(|path| path.ends_with("/deleted.csv"));
        let Some(list) = list else { return (objects, None) };
        assert!(list.contains(" INCREMENTAL changes/deleted.csv"), "{list}");
        let file = self.served.path("deleted.csv");
        let url = format!("{}/file/{list}", self.export);
        self.guest.0.download(&url, &file).await.unwrap();
        let text = fs::read_to_string(&file).unwrap();
        (objects, Some(text.strip_prefix(HEAD).unwrap().to_owned()))
    }

    /// What a run gives that is not the first.
    async fn gives(&mut self, expected: &[u64], gone: &[(u64, &str)]) {
        let (objects, list) = self.run().await;
        assert_eq!(objects.into_iter().collect::<Vec<_>>(), expected);
        let list = list.unwrap();
        let found: Vec<(u64, &str)> = list
            .lines()
            .map(|line| {
                let cells: Vec<&str> = line.split(',').map(|cell| cell.trim_matches('"')).collect();
                assert!(cells[2].starts_with(&format!("{}@", cells[0])), "{line}");
                (cells[0].parse().unwrap(), cells[4])
            })
            .collect();
        assert_eq!(found, gone);
    }
}

#[tokio::test]
async fn what_was_deleted_is_listed_once_and_comes_again_where_it_is_back() {
    let (served, file, whole) = served().await;
    fs::write(&file, &whole).unwrap();
    let mut runs = Runs::of(served, &json!({})).await;
    let (all, list) = runs.run().await;
    assert_eq!((all.len(), list), (30, None));
    save(&file, &whole, |objects| objects.retain(|object| ![1040, 1000].contains(&id(object))));
    runs.gives(&[], &[(1000, "deleted"), (1040, "deleted")]).await;
    // Nobody changed it since.
    save(&file, &whole, |objects| objects.retain(|object| id(object) != 1000));
    runs.gives(&[1040], &[]).await;
    runs.gives(&[], &[]).await;
}

/// A document without the moment that it was made at.
fn timeless(text: &str) -> String {
    const EXPORTED_AT: &str = "\"_exported_at\":\"";
    let Some((before, after)) = text.split_once(EXPORTED_AT) else { return text.to_owned() };
    let (_, after) = after.split_once('"').unwrap();
    format!("{before}{EXPORTED_AT}\"{}", timeless(after))
}

#[tokio::test]
async fn the_second_run_of_an_export_of_changes_is_what_is_checked_in() {
    let (served, file, whole) = served().await;
    save(&file, &whole, |objects| objects.retain(|object| id(object) != 1042));
    let guest = Guest(served.api.clone());
    let besides = json!({"type": "export_incremental", "eas_fields": {}});
    let export = guest.makes("changes", &besides).await;
    guest.starts(&export).await;
    guest.sees_end(&export, 1).await;
    // One is found for the first time, and one never again.
    save(&file, &whole, |objects| objects.retain(|object| id(object) != 1000));
    guest.starts(&export).await;
    let shown = guest.sees_end(&export, 2).await;
    let (mut made, to) = (Files::new(), served.path("fetched"));
    for path in paths(&shown) {
        let (top, name) = path.split_once('/').unwrap();
        assert!(top.ends_with(" INCREMENTAL changes"), "{path}");
        guest.0.download(&format!("{export}/file/{path}"), &to).await.unwrap();
        made.insert(name.to_owned(), timeless(&fs::read_to_string(&to).unwrap()).into());
    }
    compare(&made, &files(&scenario("easydb/expected/incremental")), "incremental");
}

#[tokio::test]
async fn what_the_search_no_longer_finds_is_told_from_what_was_deleted() {
    let (served, file, whole) = served().await;
    fs::write(&file, &whole).unwrap();
    let search = json!({"search": [
        {"type": "in", "bool": "must", "fields": ["_mask"], "in": ["ort__all_fields"]}]});
    let mut runs = Runs::of(served, &json!({"search": search, "csv": {"delimiter": ","}})).await;
    let (all, _) = runs.run().await;
    assert_eq!(all.into_iter().collect::<Vec<_>>(), [1000, 1004, 1006, 1010, 1012]);
    save(&file, &whole, |objects| {
        objects.retain(|object| id(object) != 1012);
        for object in objects.iter_mut().filter(|object| id(object) == 1006) {
            object["_mask"] = json!("ort__hidden");
        }
    });
    runs.gives(&[], &[(1006, "not_in_search"), (1012, "deleted")]).await;
    fs::write(&file, &whole).unwrap();
    runs.gives(&[1006, 1012], &[]).await;
}

#[tokio::test]
async fn a_catalogue_that_shows_nothing_has_nothing_deleted() {
    let (served, file, whole) = served().await;
    fs::write(&file, &whole).unwrap();
    let mut runs = Runs::of(served, &json!({})).await;
    assert_eq!(runs.run().await.0.len(), 30);
    save(&file, &whole, Vec::clear);
    runs.gives(&[], &[]).await;
    save(&file, &whole, |objects| objects.retain(|object| id(object) != 1088));
    runs.gives(&[], &[(1088, "deleted")]).await;
}

#[tokio::test]
async fn an_object_that_cannot_be_read_is_not_taken_for_deleted() {
    let (served, file, whole) = served().await;
    fs::write(&file, &whole).unwrap();
    let mut runs = Runs::of(served, &json!({})).await;
    assert_eq!(runs.run().await.0.len(), 30);
    // A number that is none.
    let broken = whole.replacen("\"_id\":23,\"_version\":", "\"_id\":23,\"_version\":0", 1);
    assert_ne!(broken, whole);
    fs::write(&file, broken).unwrap();
    runs.gives(&[], &[]).await;
}
