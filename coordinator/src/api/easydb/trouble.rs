//! Why requests are refused. Handlers say what is wrong; how that reads is decided where it leaves.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use fabric::store::StoreError;
use proto::easydb::Mistake;
use proto::fault::{Code, Fault};

use crate::api::problem::Refusal;

/// Why a request is refused.
#[derive(Debug, Clone)]
pub(super) enum Trouble {
    /// Nobody is signed in.
    NotAuthenticated,
    /// A session is asked for by a token of nobody.
    InvalidToken,
    /// Nobody is known by this login and password.
    WrongPassword,
    /// Tokens are not given for what is offered instead of a password.
    GrantType,
    /// Too many attempts to sign in failed of late.
    TooManyAttempts {
        /// How many seconds to wait.
        wait: u64,
    },
    /// There is no such path.
    NoPath,
    /// The path takes other methods.
    NoMethod,
    /// There is no such export, or it is somebody else's.
    NoExport,
    /// There is no such event.
    NoEvent(u64),
    /// The body is no document.
    Content(String),
    /// What is wrong in a document.
    Mistakes(Vec<Mistake>),
    /// A parameter means nothing.
    Parameter {
        /// Which.
        name: &'static str,
        /// Why.
        why: String,
    },
    /// A parameter that is not known, where it might have spared something.
    UnknownParameter(String),
    /// A filter asks for what cannot be filtered by.
    UnknownColumn(String),
    /// Another export of the owner has the name.
    DuplicateName(String),
    /// The export is in another version.
    Version {
        /// That of the request.
        provided: Option<u64>,
        /// The one that is expected.
        expected: u64,
    },
    /// A run is under way.
    AlreadyRunning,
    /// No run is under way.
    NotRunning {
        /// How far the export is.
        state: &'static str,
    },
    /// The run did not stop in time.
    NotStopped,
    /// There are no files, or none any more.
    NotDone {
        /// How far the export is.
        state: &'static str,
    },
    /// There is no such file.
    NoFile(String),
    /// A passkey or uuid that opens nothing.
    Passkey,
    /// What went wrong behind the dialect.
    Fault(Box<Fault>),
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        if fault.code == Code::NotFound { Self::NoExport } else { Self::Fault(Box::new(fault)) }
    }
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        refusal.into_fault().into()
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Fault(Box::new(error.fault()))
    }
}

impl From<Vec<Mistake>> for Trouble {
    fn from(mistakes: Vec<Mistake>) -> Self {
        Self::Mistakes(mistakes)
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

pub(super) async fn no_such_path() -> Trouble {
    Trouble::NoPath
}

pub(super) async fn no_such_method() -> Trouble {
    Trouble::NoMethod
}
