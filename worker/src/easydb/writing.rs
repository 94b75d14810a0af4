//! The rendering thread: objects in, waiting files out.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use proto::commit::Warning;
use proto::definition::{Convert, OnError};
use proto::fault::{Code, Fault};
use tokio::sync::mpsc;

use super::again::Again;
use super::exported::List;
use super::json::Json;
use super::json_files::JsonFiles;
use super::json_rule::json_rule;
use super::mapping::Profile;
use super::naming::{Marks, Naming, text_at};
use super::pending::Pending;
use super::scene::Scene;
use super::sheets::Sheets;
use super::shipped::Shipped;
use super::trail::Around;
use super::waiting::{Many, Waiting};
use super::wanted::wanted;
use super::xml_files::XmlFiles;
use super::{FORMAT, Group, left_out};
use crate::Worker;
use crate::batch::{Task, warning};
use crate::error::BatchError;
use crate::xslt::Stylesheet;

/// Why an object is left out that leads to too many others.
const TOO_MUCH: &str = "the objects within the object are too many to be written out";

/// What a batch has written, before it is packed.
pub(super) struct Written {
    /// The first and the last object.
    pub(super) ids: Option<(u64, u64)>,
    pub(super) records: u64,
    /// The files with many objects: what their names end with, and what is in them.
    pub(super) files: Vec<(String, Waiting)>,
    /// The files of one object, by their names.
    pub(super) singles: Many,
    /// The files that go along, by their names.
    pub(super) pending: Many,
    /// Which objects they are.
    pub(super) exported: Option<List>,
    pub(super) warnings: Vec<Warning>,
}

/// What all renderers of a batch need besides its objects.
#[derive(Clone)]
pub(super) struct Desk {
    pub(super) worker: Worker,
    pub(super) scene: Arc<Scene>,
    pub(super) task: Arc<Task>,
    pub(super) scratch: Arc<Path>,
    /// The stylesheet that is asked for.
    pub(super) stylesheet: Option<Stylesheet>,
    /// The mapping profile that is asked for, where it is there.
    pub(super) mapping: Option<Arc<Profile>>,
}

/// Renders all objects of a batch. Where files go along that may turn out not to be there, the objects wait to
/// be rendered once more.
pub(super) fn write(
    desk: &Desk,
    mut groups: mpsc::Receiver<Group>,
) -> Result<(Written, Option<Again>), BatchError> {
    let mut writer = Writer::new(desk, None);
    let is_again = desk.scene.has_files() && desk.task.read.on_error == OnError::Warn;
    let mut again = is_again.then(|| Again::new(Arc::clone(&desk.scratch)));
    while let Some(group) = groups.blocking_recv() {
        let around = Around::new(&group.linked, desk.scene.depth());
        for row in group.page.rows().skip(group.rows.start).take(group.rows.len()) {
            let text = row.cell(0).text;
            writer.object(text, &around)?;
            if let Some(again) = &mut again {
                again.object(text).map_err(BatchError::Scratch)?;
            }
        }
        if let Some(again) = &mut again {
            again.linked(&group.linked).map_err(BatchError::Scratch)?;
        }
    }
    Ok((writer.finish()?, again))
}

/// Renders the objects of a batch once more, without the names of files that could not be had: their numbers
/// among those that go along.
pub(super) fn write_again(
    desk: &Desk,
    again: Again,
    missing: &HashSet<u64>,
) -> Result<Written, BatchError> {
    let mut writer = Writer::new(desk, Some(missing));
    let mut groups = again.read().map_err(BatchError::Scratch)?;
    while let Some((objects, linked)) = groups.next().map_err(BatchError::Scratch)? {
        let around = Around::new(&linked, desk.scene.depth());
        for text in &objects {
            writer.object(text, &around)?;
        }
    }
    writer.finish()
}

struct Writer<'w> {
    desk: &'w Desk,
    scene: &'w Scene,
    task: &'w Task,
    scratch: &'w Arc<Path>,
    xml: Option<XmlFiles<'w>>,
    json: JsonFiles<'w>,
    sheets: Vec<Sheets<'w>>,
    naming: Naming,
    /// The files that could not be had, where that is known.
    missing: Option<&'w HashSet<u64>>,
    /// How many files went along so far.
    files: u64,
    written: Written,
}

impl<'w> Writer<'w> {
    fn new(desk: &'w Desk, missing: Option<&'w HashSet<u64>>) -> Self {
        let Desk { scene, task, scratch, stylesheet, mapping, .. } = desk;
        let written = Written {
            ids: None,
            records: 0,
            files: Vec::new(),
            singles: Many::new(Arc::clone(scratch)),
            pending: Many::new(Arc::clone(scratch)),
            exported: None,
            warnings: Vec::new(),
        };
        let (mapping, stylesheet) = (mapping.as_ref(), stylesheet.as_ref());
        let sheets = Sheets::asked(scene, scratch, mapping);
        let xml = XmlFiles::new(scene, task, scratch, stylesheet, mapping);
        Self {
            desk,
            scene,
            task,
            scratch,
            xml: scene.easydb.xml.then_some(xml),
            json: JsonFiles::new(scene, scratch),
            sheets,
            naming: Naming::new(Marks::of(&scene.easydb, task.batches)),
            missing,
            files: 0,
            written,
        }
    }

