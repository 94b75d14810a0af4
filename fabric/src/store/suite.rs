//! What every store promises, as code: each backend passes it, against the real thing.
//!
//! Every function is one promise and panics where it is broken. What they write lies below a run of
//! their own, so that a suite can run in a store that is in use, or several at once in one.

mod conditions;
mod joins;
mod listing;
mod reading;
mod strangers;
mod uploads;

use std::sync::Arc;

use bytes::Bytes;
use futures::TryStreamExt;
use proto::id::{ExportId, RunId};
use proto::key::{Key, Prefix};
use uuid::Uuid;

use super::{Store, StoreError};

/// One mebibyte.
const MIB: usize = 1 << 20;

/// Checks every promise of a store; panics at the first that is broken.
pub async fn run(store: Arc<dyn Store>) {
    let ground = Ground { store, run: RunId { export: ExportId(Uuid::now_v7()), run: 1 } };

    conditions::one_of_many_writers_wins(&ground).await;
    conditions::one_of_many_replacers_wins(&ground).await;
    conditions::what_exists_is_not_written_over(&ground).await;
    conditions::what_changed_is_not_replaced(&ground).await;
    conditions::what_is_deleted_is_missing(&ground).await;

    reading::an_object_is_read_as_it_was_written(&ground).await;
    reading::a_range_is_read_exactly(&ground).await;
    reading::a_range_beyond_the_end_is_damage(&ground).await;
    reading::a_read_with_another_tag_is_damage(&ground).await;
    reading::what_is_missing_cannot_be_read(&ground).await;

    listing::keys_are_listed_in_order(&ground).await;
    listing::a_listing_tells_what_head_tells(&ground).await;
    listing::thousands_of_keys_are_listed_in_pages(&ground).await;

    uploads::an_upload_of_any_length_is_what_was_written(&ground).await;
    uploads::an_upload_goes_over_what_was_there(&ground).await;
    uploads::an_unfinished_upload_is_never_seen(&ground).await;
    uploads::what_is_moved_is_counted_by_each_value_alone(&ground).await;
    uploads::a_sweep_spares_what_is_under_way(&ground).await;

    joins::a_join_of_any_shape_is_the_concatenation(&ground).await;
    joins::a_join_with_another_tag_is_damage(&ground).await;
    joins::a_join_beyond_the_end_is_damage(&ground).await;
    joins::a_join_of_what_is_missing_fails(&ground).await;
    joins::a_join_hardly_moves_bytes(&ground).await;
    joins::a_join_of_short_pieces_hardly_moves_more(&ground).await;

    strangers::a_link_serves_the_object_under_its_name(&ground).await;

    ground.clear().await;
}

/// A store and a place of one's own in it.
struct Ground {
    store: Arc<dyn Store>,
    run: RunId,
}

impl Ground {
    fn key(&self, name: &str) -> Key {
        Key::listed(format!("{}{name}", self.prefix().as_str()))
    }

    fn prefix(&self) -> Prefix {
        Prefix::run(self.run)
    }

    /// Writes a new object.
    async fn put(&self, name: &str, bytes: &Bytes) -> super::Tag {
        self.store
            .put_if_absent(&self.key(name), bytes.clone())
            .await
            .expect("a new object can be written")
    }

    /// Reads an object by its stream, to its length.
    async fn read(&self, key: &Key) -> Vec<u8> {
        let entry = self.store.head(key).await.expect("the object is there");
        let chunks = self
            .store
            .read(key, 0..entry.len, Some(&entry.tag))
            .await
            .expect("the object can be read");
        let chunks: Vec<Bytes> =
            chunks.try_collect().await.expect("the object can be read to its end");
        assert!(chunks.iter().all(|chunk| chunk.len() <= MIB), "chunks are at most 1 MiB");
        chunks.concat()
    }

    async fn clear(&self) {
        loop {
            let page =
                self.store.list(&self.prefix(), None, 1000).await.expect("the store can be listed");
            if page.is_empty() {
                return;
            }
            let keys: Vec<Key> = page.into_iter().map(|entry| entry.key).collect();
            self.store.delete(&keys).await.expect("objects can be deleted");
        }
    }
}

/// Bytes without pattern, the same for the same seed.
fn noise(seed: u64, len: usize) -> Bytes {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = Vec::with_capacity(len + 8);
    while bytes.len() < len {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(len);
    bytes.into()
}

/// Compares without printing megabytes.
fn same(found: &[u8], wanted: &[u8], what: &str) {
    assert_eq!(found.len(), wanted.len(), "length of {what}");
    if found == wanted {
        return;
    }
    let differs = found.iter().zip(wanted).position(|(one, other)| one != other);
    panic!("{what} differs, first at {differs:?}");
}

fn is_missing<T>(answer: &Result<T, StoreError>) -> bool {
    matches!(answer, Err(StoreError::Missing { .. }))
}

fn is_damaged<T>(answer: &Result<T, StoreError>) -> bool {
    matches!(answer, Err(StoreError::Damaged { .. }))
}
