//! What is wanted of a record's files: what the output says, or the record itself.

use proto::definition::{Assets, Class, Convert, ImageClass, Override};
use source::page::{Cell, Kind};

/// What is wanted of a record's files.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Choice {
    /// The versions, the most wanted first; nothing for the original.
    pub(crate) versions: Vec<String>,
    classes: Vec<Class>,
    convert: Vec<Convert>,
}

impl Choice {
    /// What the output says.
    pub(crate) fn of(assets: &Assets) -> Self {
        Self {
            versions: assets.versions.clone(),
            classes: assets.classes.clone(),
            convert: assets.convert.clone(),
        }
    }

    /// The same, with what a record says of its own files; nothing where none of them is taken, an
    /// error where nobody can tell what it says.
    pub(crate) fn overridden(&self, cell: &Cell<'_>) -> Result<Option<Self>, String> {
        let said = match cell.kind {
            Kind::Null => return Ok(Some(self.clone())),
            Kind::Text if cell.text.is_empty() => return Ok(Some(self.clone())),
            Kind::Text | Kind::Number | Kind::Bool | Kind::Json => Override::parse(cell.text)?,
        };
        Ok(match said {
            Override::Taken(false) => None,
            Override::Taken(true) => Some(self.clone()),
            Override::Other(other) => Some(Self {
                versions: other.versions.unwrap_or_else(|| self.versions.clone()),
                classes: other.classes.unwrap_or_else(|| self.classes.clone()),
                convert: other.convert.unwrap_or_else(|| self.convert.clone()),
            }),
        })
    }

    /// Whether files of a class are wanted.
    pub(crate) fn takes(&self, class: Class) -> bool {
        self.classes.is_empty() || self.classes.contains(&class)
    }

    /// What becomes of files of a class.
    pub(crate) fn conversion(&self, class: Class) -> Option<&Convert> {
        self.convert.iter().find(|convert| match convert.class {
            ImageClass::Image => class == Class::Image,
        })
    }

    /// Everything that may become of a file.
    pub(crate) fn conversions(&self) -> &[Convert] {
        &self.convert
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_says_otherwise_or_nothing() {
        let assets = r#"{"field": "f", "classes": ["image"], "versions": ["small"]}"#;
        let choice = Choice::of(&serde_json::from_str(assets).unwrap());
        let check = |kind, text| choice.overridden(&Cell { kind, text });
        assert_eq!(check(Kind::Null, ""), Ok(Some(choice.clone())));
        assert_eq!(check(Kind::Bool, "true"), Ok(Some(choice.clone())));
        assert_eq!(check(Kind::Text, "false"), Ok(None));
        let other = check(Kind::Json, r#"{"classes": ["video"]}"#).unwrap().unwrap();
        assert!(other.takes(Class::Video) && !other.takes(Class::Image));
        assert_eq!(other.versions, ["small"]);
        assert!(check(Kind::Text, "no").is_err());
    }
}
