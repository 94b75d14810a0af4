//! The datasets of the manual's examples: made-up pictures in a folder, and the same in tables.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::super::desk::Desk;
use super::super::tool::tool;

/// The tables: whose records they hold, what they are called, and their columns.
const TABLES: [(&str, &str, &str); 4] = [
    ("datasets", "sets", "id text, name text, modality text, status text"),
    (
        "entries",
        "images",
        "id text COLLATE \"C\", dataset_id text, name text, resource text, priority int, status text",
    ),
    ("annotations", "shapes", "id text, entry_id text, dimensions json, annotation json"),
    ("medias", "files", "id text, resource text, key text, filename text, meta json"),
];

/// Lays the folder down.
pub(super) fn lay_down(desk: &Desk) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/datasets.py");
    let folder = desk.path("labels");
    let [sets, entries, annotations] = ["2", "8", "3"].map(OsStr::new);
    tool("python3", [script.as_os_str(), folder.as_os_str(), sets, entries, annotations]);
}

/// The statements that make the tables of it.
pub(super) fn sql(desk: &Desk) -> String {
    let mut sql = String::new();
    for (records, table, columns) in TABLES {
        let lines = fs::read_to_string(desk.path(&format!("labels/{records}.jsonl"))).unwrap();
        let list = lines.lines().collect::<Vec<_>>().join(",");
        write!(
            sql,
            "CREATE TABLE {table} ({columns}); INSERT INTO {table} \
             SELECT * FROM json_populate_recordset(NULL::{table}, $records$[{list}]$records$); "
        )
        .unwrap();
    }
    sql.push_str("ALTER TABLE images RENAME COLUMN dataset_id TO \"set\"");
    sql
}
