//! An event as its readers see it.

use proto::id::Owner;
use serde_json::{Map, Value, json};

use super::super::user::user;
use super::super::{Dialect, Product};
use super::end;
use crate::easydb::{Happened, What};

/// For whom events are shaped.
pub(super) struct Shape<'o> {
    pub(super) owner: &'o Owner,
    pub(super) product: Product,
    /// The owner, as events show who did something.
    user: Value,
}

impl<'o> Shape<'o> {
    pub(super) fn new(dialect: &Dialect, owner: &'o Owner, product: Product) -> Self {
        Self { owner, product, user: user(dialect, owner) }
    }

    /// An event. `thing` is what it happened to, where it is told of many at once.
    pub(super) fn one(
        &self,
        id: u64,
        happened: &Happened,
        thing: Option<&Map<String, Value>>,
    ) -> Value {
        let of = Of::happened(happened, thing);
        let mut info = happened.info.clone();
        info.extend(thing.cloned().unwrap_or_default());
        if let Some(file) = thing.filter(|_| is_file(happened.what)) {
            let version = file.get("asset_version").cloned().unwrap_or_default();
            info.insert("version".to_owned(), version);
        }
        if matches!(happened.what, What::Finish | What::Failed | What::Stopped) {
            end::shape(&mut info, self.product);
        }
        let is_pollable = self.product == Product::Easydb5 && happened.what.is_pollable();
        json!({
            "_basetype": "event",
            "_user": self.user,
            "event": {
                "_id": id,
                "type": name(happened, self.product),
                "timestamp": happened.at,
                "basetype": base_type(happened.what),
                "objecttype": of.kind,
                "object_id": of.id,
                "object_version": of.version,
                "pollable": is_pollable,
                "info": info,
            },
        })
    }
}

/// What an event happened to: an object or a file of the catalogue, and else an export.
struct Of {
    kind: Value,
    id: Value,
    version: Value,
}

impl Of {
    fn happened(happened: &Happened, thing: Option<&Map<String, Value>>) -> Self {
        let told = |key: &str| thing.and_then(|thing| thing.get(key)).cloned().unwrap_or_default();
        match told("objecttype") {
            Value::Null if thing.is_some() && is_file(happened.what) => {
                // Of its versions an event names one by its name.
                Self { kind: json!("asset"), id: told("asset_id"), version: Value::Null }
            }
            Value::Null => Self {
                kind: Value::Null,
                id: json!(happened.number),
                version: json!(happened.version),
            },
            kind @ (Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_)) => {
                Self { kind, id: told("object_id"), version: told("object_version") }
            }
        }
    }
}

/// Whether an event is of files of the catalogue.
fn is_file(what: What) -> bool {
    base_type(what) == "asset"
}

/// What kind of thing an event is of.
pub(super) fn base_type(what: What) -> &'static str {
    match what {
        What::Objects => "object",
        What::Assets
        | What::Copied
        | What::CopiedAsScheduled
        | What::AssetsDownloaded
        | What::AssetsFetched => "asset",
        What::Insert
        | What::Update
        | What::Delete
        | What::Warning
        | What::Start
        | What::Finish
        | What::Failed
        | What::Stopped
        | What::TransportFinish
        | What::TransportFailed
        | What::EmailSent
        | What::Downloaded
        | What::NotDownloaded
        | What::Gone => "export",
    }
}

/// What an event is called.
pub(super) fn name(happened: &Happened, product: Product) -> &'static str {
    match (happened.what, product) {
        (What::Insert, _) => "EXPORT_INSERT",
        (What::Update, _) => "EXPORT_UPDATE",
        (What::Delete, _) => "EXPORT_DELETE",
        (What::Warning, _) => "EXPORT_WARNING",
        (What::Start, _) => "EXPORT_START",
        (What::Objects, _) => "EXPORT_OBJECT",
        (What::Assets, _) => "EXPORT_ASSET",
        (What::Finish, Product::Fylr) if happened.info.get("totalCount") == Some(&json!(0)) => {
            "EXPORT_FINISH_EMPTY"
        }
        (What::Finish, _) => "EXPORT_FINISH",
        (What::Failed, _) => "EXPORT_FAILED",
        (What::Stopped, Product::Easydb5) => "EXPORT_STOPPED",
        (What::Stopped, Product::Fylr) => "EXPORT_CANCELED",
        (What::TransportFinish, _) => "EXPORT_TRANSPORT_FINISH",
        (What::TransportFailed, _) => "EXPORT_TRANSPORT_FAILED",
        (What::Copied, _) => "ASSET_EXPORT_TRANSPORT_COPY",
        (What::CopiedAsScheduled, _) => "ASSET_EXPORT_TRANSPORT_COPY_SCHEDULED",
        (What::EmailSent, _) => "EMAIL_SENT",
        (What::Downloaded, Product::Easydb5) => "DOWNLOAD_EXPORT",
        (What::Downloaded, Product::Fylr) => "EXPORT_DOWNLOAD",
        (What::NotDownloaded, _) => "EXPORT_DOWNLOAD_ERROR",
        (What::AssetsDownloaded, Product::Fylr) => "FILE_DOWNLOAD",
        (What::AssetsDownloaded, Product::Easydb5) if is_download(happened) => "ASSET_DOWNLOAD",
        (What::AssetsDownloaded, Product::Easydb5) => "ASSET_EXPORT_DOWNLOAD",
        (What::AssetsFetched, _) => "ASSET_EXPORT_TRANSPORT_DOWNLOAD",
        // Nobody is shown it.
        (What::Gone, _) => "",
    }
}

/// Whether an event is of an export of the type `download`.
fn is_download(happened: &Happened) -> bool {
    happened.info.get("type").is_some_and(|kind| kind == "download")
}
