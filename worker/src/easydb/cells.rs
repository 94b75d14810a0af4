//! An object as the cells of a row: what a column is called, where it stands, and what is in it.
//!
//! easydb 5 parts names with `#` and puts the rows nested in an object into one cell, a line each; fylr
//! parts them with `.` and has columns for each row.

mod system;
mod fylr;
mod value;

use std::borrow::Cow;
use std::collections::HashMap;

use proto::definition::{Changelog, EasydbHierarchy, Generation};
use source::catalogue::{Column, ColumnKind, Localised};
use source::page::Kind;

use super::json::Json;
use super::links::Via;
use super::scene::{Scene, row_columns};
use super::selection::{Chosen, Part};
use super::shipped::Shipped;
use super::table::Empty;
use super::trail::{Around, Trail};

/// How columns are made and called.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    pub(super) generation: Generation,
    /// Whose columns every object has.
    pub(super) system: Generation,
    pub(super) hierarchy: Option<EasydbHierarchy>,
    pub(super) names: Names,
    pub(super) changelog: Option<Changelog>,
    pub(super) empty: Empty,
}

/// What fields are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    /// As in the object.
    Own,
    /// As people are shown them.
    Localised,
}

/// A column: where it stands among others, and what it is called.
pub(super) type Head = (Vec<u32>, String);

/// What is in a column; NULL tells that there is such a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) kind: Kind,
    pub(super) text: String,
}

/// In which order fields stand.
#[derive(Debug, Clone, Copy)]
enum Order {
    /// That of their mask.
    Mask,
    /// That in which they were met.
    Met,
}

/// Takes objects apart.
pub(super) struct Cells<'s> {
    scene: &'s Scene,
    style: Style,
    /// The places of fields that no mask has, by their types and names.
    ranks: HashMap<String, u32>,
    /// The places of versions of files, by their names.
    versions: HashMap<String, u32>,
    place: Vec<u32>,
    name: String,
    way: String,
    out: Vec<(Head, Cell)>,
}

/// Sections of columns, in their order.
const SYSTEM: u32 = 0;
const FIELDS: u32 = 1;
const ROWS: u32 = 2;

impl<'s> Cells<'s> {
    pub(super) fn new(scene: &'s Scene, style: Style) -> Self {
        Self {
            scene,
            style,
            ranks: HashMap::new(),
            versions: HashMap::new(),
            place: Vec::new(),
            name: String::new(),
            way: String::new(),
            out: Vec::new(),
        }
    }

    /// The cells of an object.
    pub(super) fn object(
        &mut self,
        object: &Json<'_>,
        around: &Around<'_>,
        shipped: &Shipped,
    ) -> Vec<(Head, Cell)> {
        let object_type = object.text_of("_objecttype").unwrap_or("object");
        let part = self.scene.part_of(object_type);
        let fields = object.get(object_type).unwrap_or(&Json::Null);
        self.place = vec![SYSTEM];
        match self.style.system {
            Generation::Easydb => self.system(object, fields),
            Generation::Fylr => self.system_of_fylr(object, fields),
        }
        object_type.clone_into(&mut self.way);
        let mut inside = Inside { trail: Trail::new(around, object), shipped };
        self.place.clear();
        self.fields(object_type, fields, part, &mut inside);
        std::mem::take(&mut self.out)
    }

    fn fields(
        &mut self,
        object_type: &str,
        fields: &Json<'_>,
        part: Part<'_>,
        inside: &mut Inside<'_, '_>,
    ) {
        let columns = self.scene.columns(object_type, fields);
        let is_known = matches!(columns, Cow::Borrowed(_));
        let order = if is_known { Order::Mask } else { Order::Met };
        self.columns(&columns, order, fields, part, inside);
    }

    fn row(
        &mut self,
        columns: &[Column],
        row: &Json<'_>,
        part: Part<'_>,
        inside: &mut Inside<'_, '_>,
    ) {
        let order = if columns.is_empty() { Order::Met } else { Order::Mask };
        self.columns(&row_columns(columns, row), order, row, part, inside);
    }

