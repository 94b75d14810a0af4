//! Downloads without signing in: whoever has the passkey of a transport has its archive, in every run.
//!
//! Passkeys are made of the export and its transport's uuid with the key that signs links, so that none is
//! kept anywhere; another uuid makes another passkey.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use fabric::record;
use proto::archive::Archive;
use proto::id::ExportId;
use proto::key::Key;
use url::form_urlencoded;

use super::Dialect;
use super::exports::Asked;
use super::kept::{Known, id};
use super::noted::{is_whole, note_assets};
use super::saved::Saved;
use super::state::Standing;
use super::trouble::Trouble;
use super::volume::serve_volume;

/// The passkey of a transport.
pub(super) fn of(dialect: &Dialect, export: ExportId, uuid: &str) -> String {
    dialect.api.settings.links.keys.code(&text(export, uuid))
}

fn text(export: ExportId, uuid: &str) -> String {
    format!("passkey {export} {uuid}")
}

/// What a volume is called in addresses: the export's name, its place among several, its extension.
pub(super) fn name(export: &str, volume: &str, (number, count): (usize, usize)) -> String {
    let known = [".tar.gz", ".tar.bz2", ".tar.zst", ".tar.xz", ".tar", ".zip"];
    let extension = known.iter().find(|extension| volume.ends_with(**extension)).unwrap_or(&"");
    let export = export.replace('/', "_");
    if count > 1 { format!("{export}.{number}{extension}") } else { format!("{export}{extension}") }
}

/// A name as a segment of a path.
pub(super) fn escaped(name: &str) -> String {
    form_urlencoded::byte_serialize(name.as_bytes()).collect::<String>().replace('+', "%20")
}

/// Which volume a name means: the number before its extension, else the first.
fn volume(name: &str) -> usize {
    let parts = name.split('.').rev().take(3);
    parts.filter_map(|part| part.parse().ok()).find(|number| *number > 0).unwrap_or(1)
}

/// Fetches a volume of what a transport made in the last run.
pub(super) async fn download(
    State(dialect): State<Dialect>,
    Path((number, passkey, name)): Path<(String, String, String)>,
    query: Asked,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    let (saved, coordinator) = (Saved::read(&query)?, &dialect.api.coordinator);
    let head = coordinator.numbered(id(&number).map_err(|_| Trouble::Passkey)?).await?;
    let known = Known::current(&dialect, head.ok_or(Trouble::Passkey)?).await?;
    let keys = &dialect.api.settings.links.keys;
    let ways = (0_u32..).zip(&known.document.ways);
    let found = ways
        .filter(|(_, way)| keys.is_code(&text(known.head.id, &way.uuid), &passkey))
        .map(|(place, _)| place)
        .next();
    let place = found.ok_or(Trouble::Passkey)?;
    let standing = Standing::of(&dialect, &known.head).await?;
    // Transports of another version are not what they were: the archive at a place may be another one's.
    let standing = standing.filter(|standing| standing.is_current(&known.head));
    let standing = standing.ok_or(Trouble::Passkey)?;
    let archive: Option<Archive> =
        record::find(&*coordinator.store, &Key::archive(standing.run, place)).await?;
    let archive = archive.filter(|_| standing.is_readable()).ok_or(Trouble::Passkey)?;
    let count = archive.volumes.len();
    let wanted = if count > 1 { volume(&name) } else { 1 };
    let volume = archive.volumes.get(wanted - 1).ok_or(Trouble::Passkey)?;
    if is_whole(&method, &headers) {
        note_assets(&dialect, &known.head, &standing, place).await;
    }
    let disposition = saved.volume(&volume.name, (wanted, count));
    serve_volume(&dialect, &known.head, (place, volume), disposition, (&method, &headers)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_volume_is_known_by_its_name() {
        for (given, count, expected) in [
            ("Bilder.zip", 1, "Bilder 1-2.zip"),
            ("x-002.zip", 3, "Bilder 1-2.2.zip"),
            ("x-002.tar.bz2", 3, "Bilder 1-2.2.tar.bz2"),
        ] {
            let name = name("Bilder 1-2", given, (2, count));
            assert_eq!(name, expected);
            assert_eq!(volume(&name), if count > 1 { 2 } else { 1 });
        }
        assert_eq!(escaped("ä b/c.zip"), "%C3%A4%20b%2Fc.zip");
    }
}
