//! Columns that come, go and change.

use serde_json::Value;

use super::mistake::Class;
use super::processor::Step;
use super::reading::{Reading, at};
use crate::definition::{OtherColumn, Treated, Treatment};

/// Reads what becomes of columns, in the order that it happens.
pub(super) fn read(step: &Step, reading: &mut Reading) -> Vec<Treated> {
    let place = at(&step.place, "column_transforms");
    let Some(map) = step.params.get("column_transforms").and_then(|map| reading.map(&place, map))
    else {
        let hint = "name the columns that change";
        reading.missing(Class::Failed, &place, hint);
        return Vec::new();
    };
    let changes = map.iter().filter_map(|(column, value)| {
        let becomes = treatment(&at(&place, column), value, reading)?;
        Some(Treated { column: column.clone(), becomes })
    });
    changes.collect()
}

fn treatment(place: &str, value: &Value, reading: &mut Reading) -> Option<Treatment> {
    let Some(map) = reading.map(place, value) else {
        if value.is_null() {
            reading.missing(Class::Failed, &at(place, "fn"), "write add, delete or replace");
        }
        return None;
    };
    reading.unknown(place, map, &["fn", "value"]);
    let value = map.get("value").unwrap_or(&Value::Null);
    match reading.text_of(place, map, "fn").as_deref() {
        Some("add") => Some(Treatment::Value(value.clone())),
        Some("delete") => Some(Treatment::Nothing),
        Some("replace") => {
            let place = at(place, "value");
            let hint = "write the column that the value is from as \"key\"";
            let other = reading.map(&place, value);
            let from = other.and_then(|other| reading.text_of(&place, other, "key"));
            if from.is_none() {
                reading.missing(Class::Failed, &at(&place, "key"), hint);
            }
            let key = other.and_then(|other| reading.text_of(&place, other, "value"));
            Some(Treatment::Other(OtherColumn { column: from?, key }))
        }
        None | Some(_) => {
            let hint = "write add, delete or replace";
            reading.failed(&at(place, "fn"), "this does nothing with a column", hint);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn changes(given: &Value) -> (Vec<Treated>, Vec<String>) {
        let mut reading = Reading::default();
        let params = json!({"column_transforms": given}).as_object().unwrap().clone();
        let step = Step { name: "column", params, place: "/p".to_owned() };
        let changes = read(&step, &mut reading);
        (changes, reading.mistakes.into_iter().map(|mistake| mistake.place).collect())
    }

    #[test]
    fn columns_change_in_the_order_they_are_written() {
        let (changes, places) = changes(&json!({
            "k": {"fn": "replace", "value": {"key": "meta", "value": "k"}},
            "t2": {"fn": "replace", "value": {"key": "title"}},
            "const": {"fn": "add", "value": "null"},
            "title": {"fn": "delete"},
        }));
        let replace = |from: &str, key: Option<&str>| {
            let (column, key) = (from.to_owned(), key.map(str::to_owned));
            Treatment::Other(OtherColumn { column, key })
        };
        let expected = [
            ("k", replace("meta", Some("k"))),
            ("t2", replace("title", None)),
            ("const", Treatment::Value(json!("null"))),
            ("title", Treatment::Nothing),
        ];
        let expected =
            expected.map(|(column, becomes)| Treated { column: column.to_owned(), becomes });
        assert_eq!(changes, expected);
        assert_eq!(places, [""; 0]);
    }

    #[test]
    fn what_does_nothing_is_refused() {
        let check = |given: Value, place: &str| {
            assert_eq!(changes(&given).1, [format!("/p/column_transforms{place}")], "{given}");
        };
        check(json!(null), "");
        check(json!({"a": null}), "/a/fn");
        check(json!({"a": {"fn": "upper"}}), "/a/fn");
        check(json!({"a": {}}), "/a/fn");
        check(json!({"a": {"fn": "replace"}}), "/a/value/key");
        check(json!({"a": {"fn": "replace", "value": {"value": "x"}}}), "/a/value/key");
    }
}
