//! What is attached to a mail: the volumes of the archive, or its files where nothing is packed.

use fabric::store::StoreError;
use futures::TryStreamExt;
use proto::archive::Archive;

use crate::deliver::Delivery;
use crate::parcel::parcels;

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

/// Whether mails take what was made, where they take at most so many bytes.
pub(super) fn is_taken(archive: &Archive, most: u64) -> bool {
    let files =
        if archive.volumes.is_empty() { archive.members } else { archive.volumes.len() as u64 };
    most > 0 && archive.len_bytes() <= most && files <= MOST_FILES
}

/// Everything that was made, where it has at most so many bytes; nothing where it has more, or none may be
/// attached at all.
pub(super) async fn read(delivery: &Delivery<'_>, most: u64) -> Result<Vec<Enclosure>, StoreError> {
    let Delivery { agent, run, archive, .. } = delivery;
    let store = &agent.store;
    let mut enclosures = Vec::new();
    if !is_taken(archive, most) {
        return Ok(enclosures);
    }
    let mut parcels = parcels(store, *run, archive);
    while let Some(file) = parcels.try_next().await? {
        let mut bytes = file.read(store).await?;
        let mut content = Vec::new();
        while let Some(chunk) = bytes.try_next().await? {
            content.extend_from_slice(&chunk);
        }
        enclosures.push(Enclosure { name: file.path.replace('/', "_"), content });
    }
    Ok(enclosures)
}
