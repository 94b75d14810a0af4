//! Who is who: exports, runs, owners. Ids are types, so that none is taken for another.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The id of an export: a UUID of version 7, so that ids sort by the time of creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ExportId(pub Uuid);

impl fmt::Display for ExportId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for ExportId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::parse_str(text).map(Self)
    }
}

/// One execution of an export. Runs are numbered from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RunId {
    /// The export.
    pub export: ExportId,
    /// Which of its runs, from 1.
    pub run: u32,
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.export, self.run)
    }
}

impl FromStr for RunId {
    type Err = RunIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (export, run) = text.split_once('/').ok_or(RunIdError)?;
        let export = export.parse().map_err(|_| RunIdError)?;
        let run = run.parse().map_err(|_| RunIdError)?;
        Ok(Self { export, run })
    }
}

/// A text that is not `<export id>/<run number>`.
#[derive(Debug, thiserror::Error)]
#[error("not a run id of the form <export id>/<run number>")]
pub struct RunIdError;

/// Who an export belongs to: 1 to 128 letters, digits and `._@-`.
///
/// The characters are few because an owner's name becomes part of store keys.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Owner(String);

impl Owner {
    /// The owner's name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Owner {
    type Error = OwnerError;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        let fits = (1..=128).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._@-".contains(&b))
            && name.bytes().any(|b| b.is_ascii_alphanumeric());
        if fits { Ok(Self(name)) } else { Err(OwnerError { name }) }
    }
}

impl From<Owner> for String {
    fn from(owner: Owner) -> Self {
        owner.0
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A name that cannot be an owner's.
#[derive(Debug, thiserror::Error)]
#[error("owner {name:?} must be 1 to 128 letters, digits and ._@-, not of signs alone")]
pub struct OwnerError {
    /// The name as given.
    pub name: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_cannot_climb_out_of_its_prefix() {
        for bad in ["", "..", "a/b", "a b", "ä", &"x".repeat(129)] {
            assert!(Owner::try_from(bad.to_owned()).is_err(), "{bad:?}");
        }
        assert!(Owner::try_from("ann@example.org".to_owned()).is_ok());
    }
}
