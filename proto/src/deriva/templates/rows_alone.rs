//! The rows of a table in one file, which clients offer beside all templates.

use serde_json::Map;

use super::bag::MAIN;
use super::rows::{self, Rows};
use super::shown::{Page, for_export};
use super::template::{Kind, Output, Template};
use crate::deriva::schema::TableIn;

/// What it is called.
pub(super) const DISPLAY_NAME: &str = "CSV";

/// The template of the file; nothing where no column of the rows is exported.
pub(super) fn template(table: TableIn<'_>, context: &str) -> Option<Template> {
    Some(Template {
        displayname: DISPLAY_NAME.to_owned(),
        kind: Kind::File,
        outputs: vec![output(table, context)?],
        transforms: None,
        postprocessors: None,
        public: None,
        bag_archiver: None,
        bag_idempotent: None,
        others: Map::new(),
    })
}

/// The rows with what a page shows of them.
pub(super) fn output(table: TableIn<'_>, context: &str) -> Option<Output> {
    let page = if context == "compact" { Page::List } else { Page::Record };
    let rows = Rows { table, alias: MAIN, path: None, beside: None };
    rows::output(rows, &table.display_name(), &for_export(table, page))
}
