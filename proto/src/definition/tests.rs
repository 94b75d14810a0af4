//! Definitions as they are read: what is taken, and what is told of those that are not.

use super::*;
use crate::fault::Code;

fn places(json: &str) -> Vec<(Code, String)> {
    let faults = Definition::parse(json).unwrap_err();
    faults.into_iter().map(|fault| (fault.code, fault.place.unwrap_or_default())).collect()
}

const GOOD: &str = r#"{"name": "flights",
    "outputs": [
        {"to": "flights.csv", "from": "flights", "format": "csv", "options": {"delimiter": ";"},
         "select": {"where": {"month": [1, 2]}, "fields": ["year", {"field": "carrier", "as": "Airline"}]}},
        {"to": "carriers/{carrier}.json", "from": "airlines", "format": "json", "per": "record"},
        {"to": "media/", "from": "clipart", "assets": {"field": "file"}}],
    "batch_size": 5000, "on_error": "warn",
    "transports": [{"type": "download", "packer": "zip"}],
    "sources": {"flights": {"kind": "csv", "path": "flights.csv"},
                "live": {"kind": "postgres", "url": "postgresql://u@h/d", "table": "t", "key": "id"}}}"#;

#[test]
fn a_definition_reads_as_it_was_written() {
    let definition = Definition::parse(GOOD).unwrap();
    let again = Definition::parse(&serde_json::to_string(&definition).unwrap()).unwrap();
    assert_eq!(definition, again);
    assert_eq!(definition.lifetime, Duration::from_hours(168));
}

#[test]
fn five_mistakes_are_told_at_once_with_their_places() {
    let json = r#"{"name": "x", "on_eror": "warn", "batch_size": "many",
        "outputs": [{"to": "a.csv", "from": "a", "format": "cvs"},
                    {"from": "a", "format": "csv"},
                    {"to": "b.csv", "from": "a", "format": "csv", "options": {"delimiter": "||"}}]}"#;
    let mut found = places(json);
    found.sort();
    assert_eq!(
        found,
        [
            (Code::InvalidValue, "/batch_size".to_owned()),
            (Code::InvalidValue, "/outputs/0/format".to_owned()),
            (Code::InvalidValue, "/outputs/2/options/delimiter".to_owned()),
            (Code::UnknownField, "/on_eror".to_owned()),
            (Code::MissingField, "/outputs/1".to_owned()),
        ]
    );
}

#[test]
fn a_mistyped_word_gets_the_right_one_as_a_hint() {
    let json = r#"{"name": "x", "outputs": [{"to": "a", "from": "a", "format": "cvs"}]}"#;
    let faults = Definition::parse(json).unwrap_err();
    assert_eq!(faults[0].hint.as_deref(), Some("did you mean `csv`?"));
}

#[test]
fn a_mistake_in_a_source_is_told_where_it_is() {
    let json = r#"{"name": "x", "outputs": [{"to": "a", "from": "a", "format": "csv"}],
        "sources": {"a": {"kind": "csv", "pth": "x"}, "b": {"kind": "cvs"}}}"#;
    let mut found = places(json);
    found.sort();
    assert_eq!(
        found,
        [
            (Code::InvalidValue, "/sources/b/kind".to_owned()),
            (Code::UnknownField, "/sources/a/pth".to_owned()),
            (Code::MissingField, "/sources/a".to_owned()),
        ]
    );
}

#[test]
fn rules_between_fields_are_checked() {
    let json = r#"{"name": " ", "lifetime": "1s", "outputs": [
        {"to": "a.csv", "from": "a", "format": "csv"}, {"to": "A.csv", "from": "a", "format": "csv"},
        {"to": "{b.json", "from": "a", "format": "json", "per": "record"},
        {"to": "m/", "from": "a", "format": "json", "assets": {"field": "f"}}]}"#;
    let found = places(json);
    let places: Vec<&str> = found.iter().map(|(_, place)| place.as_str()).collect();
    assert_eq!(
        places,
        ["/name", "/lifetime", "/outputs/1/to", "/outputs/2/to", "/outputs/3/format"]
    );
}

