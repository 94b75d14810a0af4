//! The list of the objects that a batch exported, for whoever asks later which went out.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use fabric::store::{Store, Upload};
use proto::commit::Exported;
use proto::key::Key;

use super::json::Json;
use super::waiting::Waiting;
use crate::error::BatchError;

/// How much of it is handed over at once.
const CHUNK_BYTES: usize = 1 << 20;

/// A list that grows.
pub(super) struct List {
    lines: Waiting,
    line: Vec<u8>,
}

impl List {
    pub(super) fn new(scratch: Arc<Path>) -> Self {
        Self { lines: Waiting::new(scratch), line: Vec::new() }
    }

    /// Appends an object.
    pub(super) fn push(&mut self, object: &Json<'_>, number: u64) -> Result<(), BatchError> {
        let objecttype = object.text_of("_objecttype").unwrap_or("object");
        let own = |key: &str| object.at(&[objecttype, key]).and_then(Json::number);
        let exported = Exported {
            objecttype: objecttype.to_owned(),
            id: own("_id"),
            system_object_id: number,
            version: own("_version"),
        };
        serde_json::to_writer(&mut self.line, &exported).expect("texts and numbers are JSON");
        self.line.push(b'\n');
        self.lines.take(&mut self.line).map_err(BatchError::Scratch)
    }

    /// Leaves the list in the store. Whoever does the batch again leaves the same.
    pub(super) async fn keep(self, store: &dyn Store, key: &Key) -> Result<(), BatchError> {
        let lines = self.lines.read().map_err(BatchError::Scratch)?;
        let mut upload = store.upload(key).await?;
        match write(lines, &mut *upload).await {
            Ok(()) => {
                upload.finish().await?;
                Ok(())
            }
            Err(error) => {
                // What cannot be taken away now is swept later.
                if let Err(error) = upload.abort().await {
                    tracing::debug!(
                        error = &error as &dyn std::error::Error,
                        "list not taken away"
                    );
                }
                Err(error)
            }
        }
    }
}

async fn write(mut lines: Box<dyn Read + Send>, upload: &mut dyn Upload) -> Result<(), BatchError> {
    loop {
        let reading = tokio::task::spawn_blocking(move || {
            let mut chunk = Vec::new();
            let read = lines.by_ref().take(CHUNK_BYTES as u64).read_to_end(&mut chunk);
            read.map(|_| (lines, chunk))
        });
        let read = reading.await.expect("reading a list does not panic");
        let chunk;
        (lines, chunk) = read.map_err(BatchError::Scratch)?;
        if chunk.is_empty() {
            return Ok(());
        }
        upload.write(chunk.into()).await?;
    }
}
