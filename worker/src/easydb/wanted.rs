//! Which files of an object go along, in which versions: those of the fields that `eas_fields` name, in the
//! versions of their class, or of a rule of their own.
//!
//! A field of a linked object is named by the way through the link (`bild.serie.bild.datei`); its files go along
//! where that object is written out.

use std::borrow::Cow;
use std::collections::HashSet;

use proto::definition::{Convert, EasField, EasRule, EasVersion, Easydb, ImageFormat};
use source::catalogue::{Column, ColumnKind};

use super::json::Json;
use super::links::Via;
use super::place::{Absent, place};
use super::scene::{Scene, row_columns};
use super::shipped::{current, uploaded};
use super::standard_texts::STANDARD;
use super::trail::{Around, Trail};

/// The classes that rules may name; all else is `other`.
const CLASSES: [&str; 4] = ["image", "audio", "video", "office"];

/// A version of a file that is to be fetched.
pub(super) struct Wanted<'o> {
    /// The file.
    pub(super) file: &'o Json<'o>,
    pub(super) id: u64,
    /// The way to the field that it is in, as `eas_fields` name it.
    pub(super) way: &'o str,
    /// What the version is called.
    pub(super) version: &'o str,
    pub(super) class: &'o str,
    /// The extension that it has, or gets.
    pub(super) extension: String,
    pub(super) convert: Option<Cow<'o, Convert>>,
    /// The object whose texts are written into it.
    pub(super) told_of: &'o Json<'o>,
    /// Where it is; nothing where it cannot be had, and why.
    pub(super) place: Result<&'o str, Absent>,
}

/// The versions of an object's files that go along, in the order of its fields. A file that several ways lead
/// to goes along once.
pub(super) fn wanted<'o>(
    scene: &'o Scene,
    object: &'o Json<'o>,
    around: &'o Around<'o>,
) -> Vec<Wanted<'o>> {
    let object_type = object.text_of("_objecttype").unwrap_or("object");
    if !scene.leads_to_files(object_type) {
        return Vec::new();
    }
    let (trail, seen) = (Trail::new(around, object), HashSet::new());
    let mut search = Search { scene, trail, seen, object, within: object, found: Vec::new() };
    if let Some(fields) = object.get(object_type) {
        search.fields(&scene.columns(object_type, fields), fields, object_type);
    }
    search.found
}

struct Search<'o> {
    scene: &'o Scene,
    trail: Trail<'o>,
    /// The files that were met.
    seen: HashSet<u64>,
    object: &'o Json<'o>,
    /// The innermost object that one is in.
    within: &'o Json<'o>,
    found: Vec<Wanted<'o>>,
}

impl<'o> Search<'o> {
    fn fields(&mut self, columns: &[Column], fields: &'o Json<'o>, way: &str) {
        for column in columns {
            let Some(value) = fields.get(&column.name) else { continue };
            let way = format!("{way}.{}", column.name);
            if column.kind == ColumnKind::Eas {
                if let Some((way, field)) = self.scene.easydb.eas_fields.get_key_value(&way) {
                    self.files(field, value, way);
                }
            } else if !self.scene.leads_to_files(&way) {
            } else if let ColumnKind::Link { .. } = column.kind {
                self.link(value, &way);
            } else if let ColumnKind::Nested { columns } = &column.kind {
                value.items().iter().for_each(|row| self.row(columns, row, &way));
            } else if let ColumnKind::ReverseNested { from, columns } = &column.kind {
                value.items().iter().for_each(|row| self.reverse(from, columns, row, &way));
            }
        }
    }

    fn row(&mut self, columns: &[Column], row: &'o Json<'o>, way: &str) {
        self.fields(&row_columns(columns, row), row, way);
    }

    fn link(&mut self, link: &'o Json<'o>, way: &str) {
        let Some(object_type) = link.text_of("_objecttype") else { return };
        let Some(whole) = self.trail.enter(Via::Field, link) else { return };
        let outer = std::mem::replace(&mut self.within, whole);
        if let Some(fields) = whole.get(object_type) {
            let columns = self.scene.columns(object_type, fields);
            self.fields(&columns, fields, &format!("{way}.{object_type}"));
        }
        self.within = outer;
        self.trail.back();
    }

    fn reverse(&mut self, from: &str, columns: &[Column], row: &'o Json<'o>, way: &str) {
        let Some(whole) = self.trail.enter(Via::Reverse, row) else {
            return self.row(columns, row, way);
        };
        let outer = std::mem::replace(&mut self.within, whole);
        if let Some(fields) = whole.get(from) {
            self.fields(&self.scene.columns(from, fields), fields, way);
        }
        self.within = outer;
        self.trail.back();
    }

