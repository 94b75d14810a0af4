//! What catalogues say of themselves, remembered for a while: whoever lists templates runs one of them soon. Each
//! caller sees their own, for the server shows tables to some and not to others.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use proto::deriva::schema::Catalogue;
use proto::id::Owner;
use source::{Source, SourceError};

/// Most documents that are remembered; they may be long.
const KEPT: usize = 8;

/// How long one is remembered: rights of a caller may change without another snapshot.
const FOR: Duration = Duration::from_mins(1);

/// The documents that were read last.
#[derive(Default)]
pub(super) struct Described {
    known: Mutex<VecDeque<Known>>,
}

/// A document, and whom it was shown to.
struct Known {
    source: String,
    owner: Owner,
    view: Option<String>,
    until: Timestamp,
    catalogue: Arc<Catalogue>,
}

impl Described {
    /// What a source says of itself to an owner, at a snapshot.
    pub(super) async fn of(
        &self,
        source: &dyn Source,
        (name, owner, view): (&str, &Owner, Option<String>),
        now: Timestamp,
    ) -> Result<Arc<Catalogue>, SourceError> {
        let is_it = |known: &&Known| {
            known.source == name && known.owner == *owner && known.view == view && now < known.until
        };
        let found = self.known().iter().find(is_it).map(|known| Arc::clone(&known.catalogue));
        if let Some(found) = found {
            return Ok(found);
        }
        let catalogue = Arc::new(source::deriva::catalogue(source, view.as_deref()).await?);
        let (name, owner, until) = (name.to_owned(), owner.clone(), now + FOR);
        let kept = Arc::clone(&catalogue);
        let mut known = self.known();
        known.retain(|known| now < known.until);
        if known.len() >= KEPT {
            known.pop_front();
        }
        known.push_back(Known { source: name, owner, view, until, catalogue: kept });
        Ok(catalogue)
    }

    fn known(&self) -> MutexGuard<'_, VecDeque<Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use async_trait::async_trait;
    use bytes::Bytes;
    use source::asset::AssetRoot;
    use source::{Chunk, Read, Survey, Wanted};
    use tokio::sync::mpsc;

    use super::*;

    /// A catalogue that counts who looks at it.
    #[derive(Default)]
    struct Looked(AtomicUsize);

    #[async_trait]
    impl Source for Looked {
        async fn survey(&self, _wanted: &Wanted) -> Result<Survey, SourceError> {
            Err(SourceError::SnapshotLost)
        }

        async fn rows(&self, _read: &Read, _out: mpsc::Sender<Chunk>) -> Result<(), SourceError> {
            Err(SourceError::SnapshotLost)
        }

        async fn document(&self, _path: &str, _view: Option<&str>) -> Result<Bytes, SourceError> {
            self.0.fetch_add(1, Ordering::SeqCst);
            Ok(Bytes::from_static(b"{\"schemas\": {}}"))
        }

        fn assets(&self) -> Option<Arc<dyn AssetRoot>> {
            None
        }
    }

    #[tokio::test]
    async fn a_document_is_read_once_for_each_caller_and_snapshot() {
        let (described, source) = (Described::default(), Looked::default());
        let owner = |name: &str| Owner::try_from(name.to_owned()).unwrap();
        let check = async |name: &str, view: &str, second: i64, expected: usize| {
            let (owner, now) = (owner(name), Timestamp::from_second(second).unwrap());
            let place = ("isa", &owner, Some(view.to_owned()));
            described.of(&source, place, now).await.unwrap();
            assert_eq!(source.0.load(Ordering::SeqCst), expected, "{name} {view} {second}");
        };
        check("ann", "1-A", 0, 1).await;
        check("ann", "1-A", 59, 1).await;
        check("bob", "1-A", 59, 2).await;
        check("ann", "1-B", 59, 3).await;
        check("ann", "1-A", 60, 4).await;
    }

    #[tokio::test]
    async fn no_more_than_a_few_documents_are_remembered() {
        let (described, source) = (Described::default(), Looked::default());
        let owner = Owner::try_from("ann".to_owned()).unwrap();
        for number in 0..3 * KEPT {
            let place = ("isa", &owner, Some(number.to_string()));
            described.of(&source, place, Timestamp::UNIX_EPOCH).await.unwrap();
            assert!(described.known().len() <= KEPT);
        }
    }
}
