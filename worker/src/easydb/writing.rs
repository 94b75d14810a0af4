//! The rendering thread: objects in, waiting files out.

use std::path::Path;
use std::sync::Arc;

use proto::commit::Warning;
use proto::definition::OnError;
use proto::fault::{Code, Fault};
use tokio::sync::mpsc;

use super::again::Again;
use super::cells::{Cell, Head};
use super::exported::List;
use super::json::Json;
use super::json_files::JsonFiles;
use super::json_rule::json_rule;
use super::linked::Linked;
use super::mapping::Profile;
use super::missing::Missing;
use super::scene::Scene;
use super::sheets::Sheets;
use super::shipping::{Along, Shipping};
use super::trail::Around;
use super::waiting::{Many, Waiting};
use super::workbook::Workbook;
use super::xml_files::XmlFiles;
use super::{FORMAT, Group, left_out};
use crate::Worker;
use crate::batch::{Task, warning};
use crate::error::BatchError;
use crate::warnings::Warnings;
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
    /// The one that is written once the files that go along are there.
    pub(super) workbook: Option<Workbook>,
    /// The files of one object, by their names.
    pub(super) singles: Many,
    /// The files that go along, by their names.
    pub(super) pending: Many,
    /// Which objects they are.
    pub(super) exported: Option<List>,
    pub(super) warnings: Warnings,
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
        let around = writer.around(&group.linked);
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
    missing: &Missing,
) -> Result<Written, BatchError> {
    let mut writer = Writer::new(desk, Some(missing));
    let mut groups = again.read().map_err(BatchError::Scratch)?;
    while let Some((objects, linked)) = groups.next().map_err(BatchError::Scratch)? {
        let around = writer.around(&linked);
        for text in &objects {
            writer.object(text, &around)?;
        }
    }
    writer.finish()
}

struct Writer<'w> {
    scene: &'w Scene,
    task: &'w Task,
    scratch: &'w Arc<Path>,
    xml: Option<XmlFiles<'w>>,
    json: JsonFiles<'w>,
    sheets: Vec<Sheets<'w>>,
    shipping: Shipping<'w>,
    written: Written,
}

/// An object that was written, and put nowhere yet.
struct Rendered {
    along: Along,
    is_json: bool,
    /// Its cells in each table.
    cells: Vec<Vec<(Head, Cell)>>,
}

impl<'w> Writer<'w> {
    fn new(desk: &'w Desk, missing: Option<&'w Missing>) -> Self {
        let Desk { worker, scene, task, scratch, stylesheet, mapping } = desk;
        let written = Written {
            ids: None,
            records: 0,
            files: Vec::new(),
            workbook: None,
            singles: Many::new(Arc::clone(scratch)),
            pending: Many::new(Arc::clone(scratch)),
            exported: None,
            warnings: Warnings::default(),
        };
        let (mapping, stylesheet) = (mapping.as_ref(), stylesheet.as_ref());
        let sheets = Sheets::asked(scene, scratch, mapping);
        let xml = XmlFiles::new(scene, task, &worker.leaves, scratch, stylesheet, mapping);
        Self {
            scene,
            task,
            scratch,
            xml: scene.easydb.xml.then_some(xml),
            json: JsonFiles::new(scene, scratch),
            sheets,
            shipping: Shipping::new(scene, task, missing),
            written,
        }
    }

    /// What linked objects are found by. Where they go into standard XML alone and all alike, most of them were
    /// written before and need not be read.
    fn around<'l>(&self, linked: &'l Linked) -> Around<'l> {
        let easydb = &self.scene.easydb;
        let is_xml_alone = self.xml.as_ref().is_some_and(XmlFiles::is_standard)
            && self.sheets.is_empty()
            && !easydb.json
            && easydb.assets.is_empty();
        let is_alike = easydb.fields.is_none() && easydb.eas_fields.is_empty();
        let depth = self.scene.depth();
        if is_xml_alone && is_alike && depth <= 1 {
            Around::unread(linked, depth)
        } else {
            Around::new(linked, depth)
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
        let Some(Rendered { along, is_json, cells }) = self.render(text, &object, id, around)?
        else {
            if let Some(xml) = &mut self.xml {
                xml.forget();
            }
            return self.leave_out(TOO_MUCH, text);
        };
        // All of it could be written: only now any of it goes anywhere.
        self.shipping.goes(along, &mut self.written)?;
        if let Some(xml) = &mut self.xml {
            xml.put(id, &mut self.written)?;
        }
        self.json.met(&object);
        if is_json {
            self.json.put(id, &mut self.written).map_err(BatchError::Scratch)?;
        }
        for (sheets, cells) in self.sheets.iter_mut().zip(cells) {
            sheets.push(&object, cells).map_err(BatchError::Scratch)?;
        }
        let first = self.written.ids.map_or(id, |(first, _)| first);
        self.written.ids = Some((first, id));
        self.written.records += 1;
        let list = self.written.exported.get_or_insert_with(|| List::new(Arc::clone(self.scratch)));
        list.push(&object, id)
    }

    /// Writes an object in all forms, as far as that can be taken back; nothing where it leads to too much for
    /// one of them.
    fn render(
        &mut self,
        text: &str,
        object: &Json<'_>,
        id: u64,
        around: &Around<'_>,
    ) -> Result<Option<Rendered>, BatchError> {
        let along = self.shipping.along(object, id, around)?;
        if around.take_too_much() {
            return Ok(None);
        }
        if let Some(xml) = &mut self.xml {
            xml.object(object, around, &along.shipped);
            if around.take_too_much() {
                return Ok(None);
            }
        }
        let is_json = json_rule(self.scene, object).unwrap_or(self.scene.easydb.json);
        if is_json {
            self.json.object(text, object, around, &along.shipped);
            if around.take_too_much() {
                return Ok(None);
            }
        }
        let mut cells = Vec::with_capacity(self.sheets.len());
        for sheets in &mut self.sheets {
            cells.push(sheets.cells(object, around, &along.shipped));
            if around.take_too_much() {
                return Ok(None);
            }
        }
        Ok(Some(Rendered { along, is_json, cells }))
    }

    fn finish(mut self) -> Result<Written, BatchError> {
        if let Some(xml) = self.xml {
            xml.finish(self.task, &mut self.written)?;
        }
        self.json.finish(&mut self.written).map_err(BatchError::Scratch)?;
        for sheets in self.sheets {
            sheets.finish(&mut self.written).map_err(BatchError::Scratch)?;
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
