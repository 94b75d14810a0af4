//! A session with an easydb server: signed in when it is first needed, and anew when it has ended, which in a
//! long run it will.

use std::fs;
use std::sync::Arc;

use async_trait::async_trait;
use proto::source::EasydbSpec;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::sync::Mutex;
use url::{Url, form_urlencoded};

use crate::address::told;
use crate::asset::{Credentials, Renewal};
use crate::http::{Answer, Api, Denied, Request, refused};
use crate::{Context, SourceError};

/// The header with the token of a session; in addresses it would stand in every log on the way.
const TOKEN: HeaderName = HeaderName::from_static("x-easydb-token");

/// How often one question is asked with a new session, before it is taken that none holds.
const MOST_SESSIONS: usize = 3;

/// A session with a server.
pub(super) struct Session {
    tokens: Arc<Tokens>,
    credentials: Arc<Credentials>,
}

/// What signs in.
struct Tokens {
    api: Api,
    /// The server, with a slash at its end.
    url: Url,
    login: String,
    password: SecretString,
    now: Mutex<Option<HeaderValue>>,
}

impl Session {
    /// Reads the file with the password, and judges the address.
    pub(super) fn open(spec: &EasydbSpec, context: &Context) -> Result<Self, SourceError> {
        let needed = |what: Option<&str>, name: &str| {
            what.map(str::to_owned)
                .ok_or_else(|| refused(format!("an easydb with a `url` has a `{name}`")))
        };
        let text = needed(spec.url.as_deref(), "url")?;
        let url = format!("{}/", text.trim_end_matches('/'));
        let url =
            Url::parse(&url).map_err(|error| refused(format!("{text:?} is no URL: {error}")))?;
        let login = needed(spec.login.as_deref(), "login")?;
        let file = spec
            .password_file
            .as_ref()
            .ok_or_else(|| refused("an easydb with a `url` has a `password_file`".to_owned()))?;
        let password = fs::read_to_string(context.base.join(file))
            .map_err(|error| refused(format!("the secret in {}: {error}", file.display())))?;
        let password = password.trim_end_matches(['\r', '\n']).to_owned().into();
        let api = Api::at(url.clone(), spec.per_second, spec.tries, context)?;
        let mut origins = vec![url.origin()];
        for host in &spec.credentials_to {
            let host = Url::parse(host)
                .map_err(|error| refused(format!("{host:?} in `credentials_to`: {error}")))?;
            origins.push(host.origin());
        }
        let tokens = Arc::new(Tokens { api, url, login, password, now: Mutex::new(None) });
        let renewal = Arc::clone(&tokens) as Arc<dyn Renewal>;
        let credentials = Arc::new(Credentials::renewed_by(origins, renewal));
        Ok(Self { tokens, credentials })
    }

    /// Where the server is.
    pub(super) fn url(&self) -> &Url {
        &self.tokens.url
    }

    /// What opens its files.
    pub(super) fn credentials(&self) -> &Arc<Credentials> {
        &self.credentials
    }

    /// Searches.
    pub(super) async fn search(&self, search: &Value) -> Result<Answer, SourceError> {
        let url = self.tokens.address("api/v1/search")?;
        self.ask(&Request::json(url, search.to_string())).await
    }

    /// Asks for something that the server tells, below `/api/v1/`.
    pub(super) async fn get(&self, path: &str) -> Result<Answer, SourceError> {
        let url = self.tokens.address(&format!("api/v1/{path}"))?;
        self.ask(&Request::get(url)).await
    }

    /// What the server tells of the session.
    pub(super) async fn told(&self) -> Result<Answer, SourceError> {
        self.get("session").await
    }

    /// Whether a login and a password are those of the user that is signed in here. Of others it is not
    /// asked: what they may see is not what this session may.
    pub(super) async fn knows(
        &self,
        login: &str,
        password: &SecretString,
    ) -> Result<bool, SourceError> {
        if login != self.tokens.login {
            return Ok(false);
        }
        let token = self.tokens.drawn().await?;
        match self.tokens.authenticate(&token, login, password).await {
            Ok(()) => Ok(true),
            Err(denied) if denied.status.is_some_and(|status| status.is_client_error()) => {
                Ok(false)
            }
            Err(denied) => Err(explained(*denied)),
        }
    }

