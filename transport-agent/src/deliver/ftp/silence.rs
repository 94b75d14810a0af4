//! How long a server is waited for.

use std::io::{Error, ErrorKind};
use std::time::Duration;

use suppaftp::{FtpError, FtpResult};

/// Waits for the other side no longer than it may be silent.
pub(super) async fn within<T>(
    silence: Duration,
    what: impl Future<Output = FtpResult<T>>,
) -> FtpResult<T> {
    let silent = |_| {
        let what = format!("nothing came or went for {silence:?}");
        FtpError::ConnectionError(Error::new(ErrorKind::TimedOut, what))
    };
    tokio::time::timeout(silence, what).await.map_err(silent)?
}
