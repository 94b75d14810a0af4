//! Files in the versions that documents ask for, held against lists that are checked in: of each its path, and which
//! file of the catalogue it is, or what ImageMagick sees in it. Nothing in a list depends on how an encoder writes.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::super::desk::{Desk, below};
use super::super::material::scenario;
use super::super::served::Served;
use super::super::tool::tool;
use super::custom::served;
use super::small;
use crate::dialect::{Guest, path};
use crate::easydb::scenarios::{listed, name};

/// The name of the catalogue's file that this one is, byte for byte.
fn as_it_was(file: &Path) -> Option<String> {
    let bytes = fs::read(file).unwrap();
    let files = below(&small().join("files"));
    let same = files.iter().find(|one| fs::read(one).unwrap() == bytes)?;
    Some(same.file_name().unwrap().to_str().unwrap().to_owned())
}

/// Format, width and height, and colours of a picture.
fn seen(file: &Path) -> String {
    let format = "%m %wx%h %[colorspace]";
    let said = tool("identify", ["-format".as_ref(), format.as_ref(), file.as_os_str()]);
    // Of a BMP it tells which header it has as well.
    let (format, rest) = said.split_once(' ').unwrap();
    format!("{} {rest}", format.trim_end_matches(|sign: char| sign.is_ascii_digit()))
}

/// A line for each file that an export lets go along, in their order.
async fn lines(desk: &Desk, served: &Served, asked: &Value) -> String {
    let guest = Guest(served.api.clone());
    let export = guest.puts(&json!({"export": asked["export"]})).await;
    let shown = guest.sees_end(&export, 1).await;
    assert_eq!(shown["_state"], "done", "{shown:#}");
    let mut lines = Vec::new();
    for file in shown["_files"].as_array().unwrap().iter().filter(|file| file["eas_id"].is_u64()) {
        let whole = path(file);
        let (_, place) = whole.split_once('/').unwrap();
        let to = desk.path("fetched");
        let url = format!("{export}/{}", file["url"].as_str().unwrap());
        guest.0.download(&url, &to).await.unwrap();
        let what = as_it_was(&to).unwrap_or_else(|| seen(&to));
        lines.push(format!("{place}: {what}\n"));
    }
    lines.sort_unstable();
    lines.concat()
}

#[tokio::test]
async fn files_that_go_along_are_those_of_the_lists_that_are_checked_in() {
    let desk = Desk::new();
    let served = served(&desk).await;
    for asked in listed("listed.json") {
        let name = name(&asked);
        let expected = scenario(&format!("easydb/expected/{name}.txt"));
        let expected = fs::read_to_string(expected).unwrap();
        assert_eq!(lines(&desk, &served, &asked).await, expected, "{name}");
    }
}
