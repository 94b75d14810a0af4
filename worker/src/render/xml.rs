//! Generic XML 1.0: an element for each record, and in it an element for each field.
//!
//! NULL leaves its element out. Documents become elements in turn: a key's value the element of
//! that name, an array's values `item` elements (an empty one for `null`, so that the others keep
//! their places). Names follow the rule in [`name`], characters that XML cannot hold are replaced
//! by U+FFFD and counted. One record stands on one line, as far as its text has no line ends. Fields
//! that are attributes have the text that CSV would have.

mod name;
mod document;

use pack::xml;
use proto::definition::Options;
use proto::fault::{Code, Fault};
use source::page::{Cell, Kind, Row};

use super::{Render, Unrenderable};

/// Writes records as elements.
pub(super) struct Xml {
    record: String,
    item: Tags,
    /// The namespace, as the outermost element has it.
    namespace: Vec<u8>,
    /// Each field's place; nothing where rows are documents.
    fields: Option<Vec<Place>>,
    has_attributes: bool,
    replaced: u64,
}

/// Where a field goes.
enum Place {
    /// An attribute, with what stands before its value.
    Attribute(Vec<u8>),
    Element(Tags),
}

/// The tags around a value.
struct Tags {
    open: Vec<u8>,
    close: Vec<u8>,
}

impl Tags {
    fn new(field: &str) -> Self {
        let mut tags = Self { open: Vec::new(), close: Vec::new() };
        name::open(field, &mut tags.open);
        name::close(field, &mut tags.close);
        tags
    }
}

impl Xml {
    pub(super) fn new(options: &Options, columns: Option<&[String]>) -> Self {
        let place = |column: &String| {
            if options.attributes.contains(column) {
                return Place::Attribute(format!(" {column}=\"").into_bytes());
            }
            Place::Element(Tags::new(column))
        };
        let mut namespace = Vec::new();
        xml::namespace(options, &mut namespace);
        Self {
            record: options.record.clone().unwrap_or_else(|| "record".to_owned()),
            item: Tags::new(options.item.as_deref().unwrap_or("item")),
            namespace,
            fields: columns.map(|columns| columns.iter().map(place).collect()),
            has_attributes: !options.attributes.is_empty(),
            replaced: 0,
        }
    }

    fn write(
        &mut self,
        row: &Row<'_>,
        namespace: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), Unrenderable> {
        let mut replaced = 0;
        out.push(b'<');
        out.extend_from_slice(self.record.as_bytes());
        out.extend_from_slice(namespace);
        if self.has_attributes {
            for (place, cell) in self.fields.iter().flatten().zip(row.cells(self.width())) {
                if let Place::Attribute(open) = place
                    && cell.kind != Kind::Null
                {
                    out.extend_from_slice(open);
                    replaced += xml::attribute(cell.text, out);
                    out.push(b'"');
                }
            }
        }
        out.push(b'>');
        match &self.fields {
            None => replaced += value(row.cell(0), &self.item, out)?,
            Some(fields) => {
                for (place, cell) in fields.iter().zip(row.cells(fields.len())) {
                    if let Place::Element(Tags { open, close }) = place
                        && cell.kind != Kind::Null
                    {
                        out.extend_from_slice(open);
                        replaced += value(cell, &self.item, out)?;
                        out.extend_from_slice(close);
                    }
                }
            }
        }
        out.extend_from_slice(b"</");
        out.extend_from_slice(self.record.as_bytes());
        out.extend_from_slice(b">\n");
        self.replaced += replaced;
        Ok(())
    }

    fn width(&self) -> usize {
        self.fields.as_ref().map_or(0, Vec::len)
    }
}

impl Render for Xml {
    fn row(&mut self, row: &Row<'_>, out: &mut Vec<u8>) -> Result<(), Unrenderable> {
        self.write(row, &[], out)
    }

    fn record(&mut self, row: &Row<'_>, out: &mut Vec<u8>) -> Result<(), Unrenderable> {
        out.extend_from_slice(xml::DECLARATION.as_bytes());
        let namespace = std::mem::take(&mut self.namespace);
        let written = self.write(row, &namespace, out);
        self.namespace = namespace;
        written
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
fn value(cell: Cell<'_>, item: &Tags, out: &mut Vec<u8>) -> Result<u64, Unrenderable> {
    match cell.kind {
        Kind::Null => Ok(0),
        Kind::Number | Kind::Bool => {
            out.extend_from_slice(cell.text.as_bytes());
            Ok(0)
        }
        Kind::Text => Ok(xml::content(cell.text, out)),
        Kind::Json => document::elements(cell.text, item, out),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{columns, page, record, rows};
    use super::*;

    #[test]
    fn fields_are_elements_and_null_is_none() {
        let mut xml =
            Xml::new(&Options::default(), Some(&columns(&["id", "a b>", "note", "empty"])));
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
            rows(&mut Xml::new(&Options::default(), None), &page(&[&[(Kind::Json, document)]])),
            "<record><id>7</id><tags><item>a</item><item></item><item><b>true</b></item></tags>\
             <deep><_1x name=\"1x\">&lt;ä&gt;</_1x></deep></record>\n"
        );
    }

    #[test]
    fn elements_and_attributes_are_called_as_the_options_say() {
        let options = Options {
            record: Some("flight".into()),
            item: Some("li".into()),
            namespace: Some("urn:f".into()),
            attributes: columns(&["id", "note"]),
            ..Options::default()
        };
        let mut xml = Xml::new(&options, Some(&columns(&["tags", "id", "note"])));
        let page = page(&[
            &[(Kind::Json, "[1]"), (Kind::Text, "a\"<\n"), (Kind::Null, "")],
            &[(Kind::Null, ""), (Kind::Number, "2"), (Kind::Text, "\0")],
        ]);
        let first = " id=\"a&quot;&lt;&#10;\"><tags><li>1</li></tags></flight>\n";
        let second = "<flight id=\"2\" note=\"\u{FFFD}\"></flight>\n";
        assert_eq!(rows(&mut xml, &page), format!("<flight{first}{second}"));
        assert!(xml.replaced().unwrap().message.ends_with(": 1"));
        assert_eq!(
            record(&mut xml, &page),
            format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<flight xmlns=\"urn:f\"{first}")
        );
    }

    #[test]
    fn replaced_characters_are_told_once() {
        let mut xml = Xml::new(&Options::default(), Some(&columns(&["a", "b"])));
        assert_eq!(xml.replaced(), None);
        let cells = page(&[&[(Kind::Text, "\0\u{8}\u{FFFE}"), (Kind::Json, r#"["\u0000"]"#)]]);
        assert_eq!(
            rows(&mut xml, &cells),
            "<record><a>\u{FFFD}\u{FFFD}\u{FFFD}</a><b><item>\u{FFFD}</item></b></record>\n"
        );
        assert!(xml.replaced().unwrap().message.ends_with(": 4"));
    }
}
