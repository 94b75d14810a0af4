//! Which files a record names, and what they are called in the archive.

use std::collections::BTreeMap;
use std::sync::Arc;

use proto::commit::Warning;
use proto::definition::{Assets, Class, Convert, Layout, OnError};
use proto::digest::Algorithm;
use proto::fault::{Code, Fault};
use proto::template::Template;
use source::SourceError;
use source::asset::shown;
use source::page::Row;

use super::digest::digest;
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
    /// What it is to be, where the record tells.
    pub(super) digest: Option<(Algorithm, String)>,
    /// What the record calls it.
    filename: Option<String>,
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
    /// What its server calls it.
    pub(super) name: Option<&'k str>,
    /// Whether it is an object of a store, which are never called by their addresses where it tells their names.
    pub(super) is_object: bool,
}

/// Finds the files of records, and names them.
pub(super) struct Naming<'t> {
    task: &'t Task,
    choice: Arc<Choice>,
    overrides: Option<usize>,
    filename: Option<usize>,
    digests: Vec<(Algorithm, usize)>,
    /// Whether servers are believed what files are called.
    asks_names: bool,
    template: Option<Template>,
    layout: Layout,
    /// The folder of all of them.
    root: &'t str,
}

impl<'t> Naming<'t> {
    pub(super) fn new(task: &'t Task, assets: &Assets) -> Self {
        let named = |field: &str| task.read.besides.iter().position(|name| name == field);
        let column = |field: &String| named(field);
        Self {
            task,
            choice: Arc::new(Choice::of(assets)),
            overrides: assets.overrides.as_ref().and_then(column),
            filename: assets.filename.as_ref().and_then(column),
            digests: assets
                .digests()
                .filter_map(|(algorithm, field)| Some((algorithm, named(field)?)))
                .collect(),
            asks_names: assets.filename.is_some()
                || assets.remote.as_ref().is_some_and(|remote| remote.ask),
            template: assets.name.as_deref().and_then(|name| Template::parse(name).ok()),
            layout: assets.layout.unwrap_or_default(),
            // A list is no folder: its files are called as the template says.
            root: if task.output.lists_files() { "" } else { task.output.to.trim_end_matches('/') },
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
        let digest = match self.digest(row).filter(|_| !found.is_empty()) {
            Some((algorithm, None)) => {
                let why = format!("the record holds no {} in hexadecimal", algorithm.name());
                named.push(self.left_out(cell.text, &why)?);
                return Ok(());
            }
            Some((algorithm, Some(digest))) => Some((algorithm, digest)),
            None => None,
        };
        for reference in found {
            named.push(match reference {
                Ok(reference) => Named::Wanted(Wanted {
                    digest: digest.clone(),
                    filename: self.filename(row),
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
        Wanted {
            digest: None,
            filename: self.filename(row),
            cells: self.cells(&self.choice, row),
            reference,
            choice: Arc::clone(&self.choice),
        }
    }

    /// The first digest that a row tells of its file, where it is one.
    fn digest(&self, row: &Row<'_>) -> Option<(Algorithm, Option<String>)> {
        self.digests.iter().find_map(|&(algorithm, column)| {
            let cell = row.cell(column);
            (!cell.text.is_empty()).then(|| (algorithm, digest(&cell, algorithm.digits())))
        })
    }

    /// What a row calls its file.
    fn filename(&self, row: &Row<'_>) -> Option<String> {
        let cell = row.cell(self.filename?);
        (!cell.text.is_empty()).then(|| cell.text.to_owned())
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
        let name = self.own_name(wanted, known, name);
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
        // A slash makes no folder, wherever the name is from.
        let (file, wanted) = match &self.template {
            None => (name.replace(['/', '\\'], "_"), name.clone()),
            Some(template) => (template.render(value), template.render_original(value)),
        };
        let folder = match self.layout {
            Layout::Folders => folder.trim_matches('/'),
            Layout::Flat => "",
        };
        let whole = |file: &str| {
            let parts = [self.root, folder].into_iter().filter(|part| !part.is_empty());
            parts.chain([file]).collect::<Vec<_>>().join("/")
        };
        Called { path: pack::bag::path(&self.task.asked, &whole(&file)), wanted: whole(&wanted) }
    }

    /// The extension of the file's own name, without the dot.
    pub(super) fn extension<'w>(&self, wanted: &'w Wanted, known: &Known<'w>) -> &'w str {
        match (&wanted.filename, known.name.filter(|_| self.believes(known))) {
            (Some(name), _) => split(name).1,
            (None, Some(name)) => split(name).1,
            (None, None) => wanted.reference.extension(),
        }
    }

    /// The file's own name: as its record has it, as its server has it, or the last part of its address.
    fn own_name<'w>(&self, wanted: &'w Wanted, known: &Known<'w>, last: &'w str) -> &'w str {
        match (&wanted.filename, self.believes(known)) {
            (Some(name), _) => name.as_str(),
            // Behind a colon object stores have the version.
            (None, true) => {
                let (before, _) = last.split_once(':').unwrap_or((last, ""));
                known.name.unwrap_or(if before.is_empty() { last } else { before })
            }
            (None, false) => last,
        }
    }

    /// Whether a file is called as its server says.
    fn believes(&self, known: &Known<'_>) -> bool {
        self.asks_names || known.is_object
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
