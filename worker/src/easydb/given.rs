//! What the operator does not have is asked of the catalogue: stylesheets, and mapping profiles. What it says the first
//! time holds for the run, on every worker and in every try: it lies in the store.

use std::sync::Arc;

use bytes::Bytes;
use fabric::store::StoreError;
use proto::commit::Warning;
use proto::definition::{Easydb, OnError};
use proto::fault::Code;
use proto::key::Key;
use source::catalogue::Catalogue;

use super::mapping::Profile;
use super::writing::told;
use crate::Worker;
use crate::batch::Task;
use crate::error::BatchError;
use crate::xslt::{Stylesheet, XsltError};

/// What a catalogue may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Given {
    Stylesheet,
    Mapping,
}

impl Given {
    /// What it is called in the store.
    fn as_str(self) -> &'static str {
        match self {
            Self::Stylesheet => "stylesheet",
            Self::Mapping => "mapping",
        }
    }
}

impl Worker {
    /// The stylesheet that is asked for: the operator's, or else the catalogue's.
    pub(super) async fn stylesheet(
        &self,
        task: &Task,
        easydb: &Easydb,
        catalogue: &dyn Catalogue,
    ) -> Result<Option<Stylesheet>, BatchError> {
        let Some(name) = &easydb.stylesheet else { return Ok(None) };
        let most_bytes = self.settings.max_xml_for_stylesheets;
        let unknown = match Stylesheet::find(self.settings.stylesheets.as_deref(), name) {
            Ok(stylesheet) => return Ok(Some(stylesheet.for_at_most(most_bytes))),
            Err(unknown @ XsltError::Unknown { .. }) => unknown,
            Err(error) => return Err(error.into()),
        };
        match self.given(task, catalogue, Given::Stylesheet, name).await? {
            Some(text) => {
                let stylesheet = Stylesheet::of_text(name, &text, &self.settings.scratch);
                Ok(Some(stylesheet.map_err(BatchError::Scratch)?.for_at_most(most_bytes)))
            }
            None => Err(unknown.into()),
        }
    }

    /// The mapping profile that is asked for: the operator's, or else the catalogue's. One that was deleted since
    /// the export was made costs it its form and not its objects, where that is wanted: every batch tells, for others
    /// may have had it.
    pub(super) async fn mapping(
        &self,
        task: &Task,
        easydb: &Easydb,
        catalogue: &dyn Catalogue,
    ) -> Result<(Option<Arc<Profile>>, Option<Warning>), BatchError> {
        let Some(name) = easydb.profile() else { return Ok((None, None)) };
        let mut found = Profile::find(self.settings.mappings.as_deref(), name);
        if let Err(BatchError::MappingUnknown(_)) = &found
            && let Some(text) = self.given(task, catalogue, Given::Mapping, name).await?
        {
            found = Profile::of_text(name, &text);
        }
        match found {
            Ok(profile) => Ok((Some(Arc::new(profile)), None)),
            Err(BatchError::MappingUnknown(name)) if task.read.on_error == OnError::Warn => {
                let message = format!("there is no mapping {name:?}; the form is `easydb`");
                Ok((None, Some(told(task, Code::UnknownMapping, message, Some(&name)))))
            }
            Err(error) => Err(error),
        }
    }

    /// What the catalogue of an output has of a name; nothing where there is none, or was none when the run first
    /// asked and went on without it.
    async fn given(
        &self,
        task: &Task,
        catalogue: &dyn Catalogue,
        what: Given,
        name: &str,
    ) -> Result<Option<Bytes>, BatchError> {
        let (run, output) = task.of;
        let key = Key::given(run, output, what.as_str());
        match self.store.get(&key).await {
            Ok((bytes, _)) => return Ok(filled(bytes)),
            Err(StoreError::Missing { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        let found = match what {
            Given::Stylesheet => catalogue.stylesheet(name).await?,
            Given::Mapping => catalogue.mapping(name).await?,
        };
        // A run that fails without it is not to be told so again when it is retried: it may be there then.
        let is_needed = what == Given::Stylesheet || task.read.on_error == OnError::Fail;
        if found.is_none() && is_needed {
            return Ok(None);
        }
        Ok(filled(self.keep_first(&key, found.unwrap_or_default().into()).await?))
    }

    /// Keeps what was found. Where another batch was faster, what it was given counts.
    pub(super) async fn keep_first(&self, key: &Key, found: Bytes) -> Result<Bytes, BatchError> {
        match self.store.put_if_absent(key, found.clone()).await {
            Ok(_) => Ok(found),
            Err(StoreError::Exists { .. }) => Ok(self.store.get(key).await?.0),
            Err(error) => Err(error.into()),
        }
    }
}

/// What is there. Nothing that is empty is a stylesheet or a profile.
fn filled(bytes: Bytes) -> Option<Bytes> {
    (!bytes.is_empty()).then_some(bytes)
}
