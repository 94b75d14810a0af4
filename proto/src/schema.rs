//! What a document has against its JSON Schema: every mistake at once, each with its place, and the
//! word that was meant where one is close.

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind;
use serde_json::Value;

use crate::abridged;
use crate::fault::{Code, Fault};

/// A JSON Schema, ready to be held against documents.
pub struct Schema {
    validator: jsonschema::Validator,
    known_keys: Vec<String>,
    /// Keys whose values are never shown.
    secret_keys: Vec<String>,
    /// Where people find what is allowed.
    manual: &'static str,
}

impl Schema {
    /// A schema that was generated from types; `manual` is where its keys are explained.
    pub fn of_types(schema: &Value, manual: &'static str) -> Self {
        let validator = jsonschema::validator_for(schema).expect("generated schemas are valid");
        let (mut known_keys, mut secret_keys) = (Vec::new(), Vec::new());
        collect_keys(schema, &mut known_keys, &mut secret_keys);
        Self { validator, known_keys, secret_keys, manual }
    }

    /// Whether the values of a key are secrets: those that the schema calls `writeOnly`.
    pub fn is_secret(&self, key: &str) -> bool {
        self.secret_keys.iter().any(|secret| secret == key)
    }

    /// Every mistake in a document, in the order of the schema.
    pub fn faults(&self, document: &Value) -> Vec<Fault> {
        self.validator.iter_errors(document).flat_map(|error| self.faults_of(&error)).collect()
    }

    /// One schema error as faults; a listing of unknown keys becomes one each.
    fn faults_of(&self, error: &ValidationError<'_>) -> Vec<Fault> {
        let place = match error.instance_path().to_string() {
            root if root.is_empty() => "/".to_owned(),
            place => place,
        };
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the kinds are the schema language's; those not named speak for themselves"
        )]
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                unexpected.iter().map(|key| self.unknown_key(key, &place)).collect()
            }
            ValidationErrorKind::Required { property } => {
                let key = property.as_str().unwrap_or_default();
                vec![Fault::new(Code::MissingField, format!("`{key}` is missing")).at(place)]
            }
            ValidationErrorKind::AnyOf { context }
            | ValidationErrorKind::OneOfNotValid { context } => {
                self.no_variant(error, context, place)
            }
            _ => {
                let is_secret = self.holds_secret(error.instance())
                    || place.rsplit('/').any(|key| self.is_secret(key));
                let what = if is_secret {
                    error.masked().to_string()
                } else {
                    error.masked_with(abridged::value(error.instance())).to_string()
                };
                vec![Fault::new(Code::InvalidValue, what).at(place)]
            }
        }
    }

    /// Whether a value has secrets anywhere in it.
    fn holds_secret(&self, value: &Value) -> bool {
        match value {
            Value::Object(map) => {
                map.iter().any(|(key, value)| self.is_secret(key) || self.holds_secret(value))
            }
            Value::Array(items) => items.iter().any(|item| self.holds_secret(item)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
        }
    }

    fn unknown_key(&self, key: &str, place: &str) -> Fault {
        let fault =
            Fault::new(Code::UnknownField, format!("`{key}` is not a key that is known here"))
                .at(format!("{}/{key}", place.trim_end_matches('/')));
        match nearest(key, &self.known_keys) {
            Some(known) => fault.hint(format!("did you mean `{known}`?")),
            None => fault.hint(format!("{} lists the keys", self.manual)),
        }
    }

    /// A value that is several alternatives at once, whose keys do not go together.
    fn exclusive_keys(
        &self,
        error: &ValidationError<'_>,
        context: &[Vec<ValidationError<'static>>],
        place: &str,
    ) -> Option<Vec<Fault>> {
        let meant: Vec<&[String]> =
            context.iter().filter_map(|errors| keys_too_many(errors, error)).collect();
        let [first, second, ..] = meant.as_slice() else { return None };
        let is_unknown = |key: &&String| meant.iter().all(|keys| keys.contains(key));
        let unknown = first.iter().filter(is_unknown).map(|key| self.unknown_key(key, place));
        // What the second alternative does not know is the first one's own.
        let keys = second.iter().chain(*first).filter(|key| !is_unknown(key));
        let keys = keys.map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
        let fault = Fault::new(Code::InvalidValue, format!("{keys} do not go together"));
        let fault = fault.at(place).hint(format!("give one of {keys}"));
        Some(unknown.chain([fault]).collect())
    }

    /// A value that is none of the alternatives: either a word that is not in a list, or a value that
    /// was meant as one alternative and has mistakes of its own.
    fn no_variant(
        &self,
        error: &ValidationError<'_>,
        context: &[Vec<ValidationError<'static>>],
        place: String,
    ) -> Vec<Fault> {
        if let Some(faults) = self.exclusive_keys(error, context, &place) {
            return faults;
        }
        let words: Vec<String> = context.iter().flatten().filter_map(expected_word).collect();
        let meant = context
            .iter()
            .filter(|errors| !errors.iter().any(|inner| wrong_alternative(inner, error)))
            .min_by_key(|errors| errors.len());
        if let Some(errors) = meant {
            return errors.iter().flat_map(|error| self.faults_of(error)).collect();
        }
        if words.is_empty() {
            let given = match error.instance().as_ref() {
                secret if self.holds_secret(secret) => "this".to_owned(),
                given => abridged::value(given),
            };
            return vec![
                Fault::new(
                    Code::InvalidValue,
                    format!("{given} has none of the shapes allowed here"),
                )
                .at(place)
                .hint(format!("{} shows them", self.manual)),
            ];
        }
        // The tag of a tagged alternative stands one level deeper than the value itself.
        let (place, given) = context
            .iter()
            .flatten()
            .find(|inner| expected_word(inner).is_some())
            .map_or((place, error.instance().clone().into_owned()), |inner| {
                (inner.instance_path().to_string(), inner.instance().clone().into_owned())
            });
        let (shown, known) = (abridged::value(&given), abridged::list(&words));
        let fault = Fault::new(Code::InvalidValue, format!("{shown} is none of {known}")).at(place);
        match given.as_str().and_then(|given| nearest(given, &words)) {
            Some(word) => vec![fault.hint(format!("did you mean `{word}`?"))],
            None => vec![fault],
        }
    }
}

/// The keys that an alternative does not know, where it was meant: its own keys are all there.
fn keys_too_many<'e>(
    errors: &'e [ValidationError<'static>],
    outer: &ValidationError<'_>,
) -> Option<&'e [String]> {
    let mut too_many = None;
    for inner in errors {
        if wrong_alternative(inner, outer) {
            return None;
        }
        if inner.instance_path().as_str() != outer.instance_path().as_str() {
            continue;
        }
        if let ValidationErrorKind::Required { .. } = inner.kind() {
            return None;
        }
        if let ValidationErrorKind::AdditionalProperties { unexpected } = inner.kind() {
            too_many = Some(unexpected.as_slice());
        }
    }
    too_many
}

