//! JSON as the database keeps it: short keys before long ones, and an order among all values.

use std::cmp::Ordering;

use serde_json::{Map, Value as Json};

use super::text;

/// The text of it.
pub(super) fn text(value: &Json) -> String {
    match value {
        Json::Null | Json::Bool(_) | Json::String(_) => value.to_string(),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (None, Some(0.0)) => "0".to_owned(),
            (None, Some(float)) => text::float(float),
            _ => number.to_string(),
        },
        Json::Array(items) => {
            let items: Vec<String> = items.iter().map(text).collect();
            format!("[{}]", items.join(", "))
        }
        Json::Object(object) => {
            let pairs = sorted(object).into_iter();
            let pairs: Vec<String> = pairs
                .map(|(key, value)| format!("{}: {}", Json::from(key.as_str()), text(value)))
                .collect();
            format!("{{{}}}", pairs.join(", "))
        }
    }
}

/// The order of two values: of their kinds, then of how much is in them, then of what is.
pub(super) fn order(one: &Json, two: &Json) -> Ordering {
    match (one, two) {
        (Json::Bool(one), Json::Bool(two)) => one.cmp(two),
        (Json::String(one), Json::String(two)) => one.cmp(two),
        (Json::Number(one), Json::Number(two)) => {
            one.as_f64().partial_cmp(&two.as_f64()).unwrap_or(Ordering::Equal)
        }
        (Json::Array(one), Json::Array(two)) => {
            let items = one.iter().zip(two).map(|(one, two)| order(one, two));
            one.len().cmp(&two.len()).then(items.fold(Ordering::Equal, Ordering::then))
        }
        (Json::Object(one), Json::Object(two)) => {
            let pairs = sorted(one).into_iter().zip(sorted(two));
            let pairs = pairs.map(|((one_key, one), (two_key, two))| {
                one_key.cmp(two_key).then_with(|| order(one, two))
            });
            one.len().cmp(&two.len()).then(pairs.fold(Ordering::Equal, Ordering::then))
        }
        _ => rank(one).cmp(&rank(two)),
    }
}

/// The pairs of an object, those with short keys first.
fn sorted(object: &Map<String, Json>) -> Vec<(&String, &Json)> {
    let mut pairs: Vec<_> = object.iter().collect();
    pairs.sort_by(|(one, _), (two, _)| one.len().cmp(&two.len()).then_with(|| one.cmp(two)));
    pairs
}

fn rank(value: &Json) -> u8 {
    match value {
        Json::Null => 0,
        Json::String(_) => 1,
        Json::Number(_) => 2,
        Json::Bool(_) => 3,
        Json::Array(_) => 4,
        Json::Object(_) => 5,
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use serde_json::json;

    #[test]
    fn short_keys_come_first_and_spaces_follow_signs() {
        let value = json!({"long": [1, 2.5, null], "s": "x\"y", "b": {}});
        assert_eq!(super::text(&value), r#"{"b": {}, "s": "x\"y", "long": [1, 2.5, null]}"#);
    }

    #[test]
    fn values_have_an_order_of_kinds() {
        assert_eq!(super::order(&json!("z"), &json!(1)), Ordering::Less);
        assert_eq!(super::order(&json!({"a": 1}), &json!({"a": 2})), Ordering::Less);
        assert_eq!(super::order(&json!([2]), &json!([1, 1])), Ordering::Less);
    }
}
