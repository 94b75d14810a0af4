//! A source of which only some records are wanted, by their places in a slice.

use std::sync::Arc;

use async_trait::async_trait;
use fabric::store::Store;
use futures::TryStreamExt;
use proto::plan::Pick;
use source::asset::{AssetRoot, Credentials};
use source::catalogue::Catalogue;
use source::page::{Met, Page};
use source::{Chunk, Read, Source, SourceError, Survey, Wanted};
use tokio::sync::mpsc;

/// Pages that may wait.
const CHANNEL: usize = 1;

/// Gives the records of one slice that the plan picked.
pub(crate) struct PickedSource {
    source: Arc<dyn Source>,
    store: Arc<dyn Store>,
    pick: Pick,
}

impl PickedSource {
    pub(crate) fn new(source: Arc<dyn Source>, store: Arc<dyn Store>, pick: Pick) -> Self {
        Self { source, store, pick }
    }

    /// A bit for each record of the slice.
    async fn bits(&self) -> Result<Vec<u8>, SourceError> {
        let Pick { key, start, rows } = &self.pick;
        let mut bits = Vec::new();
        let mut bytes = self.store.read(key, *start..start + rows.div_ceil(8), None).await?;
        while let Some(chunk) = bytes.try_next().await? {
            bits.extend_from_slice(&chunk);
        }
        Ok(bits)
    }
}

#[async_trait]
impl Source for PickedSource {
    async fn survey(&self, wanted: &Wanted) -> Result<Survey, SourceError> {
        self.source.survey(wanted).await
    }

    async fn rows(&self, read: &Read, out: mpsc::Sender<Chunk>) -> Result<(), SourceError> {
        let bits = self.bits().await?;
        let (pages, chunks) = mpsc::channel(CHANNEL);
        let picking = async {
            // Dropped at the end, so that the source stops where nobody wants more.
            let (mut chunks, mut place) = (chunks, 0);
            while let Some(chunk) = chunks.recv().await {
                let chunk = match chunk {
                    Chunk::Page(page) => {
                        let page = picked(&page, &bits, &mut place);
                        if page.is_empty() {
                            continue;
                        }
                        Chunk::Page(page)
                    }
                    broken @ Chunk::Broken { .. } => broken,
                };
                if out.send(chunk).await.is_err() {
                    return None;
                }
            }
            Some(place as u64)
        };
        let (read, places) = tokio::join!(self.source.rows(read, pages), picking);
        read?;
        match places {
            Some(places) if places != self.pick.rows => Err(SourceError::Changed {
                what: format!("a slice has {places} records, and had {}", self.pick.rows),
            }),
            Some(_) | None => Ok(()),
        }
    }

    fn credentials(&self) -> Option<Arc<Credentials>> {
        self.source.credentials()
    }

    fn catalogue(&self) -> Option<Arc<dyn Catalogue>> {
        self.source.catalogue()
    }

    fn assets(&self) -> Option<Arc<dyn AssetRoot>> {
        self.source.assets()
    }
}

/// The rows of a page whose bits are set; `place` is that of its first row, and moves past its last.
fn picked(page: &Page, bits: &[u8], place: &mut usize) -> Page {
    let mut wanted = Page::new(page.width());
    for (nth, row) in page.rows().enumerate() {
        if bits.get(*place / 8).is_some_and(|byte| byte >> (*place % 8) & 1 == 1) {
            for cell in row.cells(page.width()) {
                wanted.push(cell.kind, cell.text);
            }
            wanted.replaced(page.halves_in(nth));
            wanted.met(|| Met { place: None, text: row.told(page.width()) });
        }
        *place += 1;
    }
    wanted
}

#[cfg(test)]
mod tests {
    use source::page::{Halves, Kind};

    use super::*;

    #[test]
    fn what_was_replaced_in_rows_that_are_not_picked_does_not_count() {
        let mut page = Page::new(1);
        for (text, halves) in [("a", 2), ("b", 0), ("c", 1), ("d", 4)] {
            page.push(Kind::Text, text);
            page.replaced(halves);
            page.met(|| Met { place: Some(format!("line of {text}")), text: text.to_owned() });
        }
        let place = Some("line of a".to_owned());
        let first = Met { place, text: "a".to_owned() };
        assert_eq!(page.halves(), &Halves { count: 7, first: Some(first) });
        let mut place = 0;
        let picked = picked(&page, &[0b1110], &mut place);
        assert_eq!((picked.len(), place), (3, 4));
        let first = Met { place: None, text: "c".to_owned() };
        assert_eq!(picked.halves(), &Halves { count: 5, first: Some(first) });
    }
}
