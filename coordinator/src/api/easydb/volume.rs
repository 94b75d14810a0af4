//! Archives that lie in the store, as a transport left them.

use axum::http::{HeaderMap, Method};
use axum::response::Response;
use fabric::record;
use proto::archive::{Archive, Volume};
use proto::definition::Packer;
use proto::id::RunId;
use proto::key::Key;
use proto::run::Head;

use super::Dialect;
use super::kept::Known;
use super::noted::{is_whole, note_archive};
use super::trouble::Trouble;
use crate::api::content::Content;

/// The archive that a transport made of everything, where it is one file packed as asked for; and which one did.
pub(super) async fn made(
    dialect: &Dialect,
    known: &Known,
    run: RunId,
    packer: Packer,
) -> Result<Option<(u32, Volume)>, Trouble> {
    let store = &*dialect.api.coordinator.store;
    let transports = u32::try_from(known.stored.definition.transports.len()).unwrap_or(u32::MAX);
    for transport in 0..transports {
        let archive: Option<Archive> = record::find(store, &Key::archive(run, transport)).await?;
        let fits = archive.filter(|archive| archive.packer == packer);
        if let Some([volume]) = fits.as_ref().map(|archive| archive.volumes.as_slice()) {
            return Ok(Some((transport, volume.clone())));
        }
    }
    Ok(None)
}

/// A volume of a transport's archive that lies in the store, from here.
pub(super) async fn serve_volume(
    dialect: &Dialect,
    head: &Head,
    (transport, volume): (u32, &Volume),
    disposition: Option<String>,
    (method, headers): (&Method, &HeaderMap),
) -> Result<Response, Trouble> {
    let mut content = Content::of_volume(volume);
    if let Some(disposition) = disposition {
        content.disposition = disposition;
    }
    let store = &dialect.api.coordinator.store;
    let open = async |range| store.read(&volume.key, range, None).await;
    let response = content.answer(method, headers, open).await?;
    if is_whole(method, headers) {
        note_archive(dialect, head, &volume.name, Some(volume.len), Some(transport));
    }
    Ok(response)
}
