//! What is attached to a mail: the volumes of the archive, or its files where nothing is packed.

use std::ops::Range;

use bytes::Bytes;
use fabric::store::StoreError;
use futures::TryStreamExt;
use futures::stream::BoxStream;

use crate::deliver::Delivery;
use crate::deliver::parcel::parcels;

/// Most files of one mail; people want to see what they got.
const MOST_FILES: u64 = 20;

/// A file in a mail.
#[derive(Debug, Clone)]
pub(super) struct Enclosure {
    /// What it is called.
    pub(super) name: String,
    /// Its content.
    pub(super) content: Vec<u8>,
}

/// Everything that was made, where it has at most so many bytes; nothing where it has more.
pub(super) async fn read(delivery: &Delivery<'_>, most: u64) -> Result<Vec<Enclosure>, StoreError> {
    let (store, archive) = (&delivery.agent.store, delivery.archive);
    let mut enclosures = Vec::new();
    if archive.volumes.is_empty() {
        if archive.bytes > most || archive.members > MOST_FILES {
            return Ok(enclosures);
        }
        let mut files = parcels(store, delivery.run, archive);
        while let Some(file) = files.try_next().await? {
            let content = whole(file.read(store, whole_range(file.size)).await?).await?;
            enclosures.push(Enclosure { name: file.path.replace('/', "_"), content });
        }
        return Ok(enclosures);
    }
    let bytes: u64 = archive.volumes.iter().map(|volume| volume.len).sum();
    if bytes > most || archive.volumes.len() as u64 > MOST_FILES {
        return Ok(enclosures);
    }
    for volume in &archive.volumes {
        let content = whole(store.read(&volume.key, whole_range(volume.len), None).await?).await?;
        enclosures.push(Enclosure { name: volume.name.clone(), content });
    }
    Ok(enclosures)
}

fn whole_range(len: u64) -> Range<u64> {
    0..len
}

async fn whole(
    mut bytes: BoxStream<'static, Result<Bytes, StoreError>>,
) -> Result<Vec<u8>, StoreError> {
    let mut content = Vec::new();
    while let Some(chunk) = bytes.try_next().await? {
        content.extend_from_slice(&chunk);
    }
    Ok(content)
}
