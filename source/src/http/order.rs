//! The order of keys: whole numbers by size, texts by their bytes, the two never mixed.

use std::cmp::Ordering;

use proto::filter::Where;

use super::api::refused;
use crate::SourceError;
use crate::document::Columns;
use crate::page::{Kind, Page};

/// A key of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    /// A whole number, with the text that the API wrote.
    Number(i128, String),
    /// A text.
    Text(String),
}

impl Key {
    /// As it is sent back.
    pub(super) fn into_text(self) -> String {
        match self {
            Self::Number(_, text) | Self::Text(text) => text,
        }
    }

    /// How it stands to a key of a plan, which is text.
    pub(super) fn order(&self, bound: &str) -> Result<Ordering, SourceError> {
        match self {
            Self::Number(number, _) => {
                let bound = bound.parse().map_err(|_| mixed())?;
                Ok(number.cmp(&bound))
            }
            Self::Text(text) => Ok(text.as_str().cmp(bound)),
        }
    }

    /// That it is greater than the key before it.
    pub(super) fn rises_from(&self, before: &Self) -> Result<(), SourceError> {
        let rises = match (self, before) {
            (Self::Number(number, _), Self::Number(before, _)) => number > before,
            (Self::Text(text), Self::Text(before)) => text > before,
            (Self::Number(..), Self::Text(_)) | (Self::Text(_), Self::Number(..)) => {
                return Err(mixed());
            }
        };
        if rises {
            return Ok(());
        }
        Err(refused(format!(
            "the keys do not rise: {:?} comes after {:?}; the API must sort by the key, and begin a page after the one it is given",
            self.clone().into_text(),
            before.clone().into_text()
        )))
    }
}

fn mixed() -> SourceError {
    refused("the key is a number in some records and a text in others".to_owned())
}

/// Reads the keys of records.
pub(super) struct KeyReader<'f> {
    field: &'f str,
    columns: Columns,
    page: Page,
}

impl<'f> KeyReader<'f> {
    /// A reader of this field.
    pub(super) fn new(field: &'f str) -> Self {
        let columns = Columns::new(Some(&[field.to_owned()]), &[], &Where::new());
        Self { field, columns, page: Page::new(1) }
    }

    /// The key of a record.
    pub(super) fn key(&mut self, record: &str) -> Result<Key, SourceError> {
        let field = self.field;
        let none = || {
            refused(format!("a record has no key {field:?}, so that no page can begin after it"))
        };
        self.page.truncate(0);
        self.columns.take(record.as_bytes(), &mut self.page).map_err(|_| none())?;
        let cell = self.page.rows().next().ok_or_else(none)?.cell(0);
        match cell.kind {
            Kind::Number => match cell.text.parse() {
                Ok(number) => Ok(Key::Number(number, cell.text.to_owned())),
                Err(_) => Err(refused(format!("the key {} is no whole number", cell.text))),
            },
            Kind::Text => Ok(Key::Text(cell.text.to_owned())),
            Kind::Null | Kind::Bool | Kind::Json => Err(none()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_ordered_by_size_and_texts_by_bytes() {
        let key = |record: &str| KeyReader::new("id").key(record).unwrap();
        let (nine, ten) = (key(r#"{"id":9}"#), key(r#"{"id":10}"#));
        assert!(ten.rises_from(&nine).is_ok());
        assert!(nine.rises_from(&nine).is_err());
        assert_eq!(ten.order("9").unwrap(), Ordering::Greater);
        let (nine, ten) = (key(r#"{"id":"9"}"#), key(r#"{"id":"10"}"#));
        assert!(nine.rises_from(&ten).is_ok());
        assert_eq!(ten.order("9").unwrap(), Ordering::Less);
        assert!(key(r#"{"id":9}"#).rises_from(&ten).is_err());
        let large = key(r#"{"id":18446744073709551615}"#);
        assert_eq!(large.order("18446744073709551614").unwrap(), Ordering::Greater);
    }

    #[test]
    fn a_record_without_a_key_is_refused() {
        for record in ["{}", r#"{"id":null}"#, r#"{"id":1.5}"#, "[1]", r#"{"id":true}"#] {
            assert!(KeyReader::new("id").key(record).is_err(), "{record}");
        }
    }
}
