//! What goes wrong with requests when a test says so, and what was asked for.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::refusal::Refusal;
use super::{Shared, lock, session};

/// What goes wrong with a request.
#[derive(Debug, Clone)]
pub enum Trouble {
    /// It is answered with a status, and asks to wait so many seconds where they are given.
    Status(u16, Option<u64>),
    /// The database takes longer than it may.
    TimeLimit,
    /// It is answered after so long.
    Late(Duration),
    /// Half of the answer comes.
    Half,
    /// All but the last line of the answer comes.
    Lines,
    /// Half of the answer comes, and then the connection breaks off.
    Cut,
    /// The session of the request has ended.
    Expired,
    /// No answer ever comes.
    Never,
}

/// What is to go wrong.
#[derive(Default)]
pub(super) struct Troubles {
    /// By the begin of a path: what becomes of the next requests for it, one after another.
    next: Mutex<BTreeMap<String, VecDeque<Option<Trouble>>>>,
}

impl Troubles {
    pub(super) fn add(&self, path: &str, troubles: impl IntoIterator<Item = Option<Trouble>>) {
        lock(&self.next).entry(path.to_owned()).or_default().extend(troubles);
    }

    fn take(&self, path: &str) -> Option<Trouble> {
        let mut next = lock(&self.next);
        let mut of_path = next.iter_mut().filter(|(start, _)| path.starts_with(start.as_str()));
        of_path.find_map(|(_, left)| left.pop_front()).flatten()
    }
}

/// Notes a request, and lets it go wrong where that is its turn.
pub(super) async fn trouble(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path().to_owned();
    let asked = request.uri().path_and_query().map_or(path.clone(), ToString::to_string);
    lock(&shared.asked).push(format!("{} {asked}", request.method()));
    match shared.troubles.take(&path) {
        None => next.run(request).await,
        Some(Trouble::Never) => std::future::pending().await,
        Some(Trouble::TimeLimit) => Refusal::out_of_time().into_response(),
        Some(Trouble::Late(wait)) => {
            tokio::time::sleep(wait).await;
            next.run(request).await
        }
        Some(Trouble::Status(status, wait)) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::IM_A_TEAPOT);
            let mut response = (status, "not now").into_response();
            if let Some(wait) = wait {
                response.headers_mut().insert(header::RETRY_AFTER, wait.into());
            }
            response
        }
        Some(Trouble::Half) => {
            let (mut parts, body) = next.run(request).await.into_parts();
            let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
            parts.headers.remove(header::CONTENT_LENGTH);
            Response::from_parts(parts, Body::from(body.slice(..body.len() / 2)))
        }
        Some(Trouble::Lines) => {
            let (mut parts, body) = next.run(request).await.into_parts();
            let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
            parts.headers.remove(header::CONTENT_LENGTH);
            let lines = body.strip_suffix(b"\n").unwrap_or(&body);
            let end = lines.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            Response::from_parts(parts, Body::from(body.slice(..end)))
        }
        Some(Trouble::Cut) => {
            let (mut parts, body) = next.run(request).await.into_parts();
            let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
            parts.headers.insert(header::CONTENT_LENGTH, body.len().into());
            let half = Ok(body.slice(..body.len() / 2));
            let cut = futures::stream::iter([half, Err(std::io::Error::other("cut"))]);
            Response::from_parts(parts, Body::from_stream(cut))
        }
        Some(Trouble::Expired) => {
            if let Some(token) = session::token(request.headers()) {
                shared.sessions.end(&token);
            }
            next.run(request).await
        }
    }
}
