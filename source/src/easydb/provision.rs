//! What a catalogue keeps for exports besides its objects: stylesheets and mapping profiles, which are small and read
//! whole.

use futures::TryStreamExt;

use crate::SourceError;
use crate::asset::Asset;

/// Longest stylesheet or mapping profile that is taken (1 MiB).
pub(super) const MOST_BYTES: usize = 1 << 20;

/// What is in a file; nothing where there is none.
pub(super) async fn whole(
    opened: Result<Asset, SourceError>,
    what: &str,
) -> Result<Option<Vec<u8>>, SourceError> {
    let mut asset = match opened {
        Ok(asset) => asset,
        Err(SourceError::AssetMissing { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut whole = Vec::new();
    while let Some(chunk) = asset.bytes.try_next().await? {
        whole.extend_from_slice(&chunk);
        fits(&whole, what)?;
    }
    Ok(Some(whole))
}

/// Whether it is as short as it is to be.
pub(super) fn fits(text: &[u8], what: &str) -> Result<(), SourceError> {
    if text.len() > MOST_BYTES {
        let what = format!("{what} of the catalogue has more than {MOST_BYTES} bytes");
        return Err(SourceError::Refused { what });
    }
    Ok(())
}
