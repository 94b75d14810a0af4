//! Generic XML 1.0: a `record` element for each record, an element for each field.
//!
//! NULL leaves its element out. Documents become elements in turn: a key's value the element of
//! that name, an array's values `item` elements (an empty one for `null`, so that the others keep
//! their places). Names follow the rule in [`name`], characters that XML cannot hold are replaced
//! by U+FFFD and counted. One record stands on one line, as far as its text has no line ends.

mod name;
mod text;
mod document;

use proto::fault::{Code, Fault};
use source::page::{Cell, Kind, Row};

use super::{Render, Unrenderable};

/// Writes `record` elements.
pub(super) struct Xml {
    /// Each field's tags; nothing where rows are documents.
    fields: Option<Vec<Tags>>,
    replaced: u64,
}

struct Tags {
    open: Vec<u8>,
    close: Vec<u8>,
}

impl Xml {
    pub(super) fn new(columns: Option<&[String]>) -> Self {
        let tags = |column: &String| {
            let mut tags = Tags { open: Vec::new(), close: Vec::new() };
            name::open(column, &mut tags.open);
            name::close(column, &mut tags.close);
            tags
        };
        Self { fields: columns.map(|columns| columns.iter().map(tags).collect()), replaced: 0 }
    }
}

impl Render for Xml {
    fn row(&mut self, row: &Row<'_>, out: &mut Vec<u8>) -> Result<(), Unrenderable> {
        out.extend_from_slice(b"<record>");
        match &self.fields {
            None => self.replaced += value(row.cell(0), out)?,
            Some(fields) => {
                for (tags, cell) in fields.iter().zip(row.cells(fields.len())) {
                    if cell.kind != Kind::Null {
                        out.extend_from_slice(&tags.open);
                        self.replaced += value(cell, out)?;
                        out.extend_from_slice(&tags.close);
                    }
                }
            }
        }
        out.extend_from_slice(b"</record>\n");
        Ok(())
    }

    fn record(&mut self, row: &Row<'_>, out: &mut Vec<u8>) -> Result<(), Unrenderable> {
        out.extend_from_slice(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        self.row(row, out)
    }

    fn replaced(&self) -> Option<Fault> {
        (self.replaced > 0).then(|| {
            let message = format!(
                "characters that XML cannot hold were replaced by U+FFFD: {}",
                self.replaced
            );
            Fault::new(Code::Unrenderable, message)
        })
    }
}

/// Appends a cell's content, and tells how many characters of it were replaced.
fn value(cell: Cell<'_>, out: &mut Vec<u8>) -> Result<u64, Unrenderable> {
    match cell.kind {
        Kind::Null => Ok(0),
        Kind::Number | Kind::Bool => {
            out.extend_from_slice(cell.text.as_bytes());
            Ok(0)
        }
        Kind::Text => Ok(text::content(cell.text, out)),
        Kind::Json => document::elements(cell.text, out),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{columns, page, record, rows};
    use super::*;

    #[test]
    fn fields_are_elements_and_null_is_none() {
        let mut xml = Xml::new(Some(&columns(&["id", "a b>", "note", "empty"])));
        let page = page(&[&[
            (Kind::Number, "1"),
            (Kind::Text, "x<&>]]>"),
            (Kind::Null, ""),
            (Kind::Text, ""),
        ]]);
        let expected = "<record><id>1</id><a_b_ name=\"a b>\">x&lt;&amp;&gt;]]&gt;</a_b_><empty></empty></record>\n";
        assert_eq!(rows(&mut xml, &page), expected);
        assert_eq!(
            record(&mut xml, &page),
            format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{expected}")
        );
    }

    #[test]
    fn documents_are_elements_in_turn() {
        let document = r#"{"id": 7, "tags": ["a", null, {"b": true}], "none": null, "deep": {"1x": "<\u00e4>"}}"#;
        assert_eq!(
            rows(&mut Xml::new(None), &page(&[&[(Kind::Json, document)]])),
            "<record><id>7</id><tags><item>a</item><item></item><item><b>true</b></item></tags>\
             <deep><_1x name=\"1x\">&lt;ä&gt;</_1x></deep></record>\n"
        );
    }

    #[test]
    fn replaced_characters_are_told_once() {
        let mut xml = Xml::new(Some(&columns(&["a", "b"])));
        assert_eq!(xml.replaced(), None);
        let cells = page(&[&[(Kind::Text, "\0\u{8}\u{FFFE}"), (Kind::Json, r#"["\u0000"]"#)]]);
        assert_eq!(
            rows(&mut xml, &cells),
            "<record><a>\u{FFFD}\u{FFFD}\u{FFFD}</a><b><item>\u{FFFD}</item></b></record>\n"
        );
        assert!(xml.replaced().unwrap().message.ends_with(": 4"));
    }
}