/// Whether an error inside an alternative says that another alternative was meant.
fn wrong_alternative(inner: &ValidationError<'_>, outer: &ValidationError<'_>) -> bool {
    expected_word(inner).is_some()
        || (matches!(inner.kind(), ValidationErrorKind::Type { .. })
            && inner.instance_path().to_string() == outer.instance_path().to_string())
}

/// The word that an alternative asks for, where that is what went wrong.
fn expected_word(error: &ValidationError<'_>) -> Option<String> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "only these two kinds ask for a word")]
    match error.kind() {
        ValidationErrorKind::Constant { expected_value } => {
            expected_value.as_str().map(ToOwned::to_owned)
        }
        ValidationErrorKind::Enum { options } => {
            let words: Option<Vec<&str>> = options.as_array()?.iter().map(Value::as_str).collect();
            Some(words?.join(", "))
        }
        _ => None,
    }
}

/// Every key that stands anywhere in a schema, and those of secrets.
fn collect_keys(schema: &Value, keys: &mut Vec<String>, secret_keys: &mut Vec<String>) {
    match schema {
        Value::Object(map) => {
            if let Some(Value::Object(properties)) = map.get("properties") {
                keys.extend(properties.keys().cloned());
                let is_secret = |key: &&String| properties[*key]["writeOnly"] == true;
                secret_keys.extend(properties.keys().filter(is_secret).cloned());
            }
            map.values().for_each(|value| collect_keys(value, keys, secret_keys));
        }
        Value::Array(items) => {
            for value in items {
                collect_keys(value, keys, secret_keys);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The known word most like the given one, if any is like it.
fn nearest(word: &str, known: &[String]) -> Option<String> {
    known
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance * 3 <= candidate.len().max(3))
        .min()
        .map(|(_, candidate)| candidate.clone())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn neither_a_long_value_nor_a_long_list_of_what_is_allowed_is_told_whole() {
        let words: Vec<Value> =
            (0..40).map(|number| json!({"const": format!("w{number}")})).collect();
        let schema = json!({"properties": {
            "names": {"type": "array", "maxItems": 2},
            "text": {"type": "string", "maxLength": 9},
            "kind": {"oneOf": words},
            "shape": {"anyOf": [{"type": "boolean"}, {"type": "number"}]},
        }});
        let schema = Schema::of_types(&schema, "the manual");
        let check = |key: &str, value: Value, start: &str, end: &str| {
            let faults = schema.faults(&json!({key: value}));
            let [fault] = faults.as_slice() else { panic!("{faults:#?}") };
            let told = &fault.message;
            assert!(told.starts_with(start) && told.ends_with(end), "{told}");
            assert!(told.chars().count() < 500, "{told}");
        };
        let column = json!(vec!["column"; 5000]);
        let more = "… and 4980 more]";
        check("names", column.clone(), "[\"column\", ", &format!("{more} has more than 2 items"));
        check(
            "shape",
            column,
            "[\"column\", ",
            &format!("{more} has none of the shapes allowed here"),
        );
        let text = json!("long".repeat(1000));
        let more = "… and 3802 more characters";
        check("text", text.clone(), "\"long", &format!("{more} is longer than 9 characters"));
        check("kind", text, "\"long", ", w18, w19 and 20 more");
        check("kind", json!("w"), "\"w\" is none of w0, w1, ", "and 20 more");
    }
}
