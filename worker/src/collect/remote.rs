//! A batch of assets that stay where they are: read from the records, checked, named, and fetched by
//! nobody here.

use std::collections::BTreeMap;

use pack::name::Names;
use proto::commit::{Content, RemoteFile, Warning};
use proto::definition::{Assets, OnError, Remote};
use source::asset::shown;
use source::page::{Cell, Halves, Kind, Row};
use source::{Chunk, SourceError};
use tokio::sync::mpsc;
use url::Url;

use super::naming::{Called, Known, Naming};
use crate::Worker;
use crate::batch::{Made, Task, warning};
use crate::error::BatchError;
use crate::members::Members;
use crate::rows::of_halves;
use crate::table::CHANNEL;
use crate::warnings::Warnings;

/// Why a record does not say where a file is and how it is checked.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum Unsaid {
    #[error("only one http or https URL without credentials can be left where it is")]
    Url,
    #[error("{0:?} holds no length in bytes")]
    Length(String),
    #[error("{field:?} holds no {name} in hexadecimal")]
    Digest { field: String, name: &'static str },
}

impl Worker {
    /// Names the files of a batch's records. It writes no segment.
    pub(crate) async fn refer(&self, task: &Task, remote: &Remote) -> Result<Made, BatchError> {
        let (mut files, mut warnings, mut records) = (Members::new(), Warnings::default(), 0);
        let mut halves = Halves::default();
        if let Some(assets) = &task.output.assets {
            let mut referring = Referring::new(task, assets, remote);
            let (pages, mut chunks) = mpsc::channel(CHANNEL);
            let (source, read) = (std::sync::Arc::clone(&task.source), task.read.clone());
            let reading = tokio::spawn(async move { source.rows(&read, pages).await });
            let mut result: Result<(), BatchError> = Ok(());
            while result.is_ok()
                && let Some(chunk) = chunks.recv().await
            {
                match chunk {
                    Chunk::Broken { fault, text } => {
                        warnings.push(warning(&task.output, fault, &text));
                    }
                    Chunk::Page(page) => {
                        records += page.len() as u64;
                        halves.add(page.halves());
                        result = page.rows().try_for_each(|row| {
                            match referring.file(&row) {
                                Ok(Some(file)) => files.push(file)?,
                                Ok(None) => {}
                                Err(unsaid) => warnings.push(left_out(task, &row, &unsaid)?),
                            }
                            Ok(())
                        });
                    }
                }
            }
            drop(chunks);
            let read = reading.await.expect("the reading task does not panic");
            result?;
            read?;
        }
        warnings.extend(of_halves(&task.output, halves));
        let (content, warnings) = (Content::Remote(files.finish()), warnings.finish());
        Ok(Made { content, records, bytes: 0, warnings, pieces: Vec::new() })
    }
}

/// What is told of a row that does not say where its file is; or the failure, where that is wanted.
fn left_out(task: &Task, row: &Row<'_>, unsaid: &Unsaid) -> Result<Warning, BatchError> {
    let subject = shown(row.cell(0).text);
    let reference = subject.chars().take(200).collect();
    let error = SourceError::AssetMissing { reference, why: unsaid.to_string() };
    match task.read.on_error {
        OnError::Fail => Err(error.into()),
        OnError::Warn => Ok(warning(&task.output, error.warning(), &subject)),
    }
}

/// Makes files of rows.
struct Referring<'t> {
    naming: Naming<'t>,
    names: Names,
    length: usize,
    length_field: &'t str,
    digests: Vec<(proto::digest::Algorithm, usize, &'t str)>,
}

impl<'t> Referring<'t> {
    fn new(task: &'t Task, assets: &Assets, remote: &'t Remote) -> Self {
        // The output's own fields are among those that are read besides.
        let column = |field: &str| {
            task.read.besides.iter().position(|name| name == field).unwrap_or_default()
        };
        let digests = remote.digests();
        Self {
            naming: Naming::new(task, assets),
            names: Names::new(),
            length: column(&remote.length),
            length_field: &remote.length,
            digests: digests.map(|(algorithm, field)| (algorithm, column(field), field)).collect(),
        }
    }