    fn object(&mut self, text: &str, around: &Around<'_>) -> Result<(), BatchError> {
        let object = match Json::parse(text) {
            Ok(object) => object,
            Err(error) => return self.leave_out(&error.to_string(), text),
        };
        let Some(id) = object.id() else {
            return self.leave_out("the object has no `_system_object_id`", text);
        };
        let shipped = self.ship(&object, id, around)?;
        if let Some(xml) = &mut self.xml {
            xml.object(&object, around, &shipped);
            if around.is_too_much() {
                xml.forget();
                return self.leave_out(TOO_MUCH, text);
            }
            xml.put(id, &mut self.written)?;
        }
        self.json.met(&object);
        if json_rule(self.scene, &object).unwrap_or(self.scene.easydb.json) {
            self.json.object(text, &object, around);
            if around.is_too_much() {
                return self.leave_out(TOO_MUCH, text);
            }
            self.json.put(id, &mut self.written).map_err(BatchError::Scratch)?;
        }
        for sheets in &mut self.sheets {
            let cells = sheets.cells(&object, around, &shipped);
            if around.is_too_much() {
                self.written.warnings.push(left_out(self.task, TOO_MUCH, text)?);
                continue;
            }
            sheets.push(&object, cells).map_err(BatchError::Scratch)?;
        }
        let first = self.written.ids.map_or(id, |(first, _)| first);
        self.written.ids = Some((first, id));
        self.written.records += 1;
        let list = self.written.exported.get_or_insert_with(|| List::new(Arc::clone(self.scratch)));
        list.push(&object, id)
    }

    /// Names the files that go along.
    fn ship(
        &mut self,
        object: &Json<'_>,
        id: u64,
        around: &Around<'_>,
    ) -> Result<Shipped, BatchError> {
        let mut shipped = Shipped::default();
        for one in wanted(self.scene, object, around) {
            let name = self.naming.name(self.scene, &self.task.asked, object, &one);
            let place = match one.place {
                Ok(place) => place,
                Err(why) => {
                    let subject = format!("file {} of object {id}, {}", one.id, one.version);
                    self.written.warnings.push(super::fetching::missing(self.task, why, &subject)?);
                    continue;
                }
            };
            let number = self.files;
            self.files += 1;
            match self.missing {
                Some(missing) if missing.contains(&number) => continue,
                Some(_) => {}
                None => {
                    let texts = one.convert.as_deref();
                    let texts = texts.map(|convert| texts_of(self.scene, object, convert));
                    let pending = Pending {
                        place: place.to_owned(),
                        eas_id: one.id,
                        version: one.version.to_owned(),
                        class: one.class.to_owned(),
                        system_object_id: id,
                        convert: one.convert.map(std::borrow::Cow::into_owned),
                        texts: texts.unwrap_or_default(),
                    };
                    let content = serde_json::to_vec(&pending).expect("texts and numbers are JSON");
                    self.written.pending.push(&name, &content).map_err(BatchError::Scratch)?;
                }
            }
            shipped.push(one.id, one.version, &name);
        }
        Ok(shipped)
    }

    fn finish(mut self) -> Result<Written, BatchError> {
        if let Some(xml) = self.xml {
            xml.finish(self.task, &mut self.written)?;
        }
        self.json.finish(&mut self.written).map_err(BatchError::Scratch)?;
        for sheets in self.sheets {
            sheets.finish(self.desk, &mut self.written)?;
        }
        Ok(self.written)
    }

    fn leave_out(&mut self, why: &str, object: &str) -> Result<(), BatchError> {
        self.written.warnings.push(left_out(self.task, why, object)?);
        Ok(())
    }
}

/// What a file is called before its extension: after the objects in it and their catalogue.
pub(super) fn stem(scene: &Scene, objects: &str) -> String {
    match scene.about.uuid.as_str() {
        "" => objects.to_owned(),
        uuid => format!("{objects}@{uuid}"),
    }
}

/// What the file of one object is called.
pub(super) fn single_name(scene: &Scene, id: u64, extension: &str) -> String {
    format!("{}.{extension}", stem(scene, &id.to_string()))
}

/// Something that is told of a batch.
pub(super) fn told(task: &Task, code: Code, message: String, subject: Option<&str>) -> Warning {
    warning(&task.output, Fault::new(code, message), subject.unwrap_or(FORMAT))
}

/// The texts that a conversion writes into a picture: tags, and what goes there.
fn texts_of(scene: &Scene, object: &Json<'_>, convert: &Convert) -> Vec<(String, String)> {
    let mapped = convert.metadata.mapped().flat_map(|(field, tags)| {
        let text = text_at(scene, object, field).unwrap_or_default();
        tags.names().iter().map(move |tag| (tag.clone(), text.to_owned()))
    });
    mapped.collect()
}
