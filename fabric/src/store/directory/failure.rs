//! What an error of the file system means for an object, and where file work is done.

use std::io::{Error, ErrorKind};

use proto::key::Key;

use crate::store::StoreError;

/// What an error of the file system means.
///
/// Only what says so itself is taken as final; everything unknown may pass, such as a file system
/// that hangs or a disk that fails over.
pub(crate) fn failure(key: &Key, during: &'static str, error: Error) -> StoreError {
    let kind = error.kind();
    let failed = if kind == ErrorKind::NotFound {
        StoreError::Missing { key: key.clone() }
    } else if matches!(kind, ErrorKind::StorageFull | ErrorKind::QuotaExceeded) {
        StoreError::Full { during }
    } else if is_final(kind) {
        StoreError::Refused { during, source: Box::new(error) }
    } else {
        StoreError::Unavailable { during, source: Box::new(error) }
    };
    failed.counted()
}

fn is_final(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::PermissionDenied
            | ErrorKind::ReadOnlyFilesystem
            | ErrorKind::InvalidFilename
            | ErrorKind::InvalidInput
            | ErrorKind::NotADirectory
            | ErrorKind::IsADirectory
            | ErrorKind::FileTooLarge
    )
}

/// Does file work where blocking is allowed.
///
/// Dropping the future does not stop the work, it is only no longer waited for; whatever it holds is
/// let go when it ends.
pub(crate) async fn blocking<T, Work>(during: &'static str, work: Work) -> Result<T, StoreError>
where
    T: Send + 'static,
    Work: FnOnce() -> Result<T, StoreError> + Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => Err(StoreError::Unavailable { during, source: Box::new(error) }),
    }
}
