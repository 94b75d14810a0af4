//! Documents that the planner has listed in the store, as a source of their own.

use std::sync::Arc;

use async_trait::async_trait;
use fabric::store::Store;
use futures::TryStreamExt;
use proto::plan::Slice;
use source::asset::AssetRoot;
use source::page::{Kind, Page};
use source::{Chunk, Read, Source, SourceError, Survey, Wanted};
use tokio::sync::mpsc;

/// Reads slices that are listed; it cannot be planned from.
pub(crate) struct ListedSource {
    store: Arc<dyn Store>,
}

impl ListedSource {
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
    }
}

#[async_trait]
impl Source for ListedSource {
    async fn survey(&self, _wanted: &Wanted) -> Result<Survey, SourceError> {
        Err(SourceError::Refused { what: "a list is made by a plan, and makes none".to_owned() })
    }

    async fn rows(&self, read: &Read, out: mpsc::Sender<Chunk>) -> Result<(), SourceError> {
        let Slice::Listed(listed) = &read.slice else {
            return Err(SourceError::Changed { what: "it is a list".to_owned() });
        };
        let mut bytes = self.store.read(&listed.key, 0..listed.len, None).await?;
        let (mut page, mut begun) = (Page::new(1), Vec::new());
        while let Some(chunk) = bytes.try_next().await? {
            let mut rest = &chunk[..];
            while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
                begun.extend_from_slice(&rest[..end]);
                rest = &rest[end + 1..];
                let line = std::str::from_utf8(&begun).map_err(|_| SourceError::Changed {
                    what: format!("{} is no list of documents", listed.key),
                })?;
                page.push(Kind::Json, line);
                begun.clear();
                if page.is_full() {
                    let full = std::mem::replace(&mut page, Page::new(1));
                    if out.send(Chunk::Page(full)).await.is_err() {
                        return Ok(());
                    }
                }
            }
            begun.extend_from_slice(rest);
        }
        if !page.is_empty() {
            // A receiver that is gone wants no more.
            let _ = out.send(Chunk::Page(page)).await;
        }
        Ok(())
    }

    fn assets(&self) -> Option<Arc<dyn AssetRoot>> {
        None
    }
}
