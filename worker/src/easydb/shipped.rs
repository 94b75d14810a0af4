//! Which files of objects go along, in which versions, and what is told of them.

use proto::definition::{
    Convert, EasDataFormat, EasDataKind, EasField, EasRule, EasVersion, Easydb, ImageFormat,
};
use source::catalogue::{Column, ColumnKind};

use super::json::Json;
use super::scene::{Scene, guessed};

/// States in which a file can be fetched.
const THERE: [&str; 3] = ["done", "sync", "pending_checksum"];

/// The classes that rules may name; all else is `other`.
const CLASSES: [&str; 4] = ["image", "audio", "video", "office"];

/// The files of an object that go along.
#[derive(Debug, Default)]
pub(super) struct Shipped(Vec<One>);

/// A version of a file that goes along.
#[derive(Debug)]
pub(super) struct One {
    eas: u64,
    /// What the version is called.
    pub(super) version: String,
    /// What its file is called, beside the one with the objects.
    pub(super) name: String,
}

impl Shipped {
    /// Notes a version of a file.
    pub(super) fn push(&mut self, eas: u64, version: &str, name: &str) {
        self.0.push(One { eas, version: version.to_owned(), name: name.to_owned() });
    }

    /// The versions of a file.
    pub(super) fn of(&self, eas: u64) -> impl Iterator<Item = &One> + Clone {
        self.0.iter().filter(move |one| one.eas == eas)
    }
}

/// A version of which something is told.
pub(super) struct Told<'f> {
    pub(super) name: &'f str,
    pub(super) version: &'f Json<'f>,
    /// Whether addresses are all that is told.
    pub(super) is_short: bool,
}

/// What is told of a file among those of its field: what `eas_fields` say, or everything.
pub(super) fn told<'f>(
    field: Option<&'f EasField>,
    file: &'f Json<'f>,
    files: &'f Json<'f>,
) -> Vec<Told<'f>> {
    let Some(field) = field.filter(|field| !field.data.is_empty()) else {
        let all = file.get("versions").map(Json::entries).unwrap_or_default();
        return all.iter().map(|(name, version)| Told { name, version, is_short: false }).collect();
    };
    let told = field.data.iter().filter_map(|data| {
        let (name, version) = match data.kind {
            EasDataKind::Original => ("original", uploaded(file, files)?),
            EasDataKind::Current => ("current", current(file)?),
            EasDataKind::Version => {
                let name = data.version.as_deref()?;
                let name = match name.split_once('.') {
                    Some((class, name)) if file.text_of("class") == Some(class) => name,
                    Some(_) => return None,
                    None => name,
                };
                (name, file.at(&["versions", name])?)
            }
        };
        Some(Told { name, version, is_short: data.format == EasDataFormat::Short })
    });
    told.collect()
}

/// A version of a file that is to be fetched.
pub(super) struct Wanted<'o> {
    /// The file.
    pub(super) file: &'o Json<'o>,
    pub(super) id: u64,
    /// What the version is called.
    pub(super) version: &'o str,
    pub(super) class: &'o str,
    /// The extension that it has, or gets.
    pub(super) extension: String,
    pub(super) convert: Option<&'o Convert>,
    /// Where it is; nothing where it cannot be had, and why.
    pub(super) place: Result<&'o str, &'static str>,
}

/// The versions of an object's files that go along, in the order of its fields.
pub(super) fn wanted<'o>(scene: &'o Scene, object: &'o Json<'o>) -> Vec<Wanted<'o>> {
    let mut search = Search { scene, found: Vec::new() };
    if scene.easydb.eas_fields.is_empty() {
        return search.found;
    }
    let object_type = object.text_of("_objecttype").unwrap_or("object");
    if let Some(fields) = object.get(object_type) {
        let columns = scene.columns(object_type, fields);
        search.fields(&columns, fields, object_type);
    }
    search.found
}

/// Whether rules for single files want the object as JSON, or not: any that wants it wins.
pub(super) fn json_rule(scene: &Scene, object: &Json<'_>) -> Option<bool> {
    let is_asked = |rule: &EasRule| matches!(rule, EasRule::Versions(rule) if rule.json.is_some());
    if !scene.easydb.assets.values().any(is_asked) {
        return None;
    }
    let mut ids = Vec::new();
    file_ids(object, &mut ids);
    let rules = ids.iter().filter_map(|id| match scene.easydb.assets.get(&id.to_string()) {
        Some(EasRule::Versions(rule)) => rule.json,
        Some(EasRule::Whether(_)) | None => None,
    });
    rules.reduce(|one, other| one || other)
}

fn file_ids(value: &Json<'_>, ids: &mut Vec<u64>) {
    if value.get("versions").is_some()
        && let Some(id) = value.get("_id").and_then(Json::number)
    {
        ids.push(id);
    }
    value.entries().iter().for_each(|(_, value)| file_ids(value, ids));
    value.items().iter().for_each(|value| file_ids(value, ids));
}