    /// The file that a row names; nothing where it names none.
    fn file(&mut self, row: &Row<'_>) -> Result<Option<RemoteFile>, Unsaid> {
        let Some(url) = url(&row.cell(0))? else { return Ok(None) };
        let size = length(&row.cell(self.length))
            .ok_or_else(|| Unsaid::Length(self.length_field.to_owned()))?;
        let mut digests = BTreeMap::new();
        for &(algorithm, column, field) in &self.digests {
            let digest = digest(&row.cell(column), algorithm.digits());
            let unsaid = || Unsaid::Digest { field: field.to_owned(), name: algorithm.name() };
            digests.insert(algorithm, digest.ok_or_else(unsaid)?);
        }
        let Called { path, wanted } =
            self.naming.called(&self.naming.file_at(&url, row), &Known::default());
        let path = self.names.claim(&path);
        let original = pack::name::original(&wanted, &path);
        Ok(Some(RemoteFile { path, url, size, digests, original }))
    }
}

/// The address in a cell, as it is written there; nothing in one that is empty.
fn url(cell: &Cell<'_>) -> Result<Option<String>, Unsaid> {
    match cell.kind {
        Kind::Null => Ok(None),
        Kind::Text if cell.text.is_empty() => Ok(None),
        Kind::Text => {
            let text = cell.text.trim();
            let url = Url::parse(text).map_err(|_| Unsaid::Url)?;
            let is_plain = matches!(url.scheme(), "http" | "https")
                && url.username().is_empty()
                && url.password().is_none()
                && !text.contains(char::is_control);
            if is_plain { Ok(Some(text.to_owned())) } else { Err(Unsaid::Url) }
        }
        Kind::Json | Kind::Number | Kind::Bool => Err(Unsaid::Url),
    }
}

fn length(cell: &Cell<'_>) -> Option<u64> {
    let is_number = cell.text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { cell.text.parse().ok() } else { None }
}

fn digest(cell: &Cell<'_>, digits: usize) -> Option<String> {
    let is_digest =
        cell.text.len() == digits && cell.text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_digest.then(|| cell.text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Cell<'_> {
        Cell { kind: Kind::Text, text }
    }

    #[test]
    fn an_address_is_one_that_anybody_can_ask() {
        assert_eq!(url(&text("https://h/a b?c=d")), Ok(Some("https://h/a b?c=d".to_owned())));
        assert_eq!(url(&text("")), Ok(None));
        assert_eq!(url(&Cell { kind: Kind::Null, text: "" }), Ok(None));
        for bad in [
            "files/a.png",
            "file:///etc/passwd",
            "ftp://h/a",
            "https://u:p@h/a",
            "http://",
            "http://h/a\nb",
        ] {
            assert_eq!(url(&text(bad)), Err(Unsaid::Url), "{bad}");
        }
        let list = Cell { kind: Kind::Json, text: r#"["https://h/a"]"# };
        assert_eq!(url(&list), Err(Unsaid::Url));
    }

    #[test]
    fn a_length_is_a_whole_number_and_a_digest_has_its_digits() {
        assert_eq!(
            length(&Cell { kind: Kind::Number, text: "18446744073709551615" }),
            Some(u64::MAX)
        );
        assert_eq!(length(&text("007")), Some(7));
        for bad in ["", "1.0", "-1", "+1", "1e3", "18446744073709551616"] {
            assert_eq!(length(&text(bad)), None, "{bad}");
        }
        let md5 = "D41D8CD98F00B204E9800998ECF8427E";
        assert_eq!(digest(&text(md5), 32), Some(md5.to_lowercase()));
        for bad in ["", "1B2M2Y8AsgTpgAmY7PhCfg==", &md5[1..], "g41d8cd98f00b204e9800998ecf8427e"] {
            assert_eq!(digest(&text(bad), 32), None, "{bad}");
        }
    }
}
