//! Entries on their way, each with what belongs to it.

use std::collections::HashMap;

use proto::definition::OnError;
use proto::filter::Where;
use tokio::sync::mpsc;

use super::Entries;
use super::joined::{ADDED, Belongings, joined};
use super::record::text_of;
use super::shared::Shared;
use crate::datasets::{Filter, Record, RecordKind};
use crate::document::{Columns, Taken};
use crate::feed::{Receiver, told};
use crate::page::{Met, Page};
use crate::{Chunk, Read, SourceError};

/// For how many entries it is found at once.
const TOGETHER: usize = 500;

/// How many datasets are kept, for entries that come by turns.
const MOST_DATASETS: usize = 100;

/// Sends the rows of a slice, in order.
pub(super) async fn rows(
    shared: &Shared,
    read: &Read,
    out: &mpsc::Sender<Chunk>,
) -> Result<(), SourceError> {
    let columns = Columns::new(read.fields.as_deref(), &read.besides, &read.filter);
    if columns.width() == 0 {
        // A table over entries of which none has a field: it has no rows either.
        return Ok(());
    }
    // What is about an entry alone leaves it out before anything else is found, where it is already.
    let own = own(&read.filter);
    let Entries { source, filter } = shared.backing.entries(&own);
    let page = Page::new(columns.width());
    let joining = Joining {
        shared,
        view: read.view.as_deref(),
        own: Columns::new(None, &[], &own),
        columns,
        page,
        scratch: Page::new(1),
        on_error: read.on_error,
        out,
        datasets: HashMap::new(),
    };
    let entries = Read {
        slice: read.slice.clone(),
        fields: shared.backing.fields(),
        besides: Vec::new(),
        filter,
        search: None,
        query: None,
        view: shared.backing.entries_view(read.view.as_deref()),
        on_error: read.on_error,
    };
    let (pages, received) = mpsc::channel(2);
    let reading = source.rows(&entries, pages);
    let (read, joined) = tokio::join!(reading, joining.all(received));
    joined.and(read)
}

/// The conditions on what an entry has of its own.
pub(super) fn own(filter: &Where) -> Where {
    let own = filter.iter().filter(|(field, _)| !ADDED.contains(&field.as_str()));
    own.map(|(field, condition)| (field.clone(), condition.clone())).collect()
}

/// Entries that become rows.
struct Joining<'j> {
    shared: &'j Shared,
    view: Option<&'j str>,
    own: Columns,
    columns: Columns,
    page: Page,
    scratch: Page,
    on_error: OnError,
    out: &'j mpsc::Sender<Chunk>,
    datasets: HashMap<String, Option<Record>>,
}

/// An entry that is part of the result.
struct Entry {
    id: String,
    record: Record,
    dataset: Option<String>,
}

