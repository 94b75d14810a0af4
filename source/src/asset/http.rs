//! Assets by URL, under the rules of [`crate::address`].
//!
//! No proxy, nothing decoded, and no credentials but those of an API for its own files: the bytes are
//! those that the server keeps. Redirects are followed by hand, each judged like the first URL. What is asked of an
//! API's own servers keeps to the API's pace.

use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt, TryStreamExt};
use reqwest::header::{ACCEPT_ENCODING, HeaderMap, LOCATION};
use reqwest::{Response, StatusCode};
use tokio::time::Instant;
use url::Url;

use super::below::missing;
use super::checksum::Checksum;
use super::whole::{Length, whole};
use super::{Asset, Credentials, shown};
use crate::SourceError;
use crate::address::{AddressRules, Clients, Lookup, not_public, told, unavailable};
use crate::http::{beginning, comes_later, retry_after};

/// How often credentials for one asset are renewed, before it is taken that none hold.
const MOST_RENEWALS: usize = 2;

/// How long a server that is asked too often makes all wait at most, whatever it wants.
const LONGEST_HOLD: Duration = Duration::from_mins(2);

/// How much an asset may cost.
#[derive(Debug, Clone, Copy)]
pub struct HttpLimits {
    /// Longest asset that is fetched, in bytes; 16 GiB unless changed.
    pub max_bytes: u64,
    /// How long one asset may take, from the first packet to the last byte; an hour unless changed.
    pub deadline: Duration,
    /// How long a server may be silent; 30 seconds unless changed.
    pub silence: Duration,
    /// How many redirects are followed; 5 unless changed.
    pub redirects: usize,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            max_bytes: 16 << 30,
            deadline: Duration::from_hours(1),
            silence: Duration::from_secs(30),
            redirects: 5,
        }
    }
}

/// Fetches URLs.
pub struct HttpAssets {
    limits: HttpLimits,
    clients: Arc<Clients>,
}

impl HttpAssets {
    /// A fetcher within limits, under rules. Connects to nothing yet.
    pub fn new(limits: HttpLimits, rules: AddressRules) -> Result<Self, SourceError> {
        let lookup: Lookup = Arc::new(|host: String| {
            Box::pin(async move { Ok(tokio::net::lookup_host((host, 0)).await?.collect()) })
        });
        Self::with_lookup(limits, rules, lookup)
    }

    fn with_lookup(
        limits: HttpLimits,
        rules: AddressRules,
        lookup: Lookup,
    ) -> Result<Self, SourceError> {
        let clients = Arc::new(Clients::new(rules, limits.silence, lookup)?);
        Ok(Self { limits, clients })
    }

    /// What it asks with, for whoever asks under the same rules.
    pub(crate) fn clients(&self) -> Arc<Clients> {
        Arc::clone(&self.clients)
    }

    /// Opens a URL.
    pub async fn open(
        &self,
        reference: &str,
        credentials: Option<&Credentials>,
    ) -> Result<Asset, SourceError> {
        let end = Instant::now() + self.limits.deadline;
        let mut url =
            Url::parse(reference).map_err(|error| refused(reference, error.to_string()))?;
        for _ in 0..=self.limits.redirects {
            let response = self.ask_in(reference, &url, credentials, end).await?;
            match next(&response, &url) {
                Some(target) => {
                    url = target.map_err(|error| {
                        missing(reference, format!("it redirects to no URL: {error}"))
                    })?;
                }
                None => {
                    let status = response.status();
                    let checksum = credentials
                        .filter(|credentials| credentials.checks(&url))
                        .and_then(|_| Checksum::told(response.headers()));
                    let taken = self.take(reference, &url, response);
                    if let (Some(credentials), Err(SourceError::Busy { wait, .. })) =
                        (credentials, &taken)
                        && status == StatusCode::TOO_MANY_REQUESTS
                    {
                        credentials.hold(&url, (*wait).min(LONGEST_HOLD));
                    }
                    return match checksum {
                        Some(checksum) => Ok(checksum.held_against(taken?, &url)),
                        None => taken,
                    };
                }
            }
        }
        Err(missing(reference, format!("it redirects more than {} times", self.limits.redirects)))
    }

