//! Records taken apart, from the options to the rows.

use proto::definition::Options;
use proto::plan::Holds;

use super::*;
use crate::page::{Cell, Kind, Page};
use crate::walk::Malformed;

/// A page of JSON values, a column each for the fields `a`, `b`, … .
fn page(rows: &[&[&str]]) -> Page {
    let mut page = Page::new(rows[0].len());
    for raw in rows.iter().copied().flatten() {
        let (kind, text) = crate::json::cell(raw).unwrap();
        page.push(kind, &text);
    }
    page
}

fn rules(options: &str, fields: usize) -> Rules {
    let names: Vec<String> = ('a'..).take(fields).map(String::from).collect();
    let options: Options = serde_json::from_str(options).unwrap();
    Rules::new(&options, &names, &names).unwrap()
}

/// The header and the rows, NULL as `-`.
fn check(options: &str, records: &[&[&str]], expected: &[&str]) {
    let rules = rules(options, records[0].len());
    // The same, however the records come.
    for size in [1, records.len()] {
        let mut learner = Learner::new(rules.clone());
        for chunk in records.chunks(size) {
            learner.page(&page(chunk)).unwrap();
        }
        let columns = learner.columns();
        let mut flattener = Flattener::new(rules.clone(), &columns);
        let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        let mut lines = vec![names.join("|")];
        for chunk in records.chunks(size) {
            let take = |rows: &Page| {
                lines.extend(rows.rows().map(|row| {
                    for (column, cell) in columns.iter().zip(row.cells(columns.len())) {
                        let found = holds::of(cell.kind, cell.text);
                        assert_eq!(holds::both(column.holds, found), column.holds, "{cell:?}");
                    }
                    let shown = |cell: Cell<'_>| match cell.kind {
                        Kind::Null => "-".to_owned(),
                        Kind::Text | Kind::Number | Kind::Bool | Kind::Json => cell.text.to_owned(),
                    };
                    row.cells(columns.len()).map(shown).collect::<Vec<_>>().join("|")
                }));
                Ok::<_, Malformed>(())
            };
            flattener.rows(&page(chunk), take).unwrap();
        }
        assert_eq!(lines, expected, "{size} at a time");
    }
}

