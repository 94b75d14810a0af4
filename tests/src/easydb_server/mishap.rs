//! What goes wrong with requests, as tests wish.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::{Shared, lock, token};

/// What goes wrong with a request.
#[derive(Debug, Clone)]
pub enum Mishap {
    /// Nothing: it is answered as it should be.
    Nothing,
    /// It is answered with a status, and asks to wait so many seconds where they are given.
    Status(u16, Option<u64>),
    /// Half of the answer comes.
    Half,
    /// Half of the answer comes, and then the connection breaks off.
    Cut,
    /// The session of the request has ended.
    Expired,
    /// From now on no file is given any more.
    Down,
    /// No answer ever comes.
    Never,
}

/// Notes a request, and lets it go wrong where that is its turn.
pub(super) async fn mishap(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path().to_owned();
    let user = token(request.uri().query(), request.headers())
        .and_then(|token| shared.sessions.login(&token));
    lock(&shared.asked).push((user, path.clone()));
    let mishap = {
        let mut all = lock(&shared.mishaps);
        all.iter_mut()
            .find_map(|(start, left)| path.starts_with(start).then(|| left.pop_front())?)
    };
    if matches!(mishap, Some(Mishap::Down)) {
        shared.is_down.store(true, Ordering::Relaxed);
    }
    if path.starts_with("/eas/") && shared.is_down.load(Ordering::Relaxed) {
        return (StatusCode::SERVICE_UNAVAILABLE, "not any more").into_response();
    }
    match mishap {
        None | Some(Mishap::Nothing | Mishap::Down) => next.run(request).await,
        Some(Mishap::Never) => std::future::pending().await,
        Some(Mishap::Status(status, wait)) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::IM_A_TEAPOT);
            let mut response = (status, "not now").into_response();
            if let Some(wait) = wait {
                response.headers_mut().insert(header::RETRY_AFTER, wait.into());
            }
            response
        }
        Some(Mishap::Half) => {
            let (parts, body) = next.run(request).await.into_parts();
            let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
            let status = parts.status;
            (status, Body::from(body.slice(..body.len() / 2))).into_response()
        }
        Some(Mishap::Cut) => {
            let (mut parts, body) = next.run(request).await.into_parts();
            let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
            parts.headers.insert(header::CONTENT_LENGTH, body.len().into());
            let half = Ok(body.slice(..body.len() / 2));
            let cut = futures::stream::iter([half, Err(std::io::Error::other("cut"))]);
            Response::from_parts(parts, Body::from_stream(cut))
        }
        Some(Mishap::Expired) => {
            if let Some(token) = token(request.uri().query(), request.headers()) {
                shared.sessions.end(&token);
            }
            next.run(request).await
        }
    }
}