impl Joining<'_> {
    async fn all(mut self, mut chunks: mpsc::Receiver<Chunk>) -> Result<(), SourceError> {
        while let Some(chunk) = chunks.recv().await {
            let receiver = match chunk {
                Chunk::Page(page) => self.page_of(&page).await?,
                chunk @ Chunk::Broken { .. } => self.send(chunk).await,
            };
            if receiver == Receiver::Gone {
                return Ok(());
            }
        }
        self.flush().await;
        Ok(())
    }

    async fn page_of(&mut self, page: &Page) -> Result<Receiver, SourceError> {
        let texts: Vec<&str> = page.rows().map(|row| row.cell(0).text).collect();
        for some in texts.chunks(TOGETHER) {
            if self.some(some).await? == Receiver::Gone {
                return Ok(Receiver::Gone);
            }
        }
        Ok(Receiver::Listens)
    }

    async fn some(&mut self, texts: &[&str]) -> Result<Receiver, SourceError> {
        let mut entries = Vec::new();
        for text in texts {
            match self.entry(text) {
                Ok(entry) => entries.extend(entry),
                Err(why) => {
                    if self.broken(text, why).await? == Receiver::Gone {
                        return Ok(Receiver::Gone);
                    }
                }
            }
        }
        let (shared, all) = (self.shared, Filter::default());
        let ids: Vec<String> = entries.iter().map(|entry| entry.id.clone()).collect();
        let annotations = shared.annotations_of(self.view, &ids, &all).await?;
        let resource = |entry: &Entry| text_of(&entry.record, "resource");
        let resources: Vec<Option<String>> = entries.iter().map(resource).collect();
        let medias = shared.medias_of(self.view, &resources, &all).await?;
        for ((entry, annotations), medias) in entries.iter().zip(&annotations).zip(&medias) {
            let dataset = match &entry.dataset {
                Some(id) => self.dataset(id).await?,
                None => None,
            };
            let with = Belongings { dataset: dataset.as_deref(), annotations, medias };
            let put = joined(&entry.record, with, &shared.medium)
                .and_then(|record| self.put(&entry.id, &record));
            if let Err(why) = put
                && self.broken(entry.record.get(), why).await? == Receiver::Gone
            {
                return Ok(Receiver::Gone);
            }
            if self.page.is_full() && self.flush().await == Receiver::Gone {
                return Ok(Receiver::Gone);
            }
        }
        Ok(Receiver::Listens)
    }

    /// The entry of a text, where it meets the conditions that are about itself. Errs with what is wrong with it.
    fn entry(&mut self, text: &str) -> Result<Option<Entry>, String> {
        let record = self.shared.backing.record(RecordKind::Entry, text)?;
        self.scratch.truncate(0);
        match self.own.take(record.get().as_bytes(), &mut self.scratch)? {
            Taken::LeftOut => Ok(None),
            Taken::Row => {
                let id = text_of(&record, "id").ok_or("the entry has no id")?;
                let dataset = text_of(&record, "dataset_id");
                Ok(Some(Entry { id, record, dataset }))
            }
        }
    }

    /// Puts a row into the page, where it meets all conditions.
    fn put(&mut self, id: &str, record: &Record) -> Result<(), String> {
        let rows = self.page.len();
        let taken = self.columns.take(record.get().as_bytes(), &mut self.page);
        match taken {
            Ok(Taken::Row) => self.page.met(|| Met {
                place: Some(format!("entry {id}")),
                text: told(record.get().as_bytes()),
            }),
            Ok(Taken::LeftOut) => {}
            Err(why) => {
                self.page.truncate(rows);
                return Err(why);
            }
        }
        Ok(())
    }

    async fn dataset(&mut self, id: &str) -> Result<Option<Record>, SourceError> {
        if let Some(known) = self.datasets.get(id) {
            return Ok(known.clone());
        }
        let found = self.shared.dataset_of(self.view, id).await?;
        if self.datasets.len() >= MOST_DATASETS {
            self.datasets.clear();
        }
        self.datasets.insert(id.to_owned(), found.clone());
        Ok(found)
    }

    /// Leaves an entry out, or fails, where that is wanted.
    async fn broken(&self, text: &str, why: String) -> Result<Receiver, SourceError> {
        let error = SourceError::BrokenRecord {
            file: "entries".to_owned(),
            line: None,
            byte: None,
            why,
            text: told(text.as_bytes()),
        };
        let chunk = error.leave_out(self.on_error)?;
        Ok(self.send(chunk).await)
    }

    async fn flush(&mut self) -> Receiver {
        if self.page.is_empty() {
            return Receiver::Listens;
        }
        let page = std::mem::replace(&mut self.page, Page::new(self.columns.width()));
        self.send(Chunk::Page(page)).await
    }

    async fn send(&self, chunk: Chunk) -> Receiver {
        match self.out.send(chunk).await {
            Ok(()) => Receiver::Listens,
            Err(_) => Receiver::Gone,
        }
    }
}
