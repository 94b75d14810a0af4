//! The cells of values, each by what its field holds.

use std::collections::BTreeMap;

use proto::definition::Generation;
use source::catalogue::{Column, ColumnKind};
use source::page::Kind;

use super::{Cells, Head, Inside};
use crate::easydb::json::Json;
use crate::easydb::links::Via;
use crate::easydb::selection::Part;
use crate::easydb::shipped::told;
use crate::easydb::standard::value::{hundredths, moment};

/// Where the first version of a file stands: after what is told of the file itself.
const FIRST_VERSION: u32 = 6;

/// Where the last one stands: before the other addresses of the file.
const LAST_VERSION: u32 = 899;

impl Cells<'_> {
    /// The cells of a field's value; NULL where there is none.
    pub(super) fn value(
        &mut self,
        kind: &ColumnKind,
        value: Option<&Json<'_>>,
        part: Part<'_>,
        inside: &mut Inside<'_, '_>,
    ) {
        match kind {
            ColumnKind::Text
            | ColumnKind::TextOneline
            | ColumnKind::String
            | ColumnKind::Number
            | ColumnKind::Double
            | ColumnKind::Boolean => self.plain(value),
            ColumnKind::Hundredths => {
                let decimal = value.and_then(Json::text).map(hundredths);
                self.put(Kind::Number, decimal.unwrap_or_default());
            }
            ColumnKind::Date | ColumnKind::Datetime => {
                self.text(value.and_then(moment).unwrap_or_default());
            }
            ColumnKind::Daterange => {
                for (rank, side) in [(0, "from"), (1, "to")] {
                    let date = value.and_then(|value| value.text_of(side)).unwrap_or_default();
                    self.within(rank, side, |cells| cells.text(date));
                }
                let text = value.and_then(|value| value.get("text"));
                self.within(2, "text", |cells| cells.texts(text));
            }
            ColumnKind::TextL10n | ColumnKind::TextL10nOneline => self.texts(value),
            ColumnKind::Link { .. } => self.link(value, part, inside),
            ColumnKind::Nested { columns } => self.rows(columns, None, value, part, inside),
            ColumnKind::ReverseNested { columns, from } => {
                self.rows(columns, Some(from), value, part, inside);
            }
            ColumnKind::Eas => self.files(value, inside),
            ColumnKind::Custom { .. } => self.custom(value),
        }
    }

    /// A text in each language.
    pub(super) fn texts(&mut self, value: Option<&Json<'_>>) {
        if let Some(Json::Text(text)) = value {
            return self.text(text);
        }
        let scene = self.scene;
        let texts = value.map(|value| scene.texts(value)).unwrap_or_default();
        self.no_texts(&texts.iter().map(|(tag, _)| *tag).collect::<Vec<_>>());
        for (tag, text) in texts {
            self.within(self.language(tag), tag, |cells| cells.text(text));
        }
    }

    fn custom(&mut self, value: Option<&Json<'_>>) {
        let Some(value) = value else { return self.put(Kind::Null, String::new()) };
        if value.text().is_some() {
            return self.plain(Some(value));
        }
        let mut text = Vec::new();
        value.write(&mut text);
        self.put(Kind::Json, String::from_utf8(text).unwrap_or_default());
        if let Some(standard) = value.at(&["_standard", "text"]) {
            self.within(0, "_standard", |cells| cells.texts(Some(standard)));
        }
    }

    fn rows(
        &mut self,
        columns: &[Column],
        reverse: Option<&String>,
        value: Option<&Json<'_>>,
        part: Part<'_>,
        inside: &mut Inside<'_, '_>,
    ) {
        let rows = value.map(Json::items).unwrap_or_default();
        match self.style.generation {
            Generation::Fylr => {
                let before = self.name.len();
                for (number, row) in (0..).zip(rows) {
                    self.row_name(number);
                    self.place.push(number);
                    self.nested(columns, reverse, row, part, inside);
                    self.place.pop();
                    self.name.truncate(before);
                }
            }
            Generation::Easydb => self.lines(columns, reverse, rows, part, inside),
        }
    }

    /// Goes on with the name of a row.
    fn row_name(&mut self, number: u32) {
        self.name.push('[');
        self.name.push_str(itoa::Buffer::new().format(number));
        self.name.push(']');
    }

    /// The rows in one cell for each of their columns, a line each: CSV within the cell.
    fn lines(
        &mut self,
        columns: &[Column],
        reverse: Option<&String>,
        rows: &[Json<'_>],
        part: Part<'_>,
        inside: &mut Inside<'_, '_>,
    ) {
        let none = [Json::Null];
        let rows = if rows.is_empty() && self.keeps_empty() { &none[..] } else { rows };
        let outer = std::mem::take(&mut self.out);
        let before = self.name.len();
        self.name.push_str("[]");
        let mut lines: BTreeMap<Head, Vec<String>> = BTreeMap::new();
        for (number, row) in rows.iter().enumerate() {
            self.nested(columns, reverse, row, part, inside);
            for (head, cell) in self.out.drain(..) {
                let cells = lines.entry(head).or_default();
                cells.resize(number, String::new());
                cells.push(line(&cell.text));
            }
        }
        self.name.truncate(before);
        self.out = outer;
        for (head, mut cells) in lines {
            cells.resize(rows.len(), String::new());
            let is_empty = cells.iter().all(String::is_empty);
            let text = if is_empty { String::new() } else { cells.join("\n") };
            let kind = if is_empty { Kind::Null } else { Kind::Text };
            self.out.push((head, super::Cell { kind, text }));
        }
    }

    /// The cells of a row, or of the object that it is.
    fn nested(
        &mut self,
        columns: &[Column],
        reverse: Option<&String>,
        row: &Json<'_>,
        part: Part<'_>,
        inside: &mut Inside<'_, '_>,
    ) {
        // A place of its own, so that the row's columns are not taken for the object's.
        self.place.push(0);
        let Some(from) = reverse else {
            self.row(columns, row, part, inside);
            self.place.pop();
            return;
        };
        self.within(0, "_system_object_id", |cells| cells.plain(row.get("_system_object_id")));
        if let Some(whole) = inside.trail.enter(Via::Reverse, row) {
            let fields = whole.get(from).unwrap_or(&Json::Null);
            self.place.push(1);
            self.fields(from, fields, part, inside);
            self.place.pop();
            inside.trail.back();
        } else {
            self.place.push(1);
            self.row(columns, row, part, inside);
            self.place.pop();
        }
        self.place.pop();
    }

    fn files(&mut self, value: Option<&Json<'_>>, inside: &Inside<'_, '_>) {
        let Some(files) = value else {
            if self.keeps_empty() {
                self.within(0, "original_filename", |cells| cells.text(""));
            }
            return;
        };
        let names: Vec<&str> =
            files.items().iter().filter_map(|file| file.text_of("original_filename")).collect();
        self.within(0, "original_filename", |cells| cells.text(&names.join("\n")));
        let scene = self.scene;
        let field = scene.easydb.eas_fields.get(&self.way);
        for (number, file) in (0..).zip(files.items()) {
            let place = number + 1;
            let file_cells = |cells: &mut Self| {
                for (rank, key, shown) in [
                    (0, "_id", "eas_id"),
                    (1, "class", "class"),
                    (2, "extension", "extension"),
                    (3, "original_filename", "original_filename"),
                    (4, "filesize", "filesize"),
                ] {
                    cells.within(rank, shown, |cells| cells.plain(file.get(key)));
                }
                for told in told(field, file, files) {
                    let rank = cells.place_of_version(told.name);
                    let url = told.version.text_of("url").unwrap_or_default();
                    if told.name == "original" {
                        cells.within(5, "url", |cells| cells.text(url));
                    }
                    cells.within(rank, told.name, |cells| {
                        cells.within(0, "url", |cells| cells.text(url));
                    });
                }
                if cells.style.system == Generation::Fylr {
                    cells.other_addresses(file);
                }
                let id = file.get("_id").and_then(Json::number).unwrap_or_default();
                let shipped: Vec<&str> =
                    inside.shipped.of(id).map(|one| one.name.as_str()).collect();
                cells.within(1000, "_relative_filename", |cells| cells.text(&shipped.join("\n")));
            };
            match self.style.generation {
                Generation::Easydb => self.within(place, &number.to_string(), file_cells),
                Generation::Fylr => {
                    let before = self.name.len();
                    self.row_name(number);
                    self.place.push(place);
                    file_cells(self);
                    self.place.pop();
                    self.name.truncate(before);
                }
            }
        }
    }

    /// Where the columns of a version stand, by when one of its name was met first. Each file tells its versions in an
    /// order of its own, and what has another place is another column.
    fn place_of_version(&mut self, name: &str) -> u32 {
        let place = u32::try_from(self.versions.len()).unwrap_or(u32::MAX);
        let place = FIRST_VERSION.saturating_add(place).min(LAST_VERSION);
        *self.versions.entry(name.to_owned()).or_insert(place)
    }
}

/// A value as one line of CSV: quoted where it must be.
fn line(text: &str) -> String {
    if text.contains(['"', '\n', '\r', ',', ';']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text.to_owned()
}
