//! An entry with everything that belongs to it, as one record.

use serde_json::value::RawValue;

use super::medium::Medium;
use super::record::{Fields, fields, object, quoted, text};
use crate::datasets::Record;

/// The fields that a row has besides those of its entry: those that an entry may have itself, and those that it
/// may not.
pub(super) const ADDED: [&str; 7] =
    ["width", "height", "file", "files", "dataset", "annotations", "medias"];

/// Those of them that an entry's own fields stand in for.
const YIELDING: [&str; 3] = ["width", "height", "file"];

/// What belongs to an entry.
#[derive(Debug, Clone, Copy)]
pub(super) struct Belongings<'b> {
    /// Its dataset.
    pub(super) dataset: Option<&'b RawValue>,
    /// Its annotations.
    pub(super) annotations: &'b [Record],
    /// Its media.
    pub(super) medias: &'b [Record],
}

/// The record of a row. Errs with what is wrong with the entry.
pub(super) fn joined(
    entry: &RawValue,
    with: Belongings<'_>,
    medium: &Medium,
) -> Result<Record, String> {
    let own = fields(entry.get())?;
    let medias: Vec<Fields<'_>> =
        with.medias.iter().map(|media| fields(media.get())).collect::<Result<_, _>>()?;
    let is_original = |media: &Fields<'_>| text(media, "key").is_none_or(|key| key.is_empty());
    let original = medias.iter().position(is_original);
    let shown = original.or((!medias.is_empty()).then_some(0));
    let meta = shown.and_then(|nth| medias[nth].get("meta")).map(|meta| meta.get());
    let meta = meta.and_then(|meta| fields(meta).ok()).unwrap_or_default();
    let size = |side: &str| meta.get(side).map_or("null", |side| side.get());
    let files: Vec<Option<String>> = with
        .medias
        .iter()
        .zip(&medias)
        .map(|(media, fields)| file(&medium.reference(media)?, fields))
        .collect();
    let added = [
        size("width").to_owned(),
        size("height").to_owned(),
        original.and_then(|nth| files[nth].clone()).unwrap_or_else(null),
        list(files.iter().flatten().map(String::as_str)),
        with.dataset.map_or_else(null, |dataset| dataset.get().to_owned()),
        list(with.annotations.iter().map(|annotation| annotation.get())),
        list(with.medias.iter().map(|media| media.get())),
    ];
    let yields = |name: &str| YIELDING.contains(&name) && own.contains_key(name);
    let kept = own.iter().filter(|(name, _)| !ADDED.contains(&name.as_str()) || yields(name));
    let kept = kept.map(|(name, value)| (name.as_str(), value.get()));
    let added = ADDED.into_iter().zip(added.iter().map(String::as_str));
    object(kept.chain(added.filter(|(name, _)| !yields(name))))
}

/// A file as assets are described: where it lies, what it is called, which of the versions it is.
fn file(reference: &str, media: &Fields<'_>) -> Option<String> {
    let mut told = vec![("file", quoted(reference))];
    for (name, field) in [("original_filename", "filename"), ("key", "key"), ("id", "id")] {
        if let Some(value) = text(media, field).filter(|value| !value.is_empty()) {
            told.push((name, quoted(&value)));
        }
    }
    let record = object(told.iter().map(|(name, value)| (*name, value.as_str()))).ok()?;
    Some(record.get().to_owned())
}

fn null() -> String {
    "null".to_owned()
}

fn list<'i>(items: impl Iterator<Item = &'i str>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(text: &str) -> Record {
        RawValue::from_string(text.to_owned()).unwrap()
    }

    fn check(entry: &str, medias: &[&str], expected: &str) {
        let medias: Vec<Record> = medias.iter().map(|media| record(media)).collect();
        let annotations = [record(r#"{"id":1}"#)];
        let with = Belongings { dataset: None, annotations: &annotations, medias: &medias };
        let joined = joined(&record(entry), with, &Medium::Told).unwrap();
        assert_eq!(joined.get(), expected);
    }

    #[test]
    fn a_row_has_the_size_and_the_file_of_the_original() {
        let thumb = r#"{"key":"thumb","filename":"t.jpg","meta":{"width":1,"height":1}}"#;
        let original = r#"{"key":"","filename":"a.jpg","meta":{"width":64,"height":48.0}}"#;
        check(
            r#"{"id":"e","medias":5}"#,
            &[thumb, original],
            &format!(
                r#"{{"id":"e","width":64,"height":48.0,"file":{{"file":"a.jpg","original_filename":"a.jpg"}},"files":[{{"file":"t.jpg","original_filename":"t.jpg","key":"thumb"}},{{"file":"a.jpg","original_filename":"a.jpg"}}],"dataset":null,"annotations":[{{"id":1}}],"medias":[{thumb},{original}]}}"#
            ),
        );
    }

    #[test]
    fn an_entry_that_tells_its_size_itself_is_believed() {
        check(
            r#"{"width":7}"#,
            &[],
            r#"{"width":7,"height":null,"file":null,"files":[],"dataset":null,"annotations":[{"id":1}],"medias":[]}"#,
        );
    }
}
