//! What the API answers.

use axum::body::to_bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use serde_json::Value;

/// An answer, read whole.
#[derive(Debug)]
pub(in crate::api::tests) struct Answer {
    pub(in crate::api::tests) status: StatusCode,
    pub(in crate::api::tests) headers: HeaderMap,
    pub(in crate::api::tests) body: Bytes,
}

impl Answer {
    pub(super) async fn read(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 16 << 20).await.unwrap();
        Self { status: parts.status, headers: parts.headers, body }
    }

    pub(in crate::api::tests) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(in crate::api::tests) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}
