//! A page that lists the files of a folder.

use axum::response::Response;
use futures::stream::{StreamExt, TryStreamExt};
use proto::id::RunId;
use tree::{File, FileId};

use super::selection::Selection;
use super::trouble::Trouble;
use super::wanted::Wanted;
use super::{Dialect, passkey};
use crate::api::page;
use crate::api::shape::Files;

/// Files on a page.
const PAGE: usize = 200;

/// A page that lists the files of a folder, whose links are relative to it.
pub(super) async fn folder(
    dialect: &Dialect,
    run: RunId,
    wanted: &Wanted,
) -> Result<Response, Trouble> {
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
