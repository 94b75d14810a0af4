//! CSV: RFC 4180 as `pack::csv_field` has it.

use pack::csv_field::CsvFields;
use pack::frame::frame;
use proto::definition::{Format, Options};
use proto::fault::{Code, Fault};
use source::page::{Kind, Row};

use super::{Render, Unrenderable};

/// Writes rows of fields.
pub(super) struct Csv {
    fields: CsvFields,
    width: usize,
    /// What a file of its own begins with.
    header: Vec<u8>,
    replaced: u64,
}

impl Csv {
    pub(super) fn new(options: &Options, columns: Option<&[String]>) -> Self {
        // A document has one cell; the planner asks for columns before it lets CSV be made.
        let columns = columns.unwrap_or_default();
        Self {
            fields: CsvFields::new(options),
            width: columns.len().max(1),
            header: frame(Format::Csv, options, columns).open,
            replaced: 0,
        }
    }
}

impl Render for Csv {
    fn row(&mut self, row: &Row<'_>, out: &mut Vec<u8>) -> Result<(), Unrenderable> {
        let start = out.len();
        for (index, cell) in row.cells(self.width).enumerate() {
            if index > 0 {
                self.fields.delimiter(out);
            }
            match cell.kind {
                Kind::Null => self.fields.null(out),
                Kind::Number | Kind::Bool => self.fields.plain(cell.text, out),
                Kind::Text | Kind::Json => self.replaced += self.fields.text(cell.text, out),
            }
        }
        self.fields.end_row(start, out);
        Ok(())
    }

    fn record(&mut self, row: &Row<'_>, out: &mut Vec<u8>) -> Result<(), Unrenderable> {
        out.extend_from_slice(&self.header);
        self.row(row, out)
    }

    fn replaced(&self) -> Option<Fault> {
        (self.replaced > 0).then(|| {
            let message =
                format!("NUL characters were replaced by U+FFFD in CSV: {}", self.replaced);
            Fault::new(Code::Unrenderable, message)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{columns, page, record, rows};
    use super::*;

    fn check(options: &Options, cells: &[(Kind, &str)], expected: &str) {
        let names: Vec<String> = (0..cells.len()).map(|n| format!("c{n}")).collect();
        assert_eq!(rows(&mut Csv::new(options, Some(&names)), &page(&[cells])), expected);
    }

    #[test]
    fn cells_are_fields() {
        let cells = [
            (Kind::Number, "1.50"),
            (Kind::Null, ""),
            (Kind::Text, "a,b"),
            (Kind::Bool, "true"),
            (Kind::Json, r#"{"a":1}"#),
        ];
        check(&Options::default(), &cells, "1.50,,\"a,b\",true,\"{\"\"a\"\":1}\"\r\n");
    }

    #[test]
    fn formulas_are_disarmed_where_asked_and_numbers_are_not_formulas() {
        let safe = Options { spreadsheet_safe: Some(true), ..Options::default() };
        let cells =
            [(Kind::Text, "=1"), (Kind::Number, "-1e5"), (Kind::Text, "-1"), (Kind::Text, "-x")];
        check(&safe, &cells, "\"'=1\",-1e5,-1,\"'-x\"\r\n");
    }

    #[test]
    fn a_row_of_nothing_is_not_an_empty_line() {
        check(&Options::default(), &[(Kind::Null, "")], "\"\"\r\n");
    }

    #[test]
    fn a_file_of_its_own_has_a_header() {
        let mut csv = Csv::new(&Options::default(), Some(&columns(&["id", "name"])));
        let page = page(&[&[(Kind::Number, "1"), (Kind::Text, "x")]]);
        assert_eq!(record(&mut csv, &page), "id,name\r\n1,x\r\n");
    }

    #[test]
    fn replaced_characters_are_told_once() {
        let mut csv = Csv::new(&Options::default(), Some(&columns(&["a"])));
        assert_eq!(csv.replaced(), None);
        rows(&mut csv, &page(&[&[(Kind::Text, "x\0y")], &[(Kind::Text, "\0")]]));
        assert!(csv.replaced().unwrap().message.ends_with(": 2"));
    }
}
