//! What a request brings: path, query and body, each refused as a problem where it cannot be read.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use proto::fault::{Code, Fault};
use serde::de::DeserializeOwned;

use super::problem::Refusal;
use crate::service::no_export;

/// Most things listed at once.
pub(super) const MOST: usize = 200;

/// How many things are listed where nobody says.
const USUAL: usize = 50;

/// The parameters of the path. What cannot be an id is the id of nothing.
pub(super) struct At<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for At<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let path = Path::<T>::from_request_parts(parts, state).await;
        path.map(|Path(value)| Self(value)).map_err(|_| no_export().into())
    }
}

/// The parameters of the query.
pub(super) struct Asked<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let query = Query::<T>::from_request_parts(parts, state).await;
        query.map(|Query(value)| Self(value)).map_err(|rejection| {
            Fault::new(Code::InvalidValue, rejection.body_text()).at("query").into()
        })
    }
}

/// The body, as text.
pub(super) struct Document(pub(super) String);

impl<S: Send + Sync> FromRequest<S> for Document {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| {
            if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
                Fault::new(Code::TooLarge, "the body is larger than the server takes")
            } else {
                Fault::new(Code::Unreadable, rejection.body_text())
            }
        })?;
        String::from_utf8(bytes.into())
            .map(Self)
            .map_err(|_| Fault::new(Code::Unreadable, "the body is not UTF-8").into())
    }
}

/// How many things to list: 1 to [`MOST`].
pub(super) fn limit(asked: Option<usize>) -> Result<usize, Refusal> {
    let limit = asked.unwrap_or(USUAL);
    if (1..=MOST).contains(&limit) {
        return Ok(limit);
    }
    Err(Fault::new(Code::InvalidValue, format!("`limit` is {limit}"))
        .at("query/limit")
        .hint("1 to 200")
        .into())
}
