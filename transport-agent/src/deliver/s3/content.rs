//! What an object of the target holds, found out by reading all of it.

use fabric::store::{Store as _, StoreError, Tag};
use futures::TryStreamExt;
use proto::key::Key;

use super::bucket::Bucket;
use crate::deliver::DeliveryError;
use crate::parcel::Parcel;

impl Bucket<'_> {
    /// The tag of an object that is there with its length, whatever it holds.
    pub(super) async fn found(&self, parcel: &Parcel) -> Result<Option<Tag>, DeliveryError> {
        match self.there.head(&self.key(&parcel.path)).await {
            Ok(entry) => Ok((entry.len == parcel.size).then_some(entry.tag)),
            Err(StoreError::Missing { .. }) => Ok(None),
            Err(error) => Err(self.told(&error)),
        }
    }

    /// The tag of an object that is there as it would be put; one with other content is an error.
    pub(super) async fn standing(
        &self,
        key: &Key,
        parcel: &Parcel,
    ) -> Result<Option<Tag>, DeliveryError> {
        let entry = match self.there.head(key).await {
            Ok(entry) => entry,
            Err(StoreError::Missing { .. }) => return Ok(None),
            Err(error) => return Err(self.told(&error)),
        };
        if entry.len == parcel.size && self.holds(key, parcel, &entry.tag).await? {
            return Ok(Some(entry.tag));
        }
        Err(self.refused(format!("{} is there with other content", parcel.path)))
    }

    /// Holds an object that was put, and is as long as it should be, against what was sent.
    pub(super) async fn verify(
        &self,
        key: &Key,
        parcel: &Parcel,
        tag: &Tag,
    ) -> Result<(), DeliveryError> {
        if self.holds(key, parcel, tag).await? {
            return Ok(());
        }
        Err(self.damaged(format!("{} has other content", parcel.path)))
    }

    async fn holds(&self, key: &Key, parcel: &Parcel, tag: &Tag) -> Result<bool, DeliveryError> {
        let told = |error: StoreError| self.told(&error);
        let mut crc32 = crc32fast::Hasher::new();
        let read = self.there.read(key, 0..parcel.size, Some(tag)).await;
        let mut bytes = read.map_err(told)?;
        while let Some(chunk) = bytes.try_next().await.map_err(told)? {
            crc32.update(&chunk);
        }
        Ok(crc32.finalize() == parcel.crc32)
    }
}
