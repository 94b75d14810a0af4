//! The server: exports by its own HTTP API, with a token.
//!
//! Every request can be made twice: making an export has a key, and the others say what is to be, not what is to
//! change.

mod shown;

use std::path::PathBuf;
use std::time::Duration;

use fabric::causes::chain;
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use thiserror::Error;
use url::Url;

use self::shown::Found;
pub(crate) use self::shown::{Made, Shown};
use crate::resource::Trouble;

/// How long one answer may take.
const DEADLINE: Duration = Duration::from_secs(30);

/// Where the server is, and what opens it.
#[derive(Debug)]
pub(crate) struct Server {
    http: reqwest::Client,
    url: Url,
    token_file: PathBuf,
}

/// When the first run of an export begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beginning {
    /// With the request.
    AtOnce,
    /// When its schedules want it.
    Later,
}

/// Why the server did not do what it was asked.
#[derive(Debug, Error)]
pub(crate) enum ServerError {
    #[error("the token in {} cannot be read", file.display())]
    NoToken { file: PathBuf, source: std::io::Error },
    #[error("the server cannot be asked at this address")]
    BadAddress(#[from] url::ParseError),
    #[error("the server does not answer")]
    Silent(#[source] reqwest::Error),
    #[error("the server's answer is none of an export")]
    Unreadable(#[source] serde_json::Error),
    #[error("the server answers {status}")]
    Answered { status: StatusCode, faults: Vec<Trouble> },
}

/// What becomes of what was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is refused until something is changed.
    Refused,
    /// There is no such export any more.
    Gone,
    /// The export is not in the state that it takes.
    Conflict,
    /// It may be answered another time.
    Retry,
}

impl ServerError {
    /// What becomes of the request.
    ///
    /// The one place that decides it. It has no `_` arm for errors: whoever adds one decides this too.
    pub(crate) fn verdict(&self) -> Verdict {
        match self {
            // Tokens are replaced, and addresses of services come and go.
            Self::NoToken { .. } | Self::BadAddress(_) | Self::Silent(_) => Verdict::Retry,
            Self::Unreadable(_) => Verdict::Retry,
            Self::Answered { status, faults } => match status.as_u16() {
                // Whatever stands before a server that is away says 404 too.
                404 if faults.iter().any(|fault| fault.code == "not_found") => Verdict::Gone,
                409 if faults.iter().any(|fault| fault.code == "idempotency_mismatch") => {
                    Verdict::Refused
                }
                409 | 412 => Verdict::Conflict,
                400 | 413 | 422 => Verdict::Refused,
                _ => Verdict::Retry,
            },
        }
    }

    /// What the server found wrong, or that it could not be asked, with the causes.
    pub(crate) fn troubles(&self) -> Vec<Trouble> {
        match self {
            Self::Answered { faults, .. } if !faults.is_empty() => faults.clone(),
            Self::NoToken { .. }
            | Self::BadAddress(_)
            | Self::Silent(_)
            | Self::Unreadable(_)
            | Self::Answered { .. } => vec![Trouble {
                code: "unreachable".to_owned(),
                message: chain(self),
                place: String::new(),
                hint: String::new(),
            }],
        }
    }
}

/// What a refusal says; the rest of RFC 9457 says the same once more.
#[derive(Debug, Default, Deserialize)]
struct Problem {
    #[serde(default)]
    faults: Vec<Trouble>,
}

impl Server {
    /// The server at a URL. The token is read for each request, so that another one holds at once.
    pub(crate) fn new(url: Url, token_file: PathBuf) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder().timeout(DEADLINE).build()?;
        Ok(Self { http, url: folder(url), token_file })
    }

    /// Makes an export, or finds the one that was made with this key.
    pub(crate) async fn submit(
        &self,
        document: &str,
        key: &str,
        beginning: Beginning,
    ) -> Result<Shown, ServerError> {
        let start = match beginning {
            Beginning::AtOnce => "true",
            Beginning::Later => "false",
        };
        let request = self.request(Method::POST, &format!("exports?start={start}")).await?;
        shown(request.header("idempotency-key", key), Some(document)).await
    }

    /// Which export was made with a key, whatever its definition is; nothing where there is none.
    pub(crate) async fn made_by(&self, key: &str) -> Result<Option<Made>, ServerError> {
        let request = self.request(Method::GET, "exports").await?;
        let found: Found = read(request.query(&[("idempotency_key", key)])).await?;
        Ok(found.exports.into_iter().next())
    }

    /// Shows an export.
    pub(crate) async fn show(&self, export: &str) -> Result<Shown, ServerError> {
        shown(self.request(Method::GET, &format!("exports/{export}")).await?, None).await
    }

    /// Gives an export another definition, where it still is in a version.
    pub(crate) async fn change(
        &self,
        export: &str,
        version: i64,
        document: &str,
    ) -> Result<Shown, ServerError> {
        let request = self.request(Method::PUT, &format!("exports/{export}")).await?;
        shown(request.header("if-match", format!("\"{version}\"")), Some(document)).await
    }

    /// Ends the run under way.
    pub(crate) async fn stop(&self, export: &str) -> Result<(), ServerError> {
        let path = format!("exports/{export}/stop");
        answer(self.request(Method::POST, &path).await?).await.map(drop)
    }

    /// Deletes an export with everything it made.
    pub(crate) async fn delete(&self, export: &str) -> Result<(), ServerError> {
        let path = format!("exports/{export}");
        answer(self.request(Method::DELETE, &path).await?).await.map(drop)
    }

    async fn request(
        &self,
        method: Method,
        path: &str,
    ) -> Result<reqwest::RequestBuilder, ServerError> {
        let token = tokio::fs::read_to_string(&self.token_file)
            .await
            .map_err(|source| ServerError::NoToken { file: self.token_file.clone(), source })?;
        let url = self.url.join(&format!("v1/{path}"))?;
        Ok(self.http.request(method, url).bearer_auth(fabric::secret::in_file(&token)))
    }
}

/// A URL as that of a folder, whose last part would be left out otherwise.
fn folder(mut url: Url) -> Url {
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    url
}

/// An export, as the answer of a request shows it.
async fn shown(
    request: reqwest::RequestBuilder,
    document: Option<&str>,
) -> Result<Shown, ServerError> {
    let request = match document {
        Some(document) => {
            request.header("content-type", "application/json").body(document.to_owned())
        }
        None => request,
    };
    read(request).await
}

/// What an answer that is no refusal holds.
async fn read<T: DeserializeOwned>(request: reqwest::RequestBuilder) -> Result<T, ServerError> {
    serde_json::from_str(&answer(request).await?).map_err(ServerError::Unreadable)
}

/// The text of an answer that is no refusal.
async fn answer(request: reqwest::RequestBuilder) -> Result<String, ServerError> {
    let response = request.send().await.map_err(ServerError::Silent)?;
    let status = response.status();
    let text = response.text().await.map_err(ServerError::Silent)?;
    if status.is_success() {
        return Ok(text);
    }
    let Problem { faults } = serde_json::from_str(&text).unwrap_or_default();
    Err(ServerError::Answered { status, faults })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_the_definition_can_mend_is_refused_and_all_else_is_asked_again() {
        let verdict = |status: u16, code: &str| {
            let fault = Trouble {
                code: code.to_owned(),
                message: String::new(),
                place: String::new(),
                hint: String::new(),
            };
            let status = StatusCode::from_u16(status).unwrap();
            ServerError::Answered { status, faults: vec![fault] }.verdict()
        };
        for (status, code, expected) in [
            (422, "unknown_source", Verdict::Refused),
            (413, "too_large", Verdict::Refused),
            (409, "idempotency_mismatch", Verdict::Refused),
            (409, "conflict", Verdict::Conflict),
            (412, "version_mismatch", Verdict::Conflict),
            (404, "not_found", Verdict::Gone),
            (404, "", Verdict::Retry),
            (401, "unauthenticated", Verdict::Retry),
            (503, "store_unavailable", Verdict::Retry),
            (502, "", Verdict::Retry),
        ] {
            assert_eq!(verdict(status, code), expected, "{status} {code}");
        }
    }

    #[test]
    fn an_api_may_stand_in_a_folder() {
        for url in ["https://example.org/exports", "https://example.org/exports/"] {
            let asked = folder(Url::parse(url).unwrap()).join("v1/exports").unwrap();
            assert_eq!(asked.as_str(), "https://example.org/exports/v1/exports");
        }
    }
}
