//! The end of a file: which columns it has, and where its row groups lie.

use std::panic::{AssertUnwindSafe, catch_unwind};

use parquet::basic::Compression;
use parquet::file::metadata::{
    ColumnChunkMetaData, ParquetMetaData, ParquetMetaDataOptions, ParquetMetaDataReader,
    ParquetStatisticsPolicy, RowGroupMetaData,
};
use proto::plan::FileRange;
use tokio_util::sync::CancellationToken;

use super::shape::{Field, fields};
use super::thrift::{Malformed, check_footer};
use crate::SourceError;
use crate::files::{Files, Listed};

/// Longest footer that is read, in bytes (16 MiB): some 100,000 pieces of columns.
const MAX_FOOTER_BYTES: u64 = 16 << 20;

/// What a file begins and ends with.
const MAGIC: &[u8; 4] = b"PAR1";

/// What a file ends with whose footer is encrypted.
const ENCRYPTED: &[u8; 4] = b"PARE";

/// Length of what follows the footer: its length, and the magic.
const TAIL_BYTES: u64 = 8;

/// Whether the least and greatest values of columns are needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Statistics {
    Read,
    PassedOver,
}

/// A file's footer, read and checked.
pub(super) struct Footer {
    /// The file.
    pub(super) file: Listed,
    /// CRC-32 of the footer.
    pub(super) checksum: u32,
    /// The columns, in order, with the leaves below each.
    pub(super) fields: Vec<Field>,
    metadata: ParquetMetaData,
}

impl Footer {
    /// Reads a file's footer.
    pub(super) fn read(
        files: &Files,
        file: &Listed,
        statistics: Statistics,
        stop: &CancellationToken,
    ) -> Result<Self, SourceError> {
        let (path, file_len) = (&file.path, file.len);
        let damaged = |byte: u64, why: String| SourceError::Damaged {
            file: path.clone(),
            byte: Some(byte),
            why,
        };
        let bytes = |start: u64, end: u64| bytes(files, &file.range(start..end, None), stop);
        let none = || damaged(0, "it is no Parquet file: it does not begin with PAR1".to_owned());
        if file_len < 4 + TAIL_BYTES || bytes(0, 4)? != MAGIC {
            return Err(none());
        }
        let tail_at = file_len - TAIL_BYTES;
        let tail = bytes(tail_at, file_len)?;
        let (len, magic) = tail.split_at(4);
        if magic == ENCRYPTED {
            return Err(SourceError::Refused {
                what: format!("{path} is encrypted, and such files are not read"),
            });
        }
        if magic != MAGIC {
            let why = "it does not end with PAR1: the file is cut short, or was not finished";
            return Err(damaged(tail_at + 4, why.to_owned()));
        }
        let len = u64::from(u32::from_le_bytes([len[0], len[1], len[2], len[3]]));
        if len > tail_at - 4 {
            let why = format!("the footer claims {len} bytes, more than there are");
            return Err(damaged(tail_at, why));
        }
        if len > MAX_FOOTER_BYTES {
            return Err(SourceError::Refused {
                what: format!(
                    "the footer of {path} has {len} bytes; at most 16 MiB are read, write larger row groups"
                ),
            });
        }
        let start = tail_at - len;
        let footer = bytes(start, tail_at)?;
        let wrong = |why: String| damaged(start, format!("the footer cannot be read: {why}"));
        check_footer(&footer).map_err(|Malformed(why)| wrong(why.to_owned()))?;
        let metadata = parse(&footer, statistics).map_err(&wrong)?;
        let fields = fields(metadata.file_metadata().schema_descr()).map_err(&wrong)?;
        let checksum = crc32fast::hash(&footer);
        let read = Self { file: file.clone(), checksum, fields, metadata };
        read.check().map_err(wrong)?;
        Ok(read)
    }

    /// The row groups, in order.
    pub(super) fn groups(&self) -> &[RowGroupMetaData] {
        self.metadata.row_groups()
    }

