//! Reading loosely typed JSON as Python does: what is meant, what is tolerated, what is not.

use serde_json::{Map, Value};

use super::mistake::{Class, Mistake};
use super::template::Template;
use crate::fault::Code;

/// A configuration on the way in: what was tolerated of it so far, and what is wrong.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) warnings: Vec<String>,
    pub(super) mistakes: Vec<Mistake>,
}

/// The place of a key.
pub(super) fn at(place: &str, key: &str) -> String {
    format!("{place}/{}", key.replace('~', "~0").replace('/', "~1"))
}

impl Reading {
    /// Notes a value that means nothing.
    pub(super) fn failed(&mut self, place: &str, message: impl Into<String>, hint: &str) {
        self.note(Code::InvalidValue, Class::Failed, place, message.into(), hint);
    }

    /// Notes a value that asks for what is not offered, or is not allowed.
    pub(super) fn misconfigured(&mut self, place: &str, message: impl Into<String>, hint: &str) {
        self.note(Code::InvalidValue, Class::Misconfigured, place, message.into(), hint);
    }

    /// Notes a key that is not there.
    pub(super) fn missing(&mut self, class: Class, place: &str, hint: &str) {
        let key = place.rsplit('/').next().unwrap_or_default();
        self.note(Code::MissingField, class, place, format!("{key:?} is missing"), hint);
    }

    pub(super) fn note(
        &mut self,
        code: Code,
        class: Class,
        place: &str,
        message: String,
        hint: &str,
    ) {
        let (place, hint) = (place.to_owned(), hint.to_owned());
        self.mistakes.push(Mistake { code, class, place, message, hint });
    }

    /// Notes what changes nothing, and why.
    pub(super) fn idle(&mut self, place: &str, why: &str) {
        self.warnings.push(format!("{place} has no effect: {why}"));
    }

    /// Notes the keys of a map that nobody knows.
    pub(super) fn unknown(&mut self, place: &str, map: &Map<String, Value>, known: &[&str]) {
        for key in map.keys().filter(|key| !known.contains(&key.as_str())) {
            self.idle(&at(place, key), "it is not known");
        }
    }

    fn other_type(&mut self, place: &str, expected: &str) {
        self.failed(place, format!("this is not {expected}"), &format!("write {expected} here"));
    }

