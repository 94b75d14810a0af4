//! `easydb_flat`: an element for each value of an object, called by its way.
//!
//! There is no public description of easydb's own form. This one has the columns of a table for elements:
//! `<field name="titel.de-DE">`, rows numbered from 0 (`schlagwort[0].bemerkung`).

use proto::definition::Generation;
use source::page::Kind;

use super::cells::{Cell, Head, Names, Style};
use super::json::Json;
use super::markup::Markup;
use super::table::Empty;

/// How values are called.
pub(super) const STYLE: Style = Style {
    generation: Generation::Fylr,
    system: Generation::Easydb,
    hierarchy: None,
    names: Names::Own,
    changelog: None,
    empty: Empty::Dropped,
};

/// Writes an object.
pub(super) fn object(object: &Json<'_>, cells: Vec<(Head, Cell)>, markup: &mut Markup) {
    let object_type = object.text_of("_objecttype").unwrap_or("object");
    markup.open(object_type, &[]);
    for ((_, name), cell) in cells {
        if cell.kind != Kind::Null {
            markup.leaf("field", &[("name", &name)], &cell.text);
        }
    }
    markup.close(object_type);
}
