//! What is wrong with an export document.

use std::fmt;

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
    /// The value is of the right kind and means nothing.
    Value {
        /// Why.
        why: String,
    },
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = &self.place;
        match &self.what {
            What::Missing => write!(f, "{place} is missing"),
            What::NameRequired => f.write_str("an export with schedules needs a name"),
            What::Type { expected } => write!(f, "{place} is not {expected}"),
            What::Value { why } => write!(f, "{place}: {why}"),
        }
    }
}
