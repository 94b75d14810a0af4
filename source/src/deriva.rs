//! What is asked of a catalogue of Deriva before an export of it begins: its schema document, from which
//! templates are derived, and the rows from which a configuration takes variables.
//!
//! The front door and the terminal ask alike, and at one snapshot: that which the run reads as well.

use jiff::Timestamp;
use proto::deriva::engine::{Mistake, Refused};
use proto::deriva::schema::Catalogue;
use proto::deriva::translation::{Next, Translated, Translation};
use proto::fault::Fault;

use crate::http::refused;
use crate::{Source, SourceError};

/// Where a catalogue describes itself.
const SCHEMA: &str = "/schema";

/// Why a configuration cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum Untranslated {
    /// It asks for what cannot be done.
    #[error("the configuration asks for what cannot be done")]
    Refused(Refused),
    /// The catalogue does not answer as it should.
    #[error(transparent)]
    Source(#[from] SourceError),
}

impl Untranslated {
    /// What people are told.
    pub fn faults(&self) -> Vec<Fault> {
        match self {
            Self::Refused(why) => why.mistakes.iter().map(Mistake::fault).collect(),
            Self::Source(error) => vec![error.fault()],
        }
    }
}

/// What a translation comes to. The catalogue is asked for what variables are to be, at one snapshot, which the
/// definition reads as well: the one that is wanted, or that of now.
pub async fn translated(
    source: &dyn Source,
    mut translation: Translation,
    wanted: Option<&str>,
    now: Timestamp,
) -> Result<Translated, Untranslated> {
    let view = source.view(wanted).await?;
    translation.set_view(view.clone());
    loop {
        match translation.next(now).map_err(Untranslated::Refused)? {
            Next::Ask { path } => {
                translation.answer(source.first(&path, view.as_deref()).await?);
            }
            Next::Done(translated) => return Ok(*translated),
        }
    }
}

/// What a catalogue says of itself, as its caller sees it: tables, and what is annotated to them, to their
/// schemas and to the catalogue.
pub async fn catalogue(source: &dyn Source, view: Option<&str>) -> Result<Catalogue, SourceError> {
    let document = source.document(SCHEMA, view).await?;
    Catalogue::read(&document)
        .map_err(|error| refused(format!("{SCHEMA} of the catalogue cannot be read: {error}")))
}

#[cfg(test)]
mod tests;
