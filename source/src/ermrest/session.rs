//! Asking a server as one of its users: by credentials that are had anew when they no longer hold, which in a
//! long run they will not.

use std::sync::Arc;

use async_trait::async_trait;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::Value;
use tokio::sync::Mutex;
use url::{Origin, Url};

use super::secrets::Secrets;
use crate::address::told;
use crate::asset::{Credentials, Renewal};
use crate::files::in_thread;
use crate::http::{Answer, Api, Denied, Request, refused};
use crate::pass::{Caller, Token};
use crate::{SourceError, users};

/// How often one question is asked with other credentials, before it is taken that none hold.
const MOST_RENEWALS: usize = 3;

/// Most characters of what a server says that are told.
const TOLD_CHARS: usize = 300;

/// Most characters of somebody's name that are taken.
const NAME_CHARS: usize = 200;

/// Where objects are that have checksums.
const OBJECTS: &str = "/hatrac/";

/// A server, asked by somebody.
pub(super) struct Session {
    door: Arc<Door>,
    keys: Arc<Keys>,
    credentials: Arc<Credentials>,
}

/// A server, asked by whoever has headers that let in.
pub(super) struct Door {
    api: Api,
    url: Url,
}

/// Who asks.
pub(super) enum Who {
    /// Nobody that the server knows.
    Nobody,
    /// A user of the configuration.
    Secrets(Secrets),
    /// Whoever the export is of, with the pass that they left when they signed in.
    Caller(Caller),
}

/// What lets in now.
struct Keys {
    url: Url,
    who: Who,
    now: Mutex<Option<HeaderMap>>,
}

impl Door {
    /// The server at a URL that ends with a slash.
    pub(super) fn new(api: Api, url: Url) -> Self {
        Self { api, url }
    }

    /// Where the server is.
    pub(super) fn url(&self) -> &Url {
        &self.url
    }

    /// Where it tells of sessions.
    pub(super) fn session(&self) -> Result<Url, SourceError> {
        let session = self.url.join("authn/session");
        session.map_err(|error| refused(format!("there is no place for sessions: {error}")))
    }

    /// The session of a token; nothing where the server knows of none.
    pub(super) async fn whose(&self, token: &Token) -> Result<Option<users::Session>, SourceError> {
        let Some(headers) = token.header() else { return Ok(None) };
        let answer = match self.send(&Request::get(self.session()?), &headers).await {
            Ok(answer) => answer,
            Err(denied) if denied.status.is_some_and(|status| status.is_client_error()) => {
                return Ok(None);
            }
            Err(denied) => return Err(explained(*denied)),
        };
        Ok(answer.find("/client").and_then(|client| opened(client, answer.body())))
    }

    /// Asks with headers.
    pub(super) async fn send(
        &self,
        request: &Request,
        headers: &HeaderMap,
    ) -> Result<Answer, Box<Denied>> {
        let mut request = request.clone();
        request.headers.extend(headers.clone());
        self.api.send(&request).await
    }
}

impl Session {
    /// Somebody who asks, and whose credentials servers of these origins get. Nobody is asked yet.
    pub(super) fn new(door: Arc<Door>, origins: Vec<Origin>, who: Who) -> Self {
        let pace = Arc::clone(door.api.pace());
        let keys = Arc::new(Keys { url: door.url.clone(), who, now: Mutex::new(None) });
        let renewal = Arc::clone(&keys) as Arc<dyn Renewal>;
        let credentials = Credentials::renewed_by(origins, renewal, pace).below(OBJECTS);
        Self { door, keys, credentials: Arc::new(credentials) }
    }

    /// Where the server is.
    pub(super) fn url(&self) -> &Url {
        self.door.url()
    }

    /// What opens its files.
    pub(super) fn credentials(&self) -> &Arc<Credentials> {
        &self.credentials
    }

    /// Asks, let in.
    pub(super) async fn send(&self, request: &Request) -> Result<Answer, Box<Denied>> {
        let mut headers = self.keys.headers(None).await?;
        for _ in 1..MOST_RENEWALS {
            match self.door.send(request, &headers).await {
                Err(denied) if denied.status == Some(StatusCode::UNAUTHORIZED) => {
                    headers = self.keys.headers(Some(&headers)).await?;
                }
                answered @ (Ok(_) | Err(_)) => return answered,
            }
        }
        self.door.send(request, &headers).await
    }

    /// The session by which it is asked; nothing where it is by none, or by one that has ended.
    pub(super) async fn own(&self) -> Result<Option<users::Session>, SourceError> {
        if !self.keys.who.has_session() {
            return Ok(None);
        }
        match self.send(&Request::get(self.door.session()?)).await {
            Ok(answer) => {
                Ok(answer.find("/client").and_then(|client| opened(client, answer.body())))
            }
            Err(denied) if denied.status.is_some_and(is_ended) => Ok(None),
            Err(denied) => Err(explained(*denied)),
        }
    }

