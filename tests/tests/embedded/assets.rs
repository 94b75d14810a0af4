//! Files of records: which of them are taken, and what they are called.

use serde_json::{Value, json};
use tests::sha256;

use super::desk::Desk;
use super::ran::Ran;

const JPEG: &[u8] = b"\xff\xd8\xff\xe0 as far as its first bytes tell";

/// Records with files of all classes, several versions, and opinions of their own.
fn records() -> String {
    let versions = json!({"original_filename": "Moon.tif", "versions":
        {"original": "a/moon.tif", "small": {"file": "a/s.jpg", "width": 400}}});
    let records = [
        json!({"id": 1, "file": versions}),
        json!({"id": 2, "file": versions, "own": {"versions": ["original"]}}),
        json!({"id": 3, "file": ["b/photo.mp4", "b/talk.mp3", "b/text.pdf", "b/empty"]}),
        json!({"id": 4, "file": "b/photo.mp4", "own": false}),
        json!({"id": 5, "file": "b/talk.mp3", "own": {"classes": ["audio"]}}),
        json!({"id": 6, "file": {"file": "b/photo.mp4", "original_filename": "MOON.TIF"}}),
        json!({"id": 7, "file": {"versions": {"huge": "b/photo.mp4"}}}),
        json!({"id": 8, "file": "b/photo.mp4", "own": {"class": "image"}}),
        json!({"id": 9, "file": "b/gone.jpg"}),
        json!({"id": 10, "file": "c/gone.jpg"}),
    ];
    records.map(|record| format!("{record}\n")).concat()
}

fn definition(batch_size: u64, assets: &Value) -> Value {
    json!({
        "name": "Files",
        "batch_size": batch_size,
        "on_error": "warn",
        "outputs": [{"to": "m/", "from": "r", "assets": assets}],
        "sources": {"r": {"kind": "jsonl", "path": "r.jsonl"}},
    })
}

fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("r.jsonl", records());
    desk.write("a/moon.tif", b"II*\0 the moon");
    desk.write("a/s.jpg", JPEG);
    desk.write("b/photo.mp4", JPEG);
    desk.write("b/talk.mp3", b"ID3 a talk");
    desk.write("b/text.pdf", b"%PDF-1.7 a text");
    desk.write("b/empty", b"");
    desk.write("c/gone.jpg", JPEG);
    desk
}

/// The names in the archive, and codes and subjects of the warnings; batches of any size must give
/// the same.
async fn check(assets: &Value, names: &[&str], warned: &[(&str, &str)]) {
    for batch_size in [1, 3, 0] {
        let desk = desk();
        let ran = desk.define(&definition(batch_size, assets)).run().await;
        assert_eq!(ran.code, 3, "{}", ran.said);
        let found: Vec<String> = ran.entries().into_iter().map(|entry| entry.name).collect();
        let (files, told): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|name| name != "warnings.jsonl" && name != "renamed.jsonl");
        assert_eq!(files, names, "batches of {batch_size}");
        let is_renamed = names.iter().any(|name| name.contains('~'));
        assert_eq!(told.len(), 1 + usize::from(is_renamed), "{told:?}");
        let told = warnings(&ran);
        let told: Vec<_> =
            told.iter().map(|(code, subject)| (code.as_str(), subject.as_str())).collect();
        assert_eq!(told, warned);
    }
}

fn warnings(ran: &Ran) -> Vec<(String, String)> {
    let text = ran.text("warnings.jsonl");
    let told = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    told.map(|told| (text(&told["code"]), text(&told["subject"]))).collect()
}

#[tokio::test]
async fn files_are_chosen_by_class_and_version_and_records_say_otherwise() {
    let assets = json!({
        "field": "file", "classes": ["image"], "versions": ["small", "original"], "overrides": "own",
        "name": "{id}-{_asset.version}-{_asset.class}-{_asset.width}-{_asset.original_filename}",
    });
    let names = [
        "m/1-small-image-400-Moon.tif",
        "m/2-original-image--Moon.tif",
        "m/3--image--photo.mp4",
        "m/5--audio--talk.mp3",
        "m/6--image--MOON.TIF",
        "m/10--image--gone.jpg",
    ];
    let warned = [
        ("asset_missing", r#"{"versions":{"huge":"b/photo.mp4"}}"#),
        ("asset_missing", r#"{"class":"image"}"#),
        ("asset_missing", "b/gone.jpg"),
    ];
    check(&assets, &names, &warned).await;
}

#[tokio::test]
async fn files_keep_the_folders_of_their_references_and_clashes_end_the_same_every_time() {
    let assets = json!({"field": "file", "layout": "folders", "overrides": "own"});
    let names = [
        "m/a/moon.tif",
        "m/a/moon~2.tif",
        "m/b/photo.mp4",
        "m/b/talk.mp3",
        "m/b/text.pdf",
        "m/b/empty",
        "m/b/talk~2.mp3",
        "m/b/photo~2.mp4",
        "m/b/photo~3.mp4",
        "m/c/gone.jpg",
    ];
    let warned = [("asset_missing", r#"{"class":"image"}"#), ("asset_missing", "b/gone.jpg")];
    check(&assets, &names, &warned).await;
}

#[tokio::test]
async fn a_file_has_the_digest_that_its_record_tells() {
    let desk = desk();
    let (sha256, md5) =
        (sha256(&desk.path("a/s.jpg")).unwrap(), "d41d8cd98f00b204e9800998ecf8427e");
    let rows = [
        json!({"file": "a/s.jpg", "sha": sha256.to_uppercase(), "md5": "the other counts"}),
        json!({"file": "b/empty", "sha": null, "md5": md5}),
        json!({"file": "b/text.pdf", "sha": null, "md5": ""}),
        json!({"file": "b/talk.mp3", "sha": md5, "md5": md5}),
        json!({"file": null, "sha": "of nothing", "md5": null}),
    ];
    desk.write("r.jsonl", rows.map(|row| format!("{row}\n")).concat());
    let definition = definition(0, &json!({"field": "file", "md5": "md5", "sha256": "sha"}));
    let ran = desk.define(&definition).apart("good").run().await;
    assert_eq!(ran.code, 3, "{}", ran.said);
    let warnings = ran.result()["warnings"].clone();
    assert_eq!(warnings.as_array().unwrap().len(), 1, "{warnings}");
    assert!(warnings.to_string().contains("holds no sha256"), "{warnings}");
    let found: Vec<String> = ran.entries().into_iter().map(|entry| entry.name).collect();
    assert_eq!(found[..3], ["m/s.jpg", "m/empty", "m/text.pdf"]);

    let row = json!({"file": "b/talk.mp3", "sha": null, "md5": md5});
    desk.write("r.jsonl", format!("{row}\n"));
    let mut under = desk.define(&definition).apart("bad").start();
    under.has_tried("source_unavailable").await;
    under.killed().await;
}
