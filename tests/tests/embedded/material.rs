//! What the runs are made from: the examples, and the scenarios of `tests/scenarios/`.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// A file of the examples.
pub(super) fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(name).canonicalize().unwrap()
}

/// A file of the scenarios.
pub(super) fn scenario(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name)
}

/// What may be delivered: a file for each record of `names.csv`, called `each`, a table, and files of others.
/// Whoever asks for it writes the names, and says where it goes.
pub(super) fn of_all_kinds(name: &str, each: &str) -> Value {
    json!({
        "name": name,
        "outputs": [
            {"to": each, "from": "names", "format": "json", "per": "record"},
            {"to": "flights.csv", "from": "flights", "format": "csv"},
            {"to": "media/", "from": "clipart", "assets": {"field": "file"}},
        ],
        "sources": {
            "names": {"kind": "csv", "path": "names.csv"},
            "flights": {"kind": "csv", "path": example("flights/flights.csv")},
            "clipart": {"kind": "jsonl", "path": example("clipart/clipart.jsonl")},
        },
    })
}

/// A definition with enough to do to be met in the middle: a hundred batches and more, tables of
/// all formats, thousands of files.
pub(super) fn busy(batch_size: u64) -> Value {
    json!({
        "name": "Busy",
        "batch_size": batch_size,
        "outputs": [
            {"to": "flights.csv", "from": "flights", "format": "csv"},
            {"to": "weather.json", "from": "weather", "format": "json"},
            {"to": "planes/{tailnum}.json", "from": "planes", "format": "json", "per": "record"},
            {"to": "airports.jsonl", "from": "airports", "format": "jsonl"},
            {"to": "late.xml", "from": "flights", "format": "xml",
             "select": {"where": {"dep_delay": {"ge": 60}}}},
            {"to": "media/", "from": "clipart", "assets": {"field": "file"}},
        ],
        "sources": {
            "flights": {"kind": "csv", "path": example("flights/flights.csv")},
            "weather": {"kind": "jsonl", "path": example("flights/weather.jsonl")},
            "planes": {"kind": "jsonl", "path": example("flights/planes.jsonl")},
            "airports": {"kind": "csv", "path": example("flights/airports.csv")},
            "clipart": {"kind": "jsonl", "path": example("clipart/clipart.jsonl")},
        },
    })
}