    fn files(&mut self, field: &EasField, files: &'o Json<'o>, way: &'o str) {
        let easydb = &self.scene.easydb;
        let id_of = |file: &Json<'_>| file.get("_id").and_then(Json::number);
        let rule_of = |id: u64| easydb.assets.get(&id.to_string());
        // Where somebody has chosen among the files of a field, others are not taken by the dozen.
        let is_chosen = files.items().iter().filter_map(id_of).any(|id| rule_of(id).is_some());
        for file in files.items() {
            let Some(id) = id_of(file) else { continue };
            let class = file.text_of("class").unwrap_or("other");
            let is_preferred = file.get("preferred").is_none_or(|is| *is != Json::Bool(false));
            let is_taken = is_preferred || (field.include_non_preferred && !is_chosen);
            let versions = match rule_of(id) {
                Some(EasRule::Whether(false)) => continue,
                // A rule may speak of JSON alone.
                Some(EasRule::Versions(rule)) => {
                    rule.versions.as_deref().unwrap_or_else(|| of_class(easydb, class))
                }
                Some(EasRule::Whether(true)) => of_class(easydb, class),
                None if field.files && is_taken => of_class(easydb, class),
                None => continue,
            };
            if self.seen.insert(id) {
                self.versions(versions, id, file, files, way);
            }
        }
    }

    fn versions(
        &mut self,
        versions: &'o [EasVersion],
        id: u64,
        file: &'o Json<'o>,
        files: &'o Json<'o>,
        way: &'o str,
    ) {
        for version in versions {
            let (name, found) = match version {
                EasVersion::Original { .. } => ("original", uploaded(file, files)),
                EasVersion::Current { .. } => ("current", current(file)),
                EasVersion::Version { version, .. } => {
                    (version.as_str(), file.at(&["versions", version]))
                }
                EasVersion::Custom { .. } => ("custom", current(file)),
            };
            let class = file.text_of("class").unwrap_or("other");
            // The texts of images alone can be changed, and a version may be one of what is none; whatever else
            // goes along as it is. Where nobody says what it is, texts that were not to go along must not.
            let kind = found.and_then(|found| found.text_of("class"));
            let is_image =
                kind.or_else(|| file.text_of("class")).is_none_or(|kind| kind == "image");
            let is_made = is_image || matches!(version, EasVersion::Custom { .. });
            let convert = version.conversion().filter(|_| is_made);
            let (convert, told_of) = self.by_standard(convert);
            let extension = found.and_then(|found| found.text_of("extension"));
            let extension = extension.or_else(|| file.text_of("extension")).unwrap_or_default();
            let extension =
                convert.as_deref().map_or(extension, |convert| made(convert, extension));
            self.found.push(Wanted {
                file,
                id,
                way,
                version: name,
                class,
                extension: extension.to_owned(),
                convert,
                told_of,
                place: place(file, found),
            });
        }
    }

    /// A conversion with what the catalogue's standard says of the texts in a picture of the object that one is in, and
    /// the object whose texts are written. Files that are not made for the export are as the catalogue has them.
    fn by_standard(
        &self,
        convert: Option<Cow<'o, Convert>>,
    ) -> (Option<Cow<'o, Convert>>, &'o Json<'o>) {
        let is_standard = convert.as_deref().is_some_and(|convert| convert.metadata == STANDARD);
        let said = || self.scene.texts_in_pictures.of(self.within);
        match (convert, is_standard.then(said).flatten()) {
            (Some(convert), Some(metadata)) => {
                let convert = Convert { metadata: metadata.clone(), ..convert.into_owned() };
                (Some(Cow::Owned(convert)), self.within)
            }
            (convert, _) => (convert, self.object),
        }
    }
}

/// The versions that files of a class go along in. Where no class is named at all, as they were
/// uploaded.
fn of_class<'e>(easydb: &'e Easydb, class: &str) -> &'e [EasVersion] {
    if easydb.classes.is_empty() {
        return &[EasVersion::Original { metadata: None }];
    }
    let named = easydb.classes.get(class);
    let named = named.or_else(|| {
        let is_other = !CLASSES.contains(&class);
        easydb.classes.get("other").filter(|_| is_other)
    });
    named.map(Vec::as_slice).unwrap_or_default()
}

/// The extension of what an image is converted to.
fn made<'e>(convert: &Convert, extension: &'e str) -> &'e str {
    match convert.format {
        ImageFormat::Keep if extension.eq_ignore_ascii_case("gif") => "png",
        ImageFormat::Keep => extension,
        ImageFormat::Jpeg => "jpg",
        ImageFormat::Png => "png",
        ImageFormat::Tiff => "tif",
        ImageFormat::Bmp => "bmp",
        ImageFormat::Webp => "webp",
    }
}
