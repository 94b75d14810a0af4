//! Parquet: one file of row groups, whose size does not depend on how the source was cut.
//!
//! A column has the type that holds all of its values, as the plan found when it looked the records
//! over. Rows wait as text until they are a row group, and are written column by column.

mod column;

use std::fs::File;
use std::io;
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;
use proto::definition::Thumbnails;
use proto::fault::Fault;
use proto::plan::Column;
use source::flat::holds;
use source::page::{Page, Row};

use super::Whole;
use crate::render::Unrenderable;
use crate::rows::Refused;

/// Most rows of a row group, cells, and bytes of their text. As many rows as readers expect, and
/// fewer where these are long, for a row group waits in memory.
const GROUP_ROWS: usize = 1 << 17;
const GROUP_CELLS: usize = 1 << 22;
const GROUP_BYTES: usize = 32 << 20;

/// Most columns of all row groups together. What is known of each, up to a kilobyte, is written at the
/// end of the file and held until then: 100 MB.
const MAX_CHUNKS: usize = 100_000;

/// A file under way.
pub(super) struct Parquet {
    writer: SerializedFileWriter<File>,
    columns: Vec<Column>,
    rows: Page,
    /// Columns of the row groups so far, and how many there may be.
    chunks: usize,
    max_chunks: usize,
}

impl Parquet {
    pub(super) fn new(file: File, columns: &[Column]) -> Result<Self, Refused> {
        let fields: Result<Vec<_>, _> = columns.iter().map(column::field).collect();
        let schema = fields
            .and_then(|fields| Type::group_type_builder("records").with_fields(fields).build())
            .map_err(failed)?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            // Not the version of a library, for the same records are to give the same bytes.
            .set_created_by("longshore".to_owned())
            // What is known of each page would be held until the end too.
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_offset_index_disabled(true)
            .build();
        let writer = SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties));
        Ok(Self {
            writer: writer.map_err(failed)?,
            columns: columns.to_vec(),
            rows: Page::new(columns.len().max(1)),
            chunks: 0,
            max_chunks: MAX_CHUNKS,
        })
    }

    fn is_full(&self) -> bool {
        let rows = self.rows.len();
        rows >= GROUP_ROWS
            || rows * self.columns.len() >= GROUP_CELLS
            || self.rows.text_len() >= GROUP_BYTES
    }

    fn end_group(&mut self) -> Result<(), Refused> {
        if self.rows.is_empty() {
            return Ok(());
        }
        self.chunks += self.columns.len();
        if self.chunks > self.max_chunks {
            let why = format!("its row groups have more than {} columns together", self.max_chunks);
            return Err(Refused::TooLarge { why });
        }
        self.write_group().map_err(failed)
    }

    fn write_group(&mut self) -> Result<(), ParquetError> {
        let mut group = self.writer.next_row_group()?;
        for (number, column) in self.columns.iter().enumerate() {
            if let Some(mut writer) = group.next_column()? {
                column::write(&mut writer, &self.rows, number, column.holds)?;
                writer.close()?;
            }
        }
        group.close()?;
        self.rows.truncate(0);
        Ok(())
    }
}

impl Whole for Parquet {
    fn table(
        &mut self,
        _name: &str,
        _columns: &[String],
        _thumbnails: Option<&Thumbnails>,
    ) -> Result<(), Refused> {
        Ok(())
    }

    fn row(&mut self, row: &Row<'_>) -> Result<(), Refused> {
        for (number, column) in self.columns.iter().enumerate() {
            let cell = row.cell(number);
            let found = holds::of(cell.kind, cell.text);
            if holds::both(column.holds, found) != column.holds {
                let why = format!(
                    "the source has changed: {:?} in {:?} was not there when the run was planned",
                    cell.text.chars().take(100).collect::<String>(),
                    column.name
                );
                return Err(Unrenderable::new(why).into());
            }
        }
        for cell in row.cells(self.columns.len()) {
            self.rows.push(cell.kind, cell.text);
        }
        if self.is_full() {
            self.end_group()?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(File, Option<Fault>), Refused> {
        self.end_group()?;
        let file = self.writer.into_inner().map_err(io::Error::other)?;
        Ok((file, None))
    }
}

/// Writing goes to the scratch directory; nothing else can fail.
fn failed(error: ParquetError) -> Refused {
    let ParquetError::External(source) = error else {
        return Refused::Scratch(io::Error::other(error));
    };
    Refused::Scratch(source.downcast::<io::Error>().map_or_else(io::Error::other, |error| *error))
}

#[cfg(test)]
mod tests {
    use proto::plan::Holds;
    use source::page::Kind;

    use super::*;

    fn column(holds: Holds) -> Column {
        Column { name: "c".to_owned(), field: 0, path: Vec::new(), holds }
    }

    fn row(kind: Kind, text: &str) -> Page {
        let mut page = Page::new(1);
        page.push(kind, text);
        page
    }

    #[test]
    fn what_the_plan_has_not_seen_is_refused() {
        for (holds, kind, text, fits) in [
            (Holds::Integers, Kind::Number, "1", true),
            (Holds::Integers, Kind::Text, "", true),
            (Holds::Integers, Kind::Number, "1.5", false),
            (Holds::Doubles, Kind::Number, "2", true),
            (Holds::Bools, Kind::Text, "true", false),
            (Holds::Nothing, Kind::Bool, "true", false),
            (Holds::Texts, Kind::Json, "{}", true),
        ] {
            let file = tempfile::tempfile().unwrap();
            let mut parquet = Parquet::new(file, &[column(holds)]).unwrap();
            let page = row(kind, text);
            let taken = parquet.row(&page.rows().next().unwrap());
            assert_eq!(taken.is_ok(), fits, "{holds:?} {text:?}");
        }
    }

    #[test]
    fn rows_of_any_length_make_groups_of_bounded_size() {
        let mut parquet =
            Parquet::new(tempfile::tempfile().unwrap(), &[column(Holds::Texts)]).unwrap();
        let page = row(Kind::Text, &"x".repeat(1 << 20));
        for _ in 0..GROUP_BYTES >> 20 {
            parquet.row(&page.rows().next().unwrap()).unwrap();
        }
        assert!(parquet.rows.is_empty(), "the group is written");
        Box::new(parquet).finish().unwrap();
    }

    /// What is known of row groups is held to the end, so their number has one.
    #[test]
    fn more_row_groups_than_can_be_held_are_refused() {
        let mut parquet =
            Parquet::new(tempfile::tempfile().unwrap(), &[column(Holds::Texts)]).unwrap();
        parquet.max_chunks = 2;
        let page = row(Kind::Text, &"x".repeat(GROUP_BYTES));
        let row = page.rows().next().unwrap();
        assert!(parquet.row(&row).is_ok() && parquet.row(&row).is_ok());
        assert!(matches!(parquet.row(&row), Err(Refused::TooLarge { .. })));
    }
}
