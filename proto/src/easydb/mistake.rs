//! What is wrong with an export document.

use std::fmt;

use crate::fault::Code;

/// Something that cannot be meant, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// What.
    pub what: What,
    /// The key, its parents before it, joined by dots: `export.csv.delimiter`.
    pub place: String,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The document has no such key, and needs it.
    Missing,
    /// Exports with schedules need a name.
    NameRequired,
    /// A value of another kind is expected there.
    Type {
        /// Which.
        expected: &'static str,
    },
    /// No target of the configuration is meant.
    Target {
        /// The kind that it has to be of.
        kind: &'static str,
        /// The names of those that there are.
        known: Vec<String>,
    },
    /// The value is of the right kind and means nothing.
    Value {
        /// Why.
        why: String,
    },
}

impl What {
    /// The code of what is wrong, where it is one of the other ways in as well.
    pub fn code(&self) -> Option<Code> {
        match self {
            Self::Target { .. } => Some(Code::UnknownTarget),
            Self::Missing | Self::NameRequired | Self::Type { .. } | Self::Value { .. } => None,
        }
    }

    /// What would be right.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Target { kind, known } if known.is_empty() => {
                Some(format!("ask the operator for a target of kind {kind}; there is none"))
            }
            Self::Target { known, .. } => Some(format!(
                "name one in options.target, or its address: {}",
                crate::abridged::list(known)
            )),
            Self::Missing | Self::NameRequired | Self::Type { .. } | Self::Value { .. } => None,
        }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = &self.place;
        match &self.what {
            What::Missing => write!(f, "{place} is missing"),
            What::NameRequired => f.write_str("an export with schedules needs a name"),
            What::Type { expected } => write!(f, "{place} is not {expected}"),
            What::Target { kind, .. } => {
                write!(f, "{place}: no target of kind {kind} is configured there")
            }
            What::Value { why } => write!(f, "{place}: {why}"),
        }
    }
}
