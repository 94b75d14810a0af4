//! Looks at the records of an output before they are exported, where a plan depends on what they hold: all are read once,
//! and seen page by page.

use proto::definition::{OnError, Output};
use proto::plan::Slice;
use source::page::Page;
use source::{Chunk, Read, Source, SourceError};
use tokio::sync::mpsc;

use crate::plan::PlanError;

/// Pages that wait to be looked at.
const CHANNEL: usize = 4;

/// What is looked at.
pub(crate) struct Look<'l> {
    /// The output's place in the definition.
    pub(crate) index: usize,
    pub(crate) output: &'l Output,
    /// The fields to give; nothing for whole records.
    pub(crate) fields: Option<Vec<String>>,
    pub(crate) slices: &'l [Slice],
    /// What shows the source as its survey saw it.
    pub(crate) view: Option<&'l String>,
}

/// The pages of all slices, as they arrive.
pub(crate) struct Arriving(mpsc::Receiver<Chunk>);

impl Look<'_> {
    /// Lets somebody see all pages in order. The source stops when they end before, for they own the pages.
    pub(crate) async fn at<T, F: Future<Output = Result<T, PlanError>>>(
        self,
        source: &dyn Source,
        see: impl FnOnce(Arriving) -> F,
    ) -> Result<T, PlanError> {
        let (out, chunks) = mpsc::channel(CHANNEL);
        let (index, seeing) = (self.index, see(Arriving(chunks)));
        let (read, seen) = tokio::join!(self.read(source, out), seeing);
        let seen = seen?;
        read.map_err(|source| PlanError::Source { output: index, source })?;
        Ok(seen)
    }

    async fn read(self, source: &dyn Source, out: mpsc::Sender<Chunk>) -> Result<(), SourceError> {
        for slice in self.slices {
            if out.is_closed() {
                break;
            }
            let read = Read {
                slice: slice.clone(),
                fields: self.fields.clone(),
                besides: Vec::new(),
                filter: self.output.select.filter.clone(),
                search: self.output.search(),
                query: self.output.query.clone(),
                view: self.view.cloned(),
                // What is broken is told when its batch is read.
                on_error: OnError::Warn,
            };
            source.rows(&read, out.clone()).await?;
        }
        Ok(())
    }
}

impl Arriving {
    /// The next page, without what could not be read; nothing once all were there.
    pub(crate) async fn next(&mut self) -> Option<Page> {
        loop {
            if let Chunk::Page(page) = self.0.recv().await? {
                return Some(page);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use async_trait::async_trait;
    use proto::fault::{Code, Fault};
    use proto::plan::KeyRange;
    use serde_json::json;
    use source::asset::AssetRoot;
    use source::page::Kind;
    use source::{Survey, Wanted};

    use super::*;

    /// How many pages a slice has here: more than may wait.
    const PAGES: usize = CHANNEL + 1;

    /// Slices of a broken record and pages; how many of them were read.
    #[derive(Default)]
    struct Counted(AtomicUsize);

    #[async_trait]
    impl Source for Counted {
        async fn survey(&self, _wanted: &Wanted) -> Result<Survey, SourceError> {
            Err(SourceError::Refused { what: "nobody asks".to_owned() })
        }

        async fn rows(&self, _read: &Read, out: mpsc::Sender<Chunk>) -> Result<(), SourceError> {
            self.0.fetch_add(1, Ordering::Relaxed);
            let fault = Fault::new(Code::SourceRefused, "broken");
            let mut chunks = vec![Chunk::Broken { fault, text: String::new() }];
            chunks.extend((0..PAGES).map(|_| {
                let mut page = Page::new(1);
                page.push(Kind::Text, "x");
                Chunk::Page(page)
            }));
            for chunk in chunks {
                if out.send(chunk).await.is_err() {
                    break;
                }
            }
            Ok(())
        }

        fn assets(&self) -> Option<Arc<dyn AssetRoot>> {
            None
        }
    }

    /// How many pages are seen where at most some are wanted, and how many of three slices are read.
    async fn seen(most: usize) -> (usize, usize) {
        let output = json!({"to": "a/", "from": "s"});
        let output: Output = serde_json::from_value(output).unwrap();
        let slices = [(); 3].map(|()| Slice::Keys(KeyRange { after: None, until: None }));
        let look = Look { index: 0, output: &output, fields: None, slices: &slices, view: None };
        let source = Counted::default();
        let count = |mut pages: Arriving| async move {
            let mut count = 0;
            while count < most && pages.next().await.is_some() {
                count += 1;
            }
            Ok::<_, PlanError>(count)
        };
        let count = look.at(&source, count).await.unwrap();
        (count, source.0.into_inner())
    }

    #[tokio::test]
    async fn every_page_of_every_slice_is_seen_and_no_slice_is_read_for_nobody() {
        assert_eq!(seen(usize::MAX).await, (3 * PAGES, 3));
        assert_eq!(seen(1).await, (1, 1));
        assert_eq!(seen(0).await, (0, 1));
    }
}
