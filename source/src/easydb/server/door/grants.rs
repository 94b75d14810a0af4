//! fylr's way in: OAuth 2, with the password grant (RFC 6749, section 4.3). Its tokens end after a while, and
//! whoever has the password asks for another.

use std::time::Duration;

use proto::source::EasydbSpec;
use reqwest::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use url::{Url, form_urlencoded};

use super::{Door, Entered, explained, secret, text};
use crate::http::{Denied, Request, refused};
use crate::pass::{Place, Token};
use crate::{Context, SourceError};

/// The client without a secret that every fylr has for its own pages, unless its operator took it away
/// (`fylr.default.yml`).
const WEB_FRONTEND: &str = "fylr-web-frontend";

/// What a fylr says where not the user is wrong, but whoever configured this client.
const CLIENT_FAULTS: [&str; 5] = [
    "invalid_client",
    "invalid_request",
    "invalid_scope",
    "unauthorized_client",
    "unsupported_grant_type",
];

/// What asks for tokens.
pub(super) struct Client {
    id: String,
    secret: Option<SecretString>,
}

impl Client {
    /// The configured one; reads the file with its secret.
    pub(super) fn open(spec: &EasydbSpec, context: &Context) -> Result<Self, SourceError> {
        let id = spec.client_id.clone().unwrap_or_else(|| WEB_FRONTEND.to_owned());
        let file = spec.client_secret_file.as_deref();
        Ok(Self { id, secret: file.map(|file| secret(file, context)).transpose()? })
    }

    /// A form with who asks.
    fn form(&self, fields: &[(&str, &str)]) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields).append_pair("client_id", &self.id);
        if let Some(secret) = &self.secret {
            form.append_pair("client_secret", secret.expose_secret());
        }
        form.finish()
    }
}

impl Door {
    /// Signs in, and has the server tell as whom.
    pub(super) async fn grant(
        &self,
        login: &str,
        password: &SecretString,
    ) -> Result<Result<Entered, Box<Denied>>, SourceError> {
        let session = Request::get(self.session().await?);
        let form = self.client.form(&[
            ("grant_type", "password"),
            ("scope", "offline"),
            ("username", login),
            ("password", password.expose_secret()),
        ]);
        let granted = match self.api.send(&Request::form(self.oauth2("token")?, form)).await {
            Ok(granted) => granted,
            Err(denied) if is_of_user(&denied) => return Ok(Err(denied)),
            Err(denied) => return Err(explained(*denied)),
        };
        let token = granted.find("/access_token");
        let token = token.and_then(|token| serde_json::from_str::<String>(token).ok());
        let token = token.map(|token| Token::new(token, Place::Bearer));
        let Some((headers, token)) = token.and_then(|token| Some((token.header()?, token))) else {
            return Err(refused(format!("{} gives no token", granted.told())));
        };
        let session = match self.send(&session, &headers).await {
            Ok(session) => session,
            Err(denied) => {
                // Nobody else knows the token.
                self.close(&token).await;
                return Err(explained(*denied));
            }
        };
        let lifetime = granted.number("/expires_in").map(Duration::from_secs);
        Ok(Ok(Entered { token, session, lifetime }))
    }

    /// Takes a token back. The status says whether it is, and the body nothing (RFC 7009, section 2.2).
    pub(super) async fn revoke(&self, token: &Token) -> Result<(), SourceError> {
        let form = self.client.form(&[("token", token.text().expose_secret())]);
        let request = Request::form(self.oauth2("revoke")?, form).for_status_alone();
        let revoked = self.api.send(&request).await;
        revoked.map(|_| ()).map_err(|denied| denied.error)
    }

    fn oauth2(&self, path: &str) -> Result<Url, SourceError> {
        self.below(&format!("api/oauth2/{path}"))
    }
}

/// Whether a token was denied for the login or the password.
fn is_of_user(denied: &Denied) -> bool {
    let is_denial = matches!(
        denied.status,
        Some(StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
    );
    let error = text(&denied.body, "error").unwrap_or_default();
    is_denial && !error.is_empty() && !CLIENT_FAULTS.contains(&error.as_str())
}