#[test]
fn nested_values_are_columns_in_the_order_they_are_met() {
    check(
        r#"{"flatten": {}}"#,
        &[
            &["1", r#"{"x": {"y": "\u00e4\n"}, "l": [1, {"z": true}]}"#],
            &["2", r#"{"l": [2, {"w": 3}, 4], "x": null, "n": []}"#],
            &["3", "\"plain\""],
            &["4", "null"],
        ],
        &[
            "a|b|b.x.y|b.l[0]|b.l[1].z|b.l[1].w|b.l[2]",
            "1|-|ä\n|1|true|-|-",
            "2|-|-|2|-|3|4",
            "3|plain|-|-|-|-|-",
            "4|-|-|-|-|-|-",
        ],
    );
}

#[test]
fn separators_are_what_the_options_say_and_lists_of_plain_values_can_be_joined() {
    check(
        r#"{"flatten": {"separator": "/", "item": "({})", "join": "; "}}"#,
        &[&[r#"{"t": ["x", "y\"", null, 3], "o": [{"k": 1}, [2, 3]]}"#], &[r#"{"t": []}"#]],
        &["a/t|a/o(0)/k|a/o(1)", "x; y\"; 3|1|2; 3", "-|-|-"],
    );
}

#[test]
fn columns_without_values_go_where_they_are_not_wanted() {
    let records: &[&[&str]] =
        &[&["null", r#"{"x": "", "y": 1}"#, "\"\""], &["null", r#"{"z": null}"#, "null"]];
    check(r#"{"flatten": {}, "empty_columns": "drop"}"#, records, &["b.y", "1", "-"]);
    check(r#"{"flatten": {}}"#, records, &["a|b.x|b.y|b.z|c", "-||1|-|", "-|-|-|-|-"]);
}

#[test]
fn every_language_asked_for_is_a_column_and_no_other() {
    check(
        r#"{"languages": {"fields": ["a"], "tags": ["de-DE", "en-US", "fr-FR"]}}"#,
        &[&[r#"{"en-US": "ship", "de-DE": "Schiff", "it-IT": "nave"}"#], &["null"]],
        &["a#de-DE|a#en-US|a#fr-FR", "Schiff|ship|-", "-|-|-"],
    );
    check(
        r#"{"languages": {"fields": ["a"], "tags": ["de"], "separator": " "}}"#,
        &[&["\"only one\""], &[r#"{"de": "x"}"#]],
        &["a|a de", "only one|-", "-|x"],
    );
}

#[test]
fn paths_are_a_column_for_each_level_or_one_for_all() {
    let records: &[&[&str]] =
        &[&[r#"["Europe", "Germany"]"#], &[r#"["Europe", "France", "Paris"]"#]];
    let options =
        |levels: &str| format!(r#"{{"hierarchies": {{"fields": ["a"], "as": "{levels}"}}}}"#);
    check(&options("column"), records, &["a#0|a#1|a#2", "Europe|Germany|-", "Europe|France|Paris"]);
    check(&options("/"), records, &["a", "Europe / Germany", "Europe / France / Paris"]);
    check(&options(">"), records, &["a", "Europe > Germany", "Europe > France > Paris"]);
}

#[test]
fn paths_in_several_languages_are_told_apart() {
    let records: &[&[&str]] = &[&[r#"[{"de": "Europa", "en": "Europe"}, {"en": "Germany"}]"#]];
    let options = |levels: &str| {
        format!(
            r#"{{"languages": {{"fields": ["a"], "tags": ["de", "en"]}},
                "hierarchies": {{"fields": ["a"], "as": "{levels}"}}}}"#
        )
    };
    check(&options("column"), records, &["a#de#0|a#en#0|a#en#1", "Europa|Europe|Germany"]);
    check(&options(">"), records, &["a#de|a#en", "Europa|Europe > Germany"]);
}

#[test]
fn columns_that_would_be_called_the_same_are_told_apart() {
    let rules = {
        let options: Options = serde_json::from_str(r#"{"flatten": {}}"#).unwrap();
        let names = ["a.x".to_owned(), "a".to_owned()];
        Rules::new(&options, &names, &names).unwrap()
    };
    let mut learner = Learner::new(rules);
    learner.page(&page(&[&["1", r#"{"x": 2.5}"#]])).unwrap();
    let columns = learner.columns();
    let found: Vec<(&str, Holds)> =
        columns.iter().map(|column| (column.name.as_str(), column.holds)).collect();
    assert_eq!(found, [("a.x", Holds::Integers), ("a.x_2", Holds::Doubles)]);
}

#[test]
fn joined_columns_without_values_go_where_they_are_not_wanted() {
    let drop = r#"{"flatten": {"join": "; "}, "empty_columns": "drop"}"#;
    check(drop, &[&["1", "[null, null]"], &["2", r#"["", null]"#]], &["a", "1", "2"]);
    check(drop, &[&["1", r#"["", ""]"#]], &["a|b", "1|; "]);
    let nothing_between = r#"{"flatten": {"join": ""}, "empty_columns": "drop"}"#;
    check(nothing_between, &[&["1", r#"["", ""]"#]], &["a", "1"]);
    let paths = r#"{
        "languages": {"fields": ["a"], "tags": ["de", "fr"]},
        "hierarchies": {"fields": ["a"], "as": "/"},
        "empty_columns": "drop"
    }"#;
    let places = r#"[{"de": "Europa", "fr": null}, {"de": "Berlin", "fr": null}]"#;
    check(paths, &[&[places]], &["a#de", "Europa / Berlin"]);
}

#[test]
fn a_key_that_comes_twice_is_what_its_values_are() {
    let flatten = r#"{"flatten": {}}"#;
    let records: &[&[&str]] = &[&[r#"{"x": 1, "x": 2}"#]];
    check(flatten, records, &["a.x", "2"]);
    assert_eq!(held(flatten, records), [Holds::Integers]);
}

/// What each column holds.
fn held(options: &str, records: &[&[&str]]) -> Vec<Holds> {
    let mut learner = Learner::new(rules(options, records[0].len()));
    learner.page(&page(records)).unwrap();
    learner.columns().iter().map(|column| column.holds).collect()
}

#[test]
fn values_that_are_joined_are_a_text_also_one_by_itself() {
    let join = r#"{"flatten": {"join": "; "}}"#;
    for lists in [["[1]", "[2.5]"], ["[1]", "[2, 3]"], ["[2, 3]", "[1]"], ["[true]", "[false]"]] {
        let records: Vec<&[&str]> = lists.iter().map(std::slice::from_ref).collect();
        assert_eq!(held(join, &records), [Holds::Texts], "{lists:?}");
    }
    check(join, &[&["[1]"], &["[2]"], &["[null]"]], &["a", "1", "2", "-"]);
    check(join, &[&[r#"["", ""]"#], &[r#"[""]"#]], &["a", "; ", ""]);
    let path = r#"{"hierarchies": {"fields": ["a"], "as": "/"}}"#;
    let levels: &[&[&str]] = &[&["[1]"], &["[true]"], &[r#"[{"k":2}]"#]];
    check(path, levels, &["a", "1", "true", r#"{"k":2}"#]);
    check(path, &[&["7"], &["[8]"]], &["a|a_2", "7|-", "-|8"]);
    assert_eq!(held(path, &[&["7"], &["[8]"]]), [Holds::Integers, Holds::Texts]);
}

#[test]
fn values_without_end_are_refused() {
    let wide: Vec<String> = (0..20_000).map(|nth| format!("\"k{nth}\":1")).collect();
    let wide = format!("{{{}}}", wide.join(","));
    let mut learner = Learner::new(rules(r#"{"flatten": {}}"#, 1));
    assert_eq!(learner.page(&page(&[&[&wide]])), Err(Unlearned::TooMany));
}

#[test]
fn fields_that_are_not_written_are_told() {
    let options: Options =
        serde_json::from_str(r#"{"languages": {"fields": ["x"], "tags": ["de"]}}"#).unwrap();
    assert_eq!(Rules::new(&options, &[], &[]).unwrap_err(), NoField("x".to_owned()));
}

#[test]
fn half_a_surrogate_pair_is_replaced_and_counted() {
    let rules = rules(r#"{"flatten": {}}"#, 1);
    let page = page(&[&[r#"{"x": "a\ud800"}"#]]);
    let mut learner = Learner::new(rules.clone());
    learner.page(&page).unwrap();
    let mut flattener = Flattener::new(rules, &learner.columns());
    let mut seen = Vec::new();
    let take = |rows: &Page| {
        seen.extend(rows.rows().map(|row| (row.cell(0).kind, row.cell(0).text.to_owned())));
        Ok::<_, Malformed>(())
    };
    flattener.rows(&page, take).unwrap();
    assert_eq!(seen, [(Kind::Text, "a\u{FFFD}".to_owned())]);
    assert_eq!(flattener.replaced().count, 1);
    assert!(flattener.replaced().first.is_some());
}
