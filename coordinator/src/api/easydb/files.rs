//! The files of an export: one by one, or any part of them as an archive.
//!
//! They are their owner's, and those of whoever has the uuid of one of the transports.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use axum::response::Response;
use proto::definition::Packer;
use proto::id::RunId;
use serde::Deserialize;

use super::archive::archive;
use super::asker::Asker;
use super::exports::Asked;
use super::folder::folder;
use super::kept::{Known, id};
use super::noted::{is_whole, note_failure, note_file};
use super::state::{Standing, state};
use super::trouble::Trouble;
use super::volume::{made, serve_volume};
use super::wanted::{Form, Wanted};
use super::{Dialect, Product};
use crate::api::content::Content;

/// Which files of which export, as the path of a request says it.
#[derive(Deserialize)]
pub(super) struct Place {
    number: String,
    /// Of a transport, where that is what opens them.
    uuid: Option<String>,
    way: String,
    #[serde(default)]
    path: String,
}

/// Everything of an export, a folder of it or a file.
pub(super) async fn fetch(
    State(dialect): State<Dialect>,
    Path(place): Path<Place>,
    asker: Result<Asker, Trouble>,
    query: Asked,
    uri: Uri,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    let wanted = Wanted::read(&place.way, &place.path, &uri, &query)?;
    let (known, product) = match &place.uuid {
        Some(uuid) => (by_uuid(&dialect, &place.number, uuid).await?, Product::Fylr),
        None => {
            let Asker { owner, product, .. } = asker?;
            (Known::of(&dialect, &owner, &place.number).await?, product)
        }
    };
    let request = (&method, &headers);
    let sent = send(&dialect, &known, &wanted, product, request).await;
    if let Err(trouble) = &sent
        && method == Method::GET
    {
        note_failure(&dialect, &known.head, &wanted.path, trouble.names().easydb.code);
    }
    sent
}

async fn send(
    dialect: &Dialect,
    known: &Known,
    wanted: &Wanted,
    product: Product,
    request: (&Method, &HeaderMap),
) -> Result<Response, Trouble> {
    let standing = Standing::of(dialect, &known.head).await?;
    let Some(run) = standing.as_ref().filter(|standing| standing.is_readable()) else {
        return Err(Trouble::NotDone { state: state(&known.head, standing.as_ref(), product) });
    };
    let run = run.run;
    let packer = match wanted.form {
        Form::File if wanted.is_folder => return folder(dialect, run, wanted).await,
        Form::File => return one(dialect, (known, run), wanted, request).await,
        Form::Zip => Packer::Zip,
        Form::TarGz => Packer::TarGz,
    };
    let whole =
        if wanted.path.is_empty() { made(dialect, known, run, packer).await? } else { None };
    let Some((transport, volume)) = whole else {
        return archive(dialect, known, run, wanted, request).await;
    };
    let name = wanted.saved.name(&known.head.name, wanted.form.extension());
    let disposition = wanted.saved.disposition(&name);
    serve_volume(dialect, &known.head, (transport, &volume), Some(disposition), request).await
}

async fn by_uuid(dialect: &Dialect, number: &str, uuid: &str) -> Result<Known, Trouble> {
    let number = id(number).map_err(|_| Trouble::Passkey)?;
    let head = dialect.api.coordinator.numbered(number).await?.ok_or(Trouble::Passkey)?;
    let known = Known::current(dialect, head).await?;
    // Compared by codes made of both, so that the time it takes tells nothing of either.
    let keys = &dialect.api.settings.links.keys;
    let given = keys.code(uuid);
    let is_one = known.document.ways.iter().fold(false, |is_one, way| {
        is_one | (!way.uuid.is_empty() && keys.is_code(&way.uuid, &given))
    });
    if is_one { Ok(known) } else { Err(Trouble::Passkey) }
}

/// One file as it is, any range of it.
async fn one(
    dialect: &Dialect,
    (known, run): (&Known, RunId),
    wanted: &Wanted,
    (method, headers): (&Method, &HeaderMap),
) -> Result<Response, Trouble> {
    let store = &dialect.api.coordinator.store;
    let found = dialect.paths.find(store, run, &wanted.path).await?;
    let file = found.ok_or_else(|| Trouble::NoFile(wanted.path.clone()))?;
    let mut content = Content::of_file(&file);
    let extension = file.name().rsplit_once('.').map_or("", |(_, extension)| extension);
    content.disposition = wanted.saved.disposition(&wanted.saved.name(file.name(), extension));
    let open = async |range| file.read(store, range).await;
    let mut response = content.answer(method, headers, open).await?;
    // What is shown in a browser comes from strangers, and may do nothing in the name of this place.
    let sandbox =
        HeaderValue::from_static("sandbox; default-src 'none'; style-src 'unsafe-inline'");
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, sandbox);
    if is_whole(method, headers) {
        note_file(dialect, known, &file);
    }
    Ok(response)
}
