//! Which files a record names, and what they are called in the archive.

use pack::name::Names;
use proto::commit::Warning;
use proto::definition::{Assets, OnError};
use proto::fault::{Code, Fault};
use proto::template::Template;
use source::SourceError;
use source::page::{Cell, Kind, Row};

use crate::batch::{Task, warning};
use crate::error::BatchError;

/// A file that a record names.
pub(super) struct Wanted {
    pub(super) reference: String,
    pub(super) path: String,
}

/// Gives files their names, in the order of the records.
pub(super) struct Naming<'t> {
    folder: &'t str,
    template: Option<Template>,
    names: Names,
}

impl<'t> Naming<'t> {
    pub(super) fn new(folder: &'t str, assets: &Assets) -> Self {
        let template = assets.name.as_deref().and_then(|name| Template::parse(name).ok());
        Self { folder, template, names: Names::new() }
    }

    /// Appends the files that a row names. A value that is neither a reference nor a list of them is
    /// a broken record.
    pub(super) fn names_of(
        &mut self,
        task: &Task,
        row: &Row<'_>,
        wanted: &mut Vec<Wanted>,
        warnings: &mut Vec<Warning>,
    ) -> Result<(), BatchError> {
        match references(&row.cell(0)) {
            Some(references) => {
                for reference in references {
                    let path = self.path(task, row, &reference);
                    wanted.push(Wanted { reference, path });
                }
                Ok(())
            }
            None => {
                let text = row.cell(0).text;
                let why = "the field holds neither a reference nor a list of references";
                if task.read.on_error == OnError::Warn {
                    warnings.push(warning(&task.output, Fault::new(Code::AssetMissing, why), text));
                    return Ok(());
                }
                let reference = text.chars().take(200).collect();
                Err(SourceError::AssetMissing { reference, why: why.to_owned() }.into())
            }
        }
    }

    /// A distinct path for the file of a reference.
    pub(super) fn path(&mut self, task: &Task, row: &Row<'_>, reference: &str) -> String {
        let name = file_name(reference);
        let (stem, extension) = match name.rsplit_once('.') {
            Some((stem, extension)) if !stem.is_empty() => (stem, extension),
            _ => (name, ""),
        };
        let name = match &self.template {
            None => name.to_owned(),
            Some(template) => template.render(|field| match field {
                "_name" => name,
                "_stem" => stem,
                "_extension" => extension,
                field => {
                    let column = task.read.besides.iter().position(|name| name == field);
                    column.map_or("", |column| row.cell(column).text)
                }
            }),
        };
        let path = format!("{}/{name}", self.folder.trim_end_matches('/'));
        self.names.claim(&pack::bag::path(&task.asked, &path))
    }
}

/// The references in a cell: one, several in a JSON list, or none.
fn references(cell: &Cell<'_>) -> Option<Vec<String>> {
    match cell.kind {
        Kind::Null => Some(Vec::new()),
        Kind::Text if cell.text.is_empty() => Some(Vec::new()),
        Kind::Text => Some(vec![cell.text.to_owned()]),
        Kind::Json => serde_json::from_str(cell.text).ok(),
        Kind::Number | Kind::Bool => None,
    }
}

/// The last segment of a reference: of a URL's path, or of a path.
fn file_name(reference: &str) -> &str {
    let path = if reference.contains("://") {
        reference.split(['?', '#']).next().unwrap_or(reference)
    } else {
        reference
    };
    path.trim_end_matches('/').rsplit(['/', '\\']).next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_names_its_file() {
        for (reference, expected) in [
            ("files/a.svg", "a.svg"),
            ("a.svg", "a.svg"),
            ("https://h/x/b.png?size=1", "b.png"),
            ("https://h/x/", "x"),
            ("odd?name.svg", "odd?name.svg"),
        ] {
            assert_eq!(file_name(reference), expected);
        }
    }

    #[test]
    fn a_cell_names_one_file_several_or_none() {
        let check = |kind, text, expected: Option<&[&str]>| {
            let found = references(&Cell { kind, text });
            assert_eq!(
                found
                    .as_deref()
                    .map(|found| found.iter().map(String::as_str).collect::<Vec<_>>())
                    .as_deref(),
                expected
            );
        };
        check(Kind::Text, "a.png", Some(&["a.png"]));
        check(Kind::Json, r#"["a.png", "b.png"]"#, Some(&["a.png", "b.png"]));
        check(Kind::Null, "", Some(&[]));
        check(Kind::Json, r#"{"a": 1}"#, None);
        check(Kind::Number, "1", None);
    }
}
