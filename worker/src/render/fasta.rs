//! FASTA: a line with a comment for each record, and lines with its sequence.

use proto::definition::Options;
use proto::fault::Fault;
use source::page::Row;

use super::{Render, Unrenderable};

/// Writes sequences.
pub(super) struct Fasta {
    /// The columns of comment and data.
    comment: usize,
    data: usize,
    /// How many letters a line has; all where nothing is given.
    width: Option<usize>,
}

impl Fasta {
    pub(super) fn new(options: &Options, columns: Option<&[String]>) -> Result<Self, Unrenderable> {
        let column = |name: &Option<String>| {
            let name = name.as_deref().unwrap_or_default();
            let at = columns.unwrap_or_default().iter().position(|column| column == name);
            at.ok_or_else(|| Unrenderable::new(format!("there is no field {name:?}")))
        };
        let width = options.line_length.map(|width| width as usize);
        Ok(Self { comment: column(&options.comment)?, data: column(&options.data)?, width })
    }
}

impl Render for Fasta {
    fn row(&mut self, row: &Row<'_>, out: &mut Vec<u8>) -> Result<(), Unrenderable> {
        out.push(b'>');
        for c in row.cell(self.comment).text.chars() {
            // A comment is one line, to every reader: to some, other signs end one too.
            let ends_line = c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
            let c = if ends_line { ' ' } else { c };
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
        out.push(b'\n');
        let mut letters = 0;
        for c in row.cell(self.data).text.chars().filter(|c| !c.is_ascii_whitespace()) {
            if !c.is_ascii_alphabetic() && !matches!(c, '*' | '-' | '.') {
                return Err(Unrenderable::new(format!("{c:?} is no letter of a sequence")));
            }
            if letters > 0 && self.width.is_some_and(|width| letters % width == 0) {
                out.push(b'\n');
            }
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            letters += 1;
        }
        if letters > 0 {
            out.push(b'\n');
        }
        Ok(())
    }

    fn record(&mut self, row: &Row<'_>, out: &mut Vec<u8>) -> Result<(), Unrenderable> {
        self.row(row, out)
    }

    fn replaced(&self) -> Option<Fault> {
        None
    }
}

#[cfg(test)]
mod tests {
    use source::page::Kind;

    use super::super::testing::{columns, page, rows};
    use super::*;

    fn fasta(line_length: Option<u32>) -> Fasta {
        let options = Options {
            comment: Some("name".into()),
            data: Some("dna".into()),
            line_length,
            ..Options::default()
        };
        Fasta::new(&options, Some(&columns(&["id", "dna", "name"]))).ok().unwrap()
    }

    #[test]
    fn a_record_is_a_comment_and_its_sequence() {
        let page = page(&[
            &[(Kind::Number, "1"), (Kind::Text, "acgt ACGT\nNN-*"), (Kind::Text, ">a\r\nb ä")],
            &[(Kind::Number, "2"), (Kind::Null, ""), (Kind::Null, "")],
        ]);
        assert_eq!(rows(&mut fasta(None), &page), ">>a  b ä\nacgtACGTNN-*\n>\n");
        assert_eq!(rows(&mut fasta(Some(6)), &page), ">>a  b ä\nacgtAC\nGTNN-*\n>\n");
        assert_eq!(rows(&mut fasta(Some(5)), &page), ">>a  b ä\nacgtA\nCGTNN\n-*\n>\n");
    }

    #[test]
    fn a_comment_is_one_line_to_every_reader() {
        let comment = "a\tb\u{b}c\u{7f}d\u{85}e\u{9f}f\u{2028}g\u{2029}h\u{a0}i";
        let page = page(&[&[(Kind::Number, "1"), (Kind::Text, "ac"), (Kind::Text, comment)]]);
        assert_eq!(rows(&mut fasta(None), &page), ">a b c d e f g h\u{a0}i\nac\n");
    }

    #[test]
    fn what_would_begin_another_record_is_refused() {
        let page = page(&[&[(Kind::Number, "1"), (Kind::Text, "ac\n>x"), (Kind::Null, "")]]);
        let row = page.rows().next().unwrap();
        let error = fasta(None).row(&row, &mut Vec::new()).unwrap_err();
        assert_eq!(error, Unrenderable::new("'>' is no letter of a sequence"));
    }
}
