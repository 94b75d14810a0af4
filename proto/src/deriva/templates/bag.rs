//! The bag that a table offers of itself: its rows, its files, and those of the tables that belong to it.

use serde_json::Map;

use super::fetch;
use super::related::{self, Related, related};
use super::rows::{self, Rows};
use super::shown::{Page, Shown, for_export};
use super::template::{Kind, Output, Template};
use crate::deriva::schema::TableIn;

/// What it is called.
pub(super) const DISPLAY_NAME: &str = "BDBag";

/// What the exported rows' own table is called in paths.
pub(super) const MAIN: &str = "M";

/// The template of the bag, unless there is nothing in it.
pub(super) fn template(table: TableIn<'_>) -> Option<Template> {
    let outputs = outputs(table);
    (!outputs.is_empty()).then(|| Template {
        displayname: DISPLAY_NAME.to_owned(),
        kind: Kind::Bag,
        outputs,
        transforms: None,
        postprocessors: None,
        public: None,
        bag_archiver: None,
        bag_idempotent: None,
        others: Map::new(),
    })
}

/// What is in it: the rows, their files, then each table that is shown with them and each that is listed below.
pub(super) fn outputs(table: TableIn<'_>) -> Vec<Output> {
    let shown = for_export(table, Page::Record);
    let rows = Rows { table, alias: MAIN, path: None, beside: None };
    let mut outputs: Vec<_> =
        rows::output(rows, &table.display_name(), &shown).into_iter().collect();
    outputs.extend(fetch::outputs(&shown, "", None));
    for one in &shown {
        if let Shown::Rows(inline) = one {
            outputs.extend(belonging(table, inline));
        }
    }
    for listed in &related(table) {
        outputs.extend(belonging(table, listed));
    }
    outputs
}

/// The rows and the files of a table that belongs to another one.
fn belonging(main: TableIn<'_>, one: &Related<'_>) -> Vec<Output> {
    let (shown, path) = (for_export(one.table, Page::Record), one.path.as_str());
    let rows = Rows {
        table: one.table,
        alias: related::ALIAS,
        path: Some(path),
        beside: one.is_shared.then_some(main),
    };
    let csv = rows::output(rows, &one.display_name, &shown);
    let files = fetch::outputs(&shown, &one.display_name, Some(path));
    csv.into_iter().chain(files).collect()
}
