//! JSON: objects in an array.
//!
//! Numbers keep the spelling of the source, documents their text unless a layout is asked for; NULL is
//! `null`, so that every record has every field.

mod layout;

use proto::definition::JsonLayout;
use proto::fault::Fault;
use source::page::{Cell, Kind, Row};
use source::walk::Walk;

use super::{Render, Unrenderable};

/// Writes the array's elements.
pub(super) struct Json {
    objects: Objects,
    layout: Option<JsonLayout>,
    begun: bool,
}

impl Json {
    pub(super) fn new(layout: Option<JsonLayout>, columns: Option<&[String]>) -> Self {
        Self { objects: Objects::new(layout, columns), layout, begun: false }
    }
}

impl Render for Json {
    fn row(&mut self, row: &Row<'_>, out: &mut Vec<u8>) -> Result<(), Unrenderable> {
        // Before the first record of a batch the joiner puts it, where there was one before.
        if self.begun {
            out.push(b',');
            if self.layout != Some(JsonLayout::Compact) {
                out.push(b'\n');
            }
        }
        let depth = match self.layout {
            Some(JsonLayout::Pretty) => 1,
            Some(JsonLayout::Compact) | None => 0,
        };
        layout::indent(depth, out);
        self.objects.write(row, depth, out)?;
        self.begun = true;
        Ok(())
    }

    fn record(&mut self, row: &Row<'_>, out: &mut Vec<u8>) -> Result<(), Unrenderable> {
        self.objects.write(row, 0, out)?;
        out.push(b'\n');
        Ok(())
    }

    fn replaced(&self) -> Option<Fault> {
        None
    }
}

/// Writes rows as objects.
pub(super) struct Objects {
    /// Each key, escaped, with the bracket or comma before and the colon after it; nothing where
    /// rows are documents.
    keys: Option<Vec<Vec<u8>>>,
    layout: Option<JsonLayout>,
}

impl Objects {
    pub(super) fn new(layout: Option<JsonLayout>, columns: Option<&[String]>) -> Self {
        let key = |(index, column): (usize, &String)| {
            let mut key = vec![if index == 0 { b'{' } else { b',' }];
            string(column, &mut key);
            key.push(b':');
            key
        };
        Self { keys: columns.map(|columns| columns.iter().enumerate().map(key).collect()), layout }
    }

    /// Appends a row, indented as a value at this depth.
    pub(super) fn write(
        &self,
        row: &Row<'_>,
        depth: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), Unrenderable> {
        let Some(keys) = &self.keys else { return self.value(row.cell(0), depth, out) };
        if keys.is_empty() {
            out.push(b'{');
        }
        for (key, cell) in keys.iter().zip(row.cells(keys.len())) {
            match (self.layout, key.as_slice()) {
                (Some(JsonLayout::Pretty), [before, key @ .., _]) => {
                    out.push(*before);
                    layout::new_line(depth + 1, out);
                    out.extend_from_slice(key);
                    out.extend_from_slice(b": ");
                }
                (_, key) => out.extend_from_slice(key),
            }
            self.value(cell, depth + 1, out)?;
        }
        if self.layout == Some(JsonLayout::Pretty) && !keys.is_empty() {
            layout::new_line(depth, out);
        }
        out.push(b'}');
        Ok(())
    }

    fn value(&self, cell: Cell<'_>, depth: usize, out: &mut Vec<u8>) -> Result<(), Unrenderable> {
        match (cell.kind, self.layout) {
            (Kind::Null, _) => out.extend_from_slice(b"null"),
            (Kind::Json, Some(layout)) => {
                layout::lay_out(&mut Walk::new(cell.text), layout, depth, out)?;
            }
            (Kind::Number | Kind::Bool | Kind::Json, _) => {
                out.extend_from_slice(cell.text.as_bytes());
            }
            (Kind::Text, _) => string(cell.text, out),
        }
        Ok(())
    }
}

/// For each byte, whether a string cannot hold it as it is.
const ESCAPED: [bool; 256] = {
    let mut escaped = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        escaped[byte] = true;
        byte += 1;
    }
    escaped[b'"' as usize] = true;
    escaped[b'\\' as usize] = true;
    escaped
};

