//! A session with a catalogue's server: signed in when it is first needed, and anew when it has ended, which in
//! a long run it will.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use secrecy::SecretString;
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::{Origin, Url};

use super::door::{Door, Entered, explained, is_signed_out};
use super::question::worded;
use crate::SourceError;
use crate::asset::{Credentials, Renewal};
use crate::http::{Answer, Denied, Request};
use crate::pass::{Caller, Pass, Password};

/// How often one question is asked with a new session, before it is taken that none holds.
const MOST_SESSIONS: usize = 3;

/// How long before its end a token is not used any more, at most: what is asked with it takes its time.
const MARGIN: Duration = Duration::from_secs(30);

/// A session with a server.
pub(super) struct Session {
    tokens: Arc<Tokens>,
    credentials: Arc<Credentials>,
}

/// Who signs in.
pub(super) enum Who {
    /// A user of the configuration.
    Login { login: String, password: SecretString },
    /// Whoever the export is of, with the pass that they left when they signed in.
    Caller {
        caller: Caller,
        /// Whether a password that was kept may sign in anew.
        keeps_passwords: bool,
    },
}

/// What signs in, and the headers of whom it signed in.
struct Tokens {
    door: Arc<Door>,
    who: Who,
    now: Mutex<Option<Held>>,
}

/// What opens the server now.
struct Held {
    headers: HeaderMap,
    /// When it opens nothing any more, where that is known.
    until: Option<Instant>,
}

impl Session {
    /// A session of somebody, whose token servers of these origins get. Nobody signs in yet.
    pub(super) fn new(door: Arc<Door>, origins: Vec<Origin>, who: Who) -> Self {
        let pace = Arc::clone(door.pace());
        let tokens = Arc::new(Tokens { door, who, now: Mutex::new(None) });
        let renewal = Arc::clone(&tokens) as Arc<dyn Renewal>;
        let credentials = Arc::new(Credentials::renewed_by(origins, renewal, pace));
        Self { tokens, credentials }
    }

    /// Where the server is.
    pub(super) fn url(&self) -> &Url {
        self.tokens.door.url()
    }

    /// What opens its files.
    pub(super) fn credentials(&self) -> &Arc<Credentials> {
        &self.credentials
    }

    /// Searches.
    pub(super) async fn search(&self, search: Value) -> Result<Answer, SourceError> {
        self.attempt(search).await.map_err(|denied| explained(*denied))
    }

    /// The same for whoever can ask for something else where this is denied.
    pub(super) async fn attempt(&self, search: Value) -> Result<Answer, Box<Denied>> {
        let door = &self.tokens.door;
        let search = worded(search, door.generation().await?);
        self.send(&Request::json(door.address("search")?, search.to_string())).await
    }

    /// Asks for something that the server tells, below `/api/v1/`.
    pub(super) async fn get(&self, path: &str) -> Result<Answer, SourceError> {
        let url = self.tokens.door.address(path)?;
        self.ask(&Request::get(url)).await
    }

    /// The same of something that may not be there, or not to be seen by this user.
    pub(super) async fn find(&self, path: &str) -> Result<Option<Answer>, SourceError> {
        let url = self.tokens.door.address(path)?;
        match self.send(&Request::get(url)).await {
            Ok(answer) => Ok(Some(answer)),
            Err(denied) => match denied.status {
                Some(status)
                    if status.is_client_error() && !is_signed_out(status, &denied.body) =>
                {
                    Ok(None)
                }
                Some(_) | None => Err(explained(*denied)),
            },
        }
    }

    /// What the server tells of the session.
    pub(super) async fn told(&self) -> Result<Answer, SourceError> {
        let url = self.tokens.door.session().await?;
        self.ask(&Request::get(url)).await
    }

    /// Whether a login and a password are those of the user that is signed in here. Of others it is not
    /// asked: what they may see is not what this session may.
    pub(super) async fn knows(
        &self,
        given: &str,
        password: &SecretString,
    ) -> Result<bool, SourceError> {
        let door = &self.tokens.door;
        match &self.tokens.who {
            Who::Login { login, .. } if login == given => {}
            Who::Login { .. } | Who::Caller { .. } => return Ok(false),
        }
        match door.enter(given, password).await? {
            Ok(entered) => {
                door.close(&entered.token).await;
                Ok(true)
            }
            Err(_) => Ok(false),
        }
    }

