//! Why a template cannot be used.

use std::fmt;

/// A template that is not offered.
#[derive(Debug, Clone, PartialEq)]
pub struct Dropped {
    /// Where it is annotated, such as `table isa:dataset.templates[0]`.
    pub place: String,
    /// What it calls itself, where it does.
    pub displayname: Option<String>,
    /// Why.
    pub flaw: Flaw,
}

/// What is wrong with a template, or with the annotation that holds them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// The annotation has no list of templates.
    #[error("the annotation has no list called templates")]
    NoList,
    /// It names a fragment that nobody defines.
    #[error("there is no fragment {name}")]
    UnknownFragment {
        /// The name.
        name: String,
    },
    /// A fragment that it names is a part of itself.
    #[error("fragments contain each other: {}", .names.join(", "))]
    Circle {
        /// The fragments, each around the next one.
        names: Vec<String>,
    },
    /// A part of it is null.
    #[error("a part of it is null{}", within(.fragments))]
    Null {
        /// The fragments around it.
        fragments: Vec<String>,
    },
    /// Its fragments make it larger than anything that is meant.
    #[error("it is too large once its fragments are in it")]
    TooLarge,
    /// There is something else where an object belongs.
    #[error("{place} is not an object")]
    NoObject {
        /// Where.
        place: String,
    },
    /// It does not say what it has to.
    #[error("{place} is missing")]
    Missing {
        /// Where.
        place: String,
    },
    /// It is neither a bag nor files.
    #[error("type is neither BAG nor FILE")]
    UnknownType,
    /// It puts out nothing.
    #[error("outputs is not a list of one output or more")]
    NoOutputs,
    /// A value is of another kind than is meant.
    #[error("it cannot be read: {why}")]
    Unreadable {
        /// Which.
        why: String,
    },
}

impl Flaw {
    /// What would be right.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoList => "write {\"templates\": […]}, or remove the annotation",
            Self::UnknownFragment { .. } => {
                "define it under tag:isrd.isi.edu,2021:export-fragment-definitions; names that begin \
                 with $ are reserved"
            }
            Self::Circle { .. } => "let one of them do without the others",
            Self::Null { .. } => "leave the key out, or give it a value",
            Self::TooLarge => "name each fragment fewer times",
            Self::NoObject { .. } => "write an object there",
            Self::Missing { .. } => {
                "a template has displayname, type and outputs, an output source.api and destination.type"
            }
            Self::UnknownType => "write BAG for one archive, FILE for single files",
            Self::NoOutputs => "name what is exported in outputs",
            Self::Unreadable { .. } => "write a value of the kind that is expected there",
        }
    }
}

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, displayname, flaw } = self;
        match displayname {
            Some(name) => write!(f, "{place}, {name}: {flaw}"),
            None => write!(f, "{place}: {flaw}"),
        }
    }
}

fn within(fragments: &[String]) -> String {
    match fragments.last() {
        Some(name) => format!(" in fragment {name}"),
        None => String::new(),
    }
}
