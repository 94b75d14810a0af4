//! The rendering thread: objects in, waiting files out.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use proto::commit::Warning;
use proto::definition::{Convert, Format, Generation};
use proto::fault::{Code, Fault};
use tokio::sync::mpsc;

use super::cells::{Cells, Names, Style};
use super::document;
use super::flat;
use super::json::Json;
use super::mapping::Mapping;
use super::naming::{Naming, text_at};
use super::pending::Pending;
use super::scene::Scene;
use super::shipped::{Shipped, json_rule, wanted};
use super::standard::{self, Standard};
use super::table::{Empty, Tables};
use super::trail::Around;
use super::waiting::{Many, Waiting};
use super::{FORMAT, Group, left_out};
use crate::batch::{Task, warning};
use crate::error::BatchError;
use crate::xslt::{MAX_DOCUMENT, Stylesheet};

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
    pub(super) warnings: Vec<Warning>,
}

/// What of the operator's the XML goes through.
#[derive(Clone, Copy)]
pub(super) struct Folders<'f> {
    /// The stylesheet that is asked for.
    pub(super) stylesheet: Option<&'f Stylesheet>,
    /// Where mapping profiles are.
    pub(super) mappings: Option<&'f Path>,
}

/// Renders all objects of a batch.
pub(super) fn write(
    scene: &Scene,
    task: &Task,
    scratch: &Arc<Path>,
    folders: Folders<'_>,
    mut groups: mpsc::Receiver<Group>,
) -> Result<Written, BatchError> {
    let mut writer = Writer::new(scene, task, scratch, folders)?;
    while let Some(group) = groups.blocking_recv() {
        let around = Around::new(&group.linked, scene.depth());
        for row in group.page.rows().skip(group.rows.start).take(group.rows.len()) {
            writer.object(row.cell(0).text, &around)?;
        }
    }
    writer.finish()
}

struct Writer<'w> {
    scene: &'w Scene,
    task: &'w Task,
    stylesheet: Option<&'w Stylesheet>,
    form: Form<'w>,
    standard: Standard<'w>,
    tables: Vec<(Sheets, Cells<'w>, Tables)>,
    naming: Naming,
    types: BTreeSet<String>,
    xml: Option<Waiting>,
    json: Option<Waiting>,
    /// How many objects are in the JSON file.
    documents: u64,
    buffer: Vec<u8>,
    written: Written,
}

impl<'w> Writer<'w> {
    fn new(
        scene: &'w Scene,
        task: &'w Task,
        scratch: &Arc<Path>,
        Folders { stylesheet, mappings }: Folders<'w>,
    ) -> Result<Self, BatchError> {
        let form = Form::new(scene, mappings)?;
        let written = Written {
            ids: None,
            records: 0,
            files: Vec::new(),
            singles: Many::new(Arc::clone(scratch)),
            pending: Many::new(Arc::clone(scratch)),
            warnings: Vec::new(),
        };
        let easydb = &scene.easydb;
        let is_one_xml = easydb.xml && !easydb.xml_one_file_per_object;
        Ok(Self {
            scene,
            task,
            stylesheet,
            form,
            standard: Standard::new(scene),
            tables: tables(scene, scratch),
            naming: Naming::default(),
            types: BTreeSet::new(),
            xml: is_one_xml.then(|| Waiting::new(Arc::clone(scratch))),
            json: (!easydb.json_one_file_per_object).then(|| Waiting::new(Arc::clone(scratch))),
            documents: 0,
            buffer: Vec::new(),
            written,
        })
    }

    fn object(&mut self, text: &str, around: &Around<'_>) -> Result<(), BatchError> {
        let object = match Json::parse(text) {
            Ok(object) => object,
            Err(error) => return self.leave_out(&error.to_string(), text),
        };
        let Some(id) = object.id() else {
            return self.leave_out("the object has no `_system_object_id`", text);
        };
        let shipped = self.ship(&object, id)?;
        if self.scene.easydb.xml {
            match &mut self.form {
                Form::Standard => self.standard.object(&object, around, &shipped),
                Form::Flat(cells) => {
                    let cells = cells.object(&object, around, &shipped);
                    flat::object(&object, cells, self.standard.markup());
                }
                Form::Mapped(mapping) => {
                    mapping.object(self.scene, &object, &shipped, self.standard.markup());
                }
            }
            if around.is_too_much() {
                self.standard.out().clear();
                return self.leave_out(TOO_MUCH, text);
            }
            self.xml(id)?;
        }
        if json_rule(self.scene, &object).unwrap_or(self.scene.easydb.json) {
            self.json(id, text, &object, around)?;
        }
        if let Some(object_type) = object.text_of("_objecttype")
            && !self.types.contains(object_type)
        {
            self.types.insert(object_type.to_owned());
        }
        let object_type = object.text_of("_objecttype").unwrap_or("object");
        for (_, cells, tables) in &mut self.tables {
            let cells = match &mut self.form {
                Form::Mapped(mapping) => mapping.cells(self.scene, &object, &shipped),
                Form::Standard | Form::Flat(_) => cells.object(&object, around, &shipped),
            };
            if around.is_too_much() {
                let warning = left_out(self.task, TOO_MUCH, text)?;
                self.written.warnings.push(warning);
                continue;
            }
            tables.push(object_type, cells).map_err(BatchError::Scratch)?;
        }
        let first = self.written.ids.map_or(id, |(first, _)| first);
        self.written.ids = Some((first, id));
        self.written.records += 1;
        Ok(())
    }

