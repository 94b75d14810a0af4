//! The files of an export: one by one, or any part of them as an archive made on the way out.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use axum::response::{IntoResponse, Response};
use fabric::record;
use fabric::store::StoreError;
use futures::future;
use futures::stream::{BoxStream, StreamExt, TryStreamExt};
use proto::archive::{Archive, Volume};
use proto::id::RunId;
use proto::key::Key;
use proto::run::Head;
use serde_json::json;
use tree::{File, FileId};

use super::asker::Asker;
use super::exports::{Asked, id};
use super::kept::Known;
use super::state::{Standing, state};
use super::trouble::Trouble;
use super::{Dialect, Product, passkey, tar_gz, zip};
use crate::api::content::{Content, keep_private};
use crate::api::disposition::{attachment, inline};
use crate::api::page;
use crate::api::shape::Files;
use crate::easydb::What;

/// Files on a page.
const PAGE: usize = 200;

/// In which form files are fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// One file as it is.
    File,
    /// A ZIP archive.
    Zip,
    /// A tar archive compressed by gzip.
    TarGz,
}

impl Form {
    fn named(name: &str) -> Result<Self, Trouble> {
        match name {
            "file" => Ok(Self::File),
            "zip" => Ok(Self::Zip),
            "tar_gz" => Ok(Self::TarGz),
            _ => Err(Trouble::NoPath),
        }
    }
}

/// Which files, in which form, called what.
struct Wanted {
    form: Form,
    /// A file or a folder; everything where it is empty.
    path: String,
    /// Whether a folder is meant and nothing else.
    is_folder: bool,
    /// After which file a page begins.
    cursor: Option<String>,
    /// What links on a page begin with.
    base: &'static str,
    disposition: Option<String>,
    filename: Option<String>,
}

impl Wanted {
    fn new(form: &str, path: &str, query: &Asked) -> Result<Self, Trouble> {
        let disposition = query.get("disposition").cloned();
        if let Some(other) =
            disposition.as_deref().filter(|text| !["inline", "attachment"].contains(text))
        {
            let why = format!("{other:?} is neither inline nor attachment");
            return Err(Trouble::Parameter { name: "disposition", why });
        }
        let filename = query.get("filename").filter(|name| !name.is_empty()).cloned();
        let is_folder = path.is_empty() || path.ends_with('/');
        let (path, cursor) = (path.trim_matches('/').to_owned(), query.get("cursor").cloned());
        let (form, base) = (Form::named(form)?, "./");
        Ok(Self { form, path, is_folder, cursor, base, disposition, filename })
    }

    /// Everything, asked for with a slash at the end or without one.
    fn everything(form: &str, uri: &Uri, query: &Asked) -> Result<Self, Trouble> {
        let base = if uri.path().ends_with('/') { "./" } else { "./file/" };
        Ok(Self { base, ..Self::new(form, "", query)? })
    }

    /// The header that says how a file of this name is saved; empty where nobody asked.
    fn disposition(&self, name: &str) -> String {
        match self.disposition.as_deref() {
            Some("inline") => inline(name),
            Some(_) => attachment(name),
            None => String::new(),
        }
    }

    /// What a file is called: as asked for, with the extension that it has.
    fn name(&self, usual: &str, extension: &str) -> String {
        match &self.filename {
            Some(name) if extension.is_empty() => name.clone(),
            Some(name) => format!("{name}.{extension}"),
            None if extension.is_empty() || usual.ends_with(&format!(".{extension}")) => {
                usual.to_owned()
            }
            None => format!("{usual}.{extension}"),
        }
    }
}

/// Everything of an export.
pub(super) async fn whole(
    State(dialect): State<Dialect>,
    asker: Asker,
    Path((number, form)): Path<(String, String)>,
    query: Asked,
    uri: Uri,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    let wanted = Wanted::everything(&form, &uri, &query)?;
    let known = Known::of(&dialect, &asker.owner, id(&number)?).await?;
    fetch(&dialect, &known, &wanted, asker.product, (&method, &headers)).await
}

/// A file or a folder of an export.
pub(super) async fn part(
    State(dialect): State<Dialect>,
    asker: Asker,
    Path((number, form, path)): Path<(String, String, String)>,
    query: Asked,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    let wanted = Wanted::new(&form, &path, &query)?;
    let known = Known::of(&dialect, &asker.owner, id(&number)?).await?;
    fetch(&dialect, &known, &wanted, asker.product, (&method, &headers)).await
}

/// The same for whoever has the uuid of a transport.
pub(super) async fn whole_by_uuid(
    State(dialect): State<Dialect>,
    Path((number, uuid, form)): Path<(String, String, String)>,
    query: Asked,
    uri: Uri,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    let wanted = Wanted::everything(&form, &uri, &query)?;
    let known = by_uuid(&dialect, &number, &uuid).await?;
    fetch(&dialect, &known, &wanted, Product::Fylr, (&method, &headers)).await
}

