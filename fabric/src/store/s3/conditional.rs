//! Writes that depend on what is there, and that know whether they happened.

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::put_object::{PutObjectError, PutObjectOutput};
use bytes::Bytes;
use proto::key::Key;

use super::bucket::{Bucket, TRIES, Writer, pause, quoted, tag};
use super::connect::once;
use super::failure::{failure, status};
use crate::store::{StoreError, Tag};

/// What has to be there for a write to happen.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Condition<'a> {
    /// Nothing.
    Absent,
    /// What was read before.
    Unchanged(&'a Tag),
}

impl Bucket {
    /// Writes an object on a condition.
    ///
    /// Repeats by itself, not by the client: once an answer got lost, a refusal may be that of our
    /// own object, and only the object can tell.
    pub(crate) async fn put_if(
        &self,
        key: &Key,
        bytes: Bytes,
        condition: Condition<'_>,
    ) -> Result<Tag, StoreError> {
        let writer = Writer::new();
        let mut lost = false;
        for failed in 1..=TRIES {
            self.count(bytes.len());
            let error = match self.put_once(key, bytes.clone(), condition, &writer).await {
                Ok(output) => return Ok(tag(output.e_tag())),
                Err(error) => error,
            };
            // Two at once: neither, or one of them, was written.
            let undecided = status(&error) == Some(409);
            match refused(key, condition, error) {
                Refusal::Condition(error) if lost => return self.found(key, &writer, error).await,
                Refusal::Condition(error) => return Err(error),
                Refusal::Other(error) if !error.is_transient() => return Err(error),
                Refusal::Other(error) if failed == TRIES => {
                    return self.found(key, &writer, error).await;
                }
                Refusal::Other(_) => lost |= !undecided,
            }
            pause(failed).await;
        }
        // The last round of the loop returns.
        self.found(key, &writer, StoreError::Exists { key: key.clone() }).await
    }

    async fn put_once(
        &self,
        key: &Key,
        bytes: Bytes,
        condition: Condition<'_>,
        writer: &Writer,
    ) -> Result<PutObjectOutput, SdkError<PutObjectError, HttpResponse>> {
        let (name, value) = writer.metadata();
        let request = self
            .client
            .put_object()
            .bucket(self.name())
            .key(self.path(key))
            .metadata(name, value)
            .body(bytes.into());
        let request = match condition {
            Condition::Absent => request.if_none_match("*"),
            Condition::Unchanged(tag) => request.if_match(quoted(tag)),
        };
        request.customize().config_override(once()).send().await
    }

    /// Whether this write made what is there after all; if not, `error` is the answer.
    async fn found(
        &self,
        key: &Key,
        writer: &Writer,
        error: StoreError,
    ) -> Result<Tag, StoreError> {
        match self.head(key).await {
            Ok(head) if head.is_by(writer) => Ok(head.entry.tag),
            // Whose it is nobody knows now. Whoever were told that it is somebody else's would delete
            // what ours may name.
            Err(unknown) if unknown.is_transient() => Err(unknown),
            Ok(_) | Err(_) => Err(error),
        }
    }
}

/// Why a write did not happen.
enum Refusal {
    /// For what is there, or is not.
    Condition(StoreError),
    /// For another reason, or for none that is known.
    Other(StoreError),
}

fn refused(
    key: &Key,
    condition: Condition<'_>,
    error: SdkError<PutObjectError, HttpResponse>,
) -> Refusal {
    let failed_condition = status(&error) == Some(412);
    let error = failure(key, "write an object", error);
    match condition {
        Condition::Absent if failed_condition => {
            Refusal::Condition(StoreError::Exists { key: key.clone() })
        }
        Condition::Unchanged(_)
            if failed_condition || matches!(error, StoreError::Missing { .. }) =>
        {
            Refusal::Condition(StoreError::Changed { key: key.clone() })
        }
        Condition::Absent | Condition::Unchanged(_) => Refusal::Other(error),
    }
}
