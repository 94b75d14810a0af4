//! A column without columns below it, of one row group: its values and levels, record by record.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use parquet::basic::{Compression, Encoding};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl, get_column_reader};
use parquet::data_type::DataType;
use parquet::errors::ParquetError;
use parquet::file::properties::ReaderProperties;
use parquet::file::reader::SerializedPageReader;
use proto::plan::GroupRange;
use tokio_util::sync::CancellationToken;

use super::flow::{Codec, Flow};
use super::footer::Footer;
use super::form::Form;
use super::pages::Pages;
use super::value::Value;
use crate::SourceError;
use crate::files::Files;
use crate::page::Kind;

/// How many records are unpacked at once: fewer of lists, and of texts that may become long.
const RECORDS: usize = 1024;
const RECORDS_OF_LISTS: usize = 64;
const RECORDS_OF_DIFFERENCES: usize = 16;

/// A column of one row group.
pub(super) struct Leaf {
    values: Box<dyn Values>,
    flow: Flow,
    /// Where it is, for people.
    place: String,
    max_definition: i16,
    records: usize,
    levels: Levels,
    level: usize,
    value: usize,
    /// The level that the record under way begins with.
    begun: usize,
}

/// The levels of some records, and how many values stand at them.
#[derive(Default)]
struct Levels {
    definition: Vec<i16>,
    repetition: Vec<i16>,
    count: usize,
}

impl Leaf {
    /// A column of a row group, from its beginning.
    pub(super) fn open(
        files: &Files,
        footer: &Footer,
        range: &GroupRange,
        column: usize,
        stop: &CancellationToken,
    ) -> Result<Self, SourceError> {
        let group = &footer.groups()[range.group as usize];
        let column = group.column(column);
        let place = format!(
            "{}, row group {}, column {}",
            footer.file.path,
            range.group,
            column.column_path().string()
        );
        let damaged = |error: ParquetError| SourceError::Damaged {
            file: place.clone(),
            byte: None,
            why: plainly(&error),
        };
        let (start, len) = column.byte_range();
        let bytes = footer.file.range(start..start + len, None);
        let codec = match column.compression() {
            Compression::GZIP(_) => Codec::Gzip,
            Compression::UNCOMPRESSED
            | Compression::SNAPPY
            | Compression::LZO
            | Compression::BROTLI(_)
            | Compression::LZ4
            | Compression::LZ4_RAW
            | Compression::ZSTD(_) => Codec::Other,
        };
        let flow = Flow::new(files, bytes, codec, stop);
        // The frames that some writers of 2020 called LZ4 do not say how long they become.
        let properties = ReaderProperties::builder().set_backward_compatible_lz4(false).build();
        let rows = usize::try_from(group.num_rows()).unwrap_or(usize::MAX);
        let pages = SerializedPageReader::new_with_properties(
            Arc::new(flow.clone()),
            column,
            rows,
            None,
            Arc::new(properties),
        );
        let descriptor = column.column_descr_ptr();
        let (repetition, definition) = (descriptor.max_rep_level(), descriptor.max_def_level());
        let pages = Box::new(Pages::new(pages.map_err(damaged)?, repetition, definition));
        let records = if column.encodings().any(|used| used == Encoding::DELTA_BYTE_ARRAY) {
            RECORDS_OF_DIFFERENCES
        } else if repetition > 0 {
            RECORDS_OF_LISTS
        } else {
            RECORDS
        };
        Ok(Self {
            values: values(get_column_reader(descriptor, pages)),
            flow,
            place,
            max_definition: definition,
            records,
            levels: Levels::default(),
            level: 0,
            value: 0,
            begun: 0,
        })
    }

    /// Passes over records.
    pub(super) fn skip(&mut self, mut records: u64) -> Result<(), SourceError> {
        // Whole pages are passed over unseen; of texts that may become long, as many are unpacked as
        // are asked for.
        let step = if self.records == RECORDS_OF_DIFFERENCES { self.records } else { usize::MAX };
        while records > 0 {
            let step = usize::try_from(records).unwrap_or(usize::MAX).min(step);
            let skipped = self.guarded(|values, _| values.skip(step))?;
            if skipped == 0 {
                return Err(self.ends_early());
            }
            records = records.saturating_sub(skipped as u64);
        }
        Ok(())
    }

    /// Begins the next record.
    pub(super) fn begin(&mut self) -> Result<(), SourceError> {
        if self.level >= self.levels.count {
            let records = self.records;
            self.guarded(|values, levels| values.read(records, levels))?;
            if self.levels.count == 0 {
                return Err(self.ends_early());
            }
            (self.level, self.value) = (0, 0);
        }
        self.begun = self.level;
        Ok(())
    }

    /// Ends the record under way, which was read or passed over as a whole. Errs where some of it is
    /// left, for then this column has more of it than those beside it.
    pub(super) fn end(&mut self) -> Result<(), SourceError> {
        if self.level == self.begun {
            self.give_up();
        } else if self.repetition() > 0 {
            let why = "it has more values than the columns beside it".to_owned();
            return Err(SourceError::Damaged { file: self.place.clone(), byte: None, why });
        }
        Ok(())
    }

