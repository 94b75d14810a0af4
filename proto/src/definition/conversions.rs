//! Every conversion of images that a definition asks for, and where: of the files that records name, and of those of a
//! catalogue.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::{Convert, Definition, EasRule, EasVersion, Easydb, Output};
use crate::fault::{Code, Fault};

/// The conversions of a catalogue's files, each with its place below the output.
pub(super) fn of_catalogue(
    easydb: &Easydb,
) -> impl Iterator<Item = (String, Cow<'_, Convert>)> + '_ {
    let classes = easydb.classes.iter();
    let classes = classes
        .flat_map(|(class, versions)| of_versions(format!("easydb/classes/{class}"), versions));
    let files = easydb.assets.iter().flat_map(|(id, rule)| match rule {
        EasRule::Versions(rule) => {
            let versions = rule.versions.as_deref().unwrap_or_default();
            of_versions(format!("easydb/assets/{id}/versions"), versions)
        }
        EasRule::Whether(_) => of_versions(String::new(), &[]),
    });
    classes.chain(files)
}

fn of_versions(
    place: String,
    versions: &[EasVersion],
) -> impl Iterator<Item = (String, Cow<'_, Convert>)> {
    versions.iter().enumerate().filter_map(move |(index, version)| {
        let below = match version {
            EasVersion::Custom { .. } => "/convert",
            EasVersion::Original { .. }
            | EasVersion::Current { .. }
            | EasVersion::Version { .. } => "",
        };
        Some((format!("{place}/{index}{below}"), version.conversion()?))
    })
}

fn of_output(output: &Output) -> impl Iterator<Item = (String, Cow<'_, Convert>)> {
    let assets = output.assets.iter().flat_map(|assets| &assets.convert).enumerate();
    let assets =
        assets.map(|(index, convert)| (format!("assets/convert/{index}"), Cow::Borrowed(convert)));
    assets.chain(output.easydb.iter().flat_map(|easydb| of_catalogue(easydb)))
}

/// The watermarks of a definition that are not among those known; none where nothing is known of them.
pub fn unknown_watermarks(known: Option<&BTreeSet<String>>, definition: &Definition) -> Vec<Fault> {
    let mut faults = Vec::new();
    let Some(known) = known else { return faults };
    for (index, output) in definition.outputs.iter().enumerate() {
        for (place, convert) in of_output(output) {
            let Some(watermark) = &convert.watermark else { continue };
            if !known.contains(&watermark.image) {
                let name = &watermark.image;
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                let hint = if known.is_empty() {
                    "the folder [images] watermarks holds none".to_owned()
                } else {
                    format!("there are {}", crate::abridged::list(&known))
                };
                faults.push(
                    Fault::new(Code::UnknownWatermark, format!("there is no watermark {name:?}"))
                        .at(format!("/outputs/{index}/{place}/watermark/image"))
                        .hint(hint),
                );
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn definition(easydb: &Value) -> Value {
        json!({"name": "n", "outputs": [{"to": "t/", "from": "s", "easydb": easydb}],
            "sources": {"s": {"kind": "easydb", "path": "c"}}})
    }

    /// The places of the mistakes in an output of a catalogue.
    fn places(easydb: &Value) -> Vec<String> {
        let faults = Definition::parse(&definition(easydb).to_string()).unwrap_err();
        faults.into_iter().map(|fault| fault.place.unwrap_or_default()).collect()
    }

    #[test]
    fn conversions_that_nobody_can_do_are_refused_where_they_stand() {
        let bad = json!({"type": "custom", "convert": {"format": "png", "quality": 7}});
        let texts = json!({"type": "original", "metadata": {"title": "nothing"}});
        let good = json!({"type": "version", "version": "small", "metadata": "remove"});
        assert_eq!(
            places(&json!({"xml": true, "classes": {"image": [good, bad]},
                "assets": {"7": {"versions": [bad, texts]}, "8": true}})),
            [
                "/outputs/0/easydb/classes/image/1/convert/quality",
                "/outputs/0/easydb/assets/7/versions/0/convert/quality",
                "/outputs/0/easydb/assets/7/versions/1/metadata/title",
            ]
        );
    }

    #[test]
    fn watermarks_of_a_catalogues_files_are_looked_for_too() {
        let custom = json!({"type": "custom", "convert": {"watermark": {"image": "lgoo"}}});
        let document = definition(&json!({"xml": true, "classes": {"image": [custom]}}));
        let definition = Definition::parse(&document.to_string()).unwrap();
        let known = BTreeSet::from(["logo".to_owned()]);
        let told = unknown_watermarks(Some(&known), &definition);
        let places: Vec<Option<&str>> = told.iter().map(|fault| fault.place.as_deref()).collect();
        let place = "/outputs/0/easydb/classes/image/0/convert/watermark/image";
        assert_eq!(places, [Some(place)]);
    }
}
