//! JSON Lines: one object on each line.

use proto::definition::JsonLayout;
use proto::fault::Fault;
use source::page::Row;

use super::json::Objects;
use super::{Render, Unrenderable};

/// Writes lines.
pub(super) struct Jsonl {
    objects: Objects,
}

impl Jsonl {
    pub(super) fn new(layout: Option<JsonLayout>, columns: Option<&[String]>) -> Self {
        Self { objects: Objects::new(layout, columns) }
    }
}

impl Render for Jsonl {
    fn row(&mut self, row: &Row<'_>, out: &mut Vec<u8>) -> Result<(), Unrenderable> {
        let start = out.len();
        self.objects.write(row, 0, out)?;
        join_lines(&mut out[start..]);
        out.push(b'\n');
        Ok(())
    }

    fn record(&mut self, row: &Row<'_>, out: &mut Vec<u8>) -> Result<(), Unrenderable> {
        self.row(row, out)
    }

    fn replaced(&self) -> Option<Fault> {
        None
    }
}

/// Makes one line of an object whose documents were laid out over several: a line end in JSON is a
/// blank between values, for strings hold none.
fn join_lines(mut object: &mut [u8]) {
    while let Some(at) = memchr::memchr2(b'\n', b'\r', object) {
        object[at] = b' ';
        object = &mut object[at + 1..];
    }
}

#[cfg(test)]
mod tests {
    use source::page::Kind;

    use super::super::testing::{columns, page, rows};
    use super::*;

    #[test]
    fn each_record_is_a_line_whatever_its_documents_look_like() {
        let page = page(&[
            &[(Kind::Text, "a\r\nb"), (Kind::Json, "{\r\n \"x\": \"\\n\"\n}")],
            &[(Kind::Null, ""), (Kind::Json, "[]")],
        ]);
        let mut jsonl = Jsonl::new(None, Some(&columns(&["t", "d"])));
        assert_eq!(
            rows(&mut jsonl, &page),
            "{\"t\":\"a\\r\\nb\",\"d\":{   \"x\": \"\\n\" }}\n{\"t\":null,\"d\":[]}\n"
        );
    }

    #[test]
    fn blanks_go_where_that_is_asked_for() {
        let page = page(&[&[(Kind::Json, "{\n \"a\" : [ 1.0 ]\n}")]]);
        assert_eq!(
            rows(&mut Jsonl::new(Some(JsonLayout::Compact), None), &page),
            "{\"a\":[1.0]}\n"
        );
    }

    #[test]
    fn documents_pass_as_they_are() {
        let page = page(&[&[(Kind::Json, r#"{"a": 1.0}"#)]]);
        assert_eq!(rows(&mut Jsonl::new(None, None), &page), "{\"a\": 1.0}\n");
    }
}
