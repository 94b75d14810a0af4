//! What the files that go along are called: by easydb's variables, distinct within a batch.

mod ending;

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use pack::name::fold;
use proto::lay::Asked;
use source::catalogue::ObjectType;

use self::ending::{dotted, mean_the_same, split};
use super::json::Json;
use super::scene::Scene;
use super::wanted::Wanted;

/// Most bytes of a name before its extension, and with it and the numbers in it; file systems take 255.
const STEM_BYTES: usize = 200;
const NAME_BYTES: usize = 240;

/// Most names that are remembered (some 24 MB).
const MOST: usize = 1 << 20;

/// Extensions of the files that objects are written to.
const DOCUMENTS: [&str; 4] = ["xml", "json", "csv", "xlsx"];

/// What tells the names of different objects' files apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marks {
    /// Their numbers are in them.
    Numbers,
    /// Their numbers come last: files of other batches, which nobody here knows, lie in the same folder.
    Appended,
    /// The names before them.
    Before,
}

impl Marks {
    /// Those of a batch.
    pub(super) fn of(scene: &Scene, batches: u32) -> Self {
        let easydb = &scene.easydb;
        let is_templated = |object_type: &ObjectType| !object_type.filenames.is_empty();
        let has_own = easydb.filename_original
            || easydb.filename_template.is_some()
            || scene.about.types.values().any(is_templated);
        match (has_own, easydb.flat && batches > 1) {
            (false, _) => Self::Numbers,
            (true, true) => Self::Appended,
            (true, false) => Self::Before,
        }
    }
}

/// The names that a batch has given, and the number that another one of the same name gets. They are
/// known by hashes: should two ever share one, a file gets a suffix that it would not have needed.
/// Names with the numbers of their object and file in them clash within the object alone, so that those of
/// others are forgotten; where names are too many to be remembered, later ones get these numbers.
pub(super) struct Naming {
    marks: Marks,
    given: HashMap<u64, u32>,
    /// The object whose names are remembered, where each has its own.
    object: u64,
}

impl Naming {
    pub(super) fn new(marks: Marks) -> Self {
        Self { marks, given: HashMap::new(), object: 0 }
    }

    /// A name for a version of a file: of those that clash, later ones get `-2`, `-3`.
    pub(super) fn name(
        &mut self,
        scene: &Scene,
        asked: &Asked,
        object: &Json<'_>,
        wanted: &Wanted<'_>,
    ) -> String {
        let id = object.id().unwrap_or_default();
        if self.marks == Marks::Before && self.given.len() >= MOST {
            self.marks = Marks::Appended;
        }
        if self.marks != Marks::Before && self.object != id {
            self.given.clear();
            self.object = id;
        }
        let mut stem = stem(scene, asked, object, wanted);
        // The catalogue may have templates for other fields alone.
        let has_numbers =
            !scene.easydb.filename_original && template(scene, object, wanted).is_none();
        let end = match (end(scene, wanted), self.marks) {
            (extension, Marks::Appended) if !has_numbers => {
                format!("-sid-{id}-eas-{}{extension}", wanted.id)
            }
            (extension, Marks::Appended | Marks::Numbers | Marks::Before) => extension,
        };
        stem.truncate(stem.floor_char_boundary(NAME_BYTES - end.len()));
        let file = |stem: &str| pack::bag::path(asked, &format!("{stem}{end}"));
        let wanted = file(&stem);
        let first = hash(&wanted);
        let number = match self.given.get(&first) {
            Some(number) => *number,
            None if is_document(scene, &wanted) => 2,
            None => {
                self.given.insert(first, 2);
                return wanted;
            }
        };
        for number in number.. {
            let name = file(&format!("{stem}-{number}"));
            let hashed = hash(&name);
            if !self.given.contains_key(&hashed) {
                self.given.insert(hashed, 2);
                // Remembered, or many files of one name would try all numbers.
                self.given.insert(first, number.saturating_add(1));
                return name;
            }
        }
        wanted
    }
}

/// The extension of a version of a file, with its dot. A file that is called as it was uploaded has the one that it
/// had then; a version of it too, unless it is in another format than that says.
fn end(scene: &Scene, wanted: &Wanted<'_>) -> String {
    let original = wanted.file.text_of("original_filename").unwrap_or_default();
    let (_, then) = split(original);
    // The original of what was made of another file is that one's.
    let is_of_another = wanted.file.get("eas_parent_id").and_then(Json::number).is_some();
    let is_as_uploaded = wanted.version == "original" && wanted.convert.is_none() && !is_of_another;
    let is_true = is_as_uploaded || mean_the_same(then, &wanted.extension);
    let is_kept = scene.easydb.filename_original && !then.is_empty() && is_true;
    dotted(if is_kept { then } else { &wanted.extension })
}