    fn columns(
        &mut self,
        columns: &[Column],
        order: Order,
        fields: &Json<'_>,
        part: Part<'_>,
        inside: &mut Inside<'_, '_>,
    ) {
        let is_top = self.place.is_empty();
        for (rank, column) in (0..).zip(columns) {
            let Some(Chosen { display, part }) = part.field(&column.name) else { continue };
            let before = self.way.len();
            self.way.push('.');
            self.way.push_str(&column.name);
            let rank = match order {
                Order::Mask => rank,
                Order::Met => {
                    let next = u32::try_from(self.ranks.len()).unwrap_or(u32::MAX);
                    *self.ranks.entry(self.way.clone()).or_insert(next)
                }
            };
            if is_top {
                let is_rows = matches!(
                    column.kind,
                    ColumnKind::Nested { .. } | ColumnKind::ReverseNested { .. }
                );
                let is_fylr = self.style.generation == Generation::Fylr;
                self.place.push(if is_rows && is_fylr { ROWS } else { FIELDS });
            }
            let name = match display.or_else(|| self.scene.display_of_files(column, &self.way)) {
                Some(display) => display.to_owned(),
                None => self.called(&column.name, &column.display),
            };
            let value = fields.get(&column.name);
            self.within(rank, &name, |cells| cells.value(&column.kind, value, part, inside));
            if is_top {
                self.place.clear();
            }
            self.way.truncate(before);
        }
    }

    /// What a field is called.
    fn called(&self, name: &str, display: &Localised) -> String {
        if self.style.names == Names::Localised
            && let Some(display) = self.scene.display(display)
        {
            return display.to_owned();
        }
        match name.strip_prefix("_nested:") {
            Some(table) => table.rsplit_once("__").map_or(table, |(_, rest)| rest).to_owned(),
            None => name.strip_prefix("_reverse_nested:").unwrap_or(name).to_owned(),
        }
    }

    /// A linked object: what it is called, and its fields where it is written out.
    fn link(&mut self, link: Option<&Json<'_>>, part: Part<'_>, inside: &mut Inside<'_, '_>) {
        let link = link.unwrap_or(&Json::Null);
        if link.id().is_some() {
            self.standard(0, link);
        } else {
            self.within(0, "_standard", |cells| cells.no_names(&[]));
        }
        self.within(1, "_system_object_id", |cells| cells.plain(link.get("_system_object_id")));
        self.within(2, "_global_object_id", |cells| cells.plain(link.get("_global_object_id")));
        let Some(object_type) = link.text_of("_objecttype") else { return };
        let Some(whole) = inside.trail.enter(Via::Field, link) else { return };
        if let Some(part) = part.of_type(object_type) {
            let fields = whole.get(object_type).unwrap_or(&Json::Null);
            self.place.push(3);
            let before = self.way.len();
            self.way.push('.');
            self.way.push_str(object_type);
            self.fields(object_type, fields, part, inside);
            self.way.truncate(before);
            self.place.pop();
        }
        inside.trail.back();
    }

    /// Does something one step within a column.
    fn within(&mut self, rank: u32, piece: &str, put: impl FnOnce(&mut Self)) {
        let before = self.name.len();
        if before > 0 {
            let is_row = self.name.ends_with(']');
            let sign = match self.style.generation {
                Generation::Easydb if !is_row => '#',
                Generation::Easydb | Generation::Fylr => '.',
            };
            self.name.push(sign);
        }
        self.name.push_str(piece);
        self.place.push(rank);
        put(self);
        self.place.pop();
        self.name.truncate(before);
    }

    /// Puts a cell into the column.
    fn put(&mut self, kind: Kind, text: String) {
        let kind = if text.is_empty() { Kind::Null } else { kind };
        self.out.push(((self.place.clone(), self.name.clone()), Cell { kind, text }));
    }

    /// Columns for the languages that are written, where those without a value stay: but for those that a text is
    /// in. fylr has only columns with values.
    fn no_texts(&mut self, found: &[&str]) {
        if !self.keeps_empty() {
            return;
        }
        let scene = self.scene;
        for tag in scene.languages.iter().filter(|tag| !found.contains(&tag.as_str())) {
            self.within(self.language(tag), tag, |cells| cells.put(Kind::Null, String::new()));
        }
    }

    /// Whether there are columns in which no object has a value.
    fn keeps_empty(&self) -> bool {
        self.style.empty == Empty::Kept && self.style.generation == Generation::Easydb
    }

    fn text(&mut self, text: &str) {
        self.put(Kind::Text, text.to_owned());
    }

    /// Puts a plain value; what is there but none, NULL.
    fn plain(&mut self, value: Option<&Json<'_>>) {
        let kind = match value {
            Some(Json::Number(_)) => Kind::Number,
            Some(Json::Bool(_)) => Kind::Bool,
            Some(Json::Null | Json::Text(_) | Json::List(_) | Json::Object(_)) | None => Kind::Text,
        };
        let text = value.and_then(Json::text).unwrap_or_default();
        self.put(kind, text.to_owned());
    }
}

/// Where one is within an object.
struct Inside<'t, 'o> {
    trail: Trail<'t>,
    shipped: &'o Shipped,
}
