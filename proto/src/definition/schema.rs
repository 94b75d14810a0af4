//! The JSON Schema of definitions, and the check against it that finds every mistake at once.

use std::sync::LazyLock;

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind;
use serde_json::Value;

use super::Definition;
use crate::fault::{Code, Fault};

static VALIDATOR: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
    jsonschema::validator_for(&json_schema()).expect("the schema is generated from our own types")
});

/// The JSON Schema (2020-12) of [`Definition`].
pub fn json_schema() -> Value {
    schemars::schema_for!(Definition).to_value()
}

/// The document, when its shape is that of a definition.
pub(super) fn validated(json: &str) -> Result<Value, Vec<Fault>> {
    if json.len() > Definition::MAX_BYTES {
        return Err(vec![Fault::new(
            Code::TooLarge,
            format!(
                "the definition has {} bytes, and at most {} are read",
                json.len(),
                Definition::MAX_BYTES
            ),
        )]);
    }
    let value: Value = serde_json::from_str(json).map_err(|error| {
        vec![
            Fault::new(Code::Unreadable, format!("not JSON: {error}"))
                .at(format!("line {}, column {}", error.line(), error.column()))
                .hint("a comma after the last item, or a quote left open?"),
        ]
    })?;
    let faults: Vec<Fault> =
        VALIDATOR.iter_errors(&value).flat_map(|error| faults(&error)).collect();
    if faults.is_empty() { Ok(value) } else { Err(faults) }
}

/// One schema error as faults; a listing of unknown keys becomes one each.
fn faults(error: &ValidationError<'_>) -> Vec<Fault> {
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
            unexpected.iter().map(|key| unknown_key(key, &place)).collect()
        }
        ValidationErrorKind::Required { property } => {
            let key = property.as_str().unwrap_or_default();
            vec![Fault::new(Code::MissingField, format!("`{key}` is missing")).at(place)]
        }
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
            no_variant(error, context, place)
        }
        _ => vec![Fault::new(Code::InvalidValue, error.to_string()).at(place)],
    }
}

fn unknown_key(key: &str, place: &str) -> Fault {
    let fault = Fault::new(Code::UnknownField, format!("`{key}` is not a key that is known here"))
        .at(format!("{}/{key}", place.trim_end_matches('/')));
    match nearest(key, &known_keys()) {
        Some(known) => fault.hint(format!("did you mean `{known}`?")),
        None => fault.hint("docs/definition.md lists the keys"),
    }
}

/// A value that is none of the alternatives: either a word that is not in a list, or a value that
/// was meant as one alternative and has mistakes of its own.
fn no_variant(
    error: &ValidationError<'_>,
    context: &[Vec<ValidationError<'static>>],
    place: String,
) -> Vec<Fault> {
    let words: Vec<String> = context.iter().flatten().filter_map(expected_word).collect();
    let meant = context
        .iter()
        .filter(|errors| !errors.iter().any(|inner| wrong_alternative(inner, error)))
        .min_by_key(|errors| errors.len());
    if let Some(errors) = meant {
        return errors.iter().flat_map(faults).collect();
    }
    if words.is_empty() {
        return vec![
            Fault::new(
                Code::InvalidValue,
                format!("{} has none of the shapes allowed here", error.instance()),
            )
            .at(place)
            .hint("docs/definition.md shows them"),
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
    let fault = Fault::new(Code::InvalidValue, format!("{given} is none of {}", words.join(", ")))
        .at(place);
    match given.as_str().and_then(|given| nearest(given, &words)) {
        Some(word) => vec![fault.hint(format!("did you mean `{word}`?"))],
        None => vec![fault],
    }
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

/// Every key that stands anywhere in the schema.
fn known_keys() -> Vec<String> {
    fn walk(value: &Value, keys: &mut Vec<String>) {
        match value {
            Value::Object(map) => {
                if let Some(Value::Object(properties)) = map.get("properties") {
                    keys.extend(properties.keys().cloned());
                }
                map.values().for_each(|value| walk(value, keys));
            }
            Value::Array(items) => items.iter().for_each(|value| walk(value, keys)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let mut keys = Vec::new();
    walk(&json_schema(), &mut keys);
    keys
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
