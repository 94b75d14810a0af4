//! Where a processor's output goes: a path below the export, of texts with variables.
//!
//! A path never leads out of the export, whatever its variables hold. What else some file system would not
//! take stays in it: names are made safe where files are packed.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::mistake::Class;
use super::reading::{Reading, at};
use super::template::{Template, UnknownVariable};
use super::variables::Values;

/// The path of an output: a folder or a whole path, and a name below it, each of which may be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutputPath {
    /// `output_path`.
    pub folder: Option<Template>,
    /// `output_filename`.
    pub name: Option<Template>,
}

/// Why there is no such path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// A variable has no value.
    #[error(transparent)]
    Variable(#[from] UnknownVariable),
    /// It leads out of the export.
    #[error("the path {path:?} leads out of the export")]
    Outside {
        /// What it came to.
        path: String,
    },
    /// There is nothing in it.
    #[error("the path is empty")]
    Empty,
}

impl PathError {
    /// How the service answers it.
    pub fn class(&self) -> Class {
        match self {
            Self::Variable(_) | Self::Empty => Class::Failed,
            Self::Outside { .. } => Class::Misconfigured,
        }
    }
}

impl OutputPath {
    pub(super) fn read(place: &str, params: &Map<String, Value>, reading: &mut Reading) -> Self {
        let path = Self {
            folder: reading.template_of(place, params, "output_path"),
            name: reading.template_of(place, params, "output_filename"),
        };
        // What leads out whatever its variables hold is told at once.
        if matches!(path.rendered(&Anything, None), Err(PathError::Outside { .. })) {
            let key = if path.folder.is_some() { "output_path" } else { "output_filename" };
            let hint = "write a path below the export, without \"..\" and without \"/\" before it";
            reading.misconfigured(&at(place, key), "the path leads out of the export", hint);
        }
        path
    }

    /// The names of the variables in it.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.folder.iter().chain(&self.name).flat_map(Template::variables)
    }

    /// The path with values for its variables, and with the extension where it ends otherwise.
    pub fn rendered(
        &self,
        values: &dyn Values,
        extension: Option<&str>,
    ) -> Result<String, PathError> {
        let part = |template: &Option<Template>| {
            template.as_ref().map(|one| one.rendered(values)).transpose()
        };
        let mut path = match (part(&self.folder)?, part(&self.name)?) {
            (Some(folder), Some(name)) => format!("{folder}/{name}"),
            (Some(folder), None) => folder,
            (None, name) => name.unwrap_or_default(),
        };
        if let Some(extension) = extension
            && extension_of(&path) != extension
        {
            path.push_str(extension);
        }
        inside(&path)
    }

    /// The path of the files that the rows of a query refer to, as a name template of a definition. A file
    /// comes with a name of its own, unless `output_filename` gives it another.
    pub fn of_rows(&self, values: &dyn Values, columns: &[String]) -> Result<String, PathError> {
        let part = |template: &Option<Template>| {
            template.as_ref().map(|one| one.of_rows(values, columns)).transpose()
        };
        let name = part(&self.name)?.unwrap_or_else(|| OWN_NAME.to_owned());
        match part(&self.folder)? {
            Some(folder) => inside(&format!("{folder}/{name}")),
            None => inside(&name),
        }
    }
}

/// The field of a name template that is a file's own name.
const OWN_NAME: &str = "{_name}";

/// Values of all variables there may be.
struct Anything;

impl Values for Anything {
    fn value(&self, _: &str) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed("_"))
    }
}

/// A path without empty parts, where it stays below the folder that it begins in.
fn inside(path: &str) -> Result<String, PathError> {
    let is_absolute = path.starts_with(['/', '\\']);
    // Either sign parts folders somewhere.
    if is_absolute || path.split(['/', '\\']).any(|part| part.trim() == "..") {
        return Err(PathError::Outside { path: path.to_owned() });
    }
    let parts: Vec<&str> =
        path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    if parts.is_empty() { Err(PathError::Empty) } else { Ok(parts.join("/")) }
}

