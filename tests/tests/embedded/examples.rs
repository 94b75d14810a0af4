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
