//! What is told of an output that is registered, and which identifier is in an answer. Pure.

use proto::deriva::afterwards::Identified;
use serde_json::{Map, Value, json};

use super::outputs::Output;

/// Longest identifier that is taken for one.
const MOST_IDENTIFIER_BYTES: usize = 500;

/// What names the export in what is told of an output.
const EXPORT: &str = "export";

/// What is registered.
pub(super) struct Registration {
    pub(super) is_test: bool,
    pub(super) sha256: String,
    /// Which output of which export it is.
    pub(super) export: String,
    pub(super) body: Value,
}

impl Registration {
    /// All that is told of an output.
    pub(super) fn new(
        identified: &Identified,
        output: &Output,
        sha256: &str,
        locations: &[String],
        export: String,
    ) -> Self {
        let mut metadata = Map::new();
        let title = identified.title.as_ref().unwrap_or(&output.path);
        metadata.insert("title".to_owned(), json!(title));
        metadata.insert("length".to_owned(), json!(output.len));
        if let Some(author) = &identified.author {
            metadata.insert("author".to_owned(), json!(author));
        }
        metadata.extend(identified.told.iter().map(|(name, value)| (name.clone(), json!(value))));
        metadata.insert(EXPORT.to_owned(), json!(export));
        let body = json!({
            "visible_to": identified.visible_to,
            "location": locations,
            "checksums": [{"function": "sha256", "value": sha256}],
            "metadata": metadata,
        });
        Self { is_test: identified.is_test, sha256: sha256.to_owned(), export, body }
    }
}

/// The identifier in an answer.
pub(super) fn identifier(answer: &Value) -> Option<String> {
    let identifier = answer["identifier"].as_str()?;
    let is_plain = !identifier.is_empty()
        && identifier.len() <= MOST_IDENTIFIER_BYTES
        && !identifier.chars().any(|c| c.is_control() || c.is_whitespace());
    is_plain.then(|| identifier.to_owned())
}

/// The identifier of an export's output, among those of its content.
pub(super) fn of_export(answer: &Value, export: &str) -> Option<String> {
    let listed = answer.get("identifiers").unwrap_or(answer);
    let listed = listed.as_array().map_or_else(|| std::slice::from_ref(listed), Vec::as_slice);
    listed.iter().find(|one| one["metadata"][EXPORT] == export).and_then(identifier)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_one_word() {
        for (given, expected) in [
            (json!({"identifier": "ark:/57799/b9x"}), Some("ark:/57799/b9x")),
            (json!({"identifier": "a\nb"}), None),
            (json!({"identifier": ""}), None),
            (json!({"id": "a"}), None),
            (json!([]), None),
        ] {
            assert_eq!(identifier(&given).as_deref(), expected, "{given}");
        }
    }

    #[test]
    fn only_the_identifier_of_the_same_output_is_found_again() {
        let one =
            |id: &str, export: &str| json!({"identifier": id, "metadata": {"export": export}});
        let listed = json!([one("a", "e/1/x.zip"), {"identifier": "b"}, one("c", "e/2/x.zip")]);
        assert_eq!(of_export(&listed, "e/2/x.zip").as_deref(), Some("c"));
        assert_eq!(of_export(&json!({"identifiers": listed}), "e/3/x.zip"), None);
        assert_eq!(of_export(&one("d", "e/3/x.zip"), "e/3/x.zip").as_deref(), Some("d"));
        assert_eq!(of_export(&json!({}), "e/3/x.zip"), None);
    }
}
