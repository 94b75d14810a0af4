//! Cells of a sheet: numbers, truth values, and texts that are never formulas.

use pack::xml;
use proto::fault::Fault;
use source::flat::holds;
use source::page::{Cell, Kind, Row};

use super::super::beside::Beside;
use super::drawing::row_height;
use super::told;

/// Most characters of a cell, counted as Excel does, in UTF-16.
const MAX_TEXT: usize = 32_767;

/// So many digits of a number Excel keeps.
const MAX_DIGITS: usize = 15;

/// Writes rows.
#[derive(Default)]
pub(super) struct Cells {
    /// `A`, `B`, … for each column.
    letters: Vec<String>,
    /// How many of them stand before the record's own.
    before: usize,
    replaced: u64,
    cut: u64,
}

impl Cells {
    /// From now on rows have so many cells, of which so many stand before those of the record.
    pub(super) fn columns(&mut self, columns: usize, before: usize) {
        self.letters = (0..columns).map(letters).collect();
        self.before = before;
    }

    /// Appends the first row, in bold.
    pub(super) fn header(&mut self, columns: &[String], out: &mut Vec<u8>) {
        open_row(1, &Beside::Nothing, out);
        for (number, name) in columns.iter().enumerate() {
            self.open_cell(number, 1, " s=\"1\"", out);
            self.text(name, out);
        }
        out.extend_from_slice(b"</row>");
    }

    /// Appends a record as the row of this number, with what stands beside it. NULL is no cell.
    pub(super) fn row(&mut self, number: u32, beside: &Beside, row: &Row<'_>, out: &mut Vec<u8>) {
        open_row(number, beside, out);
        if let Beside::Name(name) = beside {
            self.open_cell(0, number, "", out);
            self.text(name, out);
        }
        for (column, cell) in (self.before..).zip(row.cells(self.letters.len() - self.before)) {
            if cell.kind != Kind::Null {
                self.open_cell(column, number, "", out);
                self.value(cell, out);
            }
        }
        out.extend_from_slice(b"</row>");
    }

    /// What was written otherwise so far.
    pub(super) fn replaced(&self) -> Option<Fault> {
        told(self.replaced, self.cut)
    }

    fn open_cell(&self, column: usize, row: u32, style: &str, out: &mut Vec<u8>) {
        out.extend_from_slice(b"<c r=\"");
        out.extend_from_slice(self.letters[column].as_bytes());
        decimal(row, out);
        out.push(b'"');
        out.extend_from_slice(style.as_bytes());
    }

    fn value(&mut self, cell: Cell<'_>, out: &mut Vec<u8>) {
        match cell.kind {
            Kind::Number if is_kept(cell.text) => {
                out.extend_from_slice(b"><v>");
                out.extend_from_slice(cell.text.as_bytes());
                out.extend_from_slice(b"</v></c>");
            }
            Kind::Bool => {
                let value: &[u8] = if cell.text == "true" { b"1" } else { b"0" };
                out.extend_from_slice(b" t=\"b\"><v>");
                out.extend_from_slice(value);
                out.extend_from_slice(b"</v></c>");
            }
            Kind::Null | Kind::Number | Kind::Text | Kind::Json => self.text(cell.text, out),
        }
    }

    fn text(&mut self, text: &str, out: &mut Vec<u8>) {
        out.extend_from_slice(b" t=\"inlineStr\"><is><t xml:space=\"preserve\">");
        let mut rest = self.cut(text);
        // What looks like an escape of Excel's is one, unless its `_` is escaped.
        while let Some(at) = rest.find("_x").filter(|_| rest.len() >= 7) {
            let (before, after) = rest.split_at(at);
            self.replaced += xml::content(before, out);
            out.extend_from_slice(if is_escape(after) { b"_x005F_" } else { b"_" });
            rest = &after[1..];
        }
        self.replaced += xml::content(rest, out);
        out.extend_from_slice(b"</t></is></c>");
    }

