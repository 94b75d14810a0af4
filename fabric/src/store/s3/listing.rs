//! What concerns many objects at once: listings, deletions, sweeps.

use std::time::SystemTime;

use aws_sdk_s3::types::{Delete, MultipartUpload, ObjectIdentifier};
use proto::key::{Key, Prefix};

use super::bucket::{Bucket, length, tag};
use super::failure::{answered, failure, is_not_implemented};
use crate::store::{Entry, StoreError};

/// Most keys in one request, whether they are listed or deleted.
const PAGE_KEYS: usize = 1000;

impl Bucket {
    /// Objects below a prefix after a key.
    pub(crate) async fn list(
        &self,
        prefix: &Prefix,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let mut found = Vec::new();
        let mut token = None;
        // A page may be short without being the last.
        loop {
            let most = (limit - found.len()).min(PAGE_KEYS);
            let request = self
                .client
                .list_objects_v2()
                .bucket(self.name())
                .prefix(self.prefix_path(prefix))
                .set_start_after(after.map(|key| self.path(key)))
                .set_continuation_token(token.take())
                .max_keys(i32::try_from(most).unwrap_or(i32::MAX));
            let page = request
                .send()
                .await
                .map_err(|error| failure(&whole(prefix), "list objects", error))?;
            found.extend(page.contents().iter().filter_map(|object| {
                let key = self.key(object.key()?)?;
                Some(Entry { key, len: length(object.size()), tag: tag(object.e_tag()) })
            }));
            token = page.next_continuation_token().map(str::to_owned);
            if found.len() >= limit || page.is_truncated() != Some(true) || token.is_none() {
                return Ok(found);
            }
        }
    }

    /// Deletes any number of objects.
    pub(crate) async fn delete(&self, keys: &[Key]) -> Result<(), StoreError> {
        let during = "delete objects";
        for page in keys.chunks(PAGE_KEYS) {
            let objects =
                page.iter().map(|key| ObjectIdentifier::builder().key(self.path(key)).build());
            let delete = objects
                .collect::<Result<Vec<_>, _>>()
                .and_then(|objects| {
                    Delete::builder().quiet(true).set_objects(Some(objects)).build()
                })
                .map_err(|error| StoreError::Refused { during, source: Box::new(error) })?;
            let request = self.client.delete_objects().bucket(self.name()).delete(delete);
            let answer = request.send().await.map_err(|error| failure(&page[0], during, error))?;
            for error in answer.errors() {
                let key =
                    error.key().and_then(|path| self.key(path)).unwrap_or_else(|| page[0].clone());
                let (code, message) = (
                    error.code().unwrap_or("error"),
                    error.message().unwrap_or("without a message"),
                );
                // Errors of single objects have codes, but no status.
                let status = if code == "InternalError" { 500 } else { 400 };
                if code != "NoSuchKey" {
                    return Err(answered(&key, during, status, code, message));
                }
            }
        }
        Ok(())
    }

    /// Aborts uploads below a prefix that began before a time.
    pub(crate) async fn sweep(
        &self,
        prefix: &Prefix,
        before: SystemTime,
    ) -> Result<(), StoreError> {
        let (mut key_marker, mut id_marker) = (None, None);
        loop {
            let request = self
                .client
                .list_multipart_uploads()
                .bucket(self.name())
                .prefix(self.prefix_path(prefix))
                .set_key_marker(key_marker.take())
                .set_upload_id_marker(id_marker.take());
            let page = match request.send().await {
                Ok(page) => page,
                Err(error) if is_not_implemented(&error) => {
                    tracing::warn!(
                        "the store cannot list uploads, so what crashes leave is not swept"
                    );
                    return Ok(());
                }
                Err(error) => return Err(failure(&whole(prefix), "list uploads", error)),
            };
            for upload in page.uploads() {
                self.sweep_one(prefix, before, upload).await?;
            }
            key_marker =
                page.next_key_marker().filter(|marker| !marker.is_empty()).map(str::to_owned);
            id_marker =
                page.next_upload_id_marker().filter(|marker| !marker.is_empty()).map(str::to_owned);
            if page.is_truncated() != Some(true) || key_marker.is_none() {
                return Ok(());
            }
        }
    }

    async fn sweep_one(
        &self,
        prefix: &Prefix,
        before: SystemTime,
        upload: &MultipartUpload,
    ) -> Result<(), StoreError> {
        let (Some(path), Some(id), Some(began)) =
            (upload.key(), upload.upload_id(), upload.initiated())
        else {
            return Ok(());
        };
        let began = SystemTime::try_from(*began).unwrap_or(SystemTime::UNIX_EPOCH);
        match self.key(path) {
            // Some servers take a prefix for a directory.
            Some(key) if key.as_str().starts_with(prefix.as_str()) && began < before => {
                self.abort(&key, id).await
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// What an error about a prefix is about.
fn whole(prefix: &Prefix) -> Key {
    Key::listed(prefix.as_str().to_owned())
}
