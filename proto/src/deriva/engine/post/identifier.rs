//! Registering outputs, so that they have an identifier that lasts.

use crate::deriva::engine::processor::Step;
use crate::deriva::engine::reading::{Reading, at};

/// How an output is registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identifier {
    /// Whether the identifier is only tried out.
    pub is_test: bool,
    /// The service where it is tried out.
    pub test_service: Option<String>,
    /// What it is called.
    pub title: Option<String>,
    /// Who made it.
    pub author: Option<String>,
    /// Who may see it; everyone where none are named.
    pub visible_to: Vec<String>,
    /// Where it is, besides where it was brought to.
    pub locations: Vec<String>,
    /// Variables that are told with it, and what they are called there.
    pub variables: Vec<(String, String)>,
    /// What its address is before the identifier.
    pub redirect_base: Option<String>,
}

impl Identifier {
    pub(super) fn read(step: &Step, reading: &mut Reading) -> Self {
        let (place, params) = (&step.place, &step.params);
        let known = [
            "test",
            "test_service",
            "title",
            "author",
            "visible_to",
            "locations",
            "env_column_map",
            "redirect_base",
        ];
        step.unknown(&[&known], reading);
        let map_place = at(place, "env_column_map");
        let map = params.get("env_column_map").and_then(|map| reading.map(&map_place, map));
        let mut variables = Vec::new();
        for (name, value) in map.into_iter().flatten() {
            if let Some(text) = reading.text(&at(&map_place, name), value) {
                variables.push((name.clone(), text));
            }
        }
        Self {
            is_test: reading.switch_of(place, params, "test").unwrap_or(false),
            test_service: reading.text_of(place, params, "test_service"),
            title: reading.text_of(place, params, "title"),
            author: reading.text_of(place, params, "author"),
            visible_to: reading.texts_of(place, params, "visible_to"),
            locations: reading.texts_of(place, params, "locations"),
            variables,
            redirect_base: reading.text_of(place, params, "redirect_base"),
        }
    }
}