    /// The columns' names.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|field| field.name.as_str())
    }

    /// A column by its name.
    pub(super) fn field(&self, name: &str) -> Result<&Field, SourceError> {
        self.fields.iter().find(|field| field.name == name).ok_or_else(|| {
            SourceError::UnknownField {
                field: name.to_owned(),
                known: proto::abridged::list(&self.names().collect::<Vec<_>>()),
            }
        })
    }

    /// Whether a column can be read; told before anything is.
    pub(super) fn check_readable(&self, field: &Field) -> Result<(), SourceError> {
        for leaf in self.groups().iter().flat_map(|group| &group.columns()[field.leaves()]) {
            let how = match leaf.compression() {
                Compression::UNCOMPRESSED
                | Compression::SNAPPY
                | Compression::GZIP(_)
                | Compression::LZ4
                | Compression::LZ4_RAW
                | Compression::ZSTD(_) => continue,
                Compression::LZO => "LZO",
                Compression::BROTLI(_) => "Brotli",
            };
            return Err(SourceError::Refused {
                what: format!(
                    "the column {:?} of {} is compressed with {how}, which is not read; Snappy, gzip, LZ4 and Zstandard are",
                    field.name, self.file.path
                ),
            });
        }
        Ok(())
    }

    /// Whether everything lies where it can be.
    fn check(&self) -> Result<(), String> {
        let leaves = self.metadata.file_metadata().schema_descr().num_columns();
        for (nth, group) in self.groups().iter().enumerate() {
            if group.num_columns() != leaves || group.num_rows() < 0 {
                return Err(format!("row group {nth} has other columns than the file"));
            }
            for column in group.columns() {
                if !lies_within(column, self.file.len) {
                    return Err(format!(
                        "row group {nth} has the column {:?} where there is no file",
                        column.column_path().string()
                    ));
                }
                if column.file_path().is_some() {
                    return Err("its columns are in other files".to_owned());
                }
            }
        }
        Ok(())
    }
}

/// Whether a column's pages are in the file.
fn lies_within(column: &ColumnChunkMetaData, file_len: u64) -> bool {
    let start = column.dictionary_page_offset().unwrap_or_else(|| column.data_page_offset());
    let end = start.checked_add(column.compressed_size());
    let size = column.uncompressed_size();
    start >= 0
        && column.compressed_size() >= 0
        && size >= 0
        && end.and_then(|end| u64::try_from(end).ok()).is_some_and(|end| end <= file_len)
}

fn parse(footer: &[u8], statistics: Statistics) -> Result<ParquetMetaData, String> {
    let policy = match statistics {
        Statistics::Read => ParquetStatisticsPolicy::KeepAll,
        Statistics::PassedOver => ParquetStatisticsPolicy::SkipAll,
    };
    let options = ParquetMetaDataOptions::new()
        .with_column_stats_policy(policy)
        .with_encoding_stats_policy(ParquetStatisticsPolicy::SkipAll)
        .with_size_stats_policy(ParquetStatisticsPolicy::SkipAll);
    let parse = || ParquetMetaDataReader::decode_metadata_with_options(footer, Some(&options));
    match catch_unwind(AssertUnwindSafe(parse)) {
        Ok(parsed) => parsed.map_err(|error| error.to_string()),
        Err(_) => Err("it contradicts itself".to_owned()),
    }
}

/// A few bytes of a file.
fn bytes(
    files: &Files,
    range: &FileRange,
    stop: &CancellationToken,
) -> Result<Vec<u8>, SourceError> {
    let mut reader = files.read(range, stop)?;
    let mut bytes = vec![0; usize::try_from(range.end - range.start).unwrap_or(usize::MAX)];
    let mut filled = 0;
    while filled < bytes.len() {
        match reader.read(&mut bytes[filled..])? {
            0 => break,
            len => filled += len,
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}
