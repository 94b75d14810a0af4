//! The way into a catalogue's server: who is let in, whose a token is, and out again.
//!
//! easydb has sessions for it, fylr OAuth 2. Which of the two a server is, it is asked once, before anybody
//! signs in.

mod sessions;
mod grants;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use proto::definition::Generation;
use proto::source::EasydbSpec;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use secrecy::SecretString;
use serde_json::Value;
use tokio::sync::OnceCell;
use url::Url;

use self::grants::Client;
use crate::http::{Answer, Api, Denied, Pace, Request, refused};
use crate::pass::Token;
use crate::{Context, SourceError};

/// A server that sessions are had with.
pub(super) struct Door {
    api: Api,
    /// The server, with a slash at its end.
    url: Url,
    /// What a fylr is told of who asks.
    client: Client,
    generation: OnceCell<Generation>,
}

/// Somebody who has signed in.
pub(super) struct Entered {
    /// What opens the server to them.
    pub(super) token: Token,
    /// What the server tells of their session.
    pub(super) session: Answer,
    /// How long the token holds, where the server says so.
    pub(super) lifetime: Option<Duration>,
}

impl Door {
    /// Judges the address; reads at most the file with a client's secret.
    pub(super) fn open(spec: &EasydbSpec, context: &Context) -> Result<Self, SourceError> {
        let text = spec
            .url
            .as_deref()
            .ok_or_else(|| refused("an easydb with a `url` has a `url`".to_owned()))?;
        let url = format!("{}/", text.trim_end_matches('/'));
        let url =
            Url::parse(&url).map_err(|error| refused(format!("{text:?} is no URL: {error}")))?;
        let client = Client::open(spec, context)?;
        let api = Api::at(url.clone(), spec.per_second, spec.tries, context)?;
        Ok(Self { api, url, client, generation: OnceCell::new() })
    }

    /// When the next request may go out.
    pub(super) fn pace(&self) -> &Arc<Pace> {
        self.api.pace()
    }

    /// Where the server is.
    pub(super) fn url(&self) -> &Url {
        &self.url
    }

    /// The address of something below `/api/v1/`.
    pub(super) fn address(&self, path: &str) -> Result<Url, SourceError> {
        self.below(&format!("api/v1/{path}"))
    }

    fn below(&self, path: &str) -> Result<Url, SourceError> {
        self.url.join(path).map_err(|error| refused(format!("{path:?} is no path: {error}")))
    }

    /// Which of the two it is: both tell of themselves to everybody.
    pub(super) async fn generation(&self) -> Result<Generation, SourceError> {
        self.generation.get_or_try_init(|| self.told_generation()).await.copied()
    }

    async fn told_generation(&self) -> Result<Generation, SourceError> {
        let settings = Request::get(self.address("settings")?);
        let settings = self.api.send(&settings).await.map_err(|denied| explained(*denied))?;
        // easydb tells the version of its API, which a fylr has none of.
        let is_fylr = settings.find("/api").is_none() && settings.find("/version").is_some();
        Ok(if is_fylr { Generation::Fylr } else { Generation::Easydb })
    }

    /// Where it tells of a session.
    pub(super) async fn session(&self) -> Result<Url, SourceError> {
        self.address(match self.generation().await? {
            Generation::Easydb => "session",
            Generation::Fylr => "user/session",
        })
    }

    /// Asks as whoever the headers are of.
    pub(super) async fn send(
        &self,
        request: &Request,
        headers: &HeaderMap,
    ) -> Result<Answer, Box<Denied>> {
        let mut request = request.clone();
        request.headers.extend(headers.clone());
        self.api.send(&request).await
    }

    /// Signs in; what the server says where nobody is known by this login and password.
    pub(super) async fn enter(
        &self,
        login: &str,
        password: &SecretString,
    ) -> Result<Result<Entered, Box<Denied>>, SourceError> {
        match self.generation().await? {
            Generation::Easydb => self.begin_session(login, password).await,
            Generation::Fylr => self.grant(login, password).await,
        }
    }

    /// What the server calls the user of a token; nothing where it does not know the token, or nobody has
    /// signed in with it.
    pub(super) async fn whose(&self, token: &Token) -> Result<Option<String>, SourceError> {
        let Some(headers) = token.header() else { return Ok(None) };
        match self.send(&Request::get(self.session().await?), &headers).await {
            Ok(answer) => Ok(login(&answer)),
            Err(denied) if denied.status.is_some_and(|status| status.is_client_error()) => Ok(None),
            Err(denied) => Err(explained(*denied)),
        }
    }

    /// Takes back a token that is needed no more. One that cannot be taken back ends by itself.
    pub(super) async fn close(&self, token: &Token) {
        let closed = match self.generation().await {
            Ok(Generation::Easydb) => self.end_session(token).await,
            Ok(Generation::Fylr) => self.revoke(token).await,
            Err(error) => Err(error),
        };
        if let Err(error) = closed {
            tracing::debug!(error = &error as &dyn std::error::Error, "session not closed");
        }
    }
}

/// The secret in a file, without the end of its line.
pub(super) fn secret(file: &Path, context: &Context) -> Result<SecretString, SourceError> {
    let text = fs::read_to_string(context.base.join(file))
        .map_err(|error| refused(format!("the secret in {}: {error}", file.display())))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned().into())
}

/// Whom an answer about a session is of.
pub(super) fn login(answer: &Answer) -> Option<String> {
    let login: String = serde_json::from_str(answer.find("/user/user/login")?).ok()?;
    (!login.is_empty()).then_some(login)
}

/// Whether an answer says that there is no such session, or that nobody is signed in to it.
pub(super) fn is_signed_out(status: StatusCode, body: &[u8]) -> bool {
    let code = text(body, "code").unwrap_or_default();
    status == StatusCode::UNAUTHORIZED
        || code.ends_with(".not_authenticated")
        || code.contains("session")
        // fylr, of a token that it does not know.
        || code == "InvalidToken"
}

/// The error with what the server says of it. OAuth 2 has another word for codes than both products.
pub(super) fn explained(denied: Denied) -> SourceError {
    let code = text(&denied.body, "code").or_else(|| text(&denied.body, "error"));
    match (code, denied.error) {
        (Some(code), SourceError::Refused { what }) => {
            SourceError::Refused { what: format!("{what}: {code}") }
        }
        (_, error) => error,
    }
}

/// The beginning of a text that a server says why with.
fn text(body: &[u8], key: &str) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    body.get(key)?.as_str().map(|text| text.chars().take(200).collect())
}
