//! FASTA: a line with a comment for each record, and lines with its sequence.

use proto::definition::{FieldNames, Options};
use proto::fault::Fault;
use source::page::{Kind, Row};

use super::{Render, Unrenderable};
use crate::fasta;

/// Writes sequences.
pub(super) struct Fasta {
    record: Record,
    /// How many letters a line has; all where nothing is given.
    width: Option<usize>,
}

/// Which columns a record is made of.
enum Record {
    /// One, which has it whole.
    Whole(usize),
    /// Those of the comment, and those of the sequence.
    Made { comment: Vec<usize>, data: Vec<usize> },
}

impl Fasta {
    pub(super) fn new(options: &Options, columns: Option<&[String]>) -> Result<Self, Unrenderable> {
        let column = |name: &String| {
            let at = columns.unwrap_or_default().iter().position(|column| column == name);
            at.ok_or_else(|| Unrenderable::new(format!("there is no field {name:?}")))
        };
        let all = |names: &Option<FieldNames>| -> Result<Vec<usize>, Unrenderable> {
            names.iter().flat_map(FieldNames::as_slice).map(column).collect()
        };
        let record = match &options.line {
            Some(line) => Record::Whole(column(line)?),
            None => Record::Made { comment: all(&options.comment)?, data: all(&options.data)? },
        };
        Ok(Self { record, width: options.line_length.map(|width| width as usize) })
    }

    /// The comment of a record; a column without a value says nothing.
    fn comment(columns: &[usize], row: &Row<'_>, out: &mut Vec<u8>) {
        let cells = columns.iter().map(|column| row.cell(*column));
        let texts = cells.filter(|cell| cell.kind != Kind::Null).map(|cell| cell.text);
        fasta::comment("", texts, out);
    }

    /// The sequence of a record, in as many lines as it takes.
    fn sequence(
        &self,
        columns: &[usize],
        row: &Row<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), Unrenderable> {
        let mut letters = 0;
        for column in columns {
            for letter in fasta::letters(row.cell(*column).text) {
                let letter = letter.map_err(|sign| {
                    Unrenderable::new(format!("{sign:?} is no letter of a sequence"))
                })?;
                if letters > 0 && self.width.is_some_and(|width| letters % width == 0) {
                    out.push(b'\n');
                }
                fasta::append(letter, out);
                letters += 1;
            }
        }
        if letters > 0 {
            out.push(b'\n');
        }
        Ok(())
    }
}

impl Render for Fasta {
    fn row(&mut self, row: &Row<'_>, out: &mut Vec<u8>) -> Result<(), Unrenderable> {
        match &self.record {
            Record::Whole(column) => {
                let text = row.cell(*column).text;
                if !text.is_empty() {
                    out.extend_from_slice(text.as_bytes());
                    out.push(b'\n');
                }
                Ok(())
            }
            Record::Made { comment, data } => {
                Self::comment(comment, row, out);
                self.sequence(data, row, out)
            }
        }
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
    use super::super::testing::{columns, page, rows};
    use super::*;

    fn fasta(line_length: Option<u32>) -> Fasta {
        let options = Options {
            comment: Some(FieldNames::One("name".to_owned())),
            data: Some(FieldNames::One("dna".to_owned())),
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
    fn a_record_is_made_of_several_fields() {
        let several = |names: &[&str]| {
            Some(FieldNames::Several(names.iter().map(|&name| name.to_owned()).collect()))
        };
        let options = Options {
            comment: several(&["name", "id"]),
            data: several(&["dna", "more"]),
            line_length: Some(3),
            ..Options::default()
        };
        let columns = columns(&["id", "dna", "more", "name"]);
        let mut fasta = Fasta::new(&options, Some(&columns)).ok().unwrap();
        let page = page(&[
            &[(Kind::Number, "1"), (Kind::Text, "ac"), (Kind::Text, "gt"), (Kind::Text, "a")],
            &[(Kind::Number, "2"), (Kind::Null, ""), (Kind::Text, "N"), (Kind::Null, "")],
        ]);
        assert_eq!(rows(&mut fasta, &page), ">a | 1\nacg\nt\n>2\nN\n");
    }

    #[test]
    fn a_field_may_be_a_whole_record() {
        let options = Options { line: Some("all".to_owned()), ..Options::default() };
        let mut fasta = Fasta::new(&options, Some(&columns(&["id", "all"]))).ok().unwrap();
        let page = page(&[
            &[(Kind::Number, "1"), (Kind::Text, ">x | y\nAC")],
            &[(Kind::Number, "2"), (Kind::Null, "")],
        ]);
        assert_eq!(rows(&mut fasta, &page), ">x | y\nAC\n");
        assert!(Fasta::new(&options, Some(&columns(&["id"]))).is_err());
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
