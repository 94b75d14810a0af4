//! The objects that a search finds, merged with those that it found the last time, both in the order of their
//! numbers: what is kept for the next time, and what is gone.
//!
//! Nothing is called gone because it was not met: the catalogue is asked for it by its number, some thousand at once.

use fabric::store::StoreError;
use proto::filter::Operand;
use serde_json::json;
use source::catalogue::Catalogue;
use source::{Search, SourceError};

use super::met::{Met, Object};
use super::sorted::Writer;

/// Why an object is gone that the catalogue does not give any more.
const DELETED: &str = "deleted";

/// Why an object is gone that the catalogue has still.
const NOT_IN_SEARCH: &str = "not_in_search";

/// Most objects that the catalogue is asked for at once.
const ASKED: usize = 1000;

/// Most objects that wait.
const WAITING: usize = 10_000;

/// Most objects that come to be found without a change of their own. Others are not noted, so that the next run
/// has them.
const MOST_COME: usize = 100_000;

/// Why objects cannot be merged.
#[derive(Debug)]
pub(super) enum Unmerged {
    /// The catalogue did not answer as it should.
    Source(SourceError),
    /// The store did not.
    Store(StoreError),
}

impl From<SourceError> for Unmerged {
    fn from(error: SourceError) -> Self {
        Self::Source(error)
    }
}

impl From<StoreError> for Unmerged {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Objects that are being merged.
pub(super) struct Merging<'m> {
    catalogue: &'m dyn Catalogue,
    search: Search,
    kept: Writer,
    gone: Writer,
    waiting: Vec<Waiting>,
    missing: usize,
    come: Vec<u64>,
    holds_any: bool,
}

/// An object, in the order of all.
struct Waiting {
    id: u64,
    object: Object,
    is_met: bool,
}

impl<'m> Merging<'m> {
    /// Of what a search gives. What there is goes to `kept`, what is gone to `gone`.
    pub(super) fn new(
        catalogue: &'m dyn Catalogue,
        search: Search,
        kept: Writer,
        gone: Writer,
    ) -> Self {
        let (waiting, come) = (Vec::new(), Vec::new());
        Self { catalogue, search, kept, gone, waiting, missing: 0, come, holds_any: false }
    }

    /// Takes an object that was found the last time too, or that nothing is known of from before.
    pub(super) async fn met(&mut self, met: Met) -> Result<(), Unmerged> {
        self.holds_any = true;
        self.wait(Waiting { id: met.id, object: met.object, is_met: true }).await
    }

    /// Takes an object that was not found the last time. `before` is what the last run reached.
    pub(super) async fn new_one(
        &mut self,
        met: Met,
        before: Option<&Operand>,
    ) -> Result<(), Unmerged> {
        if before.is_some() && met.is_reached {
            if self.come.len() == MOST_COME {
                self.holds_any = true;
                return Ok(());
            }
            self.come.push(met.id);
        }
        self.met(met).await
    }

    /// Takes an object that was found the last time, and was not met now.
    pub(super) async fn missing(&mut self, id: u64, object: Object) -> Result<(), Unmerged> {
        self.missing += 1;
        self.wait(Waiting { id, object, is_met: false }).await
    }

    async fn wait(&mut self, one: Waiting) -> Result<(), Unmerged> {
        self.waiting.push(one);
        if self.waiting.len() < WAITING && self.missing < ASKED {
            return Ok(());
        }
        self.settle().await
    }

    /// Decides what became of those that wait.
    async fn settle(&mut self) -> Result<(), Unmerged> {
        let missing = self.waiting.iter().filter(|one| !one.is_met);
        let missing: Vec<u64> = missing.map(|one| one.id).collect();
        self.missing = 0;
        // One that the search gives is there, though it was not met: it may not be readable.
        let found = among(self.catalogue, &self.search, &missing).await?;
        let others: Vec<u64> = missing.into_iter().filter(|id| !found.contains(id)).collect();
        let there = among(self.catalogue, &Search::new(), &others).await?;
        self.holds_any |= !found.is_empty() || !there.is_empty();
        for Waiting { id, mut object, is_met } in std::mem::take(&mut self.waiting) {
            if is_met || found.binary_search(&id).is_ok() {
                self.kept.append(|out| line(&object, out)).await?;
                continue;
            }
            let is_there = there.binary_search(&id).is_ok();
            let reason = if is_there { NOT_IN_SEARCH } else { DELETED };
            object.insert("reason".to_owned(), json!(reason));
            self.gone.append(|out| line(&object, out)).await?;
        }
        Ok(())
    }

    /// Decides what became of the last ones; what is kept, and what is gone.
    pub(super) async fn finish(mut self) -> Result<Verdicts, Unmerged> {
        self.settle().await?;
        let (kept_len, gone_len) = (self.kept.finish().await?, self.gone.finish().await?);
        Ok(Verdicts { kept_len, gone_len, come: self.come, holds_any: self.holds_any })
    }
}

/// What became of all objects.
pub(super) struct Verdicts {
    /// Length of what is kept in bytes.
    pub(super) kept_len: u64,
    /// Length of the list of what is gone in bytes.
    pub(super) gone_len: u64,
    /// The numbers of those that came to be found without a change of their own.
    pub(super) come: Vec<u64>,
    /// Whether the catalogue has shown any object.
    pub(super) holds_any: bool,
}

