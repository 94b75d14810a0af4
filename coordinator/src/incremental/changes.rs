//! What changed: the records of now against those of the last time, both in the order of their keys.

use std::cmp::Ordering;

use fabric::store::StoreError;

use super::entry::Entry;
use super::sorted::{Merged, Sorted, Writer};

/// Places of records, a bit for each.
pub(super) struct Places {
    bits: Vec<u8>,
}

impl Places {
    /// None of so many.
    pub(super) fn none(rows: u64) -> Self {
        let bytes =
            usize::try_from(rows.div_ceil(8)).expect("a plan's records are counted in memory");
        Self { bits: vec![0; bytes] }
    }

    fn add(&mut self, row: u64) {
        let (byte, bit) = (usize::try_from(row / 8).expect("within"), row % 8);
        self.bits[byte] |= 1 << bit;
    }

    /// Those from `first` on, `rows` of them, as bytes that begin with the first; nothing where none
    /// is in there.
    pub(super) fn within(&self, first: u64, rows: u64) -> Option<Vec<u8>> {
        let mut found = vec![0_u8; usize::try_from(rows.div_ceil(8)).expect("within")];
        let mut any = false;
        for row in 0..rows {
            let at = first + row;
            let byte = usize::try_from(at / 8).expect("within");
            if self.bits[byte] >> (at % 8) & 1 == 1 {
                found[usize::try_from(row / 8).expect("within")] |= 1 << (row % 8);
                any = true;
            }
        }
        any.then_some(found)
    }
}

/// Why records cannot be compared.
pub(super) enum Incomparable {
    /// Two records have one key.
    Twice(Box<str>),
    /// The store did not answer as it should.
    Store(StoreError),
}

