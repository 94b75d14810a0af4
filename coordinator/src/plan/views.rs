//! What the outputs of one run see of a source: the same, where the source can show it again.

use std::collections::BTreeMap;

use source::Survey;

/// The views of the outputs that were surveyed, by the names of their sources.
#[derive(Debug, Default)]
pub(super) struct Views(BTreeMap<String, String>);

impl Views {
    /// What the first output sees of a source.
    pub(super) fn of(&self, source: &str) -> Option<String> {
        self.0.get(source).cloned()
    }

    /// Notes what an output sees of a source, where it is the first.
    pub(super) fn note(&mut self, source: &str, survey: &Survey) {
        if let Some(view) = &survey.view {
            self.0.entry(source.to_owned()).or_insert_with(|| view.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::wanted::nothing;

    #[test]
    fn the_first_view_of_a_source_is_that_of_the_run() {
        let mut views = Views::default();
        views.note("a", &nothing());
        assert_eq!(views.of("a"), None);
        for (source, view) in [("a", "1"), ("a", "2"), ("b", "3")] {
            views.note(source, &Survey { view: Some(view.to_owned()), ..nothing() });
        }
        assert_eq!((views.of("a").as_deref(), views.of("b").as_deref()), (Some("1"), Some("3")));
    }
}
