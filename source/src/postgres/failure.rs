//! What a PostgreSQL server's errors mean to a run: try again later, or never.

use std::io;

use fabric::causes::chain;
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use crate::SourceError;

/// What the error means, by the class of its code
/// (<https://www.postgresql.org/docs/15/errcodes-appendix.html>).
pub(super) fn failure(error: &Error) -> SourceError {
    if let Some(db) = error.as_db_error() {
        let what = format!("{} (SQLSTATE {})", db.message(), db.code().code());
        return if passes(db.code()) {
            SourceError::Unavailable { what }
        } else {
            SourceError::Refused { what }
        };
    }
    let what = chain(error);
    match std::error::Error::source(error) {
        // Closed, cut off, or out of step.
        None => SourceError::Unavailable { what },
        Some(cause) if is_distrust(cause) => SourceError::Refused { what },
        Some(cause) if cause.is::<io::Error>() => SourceError::Unavailable { what },
        // A password that is missing, or a setting that cannot be.
        Some(_) => SourceError::Refused { what },
    }
}

/// Whether it is about a certificate: the same one will come again.
fn is_distrust(cause: &(dyn std::error::Error + 'static)) -> bool {
    let inner = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    inner.is_some_and(<dyn std::error::Error + Send + Sync>::is::<rustls::Error>)
}

/// What an error means where a snapshot is taken over. Whatever the server has against it, the
/// snapshot is of no more use; the codes differ between versions.
pub(super) fn snapshot_failure(error: &Error) -> SourceError {
    match error.code() {
        Some(code) if !passes(code) => SourceError::SnapshotLost,
        Some(_) | None => failure(error),
    }
}

/// Whether the same may succeed later: no connection (08), a rollback that asks for another try (40),
/// no resources (53), an object in use (55), an operator's intervention (57), a failing system (58),
/// or a transaction that was ended from outside (25).
fn passes(code: &SqlState) -> bool {
    // A snapshot whose owner is gone is an object "not in prerequisite state" for ever.
    *code != SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE
        && ["08", "25", "40", "53", "55", "57", "58"]
            .iter()
            .any(|class| code.code().starts_with(class))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_passes_by_itself_is_tried_again() {
        for code in
            ["08006", "40001", "53300", "55P03", "57P01", "57P02", "57P03", "57014", "25P03"]
        {
            assert!(passes(&SqlState::from_code(code)), "{code}");
        }
        for code in ["28P01", "3D000", "42P01", "42501", "22023", "42704", "55000", "XX001"] {
            assert!(!passes(&SqlState::from_code(code)), "{code}");
        }
    }
}