impl From<StoreError> for Incomparable {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Compares; what is new or changed gets its place noted, keys that are gone are written to
/// `deleted`, and all there is now to `kept`, for the next time.
pub(super) async fn compare(
    mut now: Merged,
    mut before: Option<Sorted>,
    places: &mut Places,
    kept: &mut Writer,
    mut deleted: Option<(&str, &mut Writer)>,
) -> Result<(), Incomparable> {
    let mut last: Option<Box<str>> = None;
    let mut old = next(&mut before).await?;
    while let Some(entry) = now.next().await? {
        if last.as_ref() == Some(&entry.key) {
            return Err(Incomparable::Twice(entry.key));
        }
        loop {
            let order = old.as_ref().map_or(Ordering::Greater, |old| old.key.cmp(&entry.key));
            match order {
                Ordering::Less => {
                    gone(old.as_ref(), &mut deleted).await?;
                    old = next(&mut before).await?;
                }
                Ordering::Equal => {
                    if old.as_ref().is_none_or(|old| old.digest != entry.digest) {
                        places.add(entry.row);
                    }
                    old = next(&mut before).await?;
                    break;
                }
                Ordering::Greater => {
                    places.add(entry.row);
                    break;
                }
            }
        }
        kept.append(|out| entry.encode(out)).await?;
        last = Some(entry.key);
    }
    while old.is_some() {
        gone(old.as_ref(), &mut deleted).await?;
        old = next(&mut before).await?;
    }
    Ok(())
}

async fn next(before: &mut Option<Sorted>) -> Result<Option<Entry>, StoreError> {
    match before {
        Some(before) => before.next().await,
        None => Ok(None),
    }
}

/// Lists a key that is gone, as an object with the key alone.
async fn gone(
    entry: Option<&Entry>,
    deleted: &mut Option<(&str, &mut Writer)>,
) -> Result<(), StoreError> {
    let (Some(entry), Some((field, deleted))) = (entry, deleted) else { return Ok(()) };
    let name = serde_json::to_string(field).expect("texts are JSON");
    deleted
        .append(|out| out.extend_from_slice(format!("{{{name}:{}}}\n", entry.key).as_bytes()))
        .await
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use fabric::store::{DirectoryStore, Store};
    use proptest::prelude::*;
    use proto::key::Key;

    use super::super::entry::DIGEST_LEN;
    use super::*;

    async fn compared(
        before: &BTreeMap<u8, u8>,
        now: &[(u8, u8)],
    ) -> (BTreeSet<u8>, Vec<String>, BTreeMap<u8, u8>) {
        let folder = tempfile::tempdir().unwrap();
        let store = DirectoryStore::open(folder.path().to_owned()).unwrap();
        let entry = |row: usize, key: u8, content: u8| Entry {
            key: format!("{key:03}").into(),
            row: row as u64,
            digest: [content; DIGEST_LEN],
        };
        let mut sorted: Vec<Entry> =
            (0..).zip(now).map(|(row, (key, content))| entry(row, *key, *content)).collect();
        sorted.sort();
        let old: Vec<Entry> =
            before.iter().map(|(key, content)| entry(0, *key, *content)).collect();
        let (kept_at, deleted_at) =
            (Key::listed("kept".to_owned()), Key::listed("gone".to_owned()));
        let mut kept = Writer::new(&store, &kept_at).await.unwrap();
        let mut deleted = Writer::new(&store, &deleted_at).await.unwrap();
        let mut places = Places::none(now.len() as u64);
        let merged = Merged::of(vec![Sorted::Held(sorted.into_iter())]).await.unwrap();
        let old = Some(Sorted::Held(old.into_iter()));
        let done = compare(merged, old, &mut places, &mut kept, Some(("k", &mut deleted))).await;
        assert!(done.is_ok());
        let len = kept.finish().await.unwrap();
        deleted.finish().await.unwrap();
        let picked = (0..now.len()).filter(|row| places.within(*row as u64, 1).is_some());
        let picked = picked.map(|row| now[row].0).collect();
        let gone = store.get(&deleted_at).await.unwrap().0;
        let gone = std::str::from_utf8(&gone).unwrap().lines().map(str::to_owned).collect();
        let mut again = Sorted::stored(&store, kept_at, len).await.unwrap();
        let mut remembered = BTreeMap::new();
        while let Some(entry) = again.next().await.unwrap() {
            remembered.insert(entry.key.parse().unwrap(), entry.digest[0]);
        }
        (picked, gone, remembered)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn what_changed_is_what_two_maps_say(
            before in proptest::collection::btree_map(0_u8..40, 0_u8..3, 0..30),
            now in proptest::collection::btree_map(0_u8..40, 0_u8..3, 0..30),
            order in any::<u64>(),
        ) {
            let mut rows: Vec<(u8, u8)> = now.clone().into_iter().collect();
            rows.sort_by_key(|(key, _)| u64::from(*key + 1).wrapping_mul(order | 1));
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let (picked, gone, remembered) = runtime.block_on(compared(&before, &rows));
            let changed = now.iter().filter(|(key, content)| before.get(key) != Some(content));
            prop_assert_eq!(picked, changed.map(|(key, _)| *key).collect::<BTreeSet<_>>());
            let missing = before.keys().filter(|key| !now.contains_key(key));
            prop_assert_eq!(gone, missing.map(|key| format!("{{\"k\":{key:03}}}")).collect::<Vec<_>>());
            prop_assert_eq!(remembered, now);
        }
    }

    #[test]
    fn places_are_found_again_wherever_a_slice_begins() {
        let mut places = Places::none(40);
        for row in [0, 9, 17, 39] {
            places.add(row);
        }
        assert_eq!(places.within(0, 8), Some(vec![1]));
        assert_eq!(places.within(1, 8), None);
        assert_eq!(places.within(3, 20), Some(vec![0b100_0000, 0b100_0000, 0]));
        assert_eq!(places.within(39, 1), Some(vec![1]));
        assert_eq!(places.within(10, 0), None);
    }
}
