//! The requests of an object in parts.

use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use bytes::Bytes;
use proto::key::Key;

use super::bucket::{Bucket, TRIES, Writer, pause, tag};
use super::connect::patient;
use super::failure::failure;
use crate::store::{Entry, StoreError};

/// Where a part goes.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) key: Key,
    pub(crate) upload_id: String,
    /// From 1.
    pub(crate) number: u32,
}

impl Bucket {
    /// Writes an object in one go, over whatever is there.
    pub(crate) async fn put(
        &self,
        key: &Key,
        bytes: Bytes,
        writer: &Writer,
    ) -> Result<Entry, StoreError> {
        let (name, value) = writer.metadata();
        let len = bytes.len();
        self.count(len);
        let request = self
            .client
            .put_object()
            .bucket(self.name())
            .key(self.path(key))
            .set_acl(self.acl.clone())
            .metadata(name, value);
        let sent = request.body(bytes.into()).send().await;
        let output = sent.map_err(|error| failure(key, "write an object", error))?;
        Ok(Entry { key: key.clone(), len: len as u64, tag: tag(output.e_tag()) })
    }

    /// Begins an object in parts; gives the upload's id.
    pub(crate) async fn begin(&self, key: &Key, writer: &Writer) -> Result<String, StoreError> {
        let during = "begin an upload";
        let (name, value) = writer.metadata();
        let request = self
            .client
            .create_multipart_upload()
            .bucket(self.name())
            .key(self.path(key))
            .set_acl(self.acl.clone())
            .metadata(name, value);
        let output = request.send().await.map_err(|error| failure(key, during, error))?;
        let id = output.upload_id().map(str::to_owned);
        id.ok_or_else(|| StoreError::Unavailable {
            during,
            source: "the answer has no upload id".into(),
        })
    }

    /// Sends a part.
    pub(crate) async fn send_part(
        &self,
        place: &Place,
        bytes: Bytes,
    ) -> Result<CompletedPart, StoreError> {
        self.count(bytes.len());
        let request = self
            .client
            .upload_part()
            .bucket(self.name())
            .key(self.path(&place.key))
            .upload_id(&place.upload_id)
            .part_number(place.wire_number())
            .body(bytes.into())
            .customize()
            .config_override(patient());
        let output =
            request.send().await.map_err(|error| failure(&place.key, "write a part", error))?;
        Ok(CompletedPart::builder()
            .part_number(place.wire_number())
            .set_e_tag(output.e_tag)
            .set_checksum_crc32(output.checksum_crc32)
            .build())
    }

    /// Makes an object of its parts, of which `len` bytes are expected.
    ///
    /// The server may begin to answer before it is done, or lose its answer, and then say that there
    /// is no such upload. So whatever it says, the object is looked at.
    pub(crate) async fn complete(
        &self,
        key: &Key,
        id: &str,
        parts: Vec<CompletedPart>,
        writer: &Writer,
        len: u64,
    ) -> Result<Entry, StoreError> {
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let mut failed = 0;
        loop {
            let request = self
                .client
                .complete_multipart_upload()
                .bucket(self.name())
                .key(self.path(key))
                .upload_id(id)
                .multipart_upload(parts.clone())
                .customize()
                .config_override(patient());
            let error = match request.send().await {
                // Looked at all the same: not every server counts what it joins.
                Ok(output) if output.e_tag().is_some() => return self.joined(key, len).await,
                Ok(_) => StoreError::Unavailable {
                    during: "finish an upload",
                    source: "the answer has no tag".into(),
                },
                Err(error) => failure(key, "finish an upload", error),
            };
            if !error.is_transient() {
                return Err(error);
            }
            match self.head(key).await {
                Ok(head) if head.is_by(writer) => return self.joined(key, len).await,
                Ok(_) | Err(_) => {}
            }
            failed += 1;
            if failed == TRIES {
                return Err(error);
            }
            pause(failed).await;
        }
    }

    async fn joined(&self, key: &Key, len: u64) -> Result<Entry, StoreError> {
        let entry = self.head(key).await?.entry;
        if entry.len == len {
            return Ok(entry);
        }
        let what = format!("{} bytes became of {len}", entry.len);
        Err(StoreError::Damaged { key: key.clone(), what })
    }

    /// Gives an upload up; one that is not there is no error.
    pub(crate) async fn abort(&self, key: &Key, id: &str) -> Result<(), StoreError> {
        let request = self
            .client
            .abort_multipart_upload()
            .bucket(self.name())
            .key(self.path(key))
            .upload_id(id);
        match request.send().await {
            Ok(_) => Ok(()),
            Err(error) if super::failure::status(&error) == Some(404) => Ok(()),
            Err(error) => Err(failure(key, "abort an upload", error)),
        }
    }
}

impl Place {
    /// The number as requests have it.
    pub(crate) fn wire_number(&self) -> i32 {
        i32::try_from(self.number).expect("there are at most 10,000 parts")
    }
}