/// The extension of a path with its dot, as Python tells it: dots that a name begins with make none.
fn extension_of(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.trim_start_matches('.');
    stem.rfind('.').map_or("", |dot| &stem[dot..])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::variables::Variables;
    use super::*;

    fn variables() -> Variables {
        let mut variables = Variables::default();
        variables.set("title", "Plain");
        variables.set("hostname", "localhost:8443");
        variables.set("up", "../x");
        variables.set("odd", "{title}");
        variables
    }

    fn path(folder: Option<&str>, name: Option<&str>) -> OutputPath {
        let template = |text: &str| Template::parse(text).unwrap();
        OutputPath { folder: folder.map(template), name: name.map(template) }
    }

    fn check(folder: Option<&str>, name: Option<&str>, expected: &str) {
        let rendered = path(folder, name).rendered(&variables(), Some(".csv"));
        assert_eq!(rendered.unwrap(), expected);
    }

    #[test]
    fn a_path_is_a_folder_and_a_name_and_ends_with_the_extension() {
        check(Some("subject"), None, "subject.csv");
        check(Some("subject.csv"), None, "subject.csv");
        check(Some("subject.json"), None, "subject.json.csv");
        check(Some("sub/subject"), None, "sub/subject.csv");
        check(Some("d"), Some("f"), "d/f.csv");
        check(Some("d/"), Some("f.csv"), "d/f.csv");
        check(None, Some("f"), "f.csv");
        check(None, None, ".csv");
        check(Some("v1.2/f"), None, "v1.2/f.csv");
        check(Some(".csv"), None, ".csv.csv");
        check(Some("{title}_{hostname}"), None, "Plain_localhost:8443.csv");
        check(Some("./a//b"), None, "a/b.csv");
    }

    #[test]
    fn a_path_without_an_extension_stays_as_it_is() {
        let rendered = |folder: &str| path(Some(folder), None).rendered(&variables(), None);
        assert_eq!(rendered("a.txt"), Ok("a.txt".to_owned()));
        assert_eq!(rendered("."), Err(PathError::Empty));
        assert_eq!(path(None, None).rendered(&variables(), None), Err(PathError::Empty));
    }

    #[test]
    fn no_path_leads_out_of_the_export() {
        for folder in ["../../../x", "a/../../x", "/etc/x", "{up}", "a\\..\\x", "\\x", "a/.. /x"] {
            let error = path(Some(folder), None).rendered(&variables(), Some(".csv")).unwrap_err();
            assert_eq!(error.class(), Class::Misconfigured, "{folder}");
        }
        check(Some("..a/b.."), None, "..a/b...csv");
    }

    #[test]
    fn names_of_many_files_have_the_columns_of_their_rows() {
        let columns = ["kind".to_owned()];
        let of = |folder: Option<&str>, name: Option<&str>| {
            path(folder, name).of_rows(&variables(), &columns)
        };
        let good = |folder, name, expected: &str| assert_eq!(of(folder, name).unwrap(), expected);
        good(Some("assets/t/uri"), None, "assets/t/uri/{_name}");
        good(Some("{title}/{kind}/"), Some("{kind}.bin"), "Plain/{kind}/{kind}.bin");
        good(Some("{odd}"), None, "{{title}}/{_name}");
        good(None, None, "{_name}");
        assert_eq!(of(Some("{up}"), None).unwrap_err().class(), Class::Misconfigured);
        assert_eq!(of(Some("{nokey}"), None).unwrap_err().class(), Class::Failed);
    }

    #[test]
    fn what_leads_out_whatever_its_variables_hold_is_refused_when_it_is_read() {
        let check = |params: Value, expected: &[&str]| {
            let mut reading = Reading::default();
            OutputPath::read("/p", params.as_object().unwrap(), &mut reading);
            let places: Vec<&str> = reading.mistakes.iter().map(|one| one.place.as_str()).collect();
            assert_eq!(places, expected, "{params}");
            assert!(reading.mistakes.iter().all(|one| one.class == Class::Misconfigured));
        };
        check(json!({"output_path": "../{title}", "output_filename": "x"}), &["/p/output_path"]);
        check(json!({"output_path": "d", "output_filename": "../../x"}), &["/p/output_path"]);
        check(json!({"output_filename": "/x"}), &["/p/output_filename"]);
        check(json!({"output_path": "{title}", "output_filename": "/x"}), &[]);
        check(json!({}), &[]);
    }

    #[test]
    fn a_missing_variable_is_named() {
        let error = path(Some("{nokey}"), None).rendered(&variables(), None).unwrap_err();
        assert_eq!(error.to_string(), "there is no variable \"nokey\"");
        assert_eq!(error.class(), Class::Failed);
    }
}