    /// Asks, signed in.
    async fn ask(&self, request: &Request) -> Result<Answer, SourceError> {
        let mut token = self.tokens.token(None).await?;
        for _ in 1..MOST_SESSIONS {
            match self.tokens.send(request, &token).await {
                Ok(answer) => return Ok(answer),
                Err(denied)
                    if denied.status.is_some_and(|status| is_signed_out(status, &denied.body)) =>
                {
                    token = self.tokens.token(Some(&token)).await?;
                }
                Err(denied) => return Err(explained(*denied)),
            }
        }
        self.tokens.send(request, &token).await.map_err(|denied| explained(*denied))
    }
}

impl Tokens {
    fn address(&self, path: &str) -> Result<Url, SourceError> {
        self.url.join(path).map_err(|error| refused(format!("{path:?} is no path: {error}")))
    }

    async fn send(&self, request: &Request, token: &HeaderValue) -> Result<Answer, Box<Denied>> {
        let mut request = request.clone();
        request.headers.insert(TOKEN, token.clone());
        self.api.send(&request).await
    }

    /// A token other than one that holds no more; of many who come with it, the first one signs in.
    async fn token(&self, stale: Option<&HeaderValue>) -> Result<HeaderValue, SourceError> {
        let mut now = self.now.lock().await;
        if let Some(token) = now.as_ref().filter(|token| Some(*token) != stale) {
            return Ok(token.clone());
        }
        *now = None;
        let token = self.sign_in().await?;
        Ok(now.insert(token).clone())
    }

    /// The token of a session that nobody is signed in to.
    async fn drawn(&self) -> Result<String, SourceError> {
        let opened = Request::get(self.address("api/v1/session")?);
        let opened = self.api.send(&opened).await.map_err(|denied| explained(*denied))?;
        let token =
            opened.find("/token").and_then(|token| serde_json::from_str::<String>(token).ok());
        token.ok_or_else(|| refused(format!("{} gives no token", opened.told())))
    }

    /// Signs in to a session.
    async fn authenticate(
        &self,
        token: &str,
        login: &str,
        password: &SecretString,
    ) -> Result<(), Box<Denied>> {
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("token", token)
            .append_pair("method", "easydb")
            .append_pair("login", login)
            .append_pair("password", password.expose_secret())
            .finish();
        let request = Request::form(self.address("api/v1/session/authenticate")?, form);
        self.api.send(&request).await.map(drop)
    }

    async fn sign_in(&self) -> Result<HeaderValue, SourceError> {
        let token = self.drawn().await?;
        let signed_in = self.authenticate(&token, &self.login, &self.password).await;
        signed_in.map_err(|denied| explained(*denied))?;
        tracing::debug!("signed in");
        let mut token: HeaderValue = token
            .parse()
            .map_err(|_| refused(format!("{} gives a token that is no ASCII", told(&self.url))))?;
        token.set_sensitive(true);
        Ok(token)
    }
}

#[async_trait]
impl Renewal for Tokens {
    async fn headers(&self, stale: Option<&HeaderMap>) -> Result<HeaderMap, SourceError> {
        let stale = stale.and_then(|headers| headers.get(TOKEN));
        let token = self.token(stale).await?;
        Ok(HeaderMap::from_iter([(TOKEN, token)]))
    }

    fn is_stale(&self, status: StatusCode, body: &[u8]) -> bool {
        is_signed_out(status, body)
    }
}

/// Whether an answer says that there is no such session, or that nobody is signed in to it.
fn is_signed_out(status: StatusCode, body: &[u8]) -> bool {
    let code = code(body).unwrap_or_default();
    status == StatusCode::UNAUTHORIZED
        || code.ends_with(".not_authenticated")
        || code.contains("session")
}

/// The error with what the server says of it.
fn explained(denied: Denied) -> SourceError {
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
