//! What a record says of its files: where they lie, in which versions, and what is told of them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use source::page::{Cell, Kind};

/// The version that is taken where nobody asked for another.
const ORIGINAL: &str = "original";

/// A file that a record names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    /// A path below the source's asset root, or a URL.
    pub(crate) place: String,
    /// What is told of it, by name; its version is `version`.
    pub(crate) told: BTreeMap<String, String>,
}

/// An asset that a record describes, and of which no file can be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NoVersion {
    /// The asset as the record has it.
    pub(crate) subject: String,
    /// What is missing.
    pub(crate) why: String,
}

/// The files in a cell: one, several in a JSON list, or none. Nothing where the cell holds what no
/// file can be found by.
///
/// Of an asset with versions the first of `versions` that it has is taken; where none is asked for,
/// the original, or else the first it has.
pub(crate) fn references(
    cell: &Cell<'_>,
    versions: &[String],
) -> Option<Vec<Result<Reference, NoVersion>>> {
    match cell.kind {
        Kind::Null => Some(Vec::new()),
        Kind::Text if cell.text.is_empty() => Some(Vec::new()),
        Kind::Text => Some(vec![Ok(plain(cell.text))]),
        Kind::Json => {
            let value: Value = serde_json::from_str(cell.text).ok()?;
            let items = value.as_array().map_or(std::slice::from_ref(&value), Vec::as_slice);
            items.iter().map(|item| one(item, versions)).collect()
        }
        Kind::Number | Kind::Bool => None,
    }
}

impl Reference {
    /// The extension of the file's name, without the dot.
    pub(crate) fn extension(&self) -> &str {
        let place = path_of(&self.place);
        let name = place.rsplit(['/', '\\']).next().unwrap_or(place);
        match split(self.told.get("original_filename").map_or(name, String::as_str)).1 {
            "" => split(name).1,
            extension => extension,
        }
    }
}

/// The path of a reference: of a URL without host and query, or all of it.
pub(crate) fn path_of(reference: &str) -> &str {
    let path = match reference.split_once("://") {
        Some((_, rest)) => {
            let rest = rest.split(['?', '#']).next().unwrap_or(rest).trim_end_matches('/');
            rest.split_once('/').map_or(rest, |(_, path)| path)
        }
        None => reference,
    };
    path.trim_end_matches('/')
}

/// A name's stem, and its extension without the dot.
pub(crate) fn split(name: &str) -> (&str, &str) {
    match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => (stem, extension),
        Some(_) | None => (name, ""),
    }
}

fn plain(place: &str) -> Reference {
    Reference { place: place.to_owned(), told: BTreeMap::new() }
}

/// An asset: its place, or an object with `file` or `versions` and what is told of it.
fn one(item: &Value, versions: &[String]) -> Option<Result<Reference, NoVersion>> {
    let described = match item {
        Value::String(place) => return Some(Ok(plain(place))),
        Value::Object(described) => described,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => return None,
    };
    let mut told = told_of(described);
    match (described.get("file"), described.get("versions")) {
        (Some(Value::String(place)), None) => Some(Ok(Reference { place: place.clone(), told })),
        (None, Some(Value::Object(there))) => {
            let asked = |name: &String| there.get_key_value(name);
            let found = if versions.is_empty() {
                there.get_key_value(ORIGINAL).or_else(|| there.iter().next())
            } else {
                versions.iter().find_map(asked)
            };
            let Some((version, file)) = found else {
                let why = format!("it has none of the versions {}", versions.join(", "));
                return Some(Err(NoVersion { subject: item.to_string(), why }));
            };
            let place = match file {
                Value::String(place) => place,
                Value::Object(described) => {
                    told.extend(told_of(described));
                    described.get("file")?.as_str()?
                }
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => return None,
            };
            told.insert("version".to_owned(), version.clone());
            Some(Ok(Reference { place: place.to_owned(), told }))
        }
        (Some(_) | None, Some(_) | None) => None,
    }
}