    /// A map; nothing for null.
    pub(super) fn map<'v>(
        &mut self,
        place: &str,
        value: &'v Value,
    ) -> Option<&'v Map<String, Value>> {
        match value {
            Value::Null => None,
            Value::Object(map) => Some(map),
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                self.other_type(place, "an object");
                None
            }
        }
    }

    /// A list; null is an empty one.
    pub(super) fn list<'v>(&mut self, place: &str, value: &'v Value) -> &'v [Value] {
        match value {
            Value::Null => &[],
            Value::Array(list) => list,
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                self.other_type(place, "a list");
                &[]
            }
        }
    }

    /// A text, or a number as text; nothing for null.
    pub(super) fn text(&mut self, place: &str, value: &Value) -> Option<String> {
        match value {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                self.other_type(place, "a text");
                None
            }
        }
    }

    /// The text of a key; nothing where it is missing, null or empty.
    pub(super) fn text_of(
        &mut self,
        place: &str,
        map: &Map<String, Value>,
        key: &str,
    ) -> Option<String> {
        let text = self.text(&at(place, key), map.get(key)?)?;
        (!text.is_empty()).then_some(text)
    }

    /// Texts: a list of them, or one alone.
    pub(super) fn texts_of(
        &mut self,
        place: &str,
        map: &Map<String, Value>,
        key: &str,
    ) -> Vec<String> {
        let place = at(place, key);
        match map.get(key) {
            None => Vec::new(),
            Some(Value::Array(list)) => {
                let texts = list.iter().enumerate();
                texts.filter_map(|(n, value)| self.text(&format!("{place}/{n}"), value)).collect()
            }
            Some(one) => self.text(&place, one).into_iter().collect(),
        }
    }

    /// A switch, under the names that Python's `strtobool` knows; nothing where it is missing.
    pub(super) fn switch_of(
        &mut self,
        place: &str,
        map: &Map<String, Value>,
        key: &str,
    ) -> Option<bool> {
        let place = at(place, key);
        let word = match map.get(key)? {
            Value::Bool(is_on) => return Some(*is_on),
            Value::Null => return None,
            Value::Number(number) => number.to_string(),
            Value::String(text) => text.trim().to_ascii_lowercase(),
            Value::Array(_) | Value::Object(_) => {
                self.other_type(&place, "a boolean");
                return None;
            }
        };
        match word.as_str() {
            "y" | "yes" | "t" | "true" | "on" | "1" => Some(true),
            "n" | "no" | "f" | "false" | "off" | "0" | "" => Some(false),
            _ => {
                self.failed(&place, format!("{word:?} is no boolean"), "write true or false");
                None
            }
        }
    }

    /// A number of one and above, or its text; nothing where it is missing.
    pub(super) fn count_of(
        &mut self,
        place: &str,
        map: &Map<String, Value>,
        key: &str,
    ) -> Option<u64> {
        let count = match map.get(key)? {
            Value::Null => return None,
            Value::Number(number) => number.as_u64(),
            Value::String(text) => text.trim().parse().ok(),
            Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        };
        let count = count.filter(|count| *count > 0);
        if count.is_none() {
            self.other_type(&at(place, key), "a whole number above 0");
        }
        count
    }

    /// A text with variables; nothing where it is missing, null or empty.
    pub(super) fn template_of(
        &mut self,
        place: &str,
        map: &Map<String, Value>,
        key: &str,
    ) -> Option<Template> {
        let text = self.text_of(place, map, key)?;
        match Template::parse(&text) {
            Ok(template) => Some(template),
            Err(error) => {
                self.failed(&at(place, key), error.to_string(), error.hint());
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn map(value: &Value) -> Map<String, Value> {
        json!({"key": value}).as_object().unwrap().clone()
    }

    #[test]
    fn switches_have_the_names_that_python_knows() {
        let check = |value: Value, expected: Option<bool>, mistakes: usize| {
            let mut reading = Reading::default();
            assert_eq!(reading.switch_of("/bag", &map(&value), "key"), expected, "{value}");
            assert_eq!(reading.mistakes.len(), mistakes, "{value}");
        };
        for on in [
            json!(true),
            json!(1),
            json!("y"),
            json!("Yes"),
            json!("T"),
            json!("TRUE"),
            json!("on"),
            json!("1"),
        ] {
            check(on, Some(true), 0);
        }
        for off in
            [json!(false), json!(0), json!("n"), json!("No"), json!("f"), json!("off"), json!("")]
        {
            check(off, Some(false), 0);
        }
        check(json!(null), None, 0);
        for other in [json!("maybe"), json!(2), json!([]), json!({})] {
            check(other, None, 1);
        }
        assert_eq!(Reading::default().switch_of("", &Map::new(), "key"), None);
    }

    #[test]
    fn counts_are_above_nothing() {
        let check = |value: Value, expected: Option<u64>, mistakes: usize| {
            let mut reading = Reading::default();
            assert_eq!(reading.count_of("", &map(&value), "key"), expected, "{value}");
            assert_eq!(reading.mistakes.len(), mistakes, "{value}");
        };
        check(json!(5), Some(5), 0);
        check(json!(" 5 "), Some(5), 0);
        check(json!(null), None, 0);
        for other in [json!(0), json!(-1), json!(1.5), json!("many"), json!(true)] {
            check(other, None, 1);
        }
    }

    #[test]
    fn one_text_alone_is_a_list_of_it() {
        let mut reading = Reading::default();
        assert_eq!(reading.texts_of("", &map(&json!("a")), "key"), ["a"]);
        assert_eq!(reading.texts_of("", &map(&json!(["a", 7])), "key"), ["a", "7"]);
        assert_eq!(reading.texts_of("", &Map::new(), "key"), [""; 0]);
        assert!(reading.mistakes.is_empty());
        assert_eq!(reading.texts_of("/x", &map(&json!(["a", {}])), "key"), ["a"]);
        assert_eq!(reading.mistakes[0].place, "/x/key/1");
    }

    #[test]
    fn a_place_is_a_json_pointer() {
        assert_eq!(at("/env", "a/b~c"), "/env/a~1b~0c");
    }
}