/// Those of some objects that a search gives, in their order.
async fn among(
    catalogue: &dyn Catalogue,
    search: &Search,
    ids: &[u64],
) -> Result<Vec<u64>, SourceError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let found = catalogue.found(search, ids).await?;
    Ok(ids.iter().zip(found).filter(|(_, is_found)| *is_found).map(|(id, _)| *id).collect())
}

fn line(object: &Object, out: &mut Vec<u8>) {
    serde_json::to_writer(&mut *out, object).expect("an object is written to memory");
    out.push(b'\n');
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use async_trait::async_trait;
    use fabric::store::{DirectoryStore, Store};
    use proto::key::Key;
    use serde_json::Value;
    use source::catalogue::About;

    use super::*;
    use crate::incremental::met::{NUMBER, number};

    /// A catalogue that has some objects, of which its search finds some.
    struct Shelf {
        found: Vec<u64>,
        there: Vec<u64>,
    }

    #[async_trait]
    impl Catalogue for Shelf {
        async fn about(&self) -> Result<Arc<About>, SourceError> {
            Ok(Arc::default())
        }

        async fn objects(&self, ids: &[u64]) -> Result<Vec<Option<String>>, SourceError> {
            Ok(vec![None; ids.len()])
        }

        async fn found(&self, search: &Search, ids: &[u64]) -> Result<Vec<bool>, SourceError> {
            assert!(ids.len() <= ASKED, "{} are asked for at once", ids.len());
            let among = if search.is_empty() { &self.there } else { &self.found };
            Ok(ids.iter().map(|id| among.contains(id)).collect())
        }
    }

    fn object(id: u64) -> Object {
        json!({NUMBER: id, "_objecttype": "bild"}).as_object().cloned().unwrap()
    }

    fn met(id: u64, is_reached: bool) -> Met {
        Met { id, object: object(id), is_reached }
    }

    async fn lines(store: &DirectoryStore, key: &Key) -> Vec<(u64, Option<String>)> {
        let text = store.get(key).await.unwrap().0;
        let lines = std::str::from_utf8(&text).unwrap().lines();
        let objects = lines.map(|line| serde_json::from_str::<Object>(line).unwrap());
        let told = objects.map(|object| {
            let reason = object.get("reason").and_then(Value::as_str).map(str::to_owned);
            (number(&object).unwrap(), reason)
        });
        told.collect()
    }

    #[tokio::test]
    async fn nothing_is_gone_that_the_catalogue_gives_when_it_is_asked() {
        let folder = tempfile::tempdir().unwrap();
        let store = DirectoryStore::open(folder.path().to_owned()).unwrap();
        let [kept_at, gone_at] = ["kept", "gone"].map(|name| Key::listed(name.to_owned()));
        let kept = Writer::new(&store, &kept_at).await.unwrap();
        let gone = Writer::new(&store, &gone_at).await.unwrap();
        let shelf = Shelf { found: vec![2, 5], there: vec![2, 3, 5] };
        let search = json!({"search": []}).as_object().cloned().unwrap();
        let mut merging = Merging::new(&shelf, search, kept, gone);
        for id in 1..=4 {
            merging.missing(id, object(id)).await.unwrap();
        }
        let before = Operand::Text("2026".to_owned());
        merging.met(met(5, true)).await.unwrap();
        merging.new_one(met(6, true), Some(&before)).await.unwrap();
        merging.new_one(met(7, false), Some(&before)).await.unwrap();
        let verdicts = merging.finish().await.unwrap();
        assert_eq!((verdicts.come, verdicts.holds_any), (vec![6], true));
        let ids = |lines: Vec<(u64, Option<String>)>| -> Vec<u64> {
            lines.into_iter().map(|(id, _)| id).collect()
        };
        assert_eq!(ids(lines(&store, &kept_at).await), [2, 5, 6, 7]);
        let said = |id, reason: &str| (id, Some(reason.to_owned()));
        let expected = [said(1, DELETED), said(3, NOT_IN_SEARCH), said(4, DELETED)];
        assert_eq!(lines(&store, &gone_at).await, expected);
    }

    #[tokio::test]
    async fn thousands_that_are_gone_are_asked_for_a_thousand_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let store = DirectoryStore::open(folder.path().to_owned()).unwrap();
        let [kept_at, gone_at] = ["kept", "gone"].map(|name| Key::listed(name.to_owned()));
        let kept = Writer::new(&store, &kept_at).await.unwrap();
        let gone = Writer::new(&store, &gone_at).await.unwrap();
        let shelf = Shelf { found: Vec::new(), there: Vec::new() };
        let mut merging = Merging::new(&shelf, Search::new(), kept, gone);
        for id in 0..2500 {
            merging.missing(id, object(id)).await.unwrap();
        }
        let verdicts = merging.finish().await.unwrap();
        assert!(!verdicts.holds_any && verdicts.kept_len == 0);
        assert_eq!(lines(&store, &gone_at).await.len(), 2500);
    }
}
