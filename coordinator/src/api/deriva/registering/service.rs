//! The service that gives identifiers: FAIR Research's, or another that speaks as it does.
//!
//! `POST namespace/<namespace>/identifier` mints one, `GET checksum/<digest>` tells those of a content. What is
//! registered names the export and the output that it is of, so that one whose answer got lost is found again.

use std::path::PathBuf;
use std::time::Duration;

use fabric::ambient::Ambient;
use fabric::causes::chain;
use fabric::retry::Backoff;
use fabric::secret::in_file;
use proto::fault::{Code, Fault};
use reqwest::{Client, RequestBuilder, StatusCode, redirect};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;

use super::registration::{Registration, identifier, of_export};

/// How long an answer may take.
const DEADLINE: Duration = Duration::from_secs(20);

/// Longest answer that is read.
const MOST_BYTES: usize = 1 << 20;

/// How often it is tried at a time.
const TRIES: u32 = 4;

/// How long to wait between tries.
const WAITS: Backoff = Backoff { first: Duration::from_secs(1), most: Duration::from_secs(8) };

/// The configured service.
#[derive(Debug, Clone)]
pub struct Identifiers {
    /// Where it is.
    pub url: Url,
    /// A file with the token that is sent to it, read anew each time; none is sent without.
    pub bearer_file: Option<PathBuf>,
    /// Whether it shows a page for each identifier.
    pub has_pages: bool,
}

/// Why there is no answer.
struct Denied {
    fault: Fault,
    status: Option<StatusCode>,
    is_passing: bool,
}

impl Identifiers {
    /// The address of the page about an identifier.
    pub(super) fn page(&self, redirect_base: &str, identifier: &str) -> Option<String> {
        let service = self.url.as_str().trim_end_matches('/');
        self.has_pages.then(|| format!("{redirect_base}{service}/{identifier}"))
    }

    /// The identifier of an output: the one that it got where it was asked for before, else a new one.
    pub(super) async fn register(
        &self,
        registration: &Registration,
        was_asked: bool,
        ambient: &Ambient,
    ) -> Result<String, Fault> {
        let (client, token) = (client()?, self.token().await?);
        let (mut may_be_there, mut failed) = (was_asked, 0);
        loop {
            let asking = Asking { service: self, client: &client, token: token.as_ref() };
            let Denied { fault, is_passing, .. } =
                match asking.identifier(registration, may_be_there).await {
                    Ok(identifier) => return Ok(identifier),
                    Err(denied) => denied,
                };
            failed += 1;
            if !is_passing || failed == TRIES {
                return Err(fault);
            }
            tracing::warn!(%fault, failed, "it is asked for an identifier again");
            tokio::time::sleep(WAITS.after(failed, ambient.chance())).await;
            // It may have been given, and the answer lost.
            may_be_there = true;
        }
    }

    async fn token(&self) -> Result<Option<SecretString>, Fault> {
        let Some(file) = &self.bearer_file else { return Ok(None) };
        let text = tokio::fs::read_to_string(file).await.map_err(|error| {
            let what = format!("the token for identifiers cannot be read: {error}");
            Fault::new(Code::NotConfigured, what).hint("look at [deriva] identifiers")
        })?;
        Ok(Some(in_file(&text).to_owned().into()))
    }

    fn place(&self, segments: &[&str]) -> Url {
        let mut url = self.url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }
}

/// Asking the service, with what lets in.
struct Asking<'a> {
    service: &'a Identifiers,
    client: &'a Client,
    token: Option<&'a SecretString>,
}

impl Asking<'_> {
    async fn identifier(
        &self,
        registration: &Registration,
        may_be_there: bool,
    ) -> Result<String, Denied> {
        if may_be_there && let Some(found) = self.found(registration).await? {
            return Ok(found);
        }
        let namespace = if registration.is_test { "minid-test" } else { "minid" };
        let url = self.service.place(&["namespace", namespace, "identifier"]);
        let answer = self.answer(self.client.post(url).json(&registration.body)).await?;
        identifier(&answer).ok_or_else(|| Denied::refused("its answer has no identifier"))
    }

    /// The identifier that the output got before, if it got one.
    async fn found(&self, registration: &Registration) -> Result<Option<String>, Denied> {
        let mut url = self.service.place(&["checksum", &registration.sha256]);
        url.query_pairs_mut().append_pair("function", "sha256");
        match self.answer(self.client.get(url)).await {
            Ok(answer) => Ok(of_export(&answer, &registration.export)),
            Err(denied) if denied.status == Some(StatusCode::NOT_FOUND) => Ok(None),
            Err(denied) => Err(denied),
        }
    }

    async fn answer(&self, request: RequestBuilder) -> Result<Value, Denied> {
        let request = request.timeout(DEADLINE);
        let request = match self.token {
            Some(token) => request.bearer_auth(token.expose_secret()),
            None => request,
        };
        let broken = |error: reqwest::Error| Denied::unavailable(&chain(&error.without_url()));
        let mut answer = request.send().await.map_err(broken)?;
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(broken)? {
            if body.len() + chunk.len() > MOST_BYTES {
                return Err(Denied::refused("its answer is too long"));
            }
            body.extend_from_slice(&chunk);
        }
        let status = answer.status();
        if status.is_success() {
            let broken = |_| Denied::refused("its answer is no JSON");
            return serde_json::from_slice(&body).map_err(broken);
        }
        let is_passing = status.is_server_error()
            || [StatusCode::TOO_MANY_REQUESTS, StatusCode::REQUEST_TIMEOUT].contains(&status);
        let denied = if is_passing {
            Denied::unavailable(&format!("it answers {status}"))
        } else {
            Denied::refused(&format!("it answers {status}"))
        };
        Err(Denied { status: Some(status), ..denied })
    }
}

impl Denied {
    fn refused(what: &str) -> Self {
        let what = format!("the service for identifiers refuses: {what}");
        let fault = Fault::new(Code::TargetRefused, what)
            .hint("ask for the export again once the operator has looked at [deriva] identifiers");
        Self { fault, status: None, is_passing: false }
    }

    fn unavailable(what: &str) -> Self {
        let what = format!("the service for identifiers does not answer: {what}");
        let fault = Fault::new(Code::TargetUnavailable, what);
        Self { fault, status: None, is_passing: true }
    }
}

fn client() -> Result<Client, Fault> {
    let client = Client::builder()
        .user_agent(concat!("longshore/", env!("CARGO_PKG_VERSION")))
        .no_proxy()
        .redirect(redirect::Policy::none())
        .referer(false)
        .build();
    client.map_err(|error| Fault::new(Code::Internal, chain(&error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_below_the_service() {
        let service = |has_pages| Identifiers {
            url: "https://i.example.org/minids/".parse().unwrap(),
            bearer_file: None,
            has_pages,
        };
        let page = service(true).page("https://d/?to=", "minid:1");
        assert_eq!(page.as_deref(), Some("https://d/?to=https://i.example.org/minids/minid:1"));
        assert_eq!(service(false).page("", "minid:1"), None);
        let place = service(true).place(&["checksum", "a/b"]);
        assert_eq!(place.as_str(), "https://i.example.org/minids/checksum/a%2Fb");
    }
}
