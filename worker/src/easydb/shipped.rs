//! The files of an object that go along, by what they are called, and what is told of files.

use proto::definition::{EasDataFormat, EasDataKind, EasField};

use super::json::Json;

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

    /// Whether none goes along.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
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

/// A file as it was uploaded: of one that was made of another, the other's.
pub(super) fn uploaded<'f>(file: &'f Json<'f>, files: &'f Json<'f>) -> Option<&'f Json<'f>> {
    let parent = file.get("eas_parent_id").and_then(Json::number);
    let parent = parent.and_then(|parent| {
        files.items().iter().find(|one| one.get("_id").and_then(Json::number) == Some(parent))
    });
    parent.unwrap_or(file).at(&["versions", "original"])
}

/// A file as it was turned and cut since.
pub(super) fn current<'f>(file: &'f Json<'f>) -> Option<&'f Json<'f>> {
    file.at(&["versions", "current"]).or_else(|| file.at(&["versions", "original"]))
}