/// Appends a string with its quotes.
fn string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|&byte| ESCAPED[usize::from(byte)]) {
        out.extend_from_slice(&rest[..at]);
        escape(rest[at], out);
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

fn escape(byte: u8, out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    match byte {
        b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
        b'\n' => out.extend_from_slice(b"\\n"),
        b'\r' => out.extend_from_slice(b"\\r"),
        b'\t' => out.extend_from_slice(b"\\t"),
        0x08 => out.extend_from_slice(b"\\b"),
        0x0C => out.extend_from_slice(b"\\f"),
        byte => {
            let [high, low] = [byte >> 4, byte & 15].map(|digit| HEX[usize::from(digit)]);
            out.extend_from_slice(&[b'\\', b'u', b'0', b'0', high, low]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{columns, page, record, rows};
    use super::*;

    #[test]
    fn cells_keep_their_spelling() {
        let mut json = Json::new(None, Some(&columns(&["n", "say \"x\"", "t", "b", "d"])));
        let page = page(&[&[
            (Kind::Number, "0.0"),
            (Kind::Null, ""),
            (Kind::Text, "0.0"),
            (Kind::Bool, "false"),
            (Kind::Json, "[1, 1e400]"),
        ]]);
        let expected = r#"{"n":0.0,"say \"x\"":null,"t":"0.0","b":false,"d":[1, 1e400]}"#;
        assert_eq!(rows(&mut json, &page), expected);
        assert_eq!(record(&mut json, &page), format!("{expected}\n"));
    }

    #[test]
    fn records_are_parted_within_a_batch_whatever_its_pages() {
        let mut json = Json::new(None, Some(&columns(&["n"])));
        let (one, two) = (
            page(&[&[(Kind::Number, "1")]]),
            page(&[&[(Kind::Number, "2")], &[(Kind::Number, "3")]]),
        );
        assert_eq!(rows(&mut json, &page(&[])), "");
        assert_eq!(rows(&mut json, &one), "{\"n\":1}");
        assert_eq!(rows(&mut json, &two), ",\n{\"n\":2},\n{\"n\":3}");
    }

    #[test]
    fn documents_pass_as_they_are() {
        let page = page(&[
            &[(Kind::Json, r#"{"a": 1.0}"#), (Kind::Text, "x")],
            &[(Kind::Json, "{}"), (Kind::Null, "")],
        ]);
        assert_eq!(rows(&mut Json::new(None, None), &page), "{\"a\": 1.0},\n{}");
    }

    #[test]
    fn a_layout_is_that_of_documents_too() {
        let page = page(&[
            &[(Kind::Number, "1"), (Kind::Json, r#"{"x": [], "y": [1, 2]}"#)],
            &[(Kind::Null, ""), (Kind::Null, "")],
        ]);
        let mut compact = Json::new(Some(JsonLayout::Compact), Some(&columns(&["n", "d"])));
        assert_eq!(
            rows(&mut compact, &page),
            r#"{"n":1,"d":{"x":[],"y":[1,2]}},{"n":null,"d":null}"#
        );
        let mut pretty = Json::new(Some(JsonLayout::Pretty), Some(&columns(&["n", "d"])));
        assert_eq!(
            rows(&mut pretty, &page),
            "  {\n    \"n\": 1,\n    \"d\": {\n      \"x\": [],\n      \"y\": [\n        1,\n        2\n      ]\n    }\n  },\n  {\n    \"n\": null,\n    \"d\": null\n  }"
        );
        assert_eq!(record(&mut Json::new(Some(JsonLayout::Pretty), Some(&[])), &page), "{}\n");
    }

    #[test]
    fn every_character_comes_back() {
        let text: String =
            (0..0x300).filter_map(char::from_u32).chain("\u{2028}🚢".chars()).collect();
        let written =
            rows(&mut Json::new(None, Some(&columns(&["t"]))), &page(&[&[(Kind::Text, &text)]]));
        let back: serde_json::Value = serde_json::from_str(&written).unwrap();
        assert_eq!(back["t"].as_str(), Some(text.as_str()));
    }
}