/// The same for whoever has the uuid of a transport.
pub(super) async fn part_by_uuid(
    State(dialect): State<Dialect>,
    Path((number, uuid, form, path)): Path<(String, String, String, String)>,
    query: Asked,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    let wanted = Wanted::new(&form, &path, &query)?;
    let known = by_uuid(&dialect, &number, &uuid).await?;
    fetch(&dialect, &known, &wanted, Product::Fylr, (&method, &headers)).await
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

async fn fetch(
    dialect: &Dialect,
    known: &Known,
    wanted: &Wanted,
    product: Product,
    (method, headers): (&Method, &HeaderMap),
) -> Result<Response, Trouble> {
    let standing = Standing::of(dialect, &known.head).await?;
    let Some(run) = standing.as_ref().filter(|standing| standing.is_readable()) else {
        return Err(Trouble::NotDone { state: state(&known.head, standing.as_ref(), product) });
    };
    let run = run.run;
    match wanted.form {
        Form::File if wanted.is_folder => folder(dialect, run, wanted).await,
        Form::File => one(dialect, run, wanted, method, headers).await,
        Form::Zip if wanted.path.is_empty() => match made(dialect, known, run).await? {
            Some(volume) => {
                let name = wanted.name(&known.head.name, "zip");
                let disposition = wanted.disposition(&name);
                serve_volume(dialect, &known.head, &volume, Some(disposition), method, headers)
                    .await
            }
            None => archive(dialect, known, run, wanted, method).await,
        },
        Form::Zip | Form::TarGz => archive(dialect, known, run, wanted, method).await,
    }
}

/// The archive that a transport made of everything, where it is what a reader of `zip` expects.
async fn made(dialect: &Dialect, known: &Known, run: RunId) -> Result<Option<Volume>, Trouble> {
    let store = &*dialect.api.coordinator.store;
    let transports = u32::try_from(known.stored.definition.transports.len()).unwrap_or(u32::MAX);
    for transport in 0..transports {
        let archive: Option<Archive> = record::find(store, &Key::archive(run, transport)).await?;
        let plain = archive.filter(|archive| archive.packer == proto::definition::Packer::Zip);
        if let Some([volume]) = plain.as_ref().map(|archive| archive.volumes.as_slice()) {
            return Ok(Some(volume.clone()));
        }
    }
    Ok(None)
}

/// A volume of an archive that lies in the store, from here.
pub(super) async fn serve_volume(
    dialect: &Dialect,
    head: &Head,
    volume: &Volume,
    disposition: Option<String>,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Response, Trouble> {
    let mut content = Content::of_volume(volume);
    if let Some(disposition) = disposition {
        content.disposition = disposition;
    }
    let store = &dialect.api.coordinator.store;
    let open = async |range| store.read(&volume.key, range, None).await;
    let response = answered(content.answer(method, headers, open).await);
    if method == Method::GET && !headers.contains_key(header::RANGE) {
        note_download(dialect, head, &volume.name, Some(volume.len)).await;
    }
    Ok(response)
}

/// Tells that an archive is fetched. One that is not told is fetched all the same.
async fn note_download(dialect: &Dialect, head: &Head, name: &str, bytes: Option<u64>) {
    let coordinator = &dialect.api.coordinator;
    let now = coordinator.ambient.now();
    let info = json!({
        "state": "started", "url": name, "bytes_loaded": bytes, "bytes_total": bytes,
        "bytes_count": bytes,
        "export": {"_id": head.number, "_version": head.version, "name": head.name,
            "is_archive": true},
    });
    let of = format!("download-{:032x}", coordinator.ambient.nonce());
    if let Err(error) = coordinator.chronicle(head, What::Downloaded, &of, now, info).await {
        tracing::warn!(error = &error as &dyn std::error::Error, "download not told");
    }
}

/// One file as it is, any range of it.
async fn one(
    dialect: &Dialect,
    run: RunId,
    wanted: &Wanted,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Response, Trouble> {
    let store = &dialect.api.coordinator.store;
    let found = dialect.paths.find(store, run, &wanted.path).await?;
    let file = found.ok_or_else(|| Trouble::NoFile(wanted.path.clone()))?;
    let mut content = Content::of_file(&file);
    let extension = file.name().rsplit_once('.').map_or("", |(_, extension)| extension);
    content.disposition = wanted.disposition(&wanted.name(file.name(), extension));
    let open = async |range| file.read(store, range).await;
    let mut response = answered(content.answer(method, headers, open).await);
    // What is shown in a browser comes from strangers, and may do nothing in the name of this place.
    let sandbox =
        HeaderValue::from_static("sandbox; default-src 'none'; style-src 'unsafe-inline'");
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, sandbox);
    Ok(response)
}

/// A page that lists the files of a folder, whose links are relative to it.
async fn folder(dialect: &Dialect, run: RunId, wanted: &Wanted) -> Result<Response, Trouble> {
    let after = wanted.cursor.as_deref().map(str::parse::<FileId>).transpose();
    let after = after.map_err(|_| Trouble::Parameter {
        name: "cursor",
        why: "it is none of the page before".to_owned(),
    })?;
    let selection = Selection::new(run, &wanted.path);
    let files = selection.files_after(dialect, after).take(PAGE).try_collect().await;
    let files: Vec<File> = files?;
    if files.is_empty() && after.is_none() {
        return Err(Trouble::NoFile(wanted.path.clone()));
    }
    let below = if wanted.path.is_empty() { 0 } else { wanted.path.len() + 1 };
    let href = |id: &str, _: &str| {
        let file = files.iter().find(|file| file.id.to_string() == id);
        let path = file.and_then(|file| file.path.get(below..)).unwrap_or_default();
        let segments: Vec<String> = path.split('/').map(passkey::escaped).collect();
        // No scheme is read out of a name with a colon in it.
        format!("{}{}", wanted.base, segments.join("/"))
    };
    let listed = Files::page(&files, PAGE, href);
    let next = listed.next.as_ref().map(|next| format!("{}?cursor={next}", wanted.base));
    Ok(page::of(&listed, next.as_deref()))
}

fn answered(answer: Result<Response, crate::api::problem::Refusal>) -> Response {
    answer.unwrap_or_else(IntoResponse::into_response)
}

/// The files of a run in an archive that is made on the way out: those below a path.
pub(super) struct Selection {
    pub(super) run: RunId,
    /// What files begin with, or are.
    path: String,
    /// How much of their paths stays away in the archive: the folders around what is asked for.
    cut: usize,
}

impl Selection {
    fn new(run: RunId, path: &str) -> Self {
        let cut = path.rfind('/').map_or(0, |slash| slash + 1);
        Self { run, path: path.to_owned(), cut }
    }

    /// The files, in order.
    pub(super) fn files(&self, dialect: &Dialect) -> BoxStream<'static, Result<File, StoreError>> {
        self.files_after(dialect, None)
    }

    fn files_after(
        &self,
        dialect: &Dialect,
        after: Option<FileId>,
    ) -> BoxStream<'static, Result<File, StoreError>> {
        let path = self.path.clone();
        let fits = move |file: &File| {
            path.is_empty()
                || file
                    .path
                    .strip_prefix(&*path)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let files = tree::files(&dialect.api.coordinator.store, self.run, after);
        files.filter(move |file| future::ready(file.as_ref().map_or(true, &fits))).boxed()
    }

    /// What a file is called in the archive.
    pub(super) fn name<'f>(&self, file: &'f File) -> &'f str {
        file.path.get(self.cut..).unwrap_or(&file.path)
    }
}