    /// Passes over what is left of the record under way.
    pub(super) fn give_up(&mut self) {
        if self.level == self.begun {
            self.pass();
        }
        while self.repetition() > 0 {
            self.pass();
        }
    }

    /// The definition level of the next value.
    pub(super) fn definition(&self) -> i16 {
        if self.max_definition == 0 {
            return 0;
        }
        self.levels.definition.get(self.level).copied().unwrap_or(0)
    }

    /// The repetition level of the next value; 0 where it belongs to the next record.
    pub(super) fn repetition(&self) -> i16 {
        if self.level >= self.levels.count {
            return 0;
        }
        self.levels.repetition.get(self.level).copied().unwrap_or(0)
    }

    /// Passes over a value, or the place of one.
    pub(super) fn pass(&mut self) {
        if self.definition() == self.max_definition {
            self.value += 1;
        }
        self.level += 1;
    }

    /// Appends the next value's text, and passes over it.
    pub(super) fn write(&mut self, form: Form, out: &mut String) -> Result<Kind, String> {
        let written = self.values.write(self.value, form, out);
        self.pass();
        written
    }

    fn ends_early(&self) -> SourceError {
        let why = "it has fewer records than its row group".to_owned();
        SourceError::Damaged { file: self.place.clone(), byte: None, why }
    }

    /// Unpacks values. What they are made of comes from a stranger, and the library gives up on some
    /// of it by panicking.
    fn guarded(
        &mut self,
        work: impl FnOnce(&mut dyn Values, &mut Levels) -> Result<usize, ParquetError>,
    ) -> Result<usize, SourceError> {
        let (values, levels) = (&mut *self.values, &mut self.levels);
        let why = match catch_unwind(AssertUnwindSafe(|| work(values, levels))) {
            Ok(Ok(records)) => return Ok(records),
            Ok(Err(error)) => plainly(&error),
            Err(_) => "its pages contradict themselves".to_owned(),
        };
        let damaged = || SourceError::Damaged { file: self.place.clone(), byte: None, why };
        Err(self.flow.fault().unwrap_or_else(damaged))
    }
}

/// What the library says, without its name.
fn plainly(error: &ParquetError) -> String {
    let told = error.to_string();
    told.trim_start_matches("Parquet error: ").trim_start_matches("External: ").to_owned()
}

/// The values of a column, of whatever type.
trait Values: Send {
    /// Unpacks some records in place of those before.
    fn read(&mut self, records: usize, levels: &mut Levels) -> Result<usize, ParquetError>;

    /// Passes over some records.
    fn skip(&mut self, records: usize) -> Result<usize, ParquetError>;

    /// Appends a value's text.
    fn write(&self, at: usize, form: Form, out: &mut String) -> Result<Kind, String>;
}

struct Typed<T: DataType> {
    reader: ColumnReaderImpl<T>,
    values: Vec<T::T>,
}

impl<T: DataType> Values for Typed<T>
where
    T::T: Value,
{
    fn read(&mut self, records: usize, levels: &mut Levels) -> Result<usize, ParquetError> {
        self.values.clear();
        levels.definition.clear();
        levels.repetition.clear();
        levels.count = 0;
        let (records, _, count) = self.reader.read_records(
            records,
            Some(&mut levels.definition),
            Some(&mut levels.repetition),
            &mut self.values,
        )?;
        levels.count = count;
        Ok(records)
    }

    fn skip(&mut self, records: usize) -> Result<usize, ParquetError> {
        self.reader.skip_records(records)
    }

    fn write(&self, at: usize, form: Form, out: &mut String) -> Result<Kind, String> {
        match self.values.get(at) {
            Some(value) => value.write(form, out),
            None => Err("a value that is not there".to_owned()),
        }
    }
}

fn values(reader: ColumnReader) -> Box<dyn Values> {
    match reader {
        ColumnReader::BoolColumnReader(reader) => Box::new(Typed { reader, values: Vec::new() }),
        ColumnReader::Int32ColumnReader(reader) => Box::new(Typed { reader, values: Vec::new() }),
        ColumnReader::Int64ColumnReader(reader) => Box::new(Typed { reader, values: Vec::new() }),
        ColumnReader::Int96ColumnReader(reader) => Box::new(Typed { reader, values: Vec::new() }),
        ColumnReader::FloatColumnReader(reader) => Box::new(Typed { reader, values: Vec::new() }),
        ColumnReader::DoubleColumnReader(reader) => Box::new(Typed { reader, values: Vec::new() }),
        ColumnReader::ByteArrayColumnReader(reader) => {
            Box::new(Typed { reader, values: Vec::new() })
        }
        ColumnReader::FixedLenByteArrayColumnReader(reader) => {
            Box::new(Typed { reader, values: Vec::new() })
        }
    }
}
