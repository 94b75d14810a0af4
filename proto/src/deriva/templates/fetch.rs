//! The files whose addresses a table holds.

use super::asset::Asset;
use super::file_name::file_name;
use super::shown::Shown;
use super::template::Output;
use crate::percent::encoded;

/// The folder of files in a bag.
const FOLDER: &str = "assets";

/// One query for each column of addresses that is shown. `path` leads to the table, and `display_name` is what
/// it is called, where it is not the one whose rows are exported.
pub(super) fn outputs(shown: &[Shown<'_>], display_name: &str, path: Option<&str>) -> Vec<Output> {
    let assets = shown.iter().filter_map(|one| match one {
        Shown::Asset(asset) => Some(*asset),
        Shown::Column(_) | Shown::Key(_) | Shown::Row(_) | Shown::Rows(_) | Shown::Made => None,
    });
    assets.map(|asset| output(asset, display_name, path)).collect()
}

fn output(asset: Asset<'_>, display_name: &str, path: Option<&str>) -> Output {
    let described = [
        ("length", asset.length),
        ("filename", asset.filename),
        ("md5", asset.md5),
        ("sha256", asset.sha256),
    ];
    let described = described.into_iter().filter_map(|(name, column)| Some((name, column?)));
    let columns: Vec<_> = std::iter::once(("url", asset.url))
        .chain(described)
        .map(|(name, column)| format!("{name}:={}", encoded(column)))
        .collect();
    // A row without an address has no file.
    let own = format!("!({}::null::)/{}", encoded(asset.url), columns.join(","));
    let path = path.map_or_else(|| own.clone(), |path| format!("{path}/{own}"));
    let folder = if display_name.is_empty() {
        FOLDER.to_owned()
    } else {
        format!("{FOLDER}/{}", file_name(display_name))
    };
    Output::of("fetch", format!("{folder}/{}", file_name(asset.url)), "attribute", Some(path))
}
