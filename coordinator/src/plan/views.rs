//! What the outputs of one run see of a source: the same, where the source can show it again and they do not say
//! themselves what they see.

use std::collections::BTreeMap;

use proto::definition::Output;
use source::Survey;

/// The views of the outputs that were surveyed, by the names of their sources.
#[derive(Debug, Default)]
pub(super) struct Views(BTreeMap<String, String>);

impl Views {
    /// What an output is to see of its source: what it says, or what the first output sees.
    pub(super) fn of(&self, output: &Output) -> Option<String> {
        output.view.clone().or_else(|| self.0.get(&output.from).cloned())
    }

    /// Has all outputs see the same of a source.
    pub(super) fn pin(&mut self, source: &str, view: &str) {
        self.0.entry(source.to_owned()).or_insert_with(|| view.to_owned());
    }

    /// Notes what an output sees of its source, where it is the first that leaves it to the run.
    pub(super) fn note(&mut self, output: &Output, survey: &Survey) {
        if let (None, Some(view)) = (&output.view, &survey.view) {
            self.0.entry(output.from.clone()).or_insert_with(|| view.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::wanted::nothing;

    fn output(source: &str, view: Option<&str>) -> Output {
        let output = serde_json::json!({"to": "a", "from": source, "format": "csv", "view": view});
        serde_json::from_value(output).unwrap()
    }

    #[test]
    fn the_first_view_of_a_source_is_that_of_the_run() {
        let mut views = Views::default();
        let of = |views: &Views, source| views.of(&output(source, None));
        views.note(&output("a", None), &nothing());
        assert_eq!(of(&views, "a"), None);
        for (source, view) in [("a", "1"), ("a", "2"), ("b", "3")] {
            let survey = Survey { view: Some(view.to_owned()), ..nothing() };
            views.note(&output(source, None), &survey);
        }
        assert_eq!(
            (of(&views, "a").as_deref(), of(&views, "b").as_deref()),
            (Some("1"), Some("3"))
        );
    }

    #[test]
    fn a_view_that_an_output_names_is_its_own() {
        let mut views = Views::default();
        let named = output("a", Some("7"));
        assert_eq!(views.of(&named).as_deref(), Some("7"));
        views.note(&named, &Survey { view: Some("7".to_owned()), ..nothing() });
        assert_eq!(views.of(&output("a", None)), None);
    }
}
