//! The bucket of a target: how it is opened, and how an object gets into it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use fabric::causes::chain;
use fabric::store::{Checksums, S3Config, S3Store, Store, StoreError, Tag, Upload};
use fabric::trust::is_untrusted;
use futures::TryStreamExt;
use proto::definition;
use proto::key::Key;
use proto::target::{S3Checksums, S3Target};

use crate::deliver::names::below;
use crate::deliver::{Delivery, DeliveryError};
use crate::error::AgentError;
use crate::parcel::Parcel;

/// The bucket that things are put into.
pub(super) struct Bucket<'d> {
    target: &'d str,
    pub(super) there: S3Store,
    here: &'d Arc<dyn Store>,
    /// The store itself, where its server can copy into the bucket.
    same_server: Option<S3Store>,
    path: &'d str,
    options: &'d definition::S3Options,
    /// Bytes that are there, or on their way.
    sent: AtomicU64,
}

impl<'d> Bucket<'d> {
    /// Opens it; a bucket that is not there, or not ours, is told at once.
    pub(super) async fn open(
        delivery: &'d Delivery<'d>,
        target: &S3Target,
        wanted: &'d definition::S3,
    ) -> Result<Self, DeliveryError> {
        let agent = delivery.agent;
        let unusable = |what| DeliveryError::Unusable { target: wanted.target.clone(), what };
        let secret = agent.targets.secret(&wanted.target, &target.secret_access_key_file)?;
        let config = S3Config {
            endpoint: target.endpoint.clone(),
            public_endpoint: None,
            region: target.region.clone(),
            bucket: target.bucket.clone(),
            prefix: target.prefix.clone(),
            access_key: target.access_key_id.clone(),
            secret_key: secret.into(),
            session_token: None,
            checksums: match target.checksums {
                S3Checksums::WhenSupported => Checksums::WhenSupported,
                S3Checksums::WhenRequired => Checksums::WhenRequired,
            },
        };
        let own = agent.targets.own_bucket();
        if own.is_some_and(|own| own.overlaps(&config)) {
            // Names of definitions would stand among those that everything depends on.
            return Err(unusable(
                "it lies in the store itself; give it a prefix beside".to_owned(),
            ));
        }
        let own = own.filter(|own| own.is_beside(&config)).cloned();
        let there = S3Store::connect(config).await;
        let there = there.map_err(|error| failure(&wanted.target, &error))?;
        let there = there.open_to(target.acl.as_deref());
        Ok(Self {
            target: &wanted.target,
            there,
            here: &agent.store,
            same_server: own.map(S3Store::unchecked),
            path: &wanted.path,
            options: &wanted.options,
            sent: AtomicU64::new(0),
        })
    }

    /// How many bytes passed through this process on their way into the bucket, or were read from it.
    pub(super) fn moved(&self) -> u64 {
        self.there.moved()
    }

    /// How many bytes are there, or on their way.
    pub(super) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Puts an object there, whole and as it should be; the tag that the server gave it.
    pub(super) async fn put(&self, parcel: &Parcel) -> Result<String, AgentError> {
        let key = self.key(&parcel.path);
        if !self.options.overwrite
            && let Some(tag) = self.standing(&key, parcel).await?
        {
            self.sent.fetch_add(parcel.size, Ordering::Relaxed);
            return Ok(tag.0);
        }
        let beside = self.same_server.as_ref().zip(parcel.object());
        let mut upload = match beside {
            Some((own, _)) => self.there.upload_from(&key, own),
            None => self.there.upload(&key).await.map_err(|error| self.told(&error))?,
        };
        let filled = match beside {
            Some((_, from)) => self.copy(&mut *upload, from, parcel.size).await,
            None => self.carry(&mut *upload, parcel).await,
        };
        if let Err(error) = filled {
            // Parts that nobody joins cost their owner until somebody takes them away.
            if let Err(error) = upload.abort().await {
                tracing::debug!(error = &error as &dyn std::error::Error, "parts are left");
            }
            return Err(error);
        }
        let entry = upload.finish().await.map_err(|error| self.told(&error))?;
        if entry.len != parcel.size {
            let what =
                format!("{} has {} bytes instead of {}", parcel.path, entry.len, parcel.size);
            return Err(self.damaged(what).into());
        }
        if self.options.verify {
            self.verify(&key, parcel, &entry.tag).await?;
        }
        Ok(entry.tag.0)
    }

    /// Where a file of the result lies.
    pub(super) fn key(&self, path: &str) -> Key {
        Key::listed(below(self.path, path))
    }

    /// Fills an object by having the server copy another.
    async fn copy(&self, upload: &mut dyn Upload, from: &Key, size: u64) -> Result<(), AgentError> {
        let tag: Tag = self.here.head(from).await?.tag;
        let copied = upload.copy(from, 0..size, &tag).await;
        copied.map_err(|error| self.told(&error))?;
        self.sent.fetch_add(size, Ordering::Relaxed);
        Ok(())
    }

    /// Fills an object by reading and writing. What is read wrong never becomes visible.
    async fn carry(&self, upload: &mut dyn Upload, parcel: &Parcel) -> Result<(), AgentError> {
        let mut bytes = parcel.read(self.here).await?;
        while let Some(chunk) = bytes.try_next().await? {
            self.sent.fetch_add(chunk.len() as u64, Ordering::Relaxed);
            upload.write(chunk).await.map_err(|error| self.told(&error))?;
        }
        Ok(())
    }

    pub(super) fn damaged(&self, what: String) -> DeliveryError {
        DeliveryError::Damaged { target: self.target.to_owned(), what }
    }

    pub(super) fn refused(&self, what: String) -> DeliveryError {
        DeliveryError::Refused { target: self.target.to_owned(), what }
    }

    /// What an error of its store is of the target.
    pub(super) fn told(&self, error: &StoreError) -> DeliveryError {
        failure(self.target, error)
    }
}

fn failure(target: &str, error: &StoreError) -> DeliveryError {
    let (target, what) = (target.to_owned(), chain(error));
    match error {
        StoreError::Unavailable { source, .. } if is_untrusted(&**source) => {
            DeliveryError::Untrusted { target, what }
        }
        StoreError::Unavailable { .. } => DeliveryError::Unreachable { target, what },
        StoreError::Refused { .. } => DeliveryError::Refused { target, what },
        StoreError::Full { .. } => DeliveryError::Full { target, what },
        // Somebody else writes there at the same time.
        StoreError::Missing { .. }
        | StoreError::Exists { .. }
        | StoreError::Changed { .. }
        | StoreError::TooLarge { .. }
        | StoreError::Damaged { .. } => DeliveryError::Damaged { target, what },
    }
}