    /// Asks for a URL with the credentials for it, and again with others where they hold no longer.
    async fn ask_in(
        &self,
        reference: &str,
        url: &Url,
        credentials: Option<&Credentials>,
        end: Instant,
    ) -> Result<Response, SourceError> {
        let mut headers = match credentials {
            Some(credentials) => credentials.for_url(url).await?,
            None => HeaderMap::new(),
        };
        let renewal = credentials.and_then(|credentials| credentials.renewal(url));
        for _ in 0..MOST_RENEWALS {
            let response = self.ask(reference, url, credentials, headers.clone(), end).await?;
            let status = response.status();
            let is_denied = matches!(status.as_u16(), 400 | 401 | 403);
            let Some(renewal) = renewal.filter(|_| is_denied) else { return Ok(response) };
            if !renewal.is_stale(status, &beginning(response).await) {
                return Err(missing(reference, format!("the server answers {status}")));
            }
            headers = renewal.headers(Some(&headers)).await?;
        }
        self.ask(reference, url, credentials, headers, end).await
    }

    /// Asks for a URL, after it was judged, when it is its turn.
    async fn ask(
        &self,
        reference: &str,
        url: &Url,
        credentials: Option<&Credentials>,
        headers: HeaderMap,
        end: Instant,
    ) -> Result<Response, SourceError> {
        let client = self.clients.of(url).map_err(|why| refused(reference, why))?;
        if let Some(credentials) = credentials {
            credentials.turn(url).await;
        }
        client
            .get(url.clone())
            .headers(headers)
            .header(ACCEPT_ENCODING, "identity")
            .timeout(end.saturating_duration_since(Instant::now()))
            .send()
            .await
            .map_err(|error| match not_public(&error) {
                Some(denied) => refused(reference, denied.to_string()),
                None => unavailable(url, &error),
            })
    }

    /// Takes an answer that is no redirect.
    fn take(&self, reference: &str, url: &Url, response: Response) -> Result<Asset, SourceError> {
        let status = response.status();
        if comes_later(status) {
            let what = format!("{} answers {status}", told(url));
            return Err(match retry_after(response.headers()) {
                Some(wait) => SourceError::Busy { what, wait },
                None => SourceError::Unavailable { what },
            });
        }
        if status != StatusCode::OK {
            return Err(missing(reference, format!("the server answers {status}")));
        }
        let most = self.limits.max_bytes;
        let too_long = {
            let reference = reference.to_owned();
            move || missing(&reference, format!("it is larger than {most} bytes"))
        };
        let len = response.content_length();
        if len.is_some_and(|len| len > most) {
            return Err(too_long());
        }
        let asked = url.clone();
        let bytes =
            response.bytes_stream().map_err(move |error| unavailable(&asked, &error)).boxed();
        let bytes = match len {
            Some(len) => {
                let url = told(url);
                whole(bytes, Length::Exactly(len), move |seen| SourceError::Unavailable {
                    what: format!("{url} announces {len} bytes and sends {seen}"),
                })
            }
            None => whole(bytes, Length::AtMost(most), move |_| too_long()),
        };
        Ok(Asset { len, bytes })
    }
}

/// Where an answer leads, if it is a redirect.
fn next(response: &Response, url: &Url) -> Option<Result<Url, url::ParseError>> {
    let is_redirect = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    let target = response.headers().get(LOCATION).filter(|_| is_redirect)?;
    Some(url.join(&String::from_utf8_lossy(target.as_bytes())))
}

fn refused(reference: &str, why: String) -> SourceError {
    SourceError::AddressRefused { reference: shown(reference), why }
}

#[cfg(test)]
mod tests;
