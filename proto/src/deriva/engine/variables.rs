//! The variables of an export, and what they have for values.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::percent::encoded;

/// What a variable ends with whose value is that of another, percent-encoded.
const ENCODED: &str = "_urlencoded";

/// Something that has values for variables.
pub trait Values {
    /// The value of a variable, as a text; nothing where there is none of the name.
    fn value(&self, name: &str) -> Option<Cow<'_, str>>;
}

/// The variables that all of an export has.
///
/// Each also has a twin that ends with `_urlencoded`; where a variable of just that name was set, the
/// twin hides it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Variables(BTreeMap<String, String>);

impl Variables {
    /// Gives a variable a value, instead of what it had.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.insert(name.into(), value.into());
    }

    /// Gives the columns of a row to variables of their names: the ones that are listed, or all where
    /// none are.
    pub fn take(&mut self, row: &Map<String, Value>, columns: &[String]) {
        let is_meant = |name: &String| columns.is_empty() || columns.contains(name);
        for (name, value) in row.iter().filter(|(name, _)| is_meant(name)) {
            self.set(name, text(value));
        }
    }

    /// Whether a variable has a value.
    pub fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }
}

impl Values for Variables {
    fn value(&self, name: &str) -> Option<Cow<'_, str>> {
        found(name, |name| self.0.get(name).map(|value| Cow::Borrowed(value.as_str())))
    }
}

fn found<'v>(name: &str, plain: impl Fn(&str) -> Option<Cow<'v, str>>) -> Option<Cow<'v, str>> {
    let twin = name.strip_suffix(ENCODED).and_then(&plain);
    twin.map(|value| Cow::Owned(encoded(&value))).or_else(|| plain(name))
}

/// A value as a text: plain ones as Python writes them, lists and maps as JSON.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

/// The name and the value of an argument `KEY=VALUE`; nothing where it is none.
pub fn argument(text: &str) -> Option<(&str, &str)> {
    text.split_once('=').filter(|(name, _)| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row() -> Map<String, Value> {
        let row = json!({"title": "A & b", "age": 7, "flag": true, "born": null, "tags": ["a", 1]});
        row.as_object().unwrap().clone()
    }

    fn check(values: &dyn Values, name: &str, expected: Option<&str>) {
        assert_eq!(values.value(name).as_deref(), expected, "{name}");
    }

    #[test]
    fn each_variable_has_an_encoded_twin() {
        let mut variables = Variables::default();
        variables.set("a", "x/y");
        variables.set("b_urlencoded", "as it is");
        variables.set("a_urlencoded", "hidden");
        check(&variables, "a", Some("x/y"));
        check(&variables, "a_urlencoded", Some("x%2Fy"));
        check(&variables, "b_urlencoded", Some("as it is"));
        check(&variables, "b", None);
        assert!(variables.has("a") && !variables.has("b"));
    }

    #[test]
    fn a_row_becomes_variables_as_python_writes_them() {
        let mut variables = Variables::default();
        variables.take(&row(), &[]);
        check(&variables, "title", Some("A & b"));
        check(&variables, "age", Some("7"));
        check(&variables, "flag", Some("True"));
        check(&variables, "born", Some("None"));
        check(&variables, "tags", Some("[\"a\",1]"));
    }

    #[test]
    fn only_the_columns_that_are_listed_become_variables() {
        let mut variables = Variables::default();
        variables.take(&row(), &["title".to_owned(), "nope".to_owned()]);
        check(&variables, "title", Some("A & b"));
        check(&variables, "age", None);
        check(&variables, "nope", None);
    }

    #[test]
    fn an_argument_is_a_name_and_a_value() {
        assert_eq!(argument("a=b=c"), Some(("a", "b=c")));
        assert_eq!(argument("a="), Some(("a", "")));
        assert_eq!(argument("a"), None);
        assert_eq!(argument("=a"), None);
    }
}