    /// As much of a text as a cell holds.
    fn cut<'t>(&mut self, text: &'t str) -> &'t str {
        if text.len() <= MAX_TEXT {
            return text;
        }
        let mut units = 0;
        for (at, c) in text.char_indices() {
            units += c.len_utf16();
            if units > MAX_TEXT {
                self.cut += 1;
                return &text[..at];
            }
        }
        text
    }
}

/// Whether a number stays what it is in a spreadsheet; others are written as texts.
fn is_kept(number: &str) -> bool {
    // A short whole number is nearly every one.
    let is_short = number.len() <= MAX_DIGITS && number.bytes().all(|byte| byte.is_ascii_digit());
    is_short || (holds::digits(number) <= MAX_DIGITS && holds::double(number).is_some())
}

/// Whether a text begins with `_xHHHH_`.
fn is_escape(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 7 && bytes[6] == b'_' && bytes[2..6].iter().all(u8::is_ascii_hexdigit)
}

fn open_row(number: u32, beside: &Beside, out: &mut Vec<u8>) {
    out.extend_from_slice(b"<row r=\"");
    decimal(number, out);
    if let Beside::Picture(picture) = beside {
        let height = row_height(picture.height);
        let height = format!("\" ht=\"{}.{:02}\" customHeight=\"1", height / 100, height % 100);
        out.extend_from_slice(height.as_bytes());
    }
    out.extend_from_slice(b"\">");
}

fn decimal(number: u32, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// What a column is called: `A` to `Z`, `AA`, and so on.
pub(super) fn letters(column: usize) -> String {
    let (mut rest, mut letters) = (column + 1, Vec::new());
    while rest > 0 {
        let digit = u8::try_from((rest - 1) % 26).expect("26 letters");
        letters.push(char::from(b'A' + digit));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use source::page::Page;

    use super::*;

    fn check(kind: Kind, text: &str, expected: &str) {
        let mut cells = Cells::default();
        cells.columns(1, 0);
        let mut page = Page::new(1);
        page.push(kind, text);
        let mut out = Vec::new();
        cells.row(7, &Beside::Nothing, &page.rows().next().unwrap(), &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), format!("<row r=\"7\">{expected}</row>"));
    }

    fn text(text: &str) -> String {
        format!("<c r=\"A7\" t=\"inlineStr\"><is><t xml:space=\"preserve\">{text}</t></is></c>")
    }

    #[test]
    fn values_have_their_types() {
        check(Kind::Null, "", "");
        check(Kind::Number, "-1.50", "<c r=\"A7\"><v>-1.50</v></c>");
        check(Kind::Bool, "true", "<c r=\"A7\" t=\"b\"><v>1</v></c>");
        check(Kind::Json, "[1]", &text("[1]"));
        check(Kind::Text, "=1+1", &text("=1+1"));
        check(Kind::Text, "a<\r\n", &text("a&lt;&#13;\n"));
    }

    #[test]
    fn numbers_that_a_spreadsheet_would_round_are_texts() {
        check(Kind::Number, "123456789012345", "<c r=\"A7\"><v>123456789012345</v></c>");
        check(Kind::Number, "1234567890123456", &text("1234567890123456"));
        check(Kind::Number, "1e400", &text("1e400"));
    }

    #[test]
    fn what_looks_like_an_escape_is_escaped() {
        check(Kind::Text, "_x0041_ _x41_ a_x", &text("_x005F_x0041_ _x41_ a_x"));
        check(Kind::Text, "ä_xä", &text("ä_xä"));
    }

    #[test]
    fn long_texts_are_cut_where_a_cell_ends() {
        let mut cells = Cells::default();
        assert_eq!(cells.cut(&"ä".repeat(MAX_TEXT)), "ä".repeat(MAX_TEXT));
        assert_eq!(cells.cut(&"🚢".repeat(20_000)).chars().count(), MAX_TEXT / 2);
        assert!(cells.replaced().unwrap().message.ends_with("characters: 1"));
    }

    #[test]
    fn columns_are_counted_in_letters() {
        let shown = [0, 25, 26, 701, 702, 16_383].map(letters);
        assert_eq!(shown, ["A", "Z", "AA", "ZZ", "AAA", "XFD"]);
    }
}
