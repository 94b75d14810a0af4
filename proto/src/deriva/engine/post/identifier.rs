//! Registering outputs, so that they have an identifier that lasts.

use crate::deriva::engine::processor::Step;
use crate::deriva::engine::reading::{Reading, at};
use crate::deriva::engine::template::Template;

/// How an output is registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identifier {
    /// Whether the identifier is only tried out.
    pub is_test: bool,
    /// What it is called.
    pub title: Option<String>,
    /// Who made it.
    pub author: Option<String>,
    /// Who may see it; everyone where none are named.
    pub visible_to: Vec<String>,
    /// Where it is, besides where it was brought to.
    pub locations: Vec<String>,
    /// What else is told of it, by what it is called there.
    pub told: Vec<(String, Template)>,
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
            "include_author",
            "visible_to",
            "locations",
            "env_column_map",
            "redirect_base",
        ];
        step.unknown(&[&known], reading);
        let map_place = at(place, "env_column_map");
        let map = params.get("env_column_map").and_then(|map| reading.map(&map_place, map));
        let mut told = Vec::new();
        if let Some(map) = map {
            for name in map.keys() {
                let template = reading.template_of(&map_place, map, name);
                told.extend(template.map(|template| (name.clone(), template)));
            }
        }
        let has_author = reading.switch_of(place, params, "include_author").unwrap_or(true);
        let author = reading.text_of(place, params, "author");
        let is_test = ["test", "test_service"]
            .map(|key| reading.switch_of(place, params, key).unwrap_or(false))
            .contains(&true);
        Self {
            is_test,
            title: reading.text_of(place, params, "title"),
            author: author.filter(|_| has_author),
            visible_to: reading.texts_of(place, params, "visible_to"),
            locations: reading.texts_of(place, params, "locations"),
            told,
            redirect_base: reading.text_of(place, params, "redirect_base"),
        }
    }
}
