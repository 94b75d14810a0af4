//! The credentials of an API as their files hold them now.
//!
//! Tokens end, and whoever renews them writes the file anew while processes run. So files are read again when the API
//! lets nobody in (401), and what is in them then is tried once.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use proto::source::HttpSpec;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;

use super::answer::Answer;
use super::api::Api;
use super::headers::headers;
use super::request::{Denied, Request};
use crate::asset::Renewal;
use crate::files::in_thread;
use crate::{Context, SourceError};

/// The headers that a specification and its files come to.
pub(super) struct Secrets {
    spec: HttpSpec,
    base: PathBuf,
    now: Mutex<HeaderMap>,
}

impl Secrets {
    /// Reads the files.
    pub(super) fn open(spec: &HttpSpec, context: &Context) -> Result<Self, SourceError> {
        let now = Mutex::new(headers(spec, &context.base)?);
        Ok(Self { spec: spec.clone(), base: context.base.clone(), now })
    }

    fn now(&self) -> MutexGuard<'_, HeaderMap> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Headers other than those that open nothing; nothing where the files hold no others.
    async fn renewed(&self, stale: &HeaderMap) -> Result<Option<HeaderMap>, SourceError> {
        let now = self.now().clone();
        if now != *stale {
            // Another request was refused before, and has read them.
            return Ok(Some(now));
        }
        let (spec, base) = (self.spec.clone(), self.base.clone());
        let read = in_thread(move |_| headers(&spec, &base)).await?;
        if read == *stale {
            return Ok(None);
        }
        self.now().clone_from(&read);
        Ok(Some(read))
    }
}

impl Api {
    /// Asks until an answer comes whole, or was asked for often enough. What is asked changes nothing, so
    /// that it may be asked twice.
    pub(crate) async fn send(&self, request: &Request) -> Result<Answer, Box<Denied>> {
        let Some(keys) = &self.keys else { return self.attempt(request).await };
        let sent = keys.headers(None).await?;
        let denied = match self.attempt(&request.with(&sent)).await {
            Err(denied) if denied.status == Some(StatusCode::UNAUTHORIZED) => denied,
            answered => return answered,
        };
        let renewed = keys.headers(Some(&sent)).await?;
        if renewed == sent {
            return Err(denied);
        }
        self.attempt(&request.with(&renewed)).await
    }
}

#[async_trait]
impl Renewal for Secrets {
    async fn headers(&self, stale: Option<&HeaderMap>) -> Result<HeaderMap, SourceError> {
        let Some(stale) = stale else { return Ok(self.now().clone()) };
        Ok(self.renewed(stale).await?.unwrap_or_else(|| stale.clone()))
    }

    fn is_stale(&self, status: StatusCode, _body: &[u8]) -> bool {
        status == StatusCode::UNAUTHORIZED
    }
}