    /// Names the files that go along.
    fn ship(&mut self, object: &Json<'_>, id: u64) -> Result<Shipped, BatchError> {
        let mut shipped = Shipped::default();
        for one in wanted(self.scene, object) {
            let name = self.naming.name(self.scene, &self.task.asked, object, &one);
            let place = match one.place {
                Ok(place) => place,
                Err(why) => {
                    let subject = format!("file {} of object {id}, {}", one.id, one.version);
                    self.missing(why, &subject)?;
                    continue;
                }
            };
            let pending = Pending {
                place: place.to_owned(),
                eas_id: one.id,
                version: one.version.to_owned(),
                class: one.class.to_owned(),
                system_object_id: id,
                convert: one.convert.cloned(),
                texts: one
                    .convert
                    .map(|convert| texts(self.scene, object, convert))
                    .unwrap_or_default(),
            };
            let content = serde_json::to_vec(&pending).expect("texts and numbers are JSON");
            self.written.pending.push(&name, &content).map_err(BatchError::Scratch)?;
            shipped.push(one.id, one.version, &name);
        }
        Ok(shipped)
    }

    fn xml(&mut self, id: u64) -> Result<(), BatchError> {
        if let Some(xml) = &mut self.xml {
            if self.written.ids.is_none() {
                xml.take(&mut standard::open(self.scene)).map_err(BatchError::Scratch)?;
            }
            return xml.take(self.standard.out()).map_err(BatchError::Scratch);
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
        let name = self.single_name(id, "xml");
        if let Some(stylesheet) = self.stylesheet {
            match styled(stylesheet, &self.buffer)? {
                Some(styled) => self.buffer = styled,
                None => self.too_long_for_stylesheet(&name),
            }
        }
        self.written.singles.push(&name, &self.buffer).map_err(BatchError::Scratch)
    }

    fn json(
        &mut self,
        id: u64,
        text: &str,
        object: &Json<'_>,
        around: &Around<'_>,
    ) -> Result<(), BatchError> {
        self.buffer.clear();
        if self.json.is_some() {
            if self.documents == 0 {
                document::open(self.scene, &mut self.buffer);
            } else {
                self.buffer.extend_from_slice(b",\n");
            }
        }
        document::object(self.scene, text, object, around, &mut self.buffer);
        if around.is_too_much() {
            return self.leave_out(TOO_MUCH, text);
        }
        self.documents += 1;
        if let Some(json) = &mut self.json {
            return json.take(&mut self.buffer).map_err(BatchError::Scratch);
        }
        self.buffer.push(b'\n');
        let name = self.single_name(id, "json");
        self.written.singles.push(&name, &self.buffer).map_err(BatchError::Scratch)
    }

    fn finish(mut self) -> Result<Written, BatchError> {
        if self.written.ids.is_some()
            && let Some(mut xml) = self.xml.take()
        {
            xml.take(&mut standard::CLOSE.to_vec()).map_err(BatchError::Scratch)?;
            if let Some(stylesheet) = self.stylesheet {
                match xml.whole(MAX_DOCUMENT).map_err(BatchError::Scratch)? {
                    Some(whole) => {
                        let mut styled = stylesheet.apply(&whole)?;
                        xml.take(&mut styled).map_err(BatchError::Scratch)?;
                    }
                    None => self.too_long_for_stylesheet("xml"),
                }
            }
            self.written.files.push((".xml".to_owned(), xml));
        }
        if self.documents > 0
            && let Some(mut json) = self.json.take()
        {
            let mut end = Vec::new();
            document::close(self.types.iter(), self.documents, &mut end);
            json.take(&mut end).map_err(BatchError::Scratch)?;
            self.written.files.push((".json".to_owned(), json));
        }
        for (sheets, _, tables) in std::mem::take(&mut self.tables) {
            match sheets {
                Sheets::Csv => {
                    let Some(csv) = &self.scene.easydb.csv else { continue };
                    for (object_type, file) in tables.csv(csv).map_err(BatchError::Scratch)? {
                        self.written.files.push((format!("-{object_type}.csv"), file));
                    }
                }
                Sheets::Xlsx => {
                    let scratch = tables.scratch();
                    let file = tables.xlsx().map_err(|error| error.in_format(Format::Xlsx))?;
                    self.written.files.push((".xlsx".to_owned(), Waiting::of(scratch, file)));
                }
            }
        }
        let replaced = self.standard.replaced();
        if replaced > 0 {
            let message =
                format!("characters that XML cannot hold were replaced by U+FFFD: {replaced}");
            self.warn(Fault::new(Code::Unrenderable, message), None);
        }
        Ok(self.written)
    }

    /// What the file of one object is called.
    fn single_name(&self, id: u64, extension: &str) -> String {
        format!("{}.{extension}", stem(self.scene, &id.to_string()))
    }

    fn leave_out(&mut self, why: &str, object: &str) -> Result<(), BatchError> {
        let warning = left_out(self.task, why, object)?;
        self.written.warnings.push(warning);
        Ok(())
    }

    fn missing(&mut self, why: &str, subject: &str) -> Result<(), BatchError> {
        super::fetching::missing(self.task, why, subject)
            .map(|warning| self.written.warnings.push(warning))
    }

    fn too_long_for_stylesheet(&mut self, what: &str) {
        let message =
            format!("what is longer than {MAX_DOCUMENT} bytes goes through no stylesheet");
        self.warn(Fault::new(Code::TooLarge, message), Some(what));
    }

    fn warn(&mut self, fault: Fault, subject: Option<&str>) {
        let warning = warning(&self.task.output, fault, subject.unwrap_or(FORMAT));
        self.written.warnings.push(warning);
    }
}

/// The form of the XML.
enum Form<'w> {
    Standard,
    Flat(Cells<'w>),
    Mapped(Mapping),
}

impl<'w> Form<'w> {
    fn new(scene: &'w Scene, folder: Option<&Path>) -> Result<Self, BatchError> {
        Ok(match scene.easydb.mapping.as_deref() {
            None | Some("easydb") => Self::Standard,
            Some("easydb_flat") => Self::Flat(Cells::new(scene, flat::STYLE)),
            Some(name) => Self::Mapped(Mapping::find(folder, name)?),
        })
    }
}

/// What tables become.
#[derive(Debug, Clone, Copy)]
enum Sheets {
    Csv,
    Xlsx,
}

/// The tables that are asked for.
fn tables<'s>(scene: &'s Scene, scratch: &Arc<Path>) -> Vec<(Sheets, Cells<'s>, Tables)> {
    let names = |is_localised| if is_localised { Names::Localised } else { Names::Own };
    let mut tables = Vec::new();
    if let Some(csv) = &scene.easydb.csv {
        let (generation, hierarchy) = (csv.generation, csv.hierarchy);
        let style = Style { generation, hierarchy, names: names(csv.localized_column_names) };
        let empty = if csv.empty_columns { Empty::Kept } else { Empty::Dropped };
        let made = Tables::new(generation, empty, scratch);
        tables.push((Sheets::Csv, Cells::new(scene, style), made));
    }
    if let Some(xlsx) = &scene.easydb.xlsx {
        let (generation, hierarchy) = (Generation::Fylr, xlsx.hierarchy);
        let style = Style { generation, hierarchy, names: names(xlsx.localized_column_names) };
        let made = Tables::new(generation, Empty::Dropped, scratch);
        tables.push((Sheets::Xlsx, Cells::new(scene, style), made));
    }
    tables
}

/// What a file is called before its extension: after the objects in it and their catalogue.
pub(super) fn stem(scene: &Scene, objects: &str) -> String {
    match scene.about.uuid.as_str() {
        "" => objects.to_owned(),
        uuid => format!("{objects}@{uuid}"),
    }
}

/// A document gone through a stylesheet; nothing where it is too long for one.
fn styled(stylesheet: &Stylesheet, document: &[u8]) -> Result<Option<Vec<u8>>, BatchError> {
    if document.len() > MAX_DOCUMENT {
        return Ok(None);
    }
    Ok(Some(stylesheet.apply(document)?))
}

/// The texts that a conversion writes into a picture: tags, and what goes there.
fn texts(scene: &Scene, object: &Json<'_>, convert: &Convert) -> Vec<(String, String)> {
    let mapped = convert.metadata.mapped().flat_map(|(field, tags)| {
        let text = text_at(scene, object, field).unwrap_or_default();
        tags.names().iter().map(move |tag| (tag.clone(), text.to_owned()))
    });
    mapped.collect()
}
