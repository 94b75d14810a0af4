//! The files of objects, named and numbered in the order in which they are fetched. What is found for an object counts
//! once the object is written.

use proto::commit::Warning;
use proto::definition::{Convert, OnError};
use proto::fault::{Code, Fault};
use source::SourceError;

use super::json::Json;
use super::missing::Missing;
use super::naming::{Marks, Naming, text_at};
use super::pending::Pending;
use super::scene::Scene;
use super::shipped::Shipped;
use super::trail::Around;
use super::wanted::{Wanted, wanted};
use super::writing::Written;
use crate::batch::{Task, warning};
use crate::error::BatchError;

/// Names files for a batch.
pub(super) struct Shipping<'w> {
    scene: &'w Scene,
    task: &'w Task,
    naming: Naming,
    /// The files that could not be had, by their numbers, where that is known.
    missing: Option<&'w Missing>,
    /// How many files the objects have that were written.
    files: usize,
}

/// The files of an object.
#[derive(Default)]
pub(super) struct Along {
    /// Those that its forms may name.
    pub(super) shipped: Shipped,
    /// Those that are to be fetched, by their names.
    pending: Vec<(String, Pending)>,
    count: usize,
    warnings: Vec<Warning>,
}

impl<'w> Shipping<'w> {
    /// None yet; `missing` are the numbers of those that could not be had, where they were fetched before.
    pub(super) fn new(scene: &'w Scene, task: &'w Task, missing: Option<&'w Missing>) -> Self {
        let naming = Naming::new(Marks::of(scene, task.batches));
        Self { scene, task, naming, missing, files: 0 }
    }

    /// The files of an object that go along.
    pub(super) fn along(
        &mut self,
        object: &Json<'_>,
        id: u64,
        around: &Around<'_>,
    ) -> Result<Along, BatchError> {
        let mut along = Along::default();
        for one in wanted(self.scene, object, around) {
            let name = self.naming.name(self.scene, &self.task.asked, object, &one);
            let place = match one.place {
                Ok(place) => place.to_owned(),
                Err(absent) => {
                    let subject = format!("file {} of object {id}, {}", one.id, one.version);
                    let told = missing(self.task, absent.why(), &subject)?;
                    // With its object it comes with a later run, though nobody changes that.
                    let object = absent.may_come().then_some(id);
                    along.warnings.push(Warning { object, ..told });
                    continue;
                }
            };
            let number = self.files + along.count;
            along.count += 1;
            match self.missing {
                Some(missing) if missing.has(number) => {}
                Some(_) => along.shipped.push(one.id, one.version, &name),
                None => {
                    along.shipped.push(one.id, one.version, &name);
                    along.pending.push((name, self.pending(id, one, place)));
                }
            }
        }
        Ok(along)
    }

    /// The object is written: its files are fetched after those of the objects before it.
    pub(super) fn goes(&mut self, along: Along, written: &mut Written) -> Result<(), BatchError> {
        self.files += along.count;
        written.warnings.extend(along.warnings);
        for (name, pending) in along.pending {
            let content = serde_json::to_vec(&pending).expect("texts and numbers are JSON");
            written.pending.push(&name, &content).map_err(BatchError::Scratch)?;
        }
        Ok(())
    }

    fn pending(&self, id: u64, one: Wanted<'_>, place: String) -> Pending {
        let convert = one.convert.as_deref();
        let texts = convert.map(|convert| texts_of(self.scene, one.told_of, convert));
        Pending {
            place,
            eas_id: one.id,
            version: one.version.to_owned(),
            class: one.class.to_owned(),
            system_object_id: id,
            convert: one.convert.map(std::borrow::Cow::into_owned),
            texts: texts.unwrap_or_default(),
        }
    }
}

/// A file that cannot be had, where that is no reason to fail.
fn missing(task: &Task, why: &str, subject: &str) -> Result<Warning, BatchError> {
    if task.read.on_error == OnError::Warn {
        return Ok(warning(&task.output, Fault::new(Code::AssetMissing, why), subject));
    }
    Err(SourceError::AssetMissing { reference: subject.to_owned(), why: why.to_owned() }.into())
}

/// The texts that a conversion writes into a picture: tags, and what goes there.
fn texts_of(scene: &Scene, object: &Json<'_>, convert: &Convert) -> Vec<(String, String)> {
    let mapped = convert.metadata.mapped().flat_map(|(field, tags)| {
        let text = text_at(scene, object, field).unwrap_or_default();
        tags.names().iter().map(move |tag| (tag.clone(), text.to_owned()))
    });
    mapped.collect()
}
