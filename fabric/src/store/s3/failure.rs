//! What a server's error means for an object.

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use proto::key::Key;

use crate::store::StoreError;

/// An error that the server answered, in its own words.
#[derive(Debug, thiserror::Error)]
#[error("{status} {code}: {message}")]
struct Answer {
    status: u16,
    code: String,
    message: String,
}

/// What a failed request means for the object it was about.
pub(crate) fn failure<E>(
    key: &Key,
    during: &'static str,
    error: SdkError<E, HttpResponse>,
) -> StoreError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let failed = match status(&error) {
        Some(status) => {
            // Answers to HEAD have no words.
            let (code, message) =
                (error.code().unwrap_or("error"), error.message().unwrap_or("without a message"));
            answered(key, during, status, code, message)
        }
        // What could not even be made will not be made later; no answer may come later.
        None if matches!(error, SdkError::ConstructionFailure(_)) => {
            StoreError::Refused { during, source: Box::new(error) }
        }
        None => StoreError::Unavailable { during, source: Box::new(error) },
    };
    failed.counted()
}

/// What an answer means, by its code and, where servers differ in their codes, by its status.
pub(crate) fn answered(
    key: &Key,
    during: &'static str,
    status: u16,
    code: &str,
    message: &str,
) -> StoreError {
    let key = key.clone();
    let answer = Answer { status, code: code.to_owned(), message: message.to_owned() };
    match (code, status) {
        ("NoSuchBucket", _) => StoreError::Refused { during, source: Box::new(answer) },
        // An upload that was swept: it has to begin again, as after a lost connection.
        (
            "NoSuchUpload"
            | "SlowDown"
            | "RequestTimeout"
            | "OperationAborted"
            | "ConditionalRequestConflict",
            _,
        ) => StoreError::Unavailable { during, source: Box::new(answer) },
        ("QuotaExceeded" | "XMinioStorageFull" | "InsufficientStorage", _) | (_, 507) => {
            StoreError::Full { during }
        }
        (
            "InvalidPart" | "InvalidPartOrder" | "EntityTooSmall" | "InvalidRange" | "BadDigest",
            _,
        )
        | (_, 412 | 416) => StoreError::Damaged { key, what: answer.to_string() },
        ("NoSuchKey", _) | (_, 404) => StoreError::Missing { key },
        // 501 says that it never will.
        (_, 408 | 409 | 429 | 500 | 502..=599) => {
            StoreError::Unavailable { during, source: Box::new(answer) }
        }
        // An error within a good answer: the server began to answer before it was done.
        (_, 200..=299) => StoreError::Unavailable { during, source: Box::new(answer) },
        _ => StoreError::Refused { during, source: Box::new(answer) },
    }
}

/// The status of the answer, where there is one that could be read.
pub(crate) fn status<E>(error: &SdkError<E, HttpResponse>) -> Option<u16> {
    let SdkError::ServiceError(answer) = error else { return None };
    Some(answer.raw().status().as_u16())
}

/// Whether the server says that it does not know how.
pub(crate) fn is_not_implemented<E: ProvideErrorMetadata>(
    error: &SdkError<E, HttpResponse>,
) -> bool {
    error.code() == Some("NotImplemented") || matches!(status(error), Some(405 | 501))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(status: u16, code: &str, expected: &str) {
        let error = answered(&Key::listed("k".to_owned()), "do it", status, code, "because");
        assert!(format!("{error:?}").starts_with(expected), "{status} {code}: {error:?}");
    }

    #[test]
    fn what_may_pass_is_told_from_what_will_not() {
        check(404, "NoSuchKey", "Missing");
        check(404, "error", "Missing");
        check(404, "NoSuchBucket", "Refused");
        check(404, "NoSuchUpload", "Unavailable");
        check(403, "AccessDenied", "Refused");
        check(403, "QuotaExceeded", "Full");
        check(403, "InvalidAccessKeyId", "Refused");
        check(401, "error", "Refused");
        check(507, "error", "Full");
        check(412, "PreconditionFailed", "Damaged");
        check(416, "InvalidRange", "Damaged");
        check(500, "InternalError", "Unavailable");
        check(200, "InternalError", "Unavailable");
        check(501, "NotImplemented", "Refused");
        check(503, "SlowDown", "Unavailable");
        check(400, "RequestTimeout", "Unavailable");
        check(400, "EntityTooSmall", "Damaged");
        check(400, "InvalidArgument", "Refused");
    }
}
