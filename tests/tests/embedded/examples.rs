//! The examples that the documentation shows first give what another program, reading the same
//! sources, says they should.

use std::path::Path;

use super::desk::Desk;
use super::material::{example, scenario};
use super::ran::Ran;
use super::tool::tool;

async fn run(name: &str) -> (Desk, Ran) {
    let desk = Desk::new();
    let ran = desk.ask(&example(name).join("export.json")).done().await;
    (desk, ran)
}

/// Lets the scenario's own program compare what came out with what went in.
fn judge(name: &str, unpacked: &Path) {
    let program = scenario(name).join("judge.py");
    let verdict =
        tool("python3", [program.as_os_str(), example(name).as_os_str(), unpacked.as_os_str()]);
    assert_eq!(verdict, "as it should be\n");
}

#[tokio::test]
async fn the_flights_are_those_that_python_picks_and_every_reader_takes_the_archive() {
    let (_desk, ran) = run("flights").await;
    assert_eq!(ran.entries().len(), 20);
    let unpacked = ran.unpacked();
    tool("xmllint", ["--noout".as_ref(), unpacked.join("weather.xml").as_os_str()]);
    judge("flights", &unpacked);
}

#[tokio::test]
async fn the_drawings_are_untouched_and_every_reader_takes_the_archive() {
    let (_desk, ran) = run("clipart").await;
    assert_eq!(ran.entries().len(), 62);
    judge("clipart", &ran.unpacked());
}

#[tokio::test]
async fn the_drawings_come_as_easydb_exports_them() {
    let desk = Desk::new();
    let ran = desk.ask(&example("clipart").join("easydb.json")).done().await;
    let names: Vec<String> = ran.entries().into_iter().map(|entry| entry.name).collect();
    let ending = |end: &'static str| names.iter().filter(move |name| name.ends_with(end));
    let many = |end: &'static str| ending(end).count();
    assert_eq!((many(".svg"), many(".xml"), many(".csv")), (60, 1, 1), "{names:?}");
    let unpacked = ran.unpacked();
    let xml = ending(".xml").next().unwrap();
    tool("xmllint", ["--noout".as_ref(), unpacked.join(xml).as_os_str()]);
    let text = std::fs::read_to_string(unpacked.join(xml)).unwrap();
    assert_eq!(text.matches("\n  <drawing>").count(), 60);
    assert!(text.contains("<name type=\"text_oneline\">Leigh Purdie</name>"), "links are merged");
}