#[test]
fn what_is_well_formed_is_checked_beside_what_is_not() {
    let json = r#"{"name": " ", "lifetime": "1s", "on_eror": "warn", "outputs": [
        {"to": "a.csv", "from": "a", "format": "csv"},
        {"to": "b.csv", "from": "a", "format": "cvs", "select": {"fields": ["x", "x"]}},
        {"to": "A.csv", "from": "a", "format": "csv"}, {"to": "c.csv", "from": "a"}]}"#;
    let mut found = places(json);
    found.sort_by(|one, other| one.1.cmp(&other.1));
    assert_eq!(
        found,
        [
            (Code::InvalidValue, "/lifetime".to_owned()),
            (Code::InvalidValue, "/name".to_owned()),
            (Code::UnknownField, "/on_eror".to_owned()),
            (Code::InvalidValue, "/outputs/1/format".to_owned()),
            (Code::DuplicateOutput, "/outputs/2/to".to_owned()),
            (Code::MissingField, "/outputs/3".to_owned()),
        ]
    );
}

#[test]
fn more_than_anybody_needs_is_refused_where_it_stands() {
    let outputs = |fields: usize| {
        let fields: Vec<String> = (0..fields).map(|field| format!("\"{field}\"")).collect();
        format!(
            r#"[{{"to": "a", "from": "a", "format": "csv", "select": {{"fields": [{}]}}}}]"#,
            fields.join(",")
        )
    };
    let mails = vec![r#""a@example.org""#; 10_000].join(",");
    let mails = format!(r#"{{"type": "email", "to": [{mails}]}}"#);
    let document = |outputs: &str, transport: &str| {
        format!(r#"{{"name": "x", "outputs": {outputs}, "transports": [{transport}]}}"#)
    };
    let long = format!("{}!", "aa-".repeat(300_000));
    let long = format!(r#"{{"type": "email", "to": ["a@b.c"], "language": "{long}"}}"#);
    let download = r#"{"type": "download"}"#;
    let too_many = |place: &str| vec![(Code::InvalidValue, place.to_owned())];
    assert!(Definition::parse(&document(&outputs(10_000), download)).is_ok());
    for (json, place) in [
        (document(&outputs(100_000), download), "/outputs/0/select/fields"),
        (document(&outputs(1), &mails), "/transports/0/to"),
        (document(&outputs(1), &long), "/transports/0/language"),
        (document(&outputs(1), &vec![download; 1000].join(",")), "/transports"),
    ] {
        assert_eq!(places(&json), too_many(place));
    }
    let too_large = vec![(Code::TooLarge, String::new())];
    assert_eq!(places(&document(&outputs(1_000_000), download)), too_large);
}

#[test]
fn of_nothing_only_bags_are_made_that_may_be_empty() {
    let document = |packers: &[&str]| {
        let transport = |packer: &&str| format!(r#"{{"type": "download", "packer": {packer}}}"#);
        let transports: Vec<String> = packers.iter().map(transport).collect();
        format!(r#"{{"name": "x", "outputs": [], "transports": [{}]}}"#, transports.join(","))
    };
    let (any, strict) = (r#"{"bag": {"archive": "tar"}}"#, r#"{"bag": {"strict": true}}"#);
    assert!(Definition::parse(&document(&[any, any])).unwrap().outputs.is_empty());
    let none = [(Code::InvalidValue, "/outputs".to_owned())];
    for packers in [["\"zip\"", any], [any, strict]] {
        assert_eq!(places(&document(&packers)), none, "{packers:?}");
    }
    assert_eq!(places(r#"{"name": "x", "outputs": []}"#), none);
    let found = places(r#"{"name": " ", "outputs": [], "on_eror": "warn"}"#);
    let found: Vec<&str> = found.iter().map(|(_, place)| place.as_str()).collect();
    assert_eq!(found, ["/on_eror", "/outputs", "/name"]);
}

#[test]
fn what_is_nested_without_end_is_refused_before_it_is_held() {
    let deep = "[".repeat(Definition::MAX_BYTES);
    let found = places(&deep);
    assert_eq!((found.len(), found[0].0), (1, Code::Unreadable));
    let deep = format!(r#"{{"name": "x", "a": {}1{}}}"#, "[".repeat(120), "]".repeat(120));
    assert!(Definition::parse(&deep).is_err());
}

#[test]
fn what_is_not_json_is_told_with_line_and_column() {
    assert_eq!(places("{\n  \"name\": }"), [(Code::Unreadable, "line 2, column 11".to_owned())]);
}
