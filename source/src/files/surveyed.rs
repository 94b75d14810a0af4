//! Whether files are still those that were surveyed.

use proto::plan::FileRange;

use crate::SourceError;

/// That a file is the one that was surveyed, as far as can be told without reading it.
pub(super) fn check_same(
    range: &FileRange,
    len: u64,
    version: Option<&str>,
) -> Result<(), SourceError> {
    let FileRange { path, file_len, .. } = range;
    if len != *file_len {
        let what = format!("{path} had {file_len} bytes and has {len}");
        return Err(SourceError::Changed { what });
    }
    match (&range.version, version) {
        (Some(surveyed), Some(found)) if surveyed != found => {
            Err(SourceError::Changed { what: format!("{path} was written anew") })
        }
        (Some(_) | None, _) => Ok(()),
    }
}

/// A plan names a file that is not one of the source's.
pub(super) fn not_covered(path: &str, by: &str) -> SourceError {
    SourceError::Changed { what: format!("{path} is no longer one of the files of {by}") }
}
