//! What a source itself answers to a query, part by part.

use bytes::Bytes;
use futures::stream::BoxStream;

use crate::SourceError;

/// The next part of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// Its bytes.
    pub bytes: Bytes,
    /// How many records are in it.
    pub records: u64,
}

/// An answer, part by part.
pub type TextStream = BoxStream<'static, Result<Text, SourceError>>;

/// What a source says that has one thing to be read.
pub(crate) fn no_queries() -> SourceError {
    SourceError::Refused { what: "it has no queries to choose from".to_owned() }
}
