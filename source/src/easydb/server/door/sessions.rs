//! Sessions of easydb: a token is drawn first, and signed in with afterwards.

use secrecy::{ExposeSecret, SecretString};
use url::form_urlencoded;

use super::{Door, Entered, explained};
use crate::SourceError;
use crate::address::told;
use crate::http::{Denied, Request, refused};
use crate::pass::{Place, Token};

impl Door {
    /// Signs in to a session of its own.
    pub(super) async fn begin_session(
        &self,
        login: &str,
        password: &SecretString,
    ) -> Result<Result<Entered, Box<Denied>>, SourceError> {
        let token = self.drawn().await?;
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("token", token.text().expose_secret())
            .append_pair("method", "easydb")
            .append_pair("login", login)
            .append_pair("password", password.expose_secret())
            .finish();
        let request = Request::form(self.address("session/authenticate")?, form);
        match self.api.send(&request).await {
            Ok(session) => Ok(Ok(Entered { token, session, lifetime: None })),
            Err(denied) => {
                self.close(&token).await;
                if denied.status.is_some_and(|status| status.is_client_error()) {
                    return Ok(Err(denied));
                }
                Err(explained(*denied))
            }
        }
    }

    /// Closes a session.
    pub(super) async fn end_session(&self, token: &Token) -> Result<(), SourceError> {
        let url = self.address("session/deauthenticate")?;
        let headers = token.header().unwrap_or_default();
        let ended = self.send(&Request::form(url, String::new()), &headers).await;
        ended.map(|_| ()).map_err(|denied| denied.error)
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
