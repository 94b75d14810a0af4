//! Which batch makes one file of all parts.
//!
//! Every part is in the store before its batch looks whether others are missing, so that whoever comes last misses
//! none. What a batch found is written down, and of those that found all the first to say so makes the file, which is
//! written down too: two workers that do the same batch, one of them before the last part came, agree on whether it
//! has the file. Which batch that is does not show in what is made of it, for the others have none.

use std::ops::Range;

use fabric::record::{self, Created};
use fabric::store::{Store, StoreError};
use proto::id::RunId;
use proto::key::Key;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Whether a batch makes the file of all parts: it found them there, and is the first that did.
pub(super) async fn is_joiner(
    store: &dyn Store,
    run: RunId,
    ordinal: u32,
    batches: &Range<u32>,
) -> Result<bool, StoreError> {
    let finding = Key::finding(run, batches.start, ordinal);
    let found = are_there(store, run, batches).await?;
    Ok(agreed(store, &finding, found).await?
        && agreed(store, &Key::joiner(run, batches.start), ordinal).await? == ordinal)
}

async fn are_there(
    store: &dyn Store,
    run: RunId,
    batches: &Range<u32>,
) -> Result<bool, StoreError> {
    // From the end, where parts come last: whoever is early sees that at once.
    for ordinal in batches.clone().rev() {
        if !record::exists(store, &Key::part(run, ordinal)).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What all agree on, which is what the first of them said.
async fn agreed<T: Serialize + DeserializeOwned>(
    store: &dyn Store,
    key: &Key,
    ours: T,
) -> Result<T, StoreError> {
    match record::create(store, key, &ours).await? {
        Created::Now => Ok(ours),
        Created::Before => record::read(store, key).await,
    }
}

#[cfg(test)]
mod tests {
    use fabric::store::DirectoryStore;
    use proto::plugin::part::Part;

    use super::*;

    #[tokio::test]
    async fn one_batch_makes_the_file_once_all_parts_are_there_and_again_where_it_is_done_again() {
        let folder = tempfile::tempdir().unwrap();
        let store = DirectoryStore::open(folder.path().join("store")).unwrap();
        let run: RunId = "00000000-0000-0000-0000-000000000000/1".parse().unwrap();
        let is_joiner = async |ordinal| is_joiner(&store, run, ordinal, &(3..6)).await.unwrap();
        let part =
            Part { name: "a.json".to_owned(), object: None, records: 0, warnings: Vec::new() };
        for ordinal in [5, 3, 4] {
            assert!(!is_joiner(5).await, "without {ordinal}");
            record::create(&store, &Key::part(run, ordinal), &part).await.unwrap();
        }
        assert!(!is_joiner(5).await, "it may be committed without the file already");
        assert!(is_joiner(4).await);
        assert!(!is_joiner(3).await);
        assert!(is_joiner(4).await, "done again");
    }
}
