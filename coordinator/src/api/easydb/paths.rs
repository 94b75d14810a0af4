//! Where the files of runs are by their paths, remembered for a while: clients fetch all files of an export
//! one after another, and to find one by its path is to list those before it.

use std::collections::hash_map::RandomState;
use std::collections::{HashMap, VecDeque};
use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, PoisonError};

use fabric::store::{Store, StoreError};
use futures::TryStreamExt;
use proto::id::RunId;
use tree::{File, FileId};

/// Most runs that are remembered at once.
const RUNS: usize = 4;

/// Most files of a run that are remembered (some 6 MB); the files of a larger one are looked for each time.
const FILES: usize = 200_000;

/// The files of a run by hashes of their paths.
type Places = Arc<HashMap<u64, FileId>>;

/// The paths of some runs.
#[derive(Clone, Default)]
pub(super) struct Paths {
    known: Arc<Mutex<VecDeque<(RunId, Places)>>>,
    hashes: RandomState,
}

impl Paths {
    /// The file of a path; nothing where there is none.
    pub(super) async fn find(
        &self,
        store: &Arc<dyn Store>,
        run: RunId,
        path: &str,
    ) -> Result<Option<File>, StoreError> {
        let Some(places) = self.places(store, run).await? else {
            return look(store, run, path).await;
        };
        let Some(id) = places.get(&self.hashes.hash_one(path)) else { return Ok(None) };
        let found = tree::find(store, run, *id).await?;
        match found {
            Some(file) if file.path == path => Ok(Some(file)),
            // Two paths with the same hash.
            Some(_) | None => look(store, run, path).await,
        }
    }

    /// The files of a run; nothing where there are too many to be remembered.
    async fn places(
        &self,
        store: &Arc<dyn Store>,
        run: RunId,
    ) -> Result<Option<Places>, StoreError> {
        if let Some(places) = self.remembered(run) {
            return Ok(Some(places));
        }
        let (mut files, mut places) = (tree::files(store, run, None), HashMap::new());
        while let Some(file) = files.try_next().await? {
            if places.len() >= FILES {
                return Ok(None);
            }
            places.insert(self.hashes.hash_one(&file.path), file.id);
        }
        let places = Arc::new(places);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.push_front((run, Arc::clone(&places)));
        known.truncate(RUNS);
        Ok(Some(places))
    }

    fn remembered(&self, run: RunId) -> Option<Places> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().find(|(of, _)| *of == run).map(|(_, places)| Arc::clone(places))
    }
}

async fn look(store: &Arc<dyn Store>, run: RunId, path: &str) -> Result<Option<File>, StoreError> {
    let files = tree::files(store, run, None);
    let mut fits = std::pin::pin!(files.try_filter(|file| std::future::ready(file.path == path)));
    fits.try_next().await
}
