//! What objects are called.

use std::borrow::Cow;

use super::json::Json;
use super::scene::Scene;

impl Scene {
    /// What an object is called in each language at a level of its standard, from 1. Where nobody gave it a name, it is
    /// called by its number at the first; one whose names are in other languages is called nothing.
    pub(super) fn standard<'v>(
        &'v self,
        object: &'v Json<'_>,
        level: &str,
    ) -> Vec<(&'v str, Cow<'v, str>)> {
        let text = object.at(&["_standard", level, "text"]);
        let mut texts: Vec<_> = match text {
            Some(Json::Text(text)) if !text.is_empty() => {
                vec![(self.first_language(), Cow::Borrowed(&**text))]
            }
            Some(text) => {
                let texts = self.texts(text).into_iter();
                texts.map(|(tag, text)| (tag, Cow::Borrowed(text))).collect()
            }
            None => Vec::new(),
        };
        if texts.is_empty()
            && level == "1"
            && !self.is_named(object)
            && let Some(id) = object.id()
        {
            texts.push((self.first_language(), Cow::Owned(format!("#{id}"))));
        }
        texts
    }

    /// Whether an object has a name in any language: at any level of its standard, and for fylr at the first.
    fn is_named(&self, object: &Json<'_>) -> bool {
        let levels = object.get("_standard").map(Json::entries).unwrap_or_default();
        let mut levels = levels.iter().filter(|(level, _)| level == "1" || !self.is_fylr());
        let is_text = |value: &Json<'_>| value.text().is_some_and(|text| !text.is_empty());
        levels.any(|(_, level)| {
            level.get("text").is_some_and(|text| {
                is_text(text) || text.entries().iter().any(|(_, text)| is_text(text))
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;
    use source::catalogue::About;

    use super::*;

    #[test]
    fn an_object_is_called_by_its_number_only_where_it_has_no_name_at_all() {
        let about: About = serde_json::from_value(json!({"languages": ["de-DE"],
            "all_languages": ["de-DE", "fr-FR"]}))
        .unwrap();
        let about = Arc::new(about);
        let scene = |generation: &str| {
            let easydb = serde_json::from_value(json!({"generation": generation})).unwrap();
            Scene::new(Arc::clone(&about), easydb)
        };
        let number = Some("#7");
        for (standard, easydb, fylr) in [
            (json!({"1": {"text": {"de-DE": "Kai"}}}), Some("Kai"), Some("Kai")),
            (json!({"1": {"text": {"fr-FR": "quai"}}}), None, None),
            (
                json!({"1": {"text": {"de-DE": ""}}, "2": {"text": {"de-DE": "Hafen"}}}),
                None,
                number,
            ),
            (json!({"2": {"text": {"fr-FR": "port"}}}), None, number),
            (json!({"1": {"text": {"de-DE": ""}}, "eas": {"1": [{"_id": 1}]}}), number, number),
            (json!({}), number, number),
        ] {
            let text = json!({"_system_object_id": 7, "_standard": standard}).to_string();
            let object = Json::parse(&text).unwrap();
            for (generation, expected) in [("easydb", easydb), ("fylr", fylr)] {
                let scene = scene(generation);
                let names = scene.standard(&object, "1");
                assert_eq!(
                    names.first().map(|(_, name)| &**name),
                    expected,
                    "{generation}: {text}"
                );
            }
        }
    }
}
