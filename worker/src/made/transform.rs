//! Files made of others, row by row: what is held is one row, however long the files are.
//!
//! The same inputs make the same bytes. Values that nothing changes stay as they were written, so that no
//! number loses a digit.

mod record;
mod records;
mod interpolation;
mod strsub;
mod json2csv;
mod column;
mod fasta;
mod error;
#[cfg(test)]
mod tests;

use std::io::{self, BufRead, Write};

use proto::deriva::engine::Making;

pub(super) use self::error::TransformError;
use self::json2csv::Json2Csv;
use self::record::Record;
use self::records::Records;

/// Most bytes that a row may have (64 MiB).
const MOST_ROW_BYTES: usize = 64 << 20;

/// Makes a file of others, which are read one after the other.
///
/// Rows are objects of JSON: in a list, or one after the other as in a stream.
pub(super) fn transformed<R: BufRead>(
    making: &Making,
    inputs: impl IntoIterator<Item = R>,
    out: &mut impl Write,
) -> Result<(), TransformError> {
    if *making == Making::Concatenation {
        for mut input in inputs {
            io::copy(&mut input, out)?;
        }
        return Ok(());
    }
    let mut rows = Rows::new(making);
    let (mut line, mut count) = (Vec::new(), 0);
    for input in inputs {
        for record in Records::new(input, count) {
            count += 1;
            line.clear();
            rows.row(record?, count, &mut line)?;
            out.write_all(&line)?;
        }
    }
    Ok(())
}

/// How rows are written.
struct Rows<'m> {
    making: &'m Making,
    csv: Option<Json2Csv>,
}

impl<'m> Rows<'m> {
    fn new(making: &'m Making) -> Self {
        let csv = match making {
            Making::Csv(dialect) => Some(Json2Csv::new(*dialect)),
            Making::Interpolation(_)
            | Making::Substitutions(_)
            | Making::Concatenation
            | Making::Columns(_)
            | Making::Fasta(_) => None,
        };
        Self { making, csv }
    }

    /// Appends what becomes of a row, which is the one of this number.
    fn row(
        &mut self,
        mut record: Record,
        number: u64,
        out: &mut Vec<u8>,
    ) -> Result<(), TransformError> {
        if let Some(csv) = &mut self.csv {
            return csv.row(&record, number, out);
        }
        match self.making {
            Making::Interpolation(template) => interpolation::row(template, &record, out),
            Making::Substitutions(substitutions) => {
                strsub::row(substitutions, &mut record, number)?;
                record.write(out);
            }
            Making::Columns(changes) => {
                column::row(changes, &mut record, number)?;
                record.write(out);
            }
            Making::Fasta(columns) => fasta::row(columns, &record, number, out)?,
            // Neither is made of rows here.
            Making::Csv(_) | Making::Concatenation => {}
        }
        Ok(())
    }
}
