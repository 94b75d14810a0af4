//! `show`: one export.

use bytesize::ByteSize;
use serde_json::Value;

use super::client::{Client, items, text};
use crate::cli;
use crate::exit::{self, Exit};

/// Shows one export.
pub(crate) async fn show(args: cli::Selected) -> anyhow::Result<Exit> {
    let client = Client::new(args.server)?;
    let answer = match client.export(args.export).await? {
        Ok(answer) => answer,
        Err(exit) => return Ok(exit),
    };
    client.show(&answer, describe);
    Ok(Exit::Done)
}

/// An export for people: its last run, what went wrong, where its archives are.
pub(super) fn describe(export: &Value) {
    let (run, schedule) = (&export["run"], &export["schedule"]);
    exit::print(&format!("{}  {}", text(&export["id"]), text(&export["name"])));
    if !schedule.is_null() {
        exit::print(&format!("next run due {}", text(&schedule["next"])));
    } else if export["definition"]["paused"] == true {
        exit::print("schedules paused");
    }
    if run.is_null() {
        return;
    }
    exit::print(&format!(
        "run {}: {}, {}",
        text(&run["run"]),
        text(&run["state"]),
        counts(&run["finished"])
    ));
    for (kind, key) in [("error", "faults"), ("warning", "warnings")] {
        for fault in items(&run[key]) {
            exit::print(&format!(
                "{kind}: {} {} [{}]",
                text(&fault["place"]),
                text(&fault["message"]),
                text(&fault["code"])
            ));
        }
    }
    for link in items(&run["downloads"]) {
        for volume in items(&link["volumes"]) {
            exit::print(&format!("{}  until {}", text(&volume["url"]), text(&link["expires"])));
        }
    }
}

/// What a run has finished.
pub(super) fn counts(counts: &Value) -> String {
    let number = |key: &str| counts[key].as_u64().unwrap_or_default();
    let bytes = ByteSize::b(number("bytes"));
    format!(
        "{} records, {bytes} in {} batches, {} warnings",
        number("records"),
        number("batches"),
        number("warnings")
    )
}
