//! Objects as XML files: one for the batch, or one for each of them, in the form that is asked for.

use std::path::Path;
use std::sync::Arc;

use proto::commit::Warning;
use proto::definition::Easydb;
use proto::fault::Code;

use super::cells::Cells;
use super::flat;
use super::json::Json;
use super::leaves::Leaves;
use super::mapping::{Mapping, Profile};
use super::scene::Scene;
use super::shipped::Shipped;
use super::standard::{self, Standard};
use super::trail::Around;
use super::waiting::Waiting;
use super::writing::{Written, single_name, told};
use crate::batch::Task;
use crate::error::BatchError;
use crate::xslt::Stylesheet;

/// XML files under way.
pub(super) struct XmlFiles<'w> {
    scene: &'w Scene,
    task: &'w Task,
    stylesheet: Option<&'w Stylesheet>,
    form: Form<'w>,
    standard: Standard<'w>,
    /// The file of all objects, and whether there is one in it.
    all: Option<(Waiting, Begun)>,
    buffer: Vec<u8>,
    /// Characters that were replaced in what was put where it belongs.
    replaced: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Begun {
    No,
    Yes,
}

/// The form of the XML.
enum Form<'w> {
    Standard,
    Flat(Box<Cells<'w>>),
    Mapped(Mapping),
}

/// Whether there is XML in the standard form, which alone names the owners of objects.
pub(super) fn names_owners(easydb: &Easydb, mapping: Option<&Arc<Profile>>) -> bool {
    easydb.xml && mapping.is_none() && !is_flat(easydb)
}

fn is_flat(easydb: &Easydb) -> bool {
    easydb.mapping.as_deref() == Some("easydb_flat")
}

impl<'w> XmlFiles<'w> {
    /// None yet.
    pub(super) fn new(
        scene: &'w Scene,
        task: &'w Task,
        leaves: &'w Leaves,
        scratch: &Arc<Path>,
        stylesheet: Option<&'w Stylesheet>,
        mapping: Option<&Arc<Profile>>,
    ) -> Self {
        let form = match mapping {
            Some(profile) => Form::Mapped(Mapping::new(profile)),
            None if is_flat(&scene.easydb) => Form::Flat(Box::new(Cells::new(scene, flat::STYLE))),
            None => Form::Standard,
        };
        let all = (!scene.easydb.xml_one_file_per_object)
            .then(|| (Waiting::new(Arc::clone(scratch)), Begun::No));
        let standard = Standard::with_leaves(scene, leaves, task.of);
        Self { scene, task, stylesheet, form, standard, all, buffer: Vec::new(), replaced: 0 }
    }

    /// Whether objects are written in the standard form, and no other.
    pub(super) fn is_standard(&self) -> bool {
        matches!(self.form, Form::Standard)
    }

    /// Writes an object; then comes [`Self::put`], or [`Self::forget`].
    pub(super) fn object(&mut self, object: &Json<'_>, around: &Around<'_>, shipped: &Shipped) {
        match &mut self.form {
            Form::Standard => self.standard.object(object, around, shipped),
            Form::Flat(cells) => {
                let cells = cells.object(object, around, shipped);
                flat::object(object, cells, self.standard.markup());
            }
            Form::Mapped(mapping) => {
                mapping.object(self.scene, object, around, shipped, self.standard.markup());
            }
        }
    }

    /// Takes back what was written last.
    pub(super) fn forget(&mut self) {
        self.standard.out().clear();
        self.standard.markup().replaced = self.replaced;
    }

    /// Puts what was written last where it belongs.
    pub(super) fn put(&mut self, id: u64, written: &mut Written) -> Result<(), BatchError> {
        self.replaced = self.standard.replaced();
        if let Some((all, begun)) = &mut self.all {
            if *begun == Begun::No {
                all.take(&mut standard::open(self.scene)).map_err(BatchError::Scratch)?;
                *begun = Begun::Yes;
            }
            return all.take(self.standard.out()).map_err(BatchError::Scratch);
        }
        self.buffer.clear();
        if let Form::Mapped(_) = self.form {
            self.buffer.extend_from_slice(pack::xml::DECLARATION.as_bytes());
            self.buffer.append(self.standard.out());
        } else {
            self.buffer = standard::open(self.scene);
            self.buffer.append(self.standard.out());
            self.buffer.extend_from_slice(standard::CLOSE);
        }
        let name = single_name(self.scene, id, "xml");
        if let Some(stylesheet) = self.stylesheet {
            if self.buffer.len() > stylesheet.most_bytes() {
                written.warnings.push(too_long(self.task, stylesheet, &name));
            } else {
                self.buffer = stylesheet.apply(&self.buffer)?;
            }
        }
        written.singles.push(&name, &self.buffer).map_err(BatchError::Scratch)
    }

    /// Ends the file of all objects.
    pub(super) fn finish(self, task: &Task, written: &mut Written) -> Result<(), BatchError> {
        if let Some((mut all, Begun::Yes)) = self.all {
            all.take(&mut standard::CLOSE.to_vec()).map_err(BatchError::Scratch)?;
            if let Some(stylesheet) = self.stylesheet {
                match all.whole(stylesheet.most_bytes()).map_err(BatchError::Scratch)? {
                    Some(whole) => {
                        let mut styled = stylesheet.apply(&whole)?;
                        all.take(&mut styled).map_err(BatchError::Scratch)?;
                    }
                    None => written.warnings.push(too_long(task, stylesheet, "xml")),
                }
            }
            written.files.push((".xml".to_owned(), all));
        }
        let replaced = self.replaced;
        if replaced > 0 {
            let message =
                format!("characters that XML cannot hold were replaced by U+FFFD: {replaced}");
            written.warnings.push(told(task, Code::Unrenderable, message, None));
        }
        Ok(())
    }
}

fn too_long(task: &Task, stylesheet: &Stylesheet, what: &str) -> Warning {
    let most_bytes = stylesheet.most_bytes();
    let message = format!("what is longer than {most_bytes} bytes goes through no stylesheet");
    told(task, Code::TooLarge, message, Some(what))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn the_standard_form_alone_names_owners() {
        let check = |easydb: Value, mapping: Option<&Arc<Profile>>, expected: bool| {
            let asked: Easydb = serde_json::from_value(easydb.clone()).unwrap();
            assert_eq!(names_owners(&asked, mapping), expected, "{easydb}");
        };
        let profile = Arc::new(Profile::of_text("own", br#"{"fields": []}"#).unwrap());
        check(json!({"xml": true}), None, true);
        check(json!({"json": true, "csv": {}}), None, false);
        check(json!({"xml": true, "mapping": "easydb_flat"}), None, false);
        check(json!({"xml": true, "mapping": "own"}), Some(&profile), false);
        // One that is gone is taken for the standard.
        check(json!({"xml": true, "mapping": "gone"}), None, true);
    }
}
