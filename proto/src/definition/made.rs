//! A file that is made of others, in one piece: of what sources answer, and of files that are made themselves.

mod making;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::making::{
    Columns, ColumnsOfFasta, Filled, Json2csv, Making, OtherColumn, Replaced, Replacements,
    Treated, Treatment,
};
use super::output::Output;
use super::verbatim::Verbatim;

/// A file that is made of others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Made {
    /// How it is made.
    pub making: Making,
    /// What it is made of, one after the other.
    #[schemars(length(min = 1, max = 1000))]
    pub of: Vec<Material>,
}

/// What a file is made of: either what a source answers to a query, or a file that is made itself.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Material {
    /// The name of the source; left out, that of the output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// As of an output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 20000))]
    pub query: Option<String>,
    /// As of an output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200))]
    pub view: Option<String>,
    /// The form in which the source answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verbatim: Option<Verbatim>,
    /// How it is made, where it is made itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<Box<Made>>,
}

impl Made {
    /// Most files that may be made one of the other.
    pub const MOST_DEPTH: usize = 16;

    /// Most answers that a file may be made of.
    pub const MOST_ANSWERS: usize = 1000;

    /// How many files are made one of the other.
    pub fn depth(&self) -> usize {
        let inner = self.of.iter().filter_map(|material| material.made.as_deref());
        1 + inner.map(Self::depth).max().unwrap_or_default()
    }

    /// The answers that it is made of, in the order in which they are read.
    pub fn answers(&self) -> Vec<&Material> {
        let answers = self.of.iter().flat_map(|material| match &material.made {
            Some(made) => made.answers(),
            None => vec![material],
        });
        answers.collect()
    }

    /// The sources that its materials name, each with its place in a document; `place` is its own.
    pub(super) fn named_sources(&self, place: &str) -> Vec<(String, &str)> {
        let mut found = Vec::new();
        for (number, material) in self.of.iter().enumerate() {
            let place = format!("{place}/of/{number}");
            found.extend(material.from.as_deref().map(|from| (format!("{place}/from"), from)));
            if let Some(made) = &material.made {
                found.extend(made.named_sources(&format!("{place}/made")));
            }
        }
        found
    }
}

impl Output {
    /// The answers that its file is made of as outputs of their own, in the order in which they are read.
    pub fn materials(&self) -> impl Iterator<Item = Self> {
        let bare = Self { made: None, empty_file: None, ..self.clone() };
        let answers = self.made.as_deref().map(Made::answers).unwrap_or_default();
        answers.into_iter().map(move |answer| {
            let mut output = bare.clone();
            if let Some(from) = &answer.from {
                output.from.clone_from(from);
            }
            output.query.clone_from(&answer.query);
            output.view.clone_from(&answer.view);
            output.verbatim = answer.verbatim;
            output
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn made() -> Made {
        let made = json!({"making": {"json2csv": {}}, "of": [
            {"query": "/a", "verbatim": "json"},
            {"made": {"making": "cat", "of": [
                {"from": "b", "query": "/b", "verbatim": "csv"},
                {"query": "/c", "verbatim": "csv"},
            ]}},
        ]});
        serde_json::from_value(made).unwrap()
    }

    #[test]
    fn answers_are_in_the_order_in_which_they_are_read() {
        let made = made();
        let answers = made.answers();
        let queries: Vec<_> = answers.iter().filter_map(|one| one.query.as_deref()).collect();
        assert_eq!(queries, ["/a", "/b", "/c"]);
        assert_eq!(made.depth(), 2);
    }

    #[test]
    fn answers_are_outputs_of_their_own() {
        let output = json!({"to": "a", "from": "s", "made": made(), "empty_file": "drop"});
        let output: Output = serde_json::from_value(output).unwrap();
        let materials: Vec<Output> = output.materials().collect();
        let from: Vec<&str> = materials.iter().map(|one| one.from.as_str()).collect();
        assert_eq!(from, ["s", "b", "s"]);
        assert_eq!(materials[1].verbatim, Some(Verbatim::Csv));
        assert!(materials.iter().all(|one| one.made.is_none() && !one.is_whole()));
    }

    #[test]
    fn sources_are_named_at_their_places() {
        let made = made();
        let named = made.named_sources("/made");
        assert_eq!(named, [("/made/of/1/made/of/0/from".to_owned(), "b")]);
    }
}
