//! Where records and files come from.
//!
//! A source answers two questions: [`Source::survey`], for the plan (which slices, roughly how many
//! records), and [`Source::rows`], for a worker (this slice, in order). Files that records name are
//! opened by [`asset`]. Slices are stable: read twice, they give the same rows or `source_changed`.

pub mod page;
pub mod walk;
pub mod flat;
pub mod asset;
pub mod address;
mod wanted;
mod slices;
mod text;
mod dialect;
mod files;
mod json;
mod document;
mod feed;
mod csv;
mod jsonl;
mod parquet;
mod sample;
mod postgres;
mod mysql;
mod http;
mod easydb;
mod ermrest;
pub mod deriva;
pub mod datasets;
mod dataset;
mod open;
mod timed;
mod catalog;
pub mod catalogue;
pub mod pass;
pub mod users;
mod error;
#[cfg(test)]
mod reading;

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use jiff::Timestamp;
use proto::definition::{OnError, Verbatim};
use proto::fault::Fault;
use proto::filter::Where;
use proto::plan::Slice;
use tokio::sync::mpsc;

use self::asset::{AssetRoot, Credentials};
pub use self::catalog::{Catalog, unknown};
use self::catalogue::Catalogue;
use self::datasets::Datasets;
pub use self::dialect::{Dialect, Formulas, Quoting};
pub use self::error::SourceError;
pub use self::open::{Buckets, Context, NoBuckets, SOURCES, open, open_as};
use self::page::{Kind, Page};
use self::pass::Token;
pub use self::text::{Text, TextStream};
use self::users::{Session, Users};
pub use self::wanted::Wanted;

/// A place to read from.
#[async_trait]
pub trait Source: Send + Sync {
    /// Its kind, as configurations call it, by which its times are told.
    fn kind(&self) -> &'static str {
        "other"
    }

    /// Looks the source over for a plan. Never holds all rows in memory.
    async fn survey(&self, wanted: &Wanted) -> Result<Survey, SourceError>;

    /// The greatest value of a field, where the source finds it without sending them all; nothing where
    /// only reading them tells. What is greater is what [`Where`] says: texts by their bytes, whole
    /// numbers as such.
    async fn greatest(&self, _sought: &Sought) -> Result<Option<Greatest>, SourceError> {
        Ok(None)
    }

    /// Sends the rows of a slice in order, as pages. Stops early, without error, where the receiver
    /// is gone.
    async fn rows(&self, read: &Read, out: mpsc::Sender<Chunk>) -> Result<(), SourceError>;

    /// The rows of a slice as ready CSV text without header, where the source can make it itself and
    /// byte for byte as the worker's CSV renderer would; nothing where it cannot.
    ///
    /// Chunks may end anywhere.
    async fn csv(
        &self,
        _read: &Read,
        _dialect: &Dialect,
    ) -> Result<Option<CsvStream>, SourceError> {
        Ok(None)
    }

    /// Whether outputs may say what is read, in its own language.
    fn takes_queries(&self) -> bool {
        false
    }

    /// What the source itself answers to the query of a slice, byte for byte, so that the texts of all slices in their
    /// order, with [`Verbatim::frame`] around and between those that are not empty, are one answer: of a table the
    /// names of columns come with the slice that nothing is before. Documents are whole. Nothing where a source gives
    /// records alone.
    async fn verbatim(
        &self,
        _read: &Read,
        _form: Verbatim,
    ) -> Result<Option<TextStream>, SourceError> {
        Ok(None)
    }

    /// The name of what shows the same content to whoever reads: the one that is wanted, where it may be, or that of
    /// now. Nothing where a source has no such names.
    async fn view(&self, _wanted: Option<&str>) -> Result<Option<String>, SourceError> {
        Ok(None)
    }

    /// The first row of a query as it was at a view, or the object that the query names; nothing where there is none.
    async fn first(
        &self,
        _query: &str,
        _view: Option<&str>,
    ) -> Result<Option<serde_json::Map<String, serde_json::Value>>, SourceError> {
        Err(text::no_queries())
    }

    /// A document as it was at a view, such as `/schema`.
    async fn document(&self, _path: &str, _view: Option<&str>) -> Result<Bytes, SourceError> {
        Err(text::no_queries())
    }

    /// The files or tables that there are, at most [`MOST_HOLDINGS`] of them; none where a source has no
    /// such parts.
    async fn holdings(&self) -> Result<Vec<Holding>, SourceError> {
        Ok(Vec::new())
    }

    /// A look into another table or view than the one that is configured, where a source has several to
    /// choose from: its first records, in whatever order it gives them. Nothing where it has none.
    async fn peek(&self, _table: &str, _most: usize) -> Result<Option<Peek>, SourceError> {
        Ok(None)
    }

    /// What opens files on this source's own server; nothing where anybody may fetch them.
    fn credentials(&self) -> Option<Arc<Credentials>> {
        None
    }

    /// What tells of linked objects; nothing where records stand for themselves.
    fn catalogue(&self) -> Option<Arc<dyn Catalogue>> {
        None
    }

    /// What gives datasets record by record, as plugins ask for them; nothing where a source has none.
    fn datasets(&self) -> Option<Arc<dyn Datasets>> {
        None
    }

    /// The users with whose rights it is read; nothing where what it gives does not depend on who asks.
    fn users(&self) -> Option<Arc<dyn Users>> {
        None
    }

    /// What its own server says of the session of a token; nothing where the server knows of none, or there is
    /// no such server.
    async fn session(&self, _token: &Token) -> Result<Option<Session>, SourceError> {
        Ok(None)
    }

    /// What its own server says of the session by which it is read; nothing where that is none, or has ended.
    async fn own_session(&self) -> Result<Option<Session>, SourceError> {
        Ok(None)
    }

    /// Where this source's relative asset references lie; nothing where only URLs can be fetched.
    fn assets(&self) -> Option<Arc<dyn AssetRoot>>;
}

