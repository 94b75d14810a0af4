//! A client of Longshore's HTTP API, for tests that go through the front door.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::Value;
use tokio::fs::File;
use tokio::io::AsyncWriteExt;

use crate::wait::until;

/// Speaks to one server with one token.
#[derive(Debug, Clone)]
pub struct Api {
    client: reqwest::Client,
    base: String,
    token: Option<String>,
}

/// What the server answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The body; null where it is empty, text where it is not JSON.
    pub body: Value,
}

impl Api {
    /// Speaks to `http://host:port` as a stranger. Connects to nothing yet.
    pub fn new(base: &str) -> Result<Self> {
        let client = reqwest::Client::builder().timeout(Duration::from_mins(3)).build()?;
        Ok(Self { client, base: base.trim_end_matches('/').to_owned(), token: None })
    }

    /// The same server, with a bearer token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// Its token.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// Waits until a GET of `path` succeeds.
    pub async fn serves(&self, path: &str, deadline: Duration) -> Result<()> {
        until(&format!("answer from {}{path}", self.base), deadline, async || {
            let answer = self.get(path).await;
            Ok(answer.is_ok_and(|answer| answer.status.is_success()).then_some(()))
        })
        .await
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Result<Answer> {
        answer(self.request(Method::GET, path)).await
    }

    /// DELETE.
    pub async fn delete(&self, path: &str) -> Result<Answer> {
        answer(self.request(Method::DELETE, path)).await
    }

    /// POST with a JSON body.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Answer> {
        answer(self.request(Method::POST, path).json(body)).await
    }

    /// PUT with a JSON body.
    pub async fn put(&self, path: &str, body: &Value) -> Result<Answer> {
        answer(self.request(Method::PUT, path).json(body)).await
    }

    /// Downloads a path, or a whole URL such as a signed link, into a file; the length in bytes.
    pub async fn download(&self, path: &str, file: &Path) -> Result<u64> {
        let mut response = self.request(Method::GET, path).send().await?;
        ensure!(response.status().is_success(), "{path} answers {}", response.status());
        let mut file = File::create(file).await?;
        let mut len_bytes = 0;
        while let Some(chunk) = response.chunk().await? {
            len_bytes += chunk.len() as u64;
            file.write_all(&chunk).await?;
        }
        file.flush().await?;
        Ok(len_bytes)
    }

    /// Follows a stream of server-sent events, from after the one with the id `after`, until it holds
    /// `text` or ends; what came.
    pub async fn events(&self, path: &str, after: Option<&str>, text: &str) -> Result<String> {
        let mut request = self.request(Method::GET, path);
        if let Some(after) = after {
            request = request.header("last-event-id", after);
        }
        let mut response = request.send().await?.error_for_status()?;
        let mut seen = String::new();
        while !seen.contains(text)
            && let Some(chunk) = response.chunk().await?
        {
            seen.push_str(std::str::from_utf8(&chunk)?);
        }
        Ok(seen)
    }

    /// A request of any kind with the token, not sent yet; for headers that matter.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url =
            if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base) };
        let request = self.client.request(method, url);
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }
}

async fn answer(request: RequestBuilder) -> Result<Answer> {
    let response = request.send().await.context("no answer")?;
    let status = response.status();
    let text = response.text().await?;
    let body = match serde_json::from_str(&text) {
        Ok(value) => value,
        Err(_) if text.is_empty() => Value::Null,
        Err(_) => Value::String(text),
    };
    Ok(Answer { status, body })
}