/// The plain values of an object, besides what says where the file lies.
fn told_of(described: &Map<String, Value>) -> BTreeMap<String, String> {
    let plain = |(name, value): (&String, &Value)| {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Number(_) | Value::Bool(_) => value.to_string(),
            Value::Null | Value::Array(_) | Value::Object(_) => return None,
        };
        (name != "file").then(|| (name.clone(), text))
    };
    described.iter().filter_map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERSIONS: &str = r#"{"original_filename": "Moon.tif", "id": 7, "file": null, "versions":
        {"small": "s.jpg", "original": {"file": "m.tif", "width": 4000}}}"#;

    /// The places found, `!` for an asset without the version.
    fn check(kind: Kind, text: &str, versions: &[&str], expected: Option<&[&str]>) {
        let versions: Vec<String> = versions.iter().map(|&version| version.to_owned()).collect();
        let found = references(&Cell { kind, text }, &versions);
        let found: Option<Vec<String>> = found.map(|found| {
            let place = |one: Result<Reference, NoVersion>| {
                one.map_or_else(|_| "!".to_owned(), |reference| reference.place)
            };
            found.into_iter().map(place).collect()
        });
        let expected =
            expected.map(|places| places.iter().map(|&place| place.to_owned()).collect());
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn a_cell_names_one_file_several_or_none() {
        check(Kind::Text, "a.png", &[], Some(&["a.png"]));
        check(Kind::Json, r#"["a.png", {"file": "b.png"}]"#, &[], Some(&["a.png", "b.png"]));
        check(Kind::Null, "", &[], Some(&[]));
        check(Kind::Json, r#"{"a": 1}"#, &[], None);
        check(Kind::Json, r#"["a.png", 1]"#, &[], None);
        check(Kind::Number, "1", &[], None);
    }

    #[test]
    fn the_first_version_asked_for_that_is_there_is_taken() {
        let versions = VERSIONS.replace("\"file\": null, ", "");
        check(Kind::Json, &versions, &[], Some(&["m.tif"]));
        check(Kind::Json, &versions, &["huge", "small", "original"], Some(&["s.jpg"]));
        check(Kind::Json, &versions, &["huge"], Some(&["!"]));
        check(Kind::Json, r#"{"versions": {"b": "b.jpg", "a": "a.jpg"}}"#, &[], Some(&["b.jpg"]));
        check(Kind::Json, r#""plain.jpg""#, &["small"], Some(&["plain.jpg"]));
    }

    #[test]
    fn what_is_told_of_the_asset_and_of_its_version_is_known_by_name() {
        let text = VERSIONS.replace("\"file\": null, ", "");
        let found = references(&Cell { kind: Kind::Json, text: &text }, &[]).unwrap().remove(0);
        let told: Vec<(String, String)> = found.unwrap().told.into_iter().collect();
        let expected = [
            ("id", "7"),
            ("original_filename", "Moon.tif"),
            ("version", "original"),
            ("width", "4000"),
        ];
        assert_eq!(told, expected.map(|(name, text)| (name.to_owned(), text.to_owned())));
    }

    #[test]
    fn a_reference_names_its_file_and_its_folder() {
        for (reference, expected) in [
            ("files/a.svg", "files/a.svg"),
            ("a.svg", "a.svg"),
            ("https://h/x/b.png?size=1", "x/b.png"),
            ("https://h/x/", "x"),
            ("https://h", "h"),
            ("odd?name.svg", "odd?name.svg"),
        ] {
            assert_eq!(path_of(reference), expected);
        }
    }

    #[test]
    fn a_name_has_a_stem_and_may_have_an_extension() {
        assert_eq!(split("a.tar.gz"), ("a.tar", "gz"));
        assert_eq!(split(".hidden"), (".hidden", ""));
        assert_eq!(split("plain"), ("plain", ""));
    }
}
