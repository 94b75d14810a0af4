//! Which files a record names, and what they are called in the archive.

use std::collections::BTreeMap;
use std::sync::Arc;

use proto::commit::Warning;
use proto::definition::{Assets, Class, Convert, Layout, OnError};
use proto::fault::{Code, Fault};
use proto::template::Template;
use source::SourceError;
use source::asset::shown;
use source::page::Row;

use crate::assets::choice::Choice;
use crate::assets::reference::{NoVersion, Reference, path_of, references, split};
use crate::batch::{Task, warning};
use crate::error::BatchError;

/// What a record names, in its order.
pub(super) enum Named {
    /// A file.
    Wanted(Wanted),
    /// Something that is left out.
    LeftOut(Warning),
}

/// A file that a record names.
pub(super) struct Wanted {
    pub(super) reference: Reference,
    pub(super) choice: Arc<Choice>,
    /// The record's cells that names and metadata may need, by their fields.
    cells: BTreeMap<String, String>,
}

/// What a file is to be called in the archive, before names that clash are told apart.
pub(super) struct Called {
    /// The name, made safe.
    pub(super) path: String,
    /// The same as the definition and the record have it.
    pub(super) wanted: String,
}

/// What is known of a file only once it is there.
#[derive(Default)]
pub(super) struct Known<'k> {
    pub(super) class: Option<Class>,
    /// The extension of what it was converted to, without the dot; nothing where it was not.
    pub(super) extension: Option<&'k str>,
}

/// Finds the files of records, and names them.
pub(super) struct Naming<'t> {
    task: &'t Task,
    choice: Arc<Choice>,
    overrides: Option<usize>,
    template: Option<Template>,
    layout: Layout,
}

impl<'t> Naming<'t> {
    pub(super) fn new(task: &'t Task, assets: &Assets) -> Self {
        let column = |field: &String| task.read.besides.iter().position(|name| name == field);
        Self {
            task,
            choice: Arc::new(Choice::of(assets)),
            overrides: assets.overrides.as_ref().and_then(column),
            template: assets.name.as_deref().and_then(|name| Template::parse(name).ok()),
            layout: assets.layout.unwrap_or_default(),
        }
    }

    /// Appends what a row names. A value that is neither a reference nor a list of them is a broken
    /// record.
    pub(super) fn files_of(&self, row: &Row<'_>, named: &mut Vec<Named>) -> Result<(), BatchError> {
        let choice = match self.overrides.map(|column| row.cell(column)) {
            None => Arc::clone(&self.choice),
            Some(cell) => match self.choice.overridden(&cell) {
                Ok(Some(choice)) if choice == *self.choice => Arc::clone(&self.choice),
                Ok(Some(choice)) => Arc::new(choice),
                Ok(None) => return Ok(()),
                Err(why) => {
                    let why = format!("what the record says of its own files is not clear: {why}");
                    named.push(self.left_out(cell.text, &why)?);
                    return Ok(());
                }
            },
        };
        let cell = row.cell(0);
        let Some(found) = references(&cell, &choice.versions) else {
            let why = "the field holds neither a reference nor a list of references";
            named.push(self.left_out(cell.text, why)?);
            return Ok(());
        };
        for reference in found {
            named.push(match reference {
                Ok(reference) => Named::Wanted(Wanted {
                    cells: self.cells(&choice, row),
                    reference,
                    choice: Arc::clone(&choice),
                }),
                Err(NoVersion { subject, why }) => self.left_out(&subject, &why)?,
            });
        }
        Ok(())
    }

    /// The file at a place that a row names, whatever else the row says.
    pub(super) fn file_at(&self, place: &str, row: &Row<'_>) -> Wanted {
        let reference = Reference { place: place.to_owned(), told: BTreeMap::new() };
        Wanted { cells: self.cells(&self.choice, row), reference, choice: Arc::clone(&self.choice) }
    }

    /// Whether the record says otherwise than the output what becomes of its files.
    pub(super) fn is_overridden(&self, wanted: &Wanted) -> bool {
        !Arc::ptr_eq(&self.choice, &wanted.choice)
    }

    /// What the file is to be called.
    pub(super) fn called(&self, wanted: &Wanted, known: &Known<'_>) -> Called {
        let place = path_of(&wanted.reference.place);
        let (folder, name) = match place.rsplit_once(['/', '\\']) {
            Some((folder, name)) => (folder, name),
            None => ("", place),
        };
        let (stem, extension) = split(name);
        let told = &wanted.reference.told;
        let original = told.get("original_filename").map_or(name, String::as_str);
        let converted = |name: &str| match known.extension {
            Some(extension) => format!("{}.{extension}", split(name).0),
            None => name.to_owned(),
        };
        let extension = known.extension.unwrap_or(extension);
        let (name, original) = (converted(name), converted(original));
        let class = known.class.map_or("", Class::as_str);
        let value = |field: &str| match field {
            "_name" => name.as_str(),
            "_stem" => stem,
            "_extension" | "_asset.extension" => extension,
            "_asset.original_filename" => original.as_str(),
            "_asset.class" => class,
            field => match field.strip_prefix(Assets::OWN_PREFIX) {
                Some(told_of) => told.get(told_of).map_or("", String::as_str),
                None => wanted.cell(field),
            },
        };
        let (file, wanted) = match &self.template {
            None => (name.clone(), name.clone()),
            Some(template) => (template.render(value), template.render_original(value)),
        };
        let folder = match self.layout {
            Layout::Folders => folder.trim_matches('/'),
            Layout::Flat => "",
        };
        let root = self.task.output.to.trim_end_matches('/');
        let whole = |file: &str| {
            let parts = [root, folder].into_iter().filter(|part| !part.is_empty());
            parts.chain([file]).collect::<Vec<_>>().join("/")
        };
        Called { path: pack::bag::path(&self.task.asked, &whole(&file)), wanted: whole(&wanted) }
    }

    /// The cells that names, and metadata of what is converted, are made of.
    fn cells(&self, choice: &Choice, row: &Row<'_>) -> BTreeMap<String, String> {
        let named = self.template.iter().flat_map(Template::fields);
        let written = choice.conversions().iter().flat_map(|convert| convert.metadata.fields());
        let column = |field: &str| self.task.read.besides.iter().position(|name| name == field);
        let cell = |field: &str| Some((field.to_owned(), row.cell(column(field)?).text.to_owned()));
        named.chain(written).filter_map(cell).collect()
    }

    fn left_out(&self, subject: &str, why: &str) -> Result<Named, BatchError> {
        if self.task.read.on_error == OnError::Warn {
            let fault = Fault::new(Code::AssetMissing, why);
            return Ok(Named::LeftOut(warning(&self.task.output, fault, &shown(subject))));
        }
        let reference = shown(subject).chars().take(200).collect();
        Err(SourceError::AssetMissing { reference, why: why.to_owned() }.into())
    }
}

impl Wanted {
    /// The record's cell of a field, as text.
    pub(super) fn cell(&self, field: &str) -> &str {
        self.cells.get(field).map_or("", String::as_str)
    }

    /// The texts that a conversion writes: tags, and what goes there.
    pub(super) fn written(&self, convert: &Convert) -> Vec<(String, String)> {
        let mapped = convert.metadata.mapped().flat_map(|(field, tags)| {
            tags.names().iter().map(move |tag| (tag.clone(), self.cell(field).to_owned()))
        });
        mapped.collect()
    }
}