    /// Asks, signed in, for what is there.
    async fn ask(&self, request: &Request) -> Result<Answer, SourceError> {
        self.send(request).await.map_err(|denied| explained(*denied))
    }

    /// Asks, signed in.
    async fn send(&self, request: &Request) -> Result<Answer, Box<Denied>> {
        let mut headers = self.tokens.token(None).await?;
        for _ in 1..MOST_SESSIONS {
            match self.tokens.door.send(request, &headers).await {
                Ok(answer) => return Ok(answer),
                Err(denied)
                    if denied.status.is_some_and(|status| is_signed_out(status, &denied.body)) =>
                {
                    headers = self.tokens.token(Some(&headers)).await?;
                }
                Err(denied) => return Err(denied),
            }
        }
        self.tokens.door.send(request, &headers).await
    }
}

impl Tokens {
    /// A token other than one that holds no more; of many who come with it, the first one signs in.
    async fn token(&self, stale: Option<&HeaderMap>) -> Result<HeaderMap, SourceError> {
        let mut now = self.now.lock().await;
        let before = now.take();
        if let Some(held) = before.as_ref().filter(|held| held.holds(stale)) {
            let headers = held.headers.clone();
            *now = before;
            return Ok(headers);
        }
        let ended = before.filter(Held::has_ended).map(|held| held.headers);
        let stale = stale.or(ended.as_ref());
        let held = match &self.who {
            Who::Login { login, password } => match self.door.enter(login, password).await? {
                Ok(entered) => Held::of(&entered),
                Err(denied) => return Err(explained(*denied)),
            },
            Who::Caller { caller, keeps_passwords } => {
                self.of_caller(caller, *keeps_passwords, stale).await?
            }
        };
        tracing::debug!("signed in");
        Ok(now.insert(held).headers.clone())
    }

    /// The token that somebody left, or one of a new session where theirs has ended and they left a
    /// password.
    async fn of_caller(
        &self,
        caller: &Caller,
        keeps_passwords: bool,
        stale: Option<&HeaderMap>,
    ) -> Result<Held, SourceError> {
        let (pass, tag) =
            caller.find().await?.ok_or_else(|| caller.signed_out("they have not signed in yet"))?;
        let headers = pass.token.header().unwrap_or_default();
        if Some(&headers) != stale {
            return Ok(Held { headers, until: None });
        }
        let Pass { login, password, .. } = pass;
        let password = match password {
            Password::Kept(password) if keeps_passwords => password,
            Password::Kept(_) | Password::AsBefore | Password::Forgotten => {
                return Err(caller.signed_out("their session has ended"));
            }
        };
        let Ok(entered) = self.door.enter(&login, &password).await? else {
            return Err(caller.signed_out("their password holds no more"));
        };
        let held = Held::of(&entered);
        let password = Password::Kept(password);
        caller.renew(&Pass { login, token: entered.token, password }, &tag).await?;
        Ok(held)
    }
}

impl Held {
    fn of(entered: &Entered) -> Self {
        let until = entered.lifetime.and_then(|lifetime| {
            let used = lifetime.saturating_sub(MARGIN.min(lifetime / 10));
            Instant::now().checked_add(used)
        });
        Self { headers: entered.token.header().unwrap_or_default(), until }
    }

    /// Whether it opens the server, and is other than what is stale.
    fn holds(&self, stale: Option<&HeaderMap>) -> bool {
        !self.has_ended() && Some(&self.headers) != stale
    }

    fn has_ended(&self) -> bool {
        self.until.is_some_and(|until| until <= Instant::now())
    }
}

#[async_trait]
impl Renewal for Tokens {
    async fn headers(&self, stale: Option<&HeaderMap>) -> Result<HeaderMap, SourceError> {
        self.token(stale).await
    }

    fn is_stale(&self, status: StatusCode, body: &[u8]) -> bool {
        is_signed_out(status, body)
    }
}
