//! What somebody tells a format that needs no plugin: the options that IDAH's own pages have, and the categories. Pure.

use proto::fault::{Code, Fault};
use serde_json::{Map, Value};

/// What somebody asks a format for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Choices {
    pub(super) medias: Medias,
    /// Whether entries that nobody has completed are exported too.
    pub(super) unfinished: bool,
    /// The categories in the order of their numbers; none where nobody named them.
    pub(super) categories: Vec<String>,
}

/// Which media go along.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Medias {
    None,
    #[default]
    Original,
    All,
}

impl Medias {
    /// What definitions and clients call them.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Original => "original",
            Self::All => "all",
        }
    }
}

impl Choices {
    /// Reads the options of a request, or tells what is wrong with them.
    pub(super) fn read(options: &Map<String, Value>) -> Result<Self, Vec<Fault>> {
        let (mut choices, mut faults) = (Self::default(), Vec::new());
        for (key, value) in options {
            let is_fine = match key.as_str() {
                "include_medias" => {
                    let medias = match value.as_str() {
                        Some("none") => Some(Medias::None),
                        Some("original") => Some(Medias::Original),
                        Some("all") => Some(Medias::All),
                        Some(_) | None => None,
                    };
                    choices.medias = medias.unwrap_or_default();
                    medias.is_some()
                }
                "completed_entries" => {
                    choices.unfinished = value.as_bool() == Some(false);
                    value.is_boolean()
                }
                "categories" => {
                    let names = value.as_array().into_iter().flatten();
                    choices.categories =
                        names.filter_map(Value::as_str).map(str::to_owned).collect();
                    value.as_array().is_some_and(|names| names.len() == choices.categories.len())
                }
                _ => {
                    let fault = Fault::new(Code::UnknownField, "the exporter has no such option");
                    let fault = fault.at(format!("/options/{key}"));
                    faults.push(fault.hint("`include_medias`, `completed_entries`, `categories`"));
                    true
                }
            };
            if !is_fine {
                let why = "the option has another shape";
                let fault = Fault::new(Code::InvalidValue, why).at(format!("/options/{key}"));
                faults.push(fault.hint(
                    "`include_medias` is none, original or all; `completed_entries` true or false; `categories` a list",
                ));
            }
        }
        if faults.is_empty() { Ok(choices) } else { Err(faults) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn options_that_mean_nothing_are_refused() {
        for (options, place) in [
            (json!({"include_medias": "some"}), "/options/include_medias"),
            (json!({"completed_entries": "yes"}), "/options/completed_entries"),
            (json!({"categories": ["a", 1]}), "/options/categories"),
            (json!({"colour": 1}), "/options/colour"),
        ] {
            let faults = Choices::read(options.as_object().unwrap()).unwrap_err();
            let places: Vec<_> = faults.iter().map(|fault| fault.place.as_deref()).collect();
            assert_eq!(places, [Some(place)]);
        }
    }
}