    /// That whoever asked is known still, where by a session: nobody is shown less of a catalogue that is open in
    /// part, and the server does not say so.
    pub(super) async fn is_held(&self) -> Result<(), SourceError> {
        if !self.keys.who.has_session() {
            return Ok(());
        }
        let headers = self.keys.headers(None).await?;
        match self.door.send(&Request::get(self.door.session()?), &headers).await {
            Ok(_) => Ok(()),
            Err(denied) if denied.status.is_some_and(is_ended) => {
                self.keys.headers(Some(&headers)).await?;
                let what = format!("the session with {} ended meanwhile", told(self.url()));
                Err(SourceError::Unavailable { what })
            }
            Err(denied) => Err(explained(*denied)),
        }
    }
}

/// The session of a client; nothing where it says of nobody's.
fn opened(client: &str, document: &str) -> Option<users::Session> {
    let client: Value = serde_json::from_str(client).ok()?;
    let login = client["id"].as_str().filter(|id| !id.is_empty())?;
    let name = ["full_name", "display_name"].into_iter().find_map(|key| {
        let name = client[key].as_str()?.split_whitespace().collect::<Vec<_>>().join(" ");
        let name: String = name.chars().filter(|c| !c.is_control()).take(NAME_CHARS).collect();
        (!name.is_empty()).then_some(name)
    });
    Some(users::Session {
        login: login.to_owned(),
        name: name.unwrap_or_else(|| login.to_owned()),
        document: document.to_owned(),
    })
}

/// Whether an answer about a session says that there is none.
fn is_ended(status: StatusCode) -> bool {
    matches!(status, StatusCode::NOT_FOUND | StatusCode::UNAUTHORIZED)
}

impl Who {
    fn has_session(&self) -> bool {
        match self {
            Self::Nobody => false,
            Self::Secrets(secrets) => secrets.is_session(),
            Self::Caller(_) => true,
        }
    }
}

#[async_trait]
impl Renewal for Keys {
    /// Of many who come with headers that no longer hold, the first one looks for others.
    async fn headers(&self, stale: Option<&HeaderMap>) -> Result<HeaderMap, SourceError> {
        let mut now = self.now.lock().await;
        if let Some(headers) = now.as_ref().filter(|headers| Some(*headers) != stale) {
            return Ok(headers.clone());
        }
        *now = None;
        let headers = match &self.who {
            Who::Nobody => HeaderMap::new(),
            Who::Secrets(secrets) => {
                let secrets = secrets.clone();
                in_thread(move |_| secrets.headers()).await?
            }
            Who::Caller(caller) => {
                let found = caller.find().await?;
                let none = || caller.signed_out("they have not signed in yet");
                let (pass, _) = found.ok_or_else(none)?;
                pass.token.header().unwrap_or_default()
            }
        };
        if Some(&headers) == stale {
            return Err(self.held_no_more());
        }
        Ok(now.insert(headers).clone())
    }

    fn is_stale(&self, status: StatusCode, _body: &[u8]) -> bool {
        match self.who {
            // There is nothing else to come with.
            Who::Nobody => false,
            Who::Secrets(_) | Who::Caller(_) => status == StatusCode::UNAUTHORIZED,
        }
    }
}

impl Keys {
    /// That what lets in does so no more, and there is nothing else.
    fn held_no_more(&self) -> SourceError {
        let url = told(&self.url);
        match &self.who {
            Who::Nobody => {
                let what = format!("{url} answers nobody without credentials");
                SourceError::NotLetIn { what, remedy: "come with credentials" }
            }
            Who::Secrets(secrets) => secrets.held_no_more(&url),
            Who::Caller(caller) => caller.signed_out("their session has ended"),
        }
    }
}

/// The error with what the server says of it, and whether it says it of who asks.
pub(super) fn explained(denied: Denied) -> SourceError {
    let SourceError::Refused { what } = denied.error else { return denied.error };
    let text = String::from_utf8_lossy(&denied.body);
    let text: String = text.trim().chars().take(TOLD_CHARS).collect();
    let what = if text.is_empty() { what } else { format!("{what}: {text}") };
    match denied.status {
        Some(StatusCode::UNAUTHORIZED) => {
            SourceError::NotLetIn { what, remedy: "come with other credentials" }
        }
        Some(StatusCode::FORBIDDEN) => SourceError::Forbidden { what },
        Some(_) | None => SourceError::Refused { what },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn people_are_called_by_their_name_where_the_server_tells_it() {
        let check = |client: Value, expected: Option<(&str, &str)>| {
            let opened = opened(&client.to_string(), "all");
            let opened = opened.map(|one| (one.login, one.name, one.document));
            let expected = expected.map(|(login, name)| {
                let [login, name, document] = [login, name, "all"].map(str::to_owned);
                (login, name, document)
            });
            assert_eq!(opened, expected, "{client}");
        };
        let both = json!({"id": "a", "display_name": "ada", "full_name": "Ada\n Lovelace"});
        check(both, Some(("a", "Ada Lovelace")));
        check(json!({"id": "a", "display_name": "ada", "full_name": ""}), Some(("a", "ada")));
        check(json!({"id": "a", "display_name": null, "full_name": 7}), Some(("a", "a")));
        check(json!({"id": "", "display_name": "ada"}), None);
        check(json!("a"), None);
    }
}
