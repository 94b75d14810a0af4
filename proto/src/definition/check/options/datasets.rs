//! The rules of formats of datasets: what they need, and what goes with none of them.

use super::Refuse;
use crate::definition::{Format, Output};

/// The rules of formats of pictures and what is seen in them.
pub(super) fn dataset(format: Format, output: &Output, refuse: Refuse<'_>) {
    let Some(dataset) = &output.options.dataset else {
        return refuse("dataset", "`dataset` is missing", "say which fields are what, or {}");
    };
    if output.select.fields.is_some() {
        refuse("fields", "the fields are those of `dataset`", "leave them out");
    }
    if format == Format::Yolo && dataset.categories.is_empty() {
        let why = "labels have numbers, which the order of the categories gives";
        refuse("dataset/categories", why, "name all categories");
    }
    if output.is_without_records() && output.incremental.is_some() {
        refuse("incremental", "the file of names has nothing of any record", "leave it out");
    }
    if format == Format::Voc && output.per.is_none() {
        refuse("per", "Pascal VOC has a file for each picture", "add \"per\": \"record\"");
    }
}

/// The rules of UPD.
pub(super) fn upd(output: &Output, refuse: Refuse<'_>) {
    if output.select.fields.is_some() {
        refuse("fields", "UPD has whole records", "leave them out");
    }
    if output.incremental.is_some() {
        refuse("incremental", "UPD has everything that belongs to an entry", "leave it out");
    }
}

#[cfg(test)]
mod tests {
    use super::super::mistakes;
    use super::*;

    fn check(format: &str, more: &str, expected: &[&str]) {
        let json = format!(r#"{{"to": "a", "from": "a", "format": "{format}", {more}}}"#);
        let output: Output = serde_json::from_str(&json).unwrap();
        let mut faults = Vec::new();
        mistakes(output.format.unwrap(), &output, "", &mut faults);
        let places: Vec<_> = faults.iter().map(|fault| fault.place.as_deref().unwrap()).collect();
        assert_eq!(places, expected, "{faults:?}");
    }

    #[test]
    fn upd_has_whole_records() {
        check("upd", r#""options": {"medias": "all"}"#, &[]);
        check("upd", r#""options": {"dataset": {}}"#, &["/options/dataset"]);
        check("coco", r#""options": {"dataset": {}, "medias": "none"}"#, &["/options/medias"]);
        let more = r#""per": "record", "select": {"fields": ["id"]}"#;
        check("upd", more, &["/select/fields", "/per"]);
    }
}
