//! What the runs are made from: the examples, and the scenarios of `tests/scenarios/`.

use std::path::{Path, PathBuf};

use serde_json::Value;

/// A file of the examples.
pub(super) fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(name).canonicalize().unwrap()
}

/// A file of the scenarios.
pub(super) fn scenario(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name)
}

/// A definition with enough to do to be met in the middle: a hundred batches and more, tables of
/// all formats, thousands of files.
pub(super) fn busy(batch_size: u64) -> Value {
    serde_json::json!({
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
