//! What the operator does not have is asked of the catalogue: stylesheets, and mapping profiles. What it says the first
//! time holds for the run, on every worker and in every try: it lies in the store.

use bytes::Bytes;
use fabric::store::StoreError;
use proto::definition::OnError;
use proto::key::Key;
use source::catalogue::Catalogue;

use crate::Worker;
use crate::batch::Task;
use crate::error::BatchError;

/// What a catalogue may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Given {
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
    /// What the catalogue of an output has of a name; nothing where there is none, or was none when the run first
    /// asked and went on without it.
    pub(super) async fn given(
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
        let found = Bytes::from(found.unwrap_or_default());
        match self.store.put_if_absent(&key, found.clone()).await {
            Ok(_) => Ok(filled(found)),
            // Another batch was faster; what it was given counts.
            Err(StoreError::Exists { .. }) => Ok(filled(self.store.get(&key).await?.0)),
            Err(error) => Err(error.into()),
        }
    }
}

/// What is there. Nothing that is empty is a stylesheet or a profile.
fn filled(bytes: Bytes) -> Option<Bytes> {
    (!bytes.is_empty()).then_some(bytes)
}
