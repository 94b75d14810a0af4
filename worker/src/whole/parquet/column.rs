//! A column of a row group.

use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::{ConvertedType, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::writer::SerializedColumnWriter;
use parquet::schema::types::{Type, TypePtr};
use proto::plan::{Column, Holds};
use source::page::{Cell, Kind, Page};

/// How many rows are written at a time.
const ROWS: usize = 8192;

/// A column in the file's schema; every one may be NULL.
pub(super) fn field(column: &Column) -> Result<TypePtr, ParquetError> {
    let (physical, logical, converted) = match column.holds {
        Holds::Bools => (Physical::BOOLEAN, None, ConvertedType::NONE),
        Holds::Integers | Holds::Longs => (Physical::INT64, None, ConvertedType::NONE),
        Holds::Doubles => (Physical::DOUBLE, None, ConvertedType::NONE),
        Holds::Documents => (Physical::BYTE_ARRAY, Some(LogicalType::Json), ConvertedType::JSON),
        Holds::Nothing | Holds::Texts => {
            (Physical::BYTE_ARRAY, Some(LogicalType::String), ConvertedType::UTF8)
        }
    };
    let field = Type::primitive_type_builder(&column.name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(logical)
        .with_converted_type(converted)
        .build()?;
    Ok(Arc::new(field))
}

/// Writes the cells that the rows have in a column.
pub(super) fn write(
    writer: &mut SerializedColumnWriter<'_>,
    rows: &Page,
    number: usize,
    holds: Holds,
) -> Result<(), ParquetError> {
    let mut cells = rows.rows().map(|row| row.cell(number)).peekable();
    while cells.peek().is_some() {
        let some = cells.by_ref().take(ROWS);
        match holds {
            Holds::Bools => {
                some_of::<BoolType>(writer, some, |cell| Some(cell.text == "true"))?;
            }
            Holds::Integers | Holds::Longs => {
                some_of::<Int64Type>(writer, some, |cell| cell.text.parse().ok())?;
            }
            Holds::Doubles => some_of::<DoubleType>(writer, some, |cell| cell.text.parse().ok())?,
            Holds::Nothing | Holds::Documents | Holds::Texts => texts(writer, some)?,
        }
    }
    Ok(())
}

fn some_of<'p, T: DataType>(
    writer: &mut SerializedColumnWriter<'_>,
    cells: impl Iterator<Item = Cell<'p>>,
    value: impl Fn(Cell<'p>) -> Option<T::T>,
) -> Result<(), ParquetError> {
    let (mut values, mut levels) = (Vec::new(), Vec::new());
    for cell in cells {
        // The empty text is no value of such a column.
        let value =
            if cell.kind == Kind::Null || cell.text.is_empty() { None } else { value(cell) };
        levels.push(i16::from(value.is_some()));
        values.extend(value);
    }
    writer.typed::<T>().write_batch(&values, Some(&levels), None)?;
    Ok(())
}

/// Texts share one buffer.
fn texts<'p>(
    writer: &mut SerializedColumnWriter<'_>,
    cells: impl Iterator<Item = Cell<'p>>,
) -> Result<(), ParquetError> {
    let (mut text, mut ends, mut levels) = (Vec::new(), Vec::new(), Vec::new());
    for cell in cells {
        levels.push(i16::from(cell.kind != Kind::Null));
        if cell.kind != Kind::Null {
            text.extend_from_slice(cell.text.as_bytes());
            ends.push(text.len());
        }
    }
    let (text, mut start) = (Bytes::from(text), 0);
    let mut values = Vec::with_capacity(ends.len());
    for end in ends {
        values.push(ByteArray::from(text.slice(start..end)));
        start = end;
    }
    writer.typed::<ByteArrayType>().write_batch(&values, Some(&levels), None)?;
    Ok(())
}