async fn archive(
    dialect: &Dialect,
    known: &Known,
    run: RunId,
    wanted: &Wanted,
    method: &Method,
) -> Result<Response, Trouble> {
    let selection = std::sync::Arc::new(Selection::new(run, &wanted.path));
    let leaf = wanted.path.rsplit('/').next().unwrap_or_default();
    let usual = [known.head.name.as_str(), leaf].join(" ");
    let (body, len, extension, kind) = match wanted.form {
        Form::TarGz => {
            if selection.files(dialect).next().await.transpose()?.is_none() {
                return Err(Trouble::NoFile(wanted.path.clone()));
            }
            (tar_gz::stream(dialect, &selection), None, "tar.gz", "application/gzip")
        }
        Form::File | Form::Zip => {
            let len = zip::len(dialect, &selection).await?;
            let len = len.ok_or_else(|| Trouble::NoFile(wanted.path.clone()))?;
            (zip::stream(dialect, &selection), Some(len), "zip", "application/zip")
        }
    };
    let is_read = method == Method::GET;
    let mut response =
        if is_read { Body::from_stream(body) } else { Body::empty() }.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Some(len) = len {
        headers.insert(header::CONTENT_LENGTH, len.into());
    }
    let name = wanted.name(usual.trim(), extension);
    let disposition = wanted.disposition(&name);
    if let Ok(value) = HeaderValue::from_str(&disposition)
        && !disposition.is_empty()
    {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    keep_private(headers);
    if is_read {
        note_download(dialect, &known.head, &name, len).await;
    }
    Ok(response)
}
