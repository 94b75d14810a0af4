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
    for transport in items(&run["transports"]) {
        describe_transport(transport);
    }
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

/// A transport: how far it is, what happened to it, who has what it handed over.
fn describe_transport(transport: &Value) {
    let moved = &transport["moved"];
    let moved = match (moved["bytes"].as_u64(), moved["of"].as_u64()) {
        (Some(bytes), Some(of)) => format!(", {} of {}", ByteSize::b(bytes), ByteSize::b(of)),
        (Some(_) | None, _) => String::new(),
    };
    exit::print(&format!(
        "transport {} ({}, {}): {}, try {}{moved}",
        text(&transport["transport"]),
        text(&transport["type"]),
        text(&transport["packer"]),
        text(&transport["state"]),
        text(&transport["attempts"]),
    ));
    for entry in items(&transport["log"]) {
        let why = if entry["code"].is_null() {
            String::new()
        } else {
            format!(": {} [{}]", text(&entry["message"]), text(&entry["code"]))
        };
        exit::print(&format!("  {}  {}{why}", text(&entry["at"]), text(&entry["step"])));
    }
    for receipt in items(&transport["receipts"]) {
        let answer = text(&receipt["delivered"]["answer"]);
        let answer = if answer.is_empty() { answer } else { format!(", answered: {answer}") };
        exit::print(&format!(
            "  {}  received by {}{answer}",
            text(&receipt["at"]),
            text(&receipt["recipient"])
        ));
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
