//! The tables beside the scenarios that say what holds each word of documents and each thing that comes out: they have
//! a row for everything, and what a row names is there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use proto::easydb::vocabulary;
use serde_json::Value;

use super::scenarios::{folder, listed, name};
use crate::scenario::files;

/// A line of a table: what stands between backquotes, cell by cell.
struct Row {
    what: String,
    scenarios: Vec<String>,
    tests: Vec<String>,
    /// Texts that are in what is expected of the scenarios, or in its paths.
    seen: Vec<String>,
}

impl Row {
    fn parse(line: &str) -> Option<Self> {
        let quoted =
            |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
        let mut cells = line.trim_matches('|').split('|').map(quoted);
        let what = cells.next()?.pop()?;
        let (scenarios, tests) = (cells.next()?, cells.next()?);
        Some(Self { what, scenarios, tests, seen: cells.next().unwrap_or_default() })
    }
}

/// The rows below a heading.
fn table(heading: &str) -> Vec<Row> {
    let text = fs::read_to_string(folder().join("covered.md")).unwrap();
    let mut parts = text.split("\n## ");
    let part = parts.find(|part| part.starts_with(heading)).unwrap();
    part.lines().filter(|line| line.starts_with("| `")).filter_map(Row::parse).collect()
}

/// The headings of the page that describes what comes out, and what its tables describe below each.
fn described() -> Vec<String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/formats/easydb.md");
    let page = fs::read_to_string(page).unwrap().replace('`', "");
    let (mut found, mut heading) = (Vec::new(), "");
    for (line, next) in page.lines().zip(page.lines().skip(1)) {
        if line.starts_with("##") {
            heading = line.trim_start_matches('#').trim();
            found.push(heading.to_owned());
        } else if let Some(row) = line.strip_prefix("| ").filter(|_| !next.starts_with("|--")) {
            let cell = row.split(" | ").next().unwrap().trim();
            found.push(format!("{heading}: {cell}"));
        }
    }
    found
}

/// Everything that is expected of a scenario: the paths of its files, and what is in them.
fn expected(scenario: &str) -> Option<String> {
    let place = folder().join("expected").join(scenario);
    let list = fs::read_to_string(place.with_extension("txt")).ok();
    if list.is_some() || !place.is_dir() {
        return list;
    }
    let files = files(&place).into_iter();
    let texts = files.map(|(path, content)| {
        format!("{scenario}/{path}\n{}\n", String::from_utf8_lossy(&content))
    });
    Some(texts.collect())
}

/// The names of the tests below a folder.
fn tests(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let entries: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    for path in entries {
        if path.is_dir() {
            found.extend(tests(&path));
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let marks = ["\n#[test]", "\n#[tokio::test"];
        let after = marks.iter().flat_map(|mark| text.split(mark).skip(1));
        let named = after.filter_map(|rest| rest.split_once("fn ")?.1.split_once('('));
        found.extend(named.map(|(name, _)| name.to_owned()));
    }
    found
}

/// Whether a document says a key anywhere, and this word of it.
fn says(document: &Value, key: &str, word: Option<&str>) -> bool {
    match document {
        Value::Object(map) => map.iter().any(|(one, value)| {
            let is_it = one == key && word.is_none_or(|word| value == word);
            is_it || says(value, key, word)
        }),
        Value::Array(list) => list.iter().any(|value| says(value, key, word)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

#[test]
fn every_word_of_documents_has_a_row_and_scenarios_that_say_it() {
    let rows = table("Attributes");
    let mut known = vocabulary();
    let mut told: Vec<String> = rows.iter().map(|row| row.what.clone()).collect();
    known.sort_unstable();
    told.sort_unstable();
    assert_eq!(told, known);
    let documents = [listed("documents.json"), listed("listed.json")].concat();
    for row in &rows {
        let (key, word) = match row.what.split_once(": ") {
            Some((key, word)) => (key, Some(word)),
            None => (row.what.as_str(), None),
        };
        let key = key.rsplit('.').next().unwrap();
        for scenario in &row.scenarios {
            let mut its = documents.iter().filter(|document| name(document) == scenario);
            let is_said = its.any(|document| says(&document["export"], key, word));
            assert!(is_said, "{scenario} does not say {}", row.what);
        }
    }
}

#[test]
fn everything_that_is_described_of_what_comes_out_has_a_row() {
    let rows: BTreeSet<String> = table("Output").into_iter().map(|row| row.what).collect();
    let described = described();
    assert!(described.len() > 40, "{described:?}");
    for what in described {
        assert!(rows.contains(&what), "{what} has no row");
    }
}

#[test]
fn what_rows_name_is_there() {
    let tests = tests(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests"));
    let mut named = BTreeSet::new();
    for row in table("Attributes").into_iter().chain(table("Output")) {
        let Row { what, scenarios, tests: by, seen } = row;
        assert!(!scenarios.is_empty() || !by.is_empty(), "nothing holds {what}");
        for test in by {
            assert!(tests.contains(&test), "{what}: there is no test {test}");
        }
        let listed = scenarios.iter().map(|scenario| {
            expected(scenario)
                .unwrap_or_else(|| panic!("{what}: nothing is expected of {scenario}"))
        });
        let listed: String = listed.collect();
        for text in seen {
            assert!(listed.contains(&text), "{what}: {text} is nowhere in {scenarios:?}");
        }
        named.extend(scenarios);
    }
    for entry in fs::read_dir(folder().join("expected")).unwrap() {
        let path = entry.unwrap().path();
        let scenario = path.file_stem().unwrap().to_str().unwrap();
        assert!(named.contains(scenario), "no row names {scenario}");
    }
}
