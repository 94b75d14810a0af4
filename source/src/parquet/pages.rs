//! The pages of a column, looked at before they are unpacked: a page of some kilobytes may claim to
//! hold more values than fit into memory.

use bytes::Bytes;
use parquet::basic::Encoding;
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::ParquetError;

use super::delta;

/// Most values of a dictionary. Writers end them at a megabyte.
const MAX_DICTIONARY: u32 = 1 << 22;

/// Most values of a page of lists, for one record may hold them all.
const MAX_LISTED: u32 = 1 << 24;

/// Longest page of texts that are stored as what differs from the one before (16 MiB), for each may
/// become as long as the page.
const MAX_DIFFERENCES_BYTES: usize = 16 << 20;

/// Pages that were looked at.
pub(super) struct Pages<R> {
    inner: R,
    has_repetitions: bool,
    has_definitions: bool,
}

impl<R: PageReader> Pages<R> {
    /// The pages of a column with such levels.
    pub(super) fn new(pages: R, max_repetition: i16, max_definition: i16) -> Self {
        Self {
            inner: pages,
            has_repetitions: max_repetition > 0,
            has_definitions: max_definition > 0,
        }
    }

    fn judge(&self, page: Option<Page>) -> Result<Option<Page>, ParquetError> {
        match &page {
            Some(Page::DictionaryPage { buf, num_values, .. })
                if *num_values > MAX_DICTIONARY || *num_values as usize > buf.len() =>
            {
                return Err(refused("a dictionary has more values than bytes, or 4,194,304"));
            }
            Some(Page::DataPage { buf, num_values, encoding, .. }) => {
                self.judge_count(*num_values)?;
                let mut values = Some(buf.clone());
                for has_levels in [self.has_repetitions, self.has_definitions] {
                    if has_levels {
                        values = values.as_ref().and_then(after_levels);
                    }
                }
                judge_values(*encoding, *num_values, values)?;
            }
            Some(Page::DataPageV2 {
                buf,
                num_values,
                encoding,
                def_levels_byte_len,
                rep_levels_byte_len,
                ..
            }) => {
                self.judge_count(*num_values)?;
                let levels = u64::from(*def_levels_byte_len) + u64::from(*rep_levels_byte_len);
                let levels = usize::try_from(levels).unwrap_or(usize::MAX);
                let values = (levels <= buf.len()).then(|| buf.slice(levels..));
                judge_values(*encoding, *num_values, values)?;
            }
            Some(Page::DictionaryPage { .. }) | None => {}
        }
        Ok(page)
    }

    fn judge_count(&self, values: u32) -> Result<(), ParquetError> {
        if self.has_repetitions && values > MAX_LISTED {
            return Err(refused("a page has lists of more than 16,777,216 values"));
        }
        Ok(())
    }
}

/// What follows levels that begin with their length.
fn after_levels(bytes: &Bytes) -> Option<Bytes> {
    let len: [u8; 4] = bytes.get(..4)?.try_into().ok()?;
    let end = usize::try_from(u32::from_le_bytes(len)).ok()?.checked_add(4)?;
    (end <= bytes.len()).then(|| bytes.slice(end..))
}

fn judge_values(encoding: Encoding, count: u32, values: Option<Bytes>) -> Result<(), ParquetError> {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "one of the others is deprecated and cannot be named; none says how many it has"
    )]
    let lists = match encoding {
        Encoding::DELTA_BINARY_PACKED | Encoding::DELTA_LENGTH_BYTE_ARRAY => 1,
        Encoding::DELTA_BYTE_ARRAY => 2,
        _ => return Ok(()),
    };
    let Some(values) = values else { return Err(refused("a page has more levels than bytes")) };
    if lists == 2 && values.len() > MAX_DIFFERENCES_BYTES {
        return Err(refused("a page of differences is longer than 16 MiB"));
    }
    let mut rest = &values[..];
    for _ in 0..lists {
        // A page in which all is NULL may have none.
        if !rest.is_empty() {
            rest = delta::pass(rest, u64::from(count))
                .map_err(|_| refused("a page claims more values than it has"))?;
        }
    }
    Ok(())
}

fn refused(why: &str) -> ParquetError {
    ParquetError::General(why.to_owned())
}

impl<R: PageReader> PageReader for Pages<R> {
    fn get_next_page(&mut self) -> Result<Option<Page>, ParquetError> {
        let page = self.inner.get_next_page()?;
        self.judge(page)
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>, ParquetError> {
        self.inner.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<(), ParquetError> {
        self.inner.skip_next_page()
    }

    fn supports_deferred_dictionary(&self) -> bool {
        self.inner.supports_deferred_dictionary()
    }

    fn take_deferred_dictionary(&mut self) -> Result<Option<Page>, ParquetError> {
        let page = self.inner.take_deferred_dictionary()?;
        self.judge(page)
    }

    fn at_record_boundary(&mut self) -> Result<bool, ParquetError> {
        self.inner.at_record_boundary()
    }
}

impl<R: PageReader> Iterator for Pages<R> {
    type Item = Result<Page, ParquetError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}
