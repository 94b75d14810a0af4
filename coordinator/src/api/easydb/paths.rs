//! Where the files of runs are by their paths, remembered for a while: clients fetch all files of an export
//! one after another, and to find one by its path is to list those before it. Of a run with more files than are
//! remembered the last one that was found is: the next one that is asked for comes soon after it.

use std::collections::hash_map::RandomState;
use std::collections::{HashMap, VecDeque};
use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, PoisonError};

use fabric::store::{Store, StoreError};
use futures::TryStreamExt;
use proto::id::RunId;
use tree::{File, FileId};

type Found = Result<Option<File>, StoreError>;

/// Most runs that are remembered at once.
const RUNS: usize = 4;

/// Most files of a run that are remembered (some 6 MB).
const FILES: usize = 200_000;

/// What is remembered of a run.
#[derive(Clone)]
enum Places {
    /// Its files by hashes of their paths.
    All(Arc<HashMap<u64, FileId>>),
    /// The file that was found last, where there are too many.
    Last(Option<FileId>),
}

/// The paths of some runs.
#[derive(Clone)]
pub(in crate::api) struct Paths {
    known: Arc<Mutex<VecDeque<(RunId, Places)>>>,
    hashes: RandomState,
    /// Most files of a run that are remembered.
    most: usize,
}

impl Default for Paths {
    fn default() -> Self {
        Self::of_at_most(FILES)
    }
}

impl Paths {
    /// Those of runs with at most so many files, and of larger ones the last.
    pub(in crate::api) fn of_at_most(most: usize) -> Self {
        Self { known: Arc::default(), hashes: RandomState::new(), most }
    }

    /// The file of a path; nothing where there is none.
    pub(in crate::api) async fn find(
        &self,
        store: &Arc<dyn Store>,
        run: RunId,
        path: &str,
    ) -> Found {
        let last = match self.places(store, run).await? {
            Places::Last(last) => last,
            Places::All(places) => {
                let Some(id) = places.get(&self.hashes.hash_one(path)) else { return Ok(None) };
                let found = tree::find(store, run, *id).await?;
                return match found {
                    Some(file) if file.path == path => Ok(Some(file)),
                    // Two paths with the same hash.
                    Some(_) | None => look(store, run, path, None, None).await,
                };
            }
        };
        let mut found = look(store, run, path, last, None).await?;
        if found.is_none() && last.is_some() {
            found = look(store, run, path, None, last).await?;
        }
        if let Some(file) = &found {
            self.remember(run, Places::Last(Some(file.id)));
        }
        Ok(found)
    }

    /// What is remembered of a run; looked up where nothing is.
    async fn places(&self, store: &Arc<dyn Store>, run: RunId) -> Result<Places, StoreError> {
        if let Some(places) = self.remembered(run) {
            return Ok(places);
        }
        let (mut files, mut all) = (tree::files(store, run, None), HashMap::new());
        while let Some(file) = files.try_next().await? {
            if all.len() >= self.most {
                self.remember(run, Places::Last(None));
                return Ok(Places::Last(None));
            }
            all.insert(self.hashes.hash_one(&file.path), file.id);
        }
        let places = Places::All(Arc::new(all));
        self.remember(run, places.clone());
        Ok(places)
    }

    fn remembered(&self, run: RunId) -> Option<Places> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().find(|(of, _)| *of == run).map(|(_, places)| places.clone())
    }

    fn remember(&self, run: RunId, places: Places) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|(of, _)| *of != run);
        known.push_front((run, places));
        known.truncate(RUNS);
    }
}

/// Looks for a file after one of them, and up to another.
async fn look(
    store: &Arc<dyn Store>,
    run: RunId,
    path: &str,
    after: Option<FileId>,
    until: Option<FileId>,
) -> Found {
    let mut files = tree::files(store, run, after);
    while let Some(file) = files.try_next().await? {
        if file.path == path {
            return Ok(Some(file));
        }
        if until == Some(file.id) {
            break;
        }
    }
    Ok(None)
}
