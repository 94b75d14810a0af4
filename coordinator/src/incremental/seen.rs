//! Every record of an output, read once: its key, and a digest of what it holds.

use std::sync::Arc;

use proto::definition::Output;
use proto::key::Key;
use proto::plan::Slice;
use source::page::Page;
use source::{Chunk, Read};
use tokio::sync::mpsc;

use super::digest::refused;
use super::entry::Entry;
use super::sorted::Sorter;
use crate::Coordinator;
use crate::plan::PlanError;

/// Pages that wait to be looked at.
const CHANNEL: usize = 4;

/// All records of an output, as entries, and how many each slice has.
pub(super) struct Seen {
    pub(super) sorter: Sorter,
    /// How many records each slice has.
    pub(super) rows: Vec<u64>,
}

impl Coordinator {
    /// Reads all records.
    pub(super) async fn see(
        &self,
        index: usize,
        output: &Output,
        field: &str,
        slices: &[Slice],
        read: Read,
        name: impl Fn(u32) -> Key + Send + Sync + 'static,
    ) -> Result<Seen, PlanError> {
        let source = self
            .catalog
            .get(&output.from)
            .map_err(|fault| PlanError::Refused(fault.at(format!("/outputs/{index}/from"))))?;
        let place = read.besides.iter().position(|besides| besides == field);
        let place = place.expect("an output needs its key besides what it writes");
        let mut seen =
            Seen { sorter: Sorter::new(Arc::clone(&self.store), name), rows: Vec::new() };
        let mut number = 0;
        for slice in slices {
            let first = number;
            let read = Read { slice: slice.clone(), ..read.clone() };
            // Documents are one cell.
            let column = read.fields.as_ref().map_or(1, Vec::len) + place;
            let (out, chunks) = mpsc::channel(CHANNEL);
            let looking = async {
                // Dropped at the end, so that the source stops where a record is refused.
                let mut chunks = chunks;
                while let Some(chunk) = chunks.recv().await {
                    let Chunk::Page(page) = chunk else { continue };
                    let from = number;
                    number += page.len() as u64;
                    let entries = remember(page, column, from).await;
                    let entries = entries.map_err(|why| {
                        refused(index, &why, "name a field that all records have")
                    })?;
                    seen.sorter.take(entries).await?;
                }
                Ok::<_, PlanError>(())
            };
            let (read, looked) = tokio::join!(source.rows(&read, out), looking);
            looked?;
            read.map_err(|source| PlanError::Source { output: index, source })?;
            seen.rows.push(number - first);
        }
        Ok(seen)
    }
}

/// Remembers a page's rows.
async fn remember(page: Page, key: usize, first: u64) -> Result<Vec<Entry>, String> {
    let remembering = tokio::task::spawn_blocking(move || {
        let width = page.width();
        (first..)
            .zip(page.rows())
            .map(|(number, row)| Entry::of(&row, width, key, number))
            .collect()
    });
    remembering.await.expect("hashing does not panic")
}
