//! What a server's errors mean to a run: try again later, or never.

use std::io;

use mysql_async::{DriverError, Error, IoError};

use crate::SourceError;

/// What the error means.
pub(super) fn failure(error: &Error) -> SourceError {
    match error {
        Error::Server(told) => {
            let what = format!("{} (error {}, SQLSTATE {})", told.message, told.code, told.state);
            if passes(told.code) {
                SourceError::Unavailable { what }
            } else {
                SourceError::Refused { what }
            }
        }
        // A certificate that is not trusted now will not be later.
        Error::Io(IoError::Tls(_)) => SourceError::Refused { what: error.to_string() },
        Error::Io(IoError::Io(cause)) if is_distrust(cause) => {
            SourceError::Refused { what: error.to_string() }
        }
        Error::Io(IoError::Io(_))
        | Error::Driver(DriverError::ConnectionClosed | DriverError::PacketOutOfOrder) => {
            SourceError::Unavailable { what: error.to_string() }
        }
        Error::Driver(_) | Error::Other(_) | Error::Url(_) => {
            SourceError::Refused { what: error.to_string() }
        }
    }
}

/// Whether it is about a certificate.
fn is_distrust(cause: &io::Error) -> bool {
    cause.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<rustls::Error>)
}

/// Whether the same may succeed later: too many connections (1040, 1203, 1226), a server that goes
/// down or comes up (1053, 1077, 1079), a lock that took too long (1205), a deadlock (1213), no
/// memory (1037, 1038, 1041), a full disk (1021), or a statement or connection that was ended from
/// outside (1317, 1927, 1969, 3024)
/// (<https://mariadb.com/docs/server/reference/error-codes>).
fn passes(code: u16) -> bool {
    matches!(
        code,
        1021 | 1037
            | 1038
            | 1040
            | 1041
            | 1053
            | 1077
            | 1079
            | 1203
            | 1205
            | 1213
            | 1226
            | 1317
            | 1927
            | 1969
            | 3024
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_passes_by_itself_is_tried_again() {
        for code in [1040, 1053, 1205, 1213, 1317] {
            assert!(passes(code), "{code}");
        }
        for code in [1045, 1049, 1054, 1064, 1142, 1146] {
            assert!(!passes(code), "{code}");
        }
    }
}