struct Search<'o> {
    scene: &'o Scene,
    found: Vec<Wanted<'o>>,
}

impl<'o> Search<'o> {
    fn fields(&mut self, columns: &[Column], fields: &'o Json<'o>, way: &str) {
        for column in columns {
            let Some(value) = fields.get(&column.name) else { continue };
            let way = format!("{way}.{}", column.name);
            if column.kind == ColumnKind::Eas {
                if let Some(field) = self.scene.easydb.eas_fields.get(&way) {
                    self.files(field, value);
                }
            } else if let ColumnKind::Nested { columns }
            | ColumnKind::ReverseNested { columns, .. } = &column.kind
            {
                for row in value.items() {
                    if columns.is_empty() {
                        self.fields(&guessed(row), row, &way);
                    } else {
                        self.fields(columns, row, &way);
                    }
                }
            }
        }
    }

    fn files(&mut self, field: &EasField, files: &'o Json<'o>) {
        let easydb = &self.scene.easydb;
        for file in files.items() {
            let Some(id) = file.get("_id").and_then(Json::number) else { continue };
            let class = file.text_of("class").unwrap_or("other");
            let is_preferred = file.get("preferred").is_none_or(|is| *is != Json::Bool(false));
            match easydb.assets.get(&id.to_string()) {
                Some(EasRule::Whether(false)) => {}
                Some(EasRule::Whether(true)) => {
                    self.versions(of_class(easydb, class), id, file, files);
                }
                // A rule may speak of JSON alone.
                Some(EasRule::Versions(rule)) if rule.versions.is_empty() => {
                    self.versions(of_class(easydb, class), id, file, files);
                }
                Some(EasRule::Versions(rule)) => self.versions(&rule.versions, id, file, files),
                None if field.files && (is_preferred || field.include_non_preferred) => {
                    self.versions(of_class(easydb, class), id, file, files);
                }
                None => {}
            }
        }
    }

    fn versions(
        &mut self,
        versions: &'o [EasVersion],
        id: u64,
        file: &'o Json<'o>,
        files: &'o Json<'o>,
    ) {
        for version in versions {
            let (name, found, convert) = match version {
                EasVersion::Original => ("original", uploaded(file, files), None),
                EasVersion::Current => ("current", current(file), None),
                EasVersion::Version { version } => {
                    (version.as_str(), file.at(&["versions", version]), None)
                }
                EasVersion::Custom { convert } => ("custom", current(file), Some(&**convert)),
            };
            let extension = found.and_then(|found| found.text_of("extension"));
            let extension = extension.or_else(|| file.text_of("extension")).unwrap_or_default();
            self.found.push(Wanted {
                file,
                id,
                version: name,
                class: file.text_of("class").unwrap_or("other"),
                extension: convert.map_or(extension, |convert| made(convert, extension)).to_owned(),
                convert,
                place: place(file, found),
            });
        }
    }
}

/// The versions that files of a class go along in. Where no class is named at all, as they were
/// uploaded.
fn of_class<'e>(easydb: &'e Easydb, class: &str) -> &'e [EasVersion] {
    if easydb.classes.is_empty() {
        return &[EasVersion::Original];
    }
    let named = easydb.classes.get(class);
    let named = named.or_else(|| {
        let is_other = !CLASSES.contains(&class);
        easydb.classes.get("other").filter(|_| is_other)
    });
    named.map(Vec::as_slice).unwrap_or_default()
}

/// A file as it was uploaded: of one that was made of another, the other's.
fn uploaded<'f>(file: &'f Json<'f>, files: &'f Json<'f>) -> Option<&'f Json<'f>> {
    let parent = file.get("eas_parent_id").and_then(Json::number);
    let parent = parent.and_then(|parent| {
        files.items().iter().find(|one| one.get("_id").and_then(Json::number) == Some(parent))
    });
    parent.unwrap_or(file).at(&["versions", "original"])
}

/// A file as it was turned and cut since.
fn current<'f>(file: &'f Json<'f>) -> Option<&'f Json<'f>> {
    file.at(&["versions", "current"]).or_else(|| file.at(&["versions", "original"]))
}

/// Where a version is.
fn place<'f>(file: &'f Json<'f>, version: Option<&'f Json<'f>>) -> Result<&'f str, &'static str> {
    let is_there = |of: &Json<'_>| of.text_of("status").is_none_or(|state| THERE.contains(&state));
    let version = version.ok_or("the file has no such version")?;
    if !is_there(file) || !is_there(version) {
        return Err("the version is not finished");
    }
    let address = version.text_of("download_url").or_else(|| version.text_of("url"));
    address.ok_or("the version has no address")
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
