//! Parts that the server copies by itself, and what has to be known of it before.

use std::ops::Range;
use std::sync::Arc;

use aws_sdk_s3::types::CompletedPart;
use proto::key::Key;

use super::bucket::{Bucket, quoted};
use super::connect::patient;
use super::failure::{failure, is_not_implemented};
use super::multipart::Place;
use super::parts::LEAST_PART_BYTES;
use crate::store::{StoreError, Tag};

/// A tag that no object has.
const NO_TAG: &str = "0";

/// How a server copies parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Copying {
    /// Not at all.
    Lacking,
    /// On the condition that the object still has its tag.
    Heeding,
    /// Whatever the condition says, so that the object has to be looked at before. So does Ceph
    /// up to 16.
    Heedless,
}

/// What a part is copied from.
#[derive(Clone)]
pub(crate) struct Origin {
    /// The bucket it lies in; of the same server and credentials.
    pub(crate) bucket: Arc<Bucket>,
    pub(crate) key: Key,
    /// Never empty.
    pub(crate) range: Range<u64>,
    pub(crate) tag: Tag,
}

impl Origin {
    /// Whether it is what it is taken for.
    async fn check(&self) -> Result<(), StoreError> {
        self.bucket.check_range(&self.key, &self.range, Some(&self.tag)).await.map(drop)
    }

    /// What the server calls it.
    fn path(&self) -> String {
        format!("{}/{}", self.bucket.name(), self.bucket.path(&self.key))
    }
}

/// Why a part was not copied.
enum NotCopied {
    /// The server does not know how.
    NotImplemented,
    /// Anything else.
    Failed(StoreError),
}

impl Bucket {
    /// How the server copies, where that is known.
    pub(crate) fn copying(&self) -> Option<Copying> {
        self.copying.get().copied()
    }

    /// Finds out how the server copies: by a copy whose condition cannot be met. It may lay a part
    /// at `place`, which another one has to go over.
    pub(crate) async fn learn_copying(
        &self,
        place: &Place,
        origin: &Origin,
    ) -> Result<Copying, StoreError> {
        origin.check().await?;
        let range = origin.range.start..origin.range.end.min(origin.range.start + LEAST_PART_BYTES);
        let impossible = Origin { range, tag: Tag(NO_TAG.to_owned()), ..origin.clone() };
        let found = match self.copy_once(place, &impossible).await {
            Ok(_) => Copying::Heedless,
            // The range was found to be right, so it is the condition that failed.
            Err(NotCopied::Failed(StoreError::Damaged { .. })) => Copying::Heeding,
            Err(NotCopied::Failed(error)) => return Err(error),
            Err(NotCopied::NotImplemented) => Copying::Lacking,
        };
        if self.copying.set(found).is_ok() && found == Copying::Lacking {
            // Said once, for everything still works, but archives go through this machine.
            tracing::warn!("the store cannot copy parts, so archives are streamed through");
        }
        Ok(found)
    }

    /// Has the server copy a part.
    pub(crate) async fn copy_part(
        &self,
        place: &Place,
        origin: &Origin,
    ) -> Result<CompletedPart, StoreError> {
        if self.copying() == Some(Copying::Heedless) {
            origin.check().await?;
        }
        self.copy_once(place, origin).await.map_err(|error| match error {
            NotCopied::Failed(error) => error,
            NotCopied::NotImplemented => {
                let source = "the server copied before and now does not know how".into();
                StoreError::Unavailable { during: "copy a part", source }
            }
        })
    }

    async fn copy_once(&self, place: &Place, origin: &Origin) -> Result<CompletedPart, NotCopied> {
        let during = "copy a part";
        let request = self
            .client
            .upload_part_copy()
            .bucket(self.name())
            .key(self.path(&place.key))
            .upload_id(&place.upload_id)
            .part_number(place.wire_number())
            .copy_source(escaped(&origin.path()))
            .copy_source_range(format!("bytes={}-{}", origin.range.start, origin.range.end - 1))
            .copy_source_if_match(quoted(&origin.tag))
            .customize()
            .config_override(patient());
        let output = request.send().await.map_err(|error| {
            if is_not_implemented(&error) {
                return NotCopied::NotImplemented;
            }
            NotCopied::Failed(failure(&origin.key, during, error))
        })?;
        match output.copy_part_result {
            Some(result) if result.e_tag.is_some() => Ok(CompletedPart::builder()
                .part_number(place.wire_number())
                .set_e_tag(result.e_tag)
                .set_checksum_crc32(result.checksum_crc32)
                .build()),
            Some(_) | None => {
                let source = "the answer has no tag".into();
                Err(NotCopied::Failed(StoreError::Unavailable { during, source }))
            }
        }
    }
}

/// A path as a header has it: the characters that have a meaning in URLs escaped.
fn escaped(path: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte);
    path.bytes()
        .map(
            |byte| {
                if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }
            },
        )
        .collect()
}
