//! Values in the languages that are written: fylr's JSON has no others, easydb's is as the search gave it.

use crate::easydb::json::{Json, separate, write_text};
use crate::easydb::scene::{Scene, is_language};

/// The languages that JSON is limited to.
#[derive(Clone, Copy)]
pub(super) struct Languages<'s>(Option<&'s Scene>);

impl<'s> Languages<'s> {
    /// Those of an export, where it is one of fylr.
    pub(super) fn of(scene: &'s Scene) -> Self {
        Self(Some(scene).filter(|scene| scene.is_fylr()))
    }

    /// Whether the value of a field is in languages: a text, a span of time by what it is called, or a linked object by
    /// its names. What a plugin keeps within a value is its own affair.
    pub(super) fn concern(self, value: &Json<'_>) -> bool {
        let has = |key: &str| value.get(key).is_some();
        let is_span = has("from") || has("to");
        self.0.is_some_and(|scene| is_text(scene, value) || is_span || has("_objecttype"))
    }

    /// Writes a value, with the texts in it in these languages.
    pub(super) fn write(self, value: &Json<'_>, out: &mut Vec<u8>) {
        let Some(scene) = self.0 else { return value.write(out) };
        match value {
            Json::List(items) => {
                out.push(b'[');
                for (nth, item) in items.iter().enumerate() {
                    separate(nth, out);
                    self.write(item, out);
                }
                out.push(b']');
            }
            Json::Object(entries) => {
                let is_limited = is_text(scene, value) && !scene.languages.is_empty();
                let is_written = |key: &str| scene.languages.iter().any(|tag| tag == key);
                let entries = entries.iter().filter(|(key, _)| !is_limited || is_written(key));
                out.push(b'{');
                for (nth, (key, entry)) in entries.enumerate() {
                    separate(nth, out);
                    write_text(key, out);
                    out.push(b':');
                    self.write(entry, out);
                }
                out.push(b'}');
            }
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) => value.write(out),
        }
    }
}

/// Whether a value is a text by languages: its keys are like tags, and one is of the catalogue's.
fn is_text(scene: &Scene, value: &Json<'_>) -> bool {
    let keys = || value.entries().iter().map(|(key, _)| &**key);
    let is_known = |key: &str| scene.about.all_languages.iter().any(|tag| tag == key);
    keys().all(is_language) && keys().any(is_known)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;
    use source::catalogue::About;

    use super::*;

    fn check(easydb: serde_json::Value, text: &str, expected: &str) {
        let about: About = serde_json::from_value(json!({"languages": ["de-DE"],
            "all_languages": ["de-DE", "fr-FR"]}))
        .unwrap();
        let scene = Scene::new(Arc::new(about), serde_json::from_value(easydb).unwrap());
        let mut out = Vec::new();
        Languages::of(&scene).write(&Json::parse(text).unwrap(), &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn texts_are_in_the_languages_that_are_written_in_fylrs_form_alone() {
        let text = r#"{"1":{"text":{"de-DE":"a","fr-FR":"b","xx":"c"}},"to":[{"fr-FR":"d"}],"n":{"to":1.50}}"#;
        let limited = r#"{"1":{"text":{"de-DE":"a"}},"to":[{}],"n":{"to":1.50}}"#;
        check(json!({"generation": "fylr"}), text, limited);
        check(
            json!({"generation": "fylr", "all_languages": true}),
            text,
            &text.replace(",\"xx\":\"c\"", ""),
        );
        check(json!({}), text, text);
    }
}