/// Most files or tables that are told.
pub const MOST_HOLDINGS: usize = 1000;

/// A file or table of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// What it is called where it is configured: a path, or a table with its schema.
    pub name: String,
    /// How long it is, where that is known.
    pub bytes: Option<u64>,
}

/// What a table looks like that is not the configured one.
#[derive(Debug)]
pub struct Peek {
    /// Its fields, in order.
    pub fields: Vec<String>,
    /// Its first records.
    pub chunks: Vec<Chunk>,
}

/// A search for objects of a catalogue, as `/api/v1/search` takes it.
pub type Search = serde_json::Map<String, serde_json::Value>;

/// CSV text, in chunks that may end anywhere.
pub type CsvStream = BoxStream<'static, Result<Bytes, SourceError>>;

/// Whose greatest value is sought.
#[derive(Debug, Clone)]
pub struct Sought {
    /// The field.
    pub field: String,
    /// The conditions that its records meet.
    pub filter: Where,
    /// What objects of a catalogue are searched for; nothing for all.
    pub search: Option<Search>,
    /// Times after this are left out; nothing where all values count.
    pub until: Option<Timestamp>,
}

/// The greatest value of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Greatest {
    /// There is none, for there are no such records.
    Nothing,
    /// Some record has no value.
    Null,
    /// This one, as a page would have it.
    Value {
        /// Its kind.
        kind: Kind,
        /// Its text.
        text: String,
    },
}

/// What a source looks like to a plan.
pub struct Survey {
    /// The fields to read, in order; nothing where the records are documents without fixed fields.
    pub fields: Option<Vec<String>>,
    /// The slices, in the order of the result. At least one, also where there are no records.
    pub slices: Vec<Slice>,
    /// How many records there are, as far as is known without reading them all. Counted before the
    /// filter.
    pub records: Option<u64>,
    /// How many bytes there are to read, as far as is known.
    pub bytes: Option<u64>,
    /// What shows the same content to every batch, such as the name of a snapshot.
    pub view: Option<String>,
    /// Keeps the view alive until dropped.
    pub hold: Option<Box<dyn Send + Sync>>,
}

/// What a worker reads.
#[derive(Debug, Clone)]
pub struct Read {
    /// The slice, as the survey made it.
    pub slice: Slice,
    /// The fields to give, in order; nothing gives each record whole, as one JSON document.
    pub fields: Option<Vec<String>>,
    /// Fields to give after those, in order, for names and asset references.
    pub besides: Vec<String>,
    /// The conditions.
    pub filter: Where,
    /// What objects of a catalogue are searched for; nothing for all.
    pub search: Option<Search>,
    /// As in [`Wanted::query`].
    pub query: Option<String>,
    /// As in [`Survey::view`].
    pub view: Option<String>,
    /// What becomes of a record that cannot be read: the slice fails, or a [`Chunk::Broken`] is sent.
    pub on_error: OnError,
}

/// What a source sends.
#[derive(Debug)]
pub enum Chunk {
    /// Rows.
    Page(Page),
    /// A record was left out.
    Broken {
        /// Why, and where.
        fault: Fault,
        /// The record as it was met, cut at 1,000 characters.
        text: String,
    },
}