/// Whether a name could be that of a file with objects: `1000-1042@UUID.xml`.
fn is_document(scene: &Scene, name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(stem, extension)| {
        DOCUMENTS.contains(&extension.to_ascii_lowercase().as_str())
            && stem.starts_with(|c: char| c.is_ascii_digit())
            && stem.to_ascii_lowercase().contains(&scene.about.uuid.to_ascii_lowercase())
    })
}

/// The same for names that some file system would take for one.
fn hash(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    fold(name).hash(&mut hasher);
    hasher.finish()
}

/// A name before its extension, in one part.
fn stem(scene: &Scene, asked: &Asked, object: &Json<'_>, wanted: &Wanted<'_>) -> String {
    let original = wanted.file.text_of("original_filename").unwrap_or_default();
    let (base, _) = split(original);
    let usual = || {
        let id = object.id().unwrap_or_default();
        format!("sid-{id}-eas-{}-{base}", wanted.id)
    };
    let stem = match template(scene, object, wanted) {
        Some(template) => {
            let stem = fill(template, |field| variable(field, scene, asked, object, wanted, base));
            if stem.trim().is_empty() { base.to_owned() } else { stem }
        }
        None if scene.easydb.filename_original => base.to_owned(),
        None => usual(),
    };
    let plain = stem.replace(['/', '\\'], "_");
    let words: Vec<&str> = plain.split_whitespace().collect();
    let mut stem = words.join(" ");
    if stem.trim_matches('.').is_empty() {
        stem = usual();
    }
    stem.truncate(stem.floor_char_boundary(STEM_BYTES));
    stem
}

/// The template of a file's name: the export's, or else the one that the catalogue has for the field that the file is
/// in.
fn template<'s>(scene: &'s Scene, object: &Json<'_>, wanted: &Wanted<'_>) -> Option<&'s str> {
    let easydb = &scene.easydb;
    if easydb.filename_original || easydb.filename_template.is_some() {
        return easydb.filename_template.as_deref();
    }
    let object_type = scene.about.types.get(object.text_of("_objecttype")?)?;
    scene.display(object_type.filenames.get(wanted.way)?)
}

/// A template with its variables, `%like.this%`, replaced.
fn fill<'v>(template: &str, mut value: impl FnMut(&str) -> Cow<'v, str>) -> String {
    let (mut filled, mut rest) = (String::new(), template);
    while let Some((before, after)) = rest.split_once('%') {
        filled.push_str(before);
        let Some((field, after)) = after.split_once('%') else {
            filled.push('%');
            rest = after;
            break;
        };
        if field.is_empty() {
            filled.push('%');
        } else {
            filled.push_str(&value(field));
        }
        rest = after;
    }
    filled.push_str(rest);
    filled
}

fn variable<'v>(
    field: &str,
    scene: &'v Scene,
    asked: &'v Asked,
    object: &'v Json<'_>,
    wanted: &'v Wanted<'_>,
    base: &'v str,
) -> Cow<'v, str> {
    let known = match field {
        "_asset.id" => return Cow::Owned(wanted.id.to_string()),
        "_asset.class" => Some(wanted.class),
        "_asset.extension" => return Cow::Owned(wanted.extension.clone()),
        "_asset.original_filename" => Some(base),
        "_asset.version" => Some(wanted.version),
        "_export.name" => Some(asked.name.as_str()),
        "_system.easydb.name" => Some(scene.about.name.as_str()),
        "_global_object_id" | "_system_object_id" | "_uuid" | "_objecttype" => {
            object.get(field).and_then(Json::text)
        }
        field => match field.strip_prefix("_asset.technical_metadata.") {
            Some(key) => wanted.file.at(&["technical_metadata", key]).and_then(Json::text),
            None => text_at(scene, object, field),
        },
    };
    Cow::Borrowed(known.unwrap_or_default())
}

/// The text of a field that is named by its way; of several rows the first one's, of several languages
/// the first one.
pub(super) fn text_at<'v>(scene: &'v Scene, object: &'v Json<'_>, way: &str) -> Option<&'v str> {
    let mut value = object;
    for key in way.split('.') {
        value = value.get(key)?;
        if let Some(first) = value.items().first() {
            value = first;
        }
    }
    scene.text_of(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_stand_between_percent_signs() {
        let value = |field: &str| Cow::Owned(format!("<{field}>"));
        for (template, expected) in [
            ("%a.b%-%_asset.id%", "<a.b>-<_asset.id>"),
            ("100%% %x%", "100% <x>"),
            ("50% off", "50% off"),
            ("", ""),
        ] {
            assert_eq!(fill(template, value), expected);
        }
    }
}
