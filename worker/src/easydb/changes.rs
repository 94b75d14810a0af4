//! Whether a catalogue tells of the changes of its objects, where a table is to: one that does not is told of once, by the
//! first batch.

use proto::commit::Warning;
use proto::definition::{Easydb, Output};
use proto::fault::{Code, Fault};
use source::page::{Kind, Page};

use crate::batch::{Place, Task, warning};

/// What was seen of changes.
pub(super) struct Changes {
    /// The cell of each row that has them; nothing where they are not looked for.
    cell: Option<usize>,
    /// Whether there was any object.
    is_met: bool,
    /// Whether any told of its changes.
    is_told: bool,
}

impl Changes {
    /// Nothing yet. Only the first batch of an output looks for them.
    pub(super) fn of(task: &Task) -> Self {
        let besides = &task.read.besides;
        let place = besides.iter().position(|name| name == Easydb::CHANGELOG);
        // The object itself comes before.
        let cell = place.filter(|_| task.place == Place::First).map(|place| place + 1);
        Self { cell, is_met: false, is_told: false }
    }

    /// Looks at objects.
    pub(super) fn look(&mut self, page: &Page) {
        let Some(cell) = self.cell else { return };
        self.is_met |= !page.is_empty();
        self.is_told = self.is_told || page.rows().any(|row| row.cell(cell).kind != Kind::Null);
    }

    /// What is told where no object told of any.
    pub(super) fn missed(self, output: &Output) -> Option<Warning> {
        let is_missed = self.is_met && !self.is_told;
        is_missed.then(|| {
            let message = "the catalogue tells of no changes of objects: their column is empty";
            let fault = Fault::new(Code::UnknownSourceField, message)
                .hint("leave `changelog` out, or read the catalogue where it has them: saved answers in the format `full`, a server since easydb 5.34");
            warning(output, fault, Easydb::CHANGELOG)
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn page(changes: &[(Kind, &str)]) -> Page {
        let mut page = Page::new(2);
        for (kind, text) in changes {
            page.push(Kind::Json, "{}");
            page.push(*kind, text);
        }
        page
    }

    #[test]
    fn one_object_that_tells_is_enough_and_none_at_all_tells_nothing() {
        let (nothing, some) = ((Kind::Null, ""), (Kind::Json, "[]"));
        let output = json!({"to": "all/", "from": "museum", "easydb": {"csv": {}}});
        let output: Output = serde_json::from_value(output).unwrap();
        for (pages, is_missed) in [
            (vec![], false),
            (vec![page(&[])], false),
            (vec![page(&[nothing, nothing]), page(&[nothing])], true),
            (vec![page(&[nothing]), page(&[nothing, some]), page(&[nothing])], false),
        ] {
            let mut changes = Changes { cell: Some(1), is_met: false, is_told: false };
            for page in &pages {
                changes.look(page);
            }
            let told = changes.missed(&output).map(|warning| warning.subject);
            assert_eq!(told, is_missed.then(|| Some(Easydb::CHANGELOG.to_owned())));
        }
    }
}
