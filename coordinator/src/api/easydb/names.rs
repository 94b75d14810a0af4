//! What each refusal is called in either product, and with which status it is answered.

use axum::http::StatusCode;
use proto::easydb::{Mistake, What};
use proto::fault::Fault;

use super::Product;
use super::trouble::Trouble;
use crate::api::problem::status;

/// What a refusal is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Names {
    pub(super) easydb: Name,
    pub(super) fylr: Name,
}

/// The same in one product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
}

impl Names {
    /// That of a product.
    pub(super) fn of(self, product: Product) -> Name {
        match product {
            Product::Easydb5 => self.easydb,
            Product::Fylr => self.fylr,
        }
    }
}

impl Trouble {
    /// What it is called. The one place that decides it; whoever adds a trouble decides this too.
    pub(super) fn names(&self) -> Names {
        let (bad, missing) = (StatusCode::BAD_REQUEST, StatusCode::NOT_FOUND);
        match self {
            // fylr's clients renew their token after a 401, and after nothing else.
            Self::NotAuthenticated => Names {
                easydb: Name {
                    status: StatusCode::FORBIDDEN,
                    code: "error.user.not_authenticated",
                },
                fylr: Name { status: StatusCode::UNAUTHORIZED, code: "UserRequired" },
            },
            Self::InvalidToken => Names {
                easydb: Name {
                    status: StatusCode::FORBIDDEN,
                    code: "error.user.not_authenticated",
                },
                fylr: Name { status: bad, code: "InvalidToken" },
            },
            Self::GrantType => names(bad, "error.api.invalid_value", "InvalidValue"),
            Self::WrongPassword => {
                names(bad, "error.user.authentication_failed", "AuthenticationFailed")
            }
            Self::TooManyAttempts { .. } => names(
                StatusCode::TOO_MANY_REQUESTS,
                "error.user.too_many_attempts",
                "TooManyAttempts",
            ),
            Self::NoPath => Names {
                easydb: Name { status: missing, code: "error.api.invalid_request_method" },
                fylr: Name { status: bad, code: "ApiObjectPath" },
            },
            Self::NoMethod => Names {
                easydb: Name { status: bad, code: "error.api.invalid_request_method" },
                fylr: Name { status: StatusCode::METHOD_NOT_ALLOWED, code: "ServerGeneric" },
            },
            Self::NoExport => names(missing, "error.user.export_not_found", "ServerGeneric"),
            Self::NoEvent(_) => names(missing, "error.user.event_not_found", "ServerGeneric"),
            Self::Content(_) => names(bad, "error.api.invalid_content", "InvalidContent"),
            Self::Mistakes(mistakes) => of_mistakes(mistakes),
            Self::Parameter { .. } => names(bad, "error.api.invalid_value", "InvalidValue"),
            Self::UnknownParameter(_) => {
                names(bad, "error.api.attribute_not_accepted", "InvalidValue")
            }
            Self::UnknownColumn(_) => names(bad, "error.api.invalid_value", "ServerGeneric"),
            Self::DuplicateName(_) => names(
                StatusCode::CONFLICT,
                "error.user.export_name_duplicate",
                "ExportDuplicateName",
            ),
            Self::Version { .. } => names(bad, "error.user.version_mismatch", "VersionMismatch"),
            Self::AlreadyRunning => {
                names(bad, "error.user.export_already_running", "ServerGeneric")
            }
            Self::NotRunning { .. } => Names {
                easydb: Name { status: missing, code: "error.user.export_not_running" },
                fylr: Name { status: bad, code: "ServerGeneric" },
            },
            Self::NotStopped => names(bad, "error.user.export_not_stopped", "ServerGeneric"),
            Self::NotDone { .. } => names(bad, "error.user.export_not_done", "FileNotDone"),
            Self::NoFile(_) => names(missing, "error.user.export_file_not_found", "FileNotFound"),
            Self::Passkey => names(missing, "error.user.export_invalid_passkey", "FileNotFound"),
            Self::Fault(fault) => of_fault(fault),
        }
    }
}

fn names(status: StatusCode, easydb: &'static str, fylr: &'static str) -> Names {
    Names { easydb: Name { status, code: easydb }, fylr: Name { status, code: fylr } }
}

fn of_mistakes(mistakes: &[Mistake]) -> Names {
    let (easydb, fylr) = match mistakes.first().map(|mistake| &mistake.what) {
        Some(What::NameRequired) => ("error.user.export_name_required", "ExportNameRequired"),
        Some(What::Missing) => ("error.api.attribute_expected", "AttributeExpected"),
        Some(What::Type { .. }) => ("error.api.type_mismatch", "TypeMismatch"),
        Some(What::Target { .. } | What::Value { .. }) | None => {
            ("error.api.invalid_value", "InvalidValue")
        }
    };
    names(StatusCode::BAD_REQUEST, easydb, fylr)
}

/// A fault of what is behind the dialect: what a request got wrong, or what the server cannot do now.
fn of_fault(fault: &Fault) -> Names {
    let status = status(fault.code);
    if status.is_server_error() {
        return names(status, "error.server.generic", "ServerGeneric");
    }
    let is_unmeant = status == StatusCode::UNPROCESSABLE_ENTITY;
    let status = if is_unmeant { StatusCode::BAD_REQUEST } else { status };
    names(status, "error.api.invalid_value", "InvalidValue")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_run_is_missing_for_one_product_and_a_mistake_for_the_other() {
        let names = Trouble::NotRunning { state: "done" }.names();
        assert_eq!(names.of(Product::Easydb5).status, StatusCode::NOT_FOUND);
        assert_eq!(names.of(Product::Fylr).status, StatusCode::BAD_REQUEST);
    }
}
