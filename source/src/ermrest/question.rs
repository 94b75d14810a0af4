//! What an output reads of a catalogue: rows, or a document about it.

use super::query::{Query, are_idle};
use crate::SourceError;

/// What documents there are besides that of the catalogue, by the begin of their paths.
const DOCUMENTS: &[&str] = &["schema", "acl", "acl_binding", "annotation"];

/// What is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Question {
    /// Rows.
    Rows(Query),
    /// A document.
    Document(Document),
}

/// A document of a catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Document {
    /// Its path below the catalogue, without slashes at its ends; empty for the catalogue's own.
    path: String,
}

impl Question {
    /// Reads what stands in an address after the catalogue.
    pub(super) fn parse(text: &str) -> Result<Self, SourceError> {
        match Document::named(text) {
            Some(document) => Ok(Self::Document(document)),
            None => Query::parse(text).map(Self::Rows),
        }
    }
}

impl Document {
    /// The document of a path; nothing where it is that of none.
    fn named(text: &str) -> Option<Self> {
        if text.contains(|letter: char| letter.is_control() || letter == '#' || letter == '\\') {
            return None;
        }
        let (path, options) = text.trim().split_once('?').unwrap_or((text.trim(), ""));
        let path = path.trim_matches('/');
        let first = path.split('/').next().unwrap_or_default();
        let is_document = path.is_empty() && text.contains('/') || DOCUMENTS.contains(&first);
        (is_document && are_idle(options)).then(|| Self { path: path.to_owned() })
    }

    /// Its path below the catalogue.
    pub(super) fn path(&self) -> &str {
        &self.path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        let document = match Question::parse(text) {
            Ok(Question::Document(document)) => Some(document.path),
            Ok(Question::Rows(_)) | Err(_) => None,
        };
        assert_eq!(document.as_deref(), expected, "{text}");
    }

    #[test]
    fn documents_are_told_from_rows() {
        check("/", Some(""));
        check("/schema", Some("schema"));
        check("schema/pnc/table/subject/?limit=none", Some("schema/pnc/table/subject"));
        check("/annotation", Some("annotation"));
        check("/entity/schema:subject", None);
        check("/schemas", None);
        check("/schema?limit=1", None);
        check("", None);
    }
}
