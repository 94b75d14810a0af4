//! Which fields of objects are written, and what they are called.
//!
//! A field is named by its way through the object, as searches name it: `bild.titel`,
//! `bild._nested:bild__schlagwort.bemerkung`, `bild.ort.gazetteer.name`. What is named goes along with
//! all that is in it.

use std::collections::{BTreeMap, HashMap};

use proto::definition::Shown;

/// The fields that are wanted below one.
#[derive(Debug, Default)]
pub(super) struct Selection {
    /// What the field is called.
    display: Option<String>,
    /// Whether all that is in it is wanted.
    is_whole: bool,
    within: HashMap<String, Selection>,
}

/// What of a value is wanted.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part<'s> {
    /// All of it.
    Whole,
    /// The fields that are named.
    Named(&'s Selection),
    /// None of its fields.
    Nothing,
}

/// A field that is wanted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chosen<'s> {
    /// What it is called, where that is said.
    pub(super) display: Option<&'s str>,
    /// What of it.
    pub(super) part: Part<'s>,
}

impl Selection {
    /// The fields of a definition.
    pub(super) fn new(fields: &BTreeMap<String, Shown>) -> Self {
        let mut root = Self::default();
        for (name, shown) in fields {
            let mut at = &mut root;
            for key in name.split('.') {
                at = at.within.entry(key.to_owned()).or_default();
            }
            at.is_whole = true;
            at.display = shown.display_name.clone().filter(|display| !display.trim().is_empty());
        }
        root
    }
}

impl<'s> Part<'s> {
    /// A field within; nothing where it is not wanted.
    pub(super) fn field(self, key: &str) -> Option<Chosen<'s>> {
        match self {
            Part::Whole => Some(Chosen { display: None, part: Part::Whole }),
            Part::Named(selection) => {
                let found = selection.within.get(key)?;
                let part = if found.is_whole && found.within.is_empty() {
                    Part::Whole
                } else {
                    Part::Named(found)
                };
                Some(Chosen { display: found.display.as_deref(), part })
            }
            Part::Nothing => None,
        }
    }

    /// The same one level down, where that level is not named on its own: the fields of an object type.
    pub(super) fn of_type(self, object_type: &str) -> Option<Self> {
        match self {
            Part::Whole => Some(Part::Whole),
            Part::Named(selection) if selection.is_whole => match self.field(object_type) {
                Some(chosen) => Some(chosen.part),
                None if selection.within.is_empty() => Some(Part::Whole),
                None => None,
            },
            Part::Named(_) | Part::Nothing => self.field(object_type).map(|chosen| chosen.part),
        }
    }

    /// What the definition wants of an object.
    pub(super) fn of(selection: Option<&'s Selection>) -> Self {
        selection.map_or(Part::Whole, Part::Named)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_goes_along_with_all_that_is_in_it() {
        let shown = |display: &str| Shown { display_name: Some(display.to_owned()) };
        let fields = BTreeMap::from([
            ("bild.titel".to_owned(), shown("Title")),
            ("bild.ort".to_owned(), Shown::default()),
            ("bild.person.person.name".to_owned(), Shown::default()),
        ]);
        let selection = Selection::new(&fields);
        let bild = Part::of(Some(&selection)).of_type("bild").unwrap();
        assert_eq!(bild.field("titel").unwrap().display, Some("Title"));
        assert!(bild.field("ort").unwrap().part.of_type("gazetteer").unwrap().field("x").is_some());
        let person = bild.field("person").unwrap().part.of_type("person").unwrap();
        assert!(person.field("name").is_some() && person.field("alter").is_none());
        assert!(bild.field("jahr").is_none());
        assert!(Part::of(Some(&selection)).of_type("person").is_none());
    }
}
