//! The way into an easydb server: sessions are drawn, signed in to, asked whose they are, and closed.

use std::sync::Arc;

use proto::source::EasydbSpec;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::{Url, form_urlencoded};

use crate::address::told;
use crate::http::{Answer, Api, Denied, Pace, Request, refused};
use crate::pass::{Place, Token};
use crate::{Context, SourceError};

/// A server that sessions are had with.
pub(super) struct Door {
    api: Api,
    /// The server, with a slash at its end.
    url: Url,
}

impl Door {
    /// Judges the address.
    pub(super) fn open(spec: &EasydbSpec, context: &Context) -> Result<Self, SourceError> {
        let text = spec
            .url
            .as_deref()
            .ok_or_else(|| refused("an easydb with a `url` has a `url`".to_owned()))?;
        let url = format!("{}/", text.trim_end_matches('/'));
        let url =
            Url::parse(&url).map_err(|error| refused(format!("{text:?} is no URL: {error}")))?;
        let api = Api::at(url.clone(), spec.per_second, spec.tries, context)?;
        Ok(Self { api, url })
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
        let path = format!("api/v1/{path}");
        self.url.join(&path).map_err(|error| refused(format!("{path:?} is no path: {error}")))
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

    /// Signs in to a session of its own; nothing where nobody is known by this login and password.
    pub(super) async fn enter(
        &self,
        login: &str,
        password: &SecretString,
    ) -> Result<Result<(Token, Answer), Box<Denied>>, SourceError> {
        let token = self.drawn().await?;
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("token", token.text().expose_secret())
            .append_pair("method", "easydb")
            .append_pair("login", login)
            .append_pair("password", password.expose_secret())
            .finish();
        let request = Request::form(self.address("session/authenticate")?, form);
        match self.api.send(&request).await {
            Ok(answer) => Ok(Ok((token, answer))),
            Err(denied) => {
                self.close(&token).await;
                if denied.status.is_some_and(|status| status.is_client_error()) {
                    return Ok(Err(denied));
                }
                Err(explained(*denied))
            }
        }
    }

    /// What the server calls the user of a token; nothing where it does not know the token, or nobody has
    /// signed in with it.
    pub(super) async fn whose(&self, token: &Token) -> Result<Option<String>, SourceError> {
        let Some(headers) = token.header() else { return Ok(None) };
        match self.send(&Request::get(self.address("session")?), &headers).await {
            Ok(answer) => Ok(login(&answer)),
            Err(denied) if denied.status.is_some_and(|status| status.is_client_error()) => Ok(None),
            Err(denied) => Err(explained(*denied)),
        }
    }

    /// Closes a session that is needed no more. One that does not close ends by itself.
    pub(super) async fn close(&self, token: &Token) {
        let (Ok(url), Some(headers)) = (self.address("session/deauthenticate"), token.header())
        else {
            return;
        };
        if let Err(denied) = self.send(&Request::form(url, String::new()), &headers).await {
            tracing::debug!(error = &denied.error as &dyn std::error::Error, "session not closed");
        }
    }

    /// The token of a session that nobody is signed in to.
    async fn drawn(&self) -> Result<Token, SourceError> {
        let opened = Request::get(self.address("session")?);
        let opened = self.api.send(&opened).await.map_err(|denied| explained(*denied))?;
        let token =
            opened.find("/token").and_then(|token| serde_json::from_str::<String>(token).ok());
        let token = token.ok_or_else(|| refused(format!("{} gives no token", opened.told())))?;
        let token = Token::new(token, Place::Easydb);
        if token.header().is_none() {
            return Err(refused(format!("{} gives a token that is no ASCII", told(&self.url))));
        }
        Ok(token)
    }
}

/// Whom an answer about a session is of.
pub(super) fn login(answer: &Answer) -> Option<String> {
    let login: String = serde_json::from_str(answer.find("/user/user/login")?).ok()?;
    (!login.is_empty()).then_some(login)
}

/// Whether an answer says that there is no such session, or that nobody is signed in to it.
pub(super) fn is_signed_out(status: StatusCode, body: &[u8]) -> bool {
    let code = code(body).unwrap_or_default();
    status == StatusCode::UNAUTHORIZED
        || code.ends_with(".not_authenticated")
        || code.contains("session")
}

/// The error with what the server says of it.
pub(super) fn explained(denied: Denied) -> SourceError {
    match (code(&denied.body), denied.error) {
        (Some(code), SourceError::Refused { what }) => {
            SourceError::Refused { what: format!("{what}: {code}") }
        }
        (_, error) => error,
    }
}

fn code(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    body.get("code")?.as_str().map(|code| code.chars().take(200).collect())
}
