//! Assets by URL, under the rules of [`crate::address`].
//!
//! No proxy, nothing decoded, and no credentials but those of an API for its own files: the bytes are
//! those that the server keeps. Redirects are followed by hand, each judged like the first URL. What is asked of an
//! API's own servers keeps to the API's pace.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use reqwest::header::{ACCEPT_ENCODING, HeaderMap, LOCATION};
use reqwest::{Method, Response, StatusCode};
use tokio::time::Instant;
use url::Url;

use super::below::missing;
use super::checksum::Checksum;
use super::disposition::file_name;
use super::whole::{Length, whole};
use super::{Asset, Credentials, FOREIGN, Header, shown};
use crate::SourceError;
use crate::address::{AddressRules, Clients, Lookup, not_public, told, unavailable};
use crate::http::{beginning, comes_later, retry_after};

/// How often credentials for one asset are renewed, before it is taken that none hold.
const MOST_RENEWALS: usize = 2;

/// How long a server that is asked too often makes all wait at most, whatever it wants.
const LONGEST_HOLD: Duration = Duration::from_mins(2);

/// The bytes of an answer, as they come.
type Body = BoxStream<'static, Result<Bytes, SourceError>>;

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
        let (url, response) = self.answer(&Method::GET, reference, credentials).await?;
        let is_object = credentials.is_some_and(|credentials| credentials.checks(&url));
        let name = file_name(response.headers());
        let checksum = Checksum::told(response.headers()).filter(|_| is_object);
        let (len, bytes) = self.take(reference, &url, response)?;
        let asset = Asset { len, name, is_object, is_checked: false, bytes };
        Ok(match checksum {
            Some(checksum) => checksum.held_against(asset, &told(&url), "server"),
            None => asset,
        })
    }

    /// What the server of a URL tells of the file without giving it.
    pub async fn head(
        &self,
        reference: &str,
        credentials: Option<&Credentials>,
    ) -> Result<Header, SourceError> {
        let (_, response) = self.answer(&Method::HEAD, reference, credentials).await?;
        Ok(Header::told(response.headers()))
    }

    /// The answer that has the file, and the URL that it was found at.
    async fn answer(
        &self,
        method: &Method,
        reference: &str,
        credentials: Option<&Credentials>,
    ) -> Result<(Url, Response), SourceError> {
        let end = Instant::now() + self.limits.deadline;
        let mut url =
            Url::parse(reference).map_err(|error| refused(reference, error.to_string()))?;
        if credentials.is_some_and(|credentials| credentials.is_foreign(&url)) {
            return Err(refused(reference, FOREIGN.to_owned()));
        }
        for _ in 0..=self.limits.redirects {
            let response = self.ask_in(method, reference, &url, credentials, end).await?;
            match next(&response, &url) {
                Some(target) => {
                    url = target.map_err(|error| {
                        missing(reference, format!("it redirects to no URL: {error}"))
                    })?;
                }
                None => {
                    let judged = judge(reference, &url, &response);
                    if let (Some(credentials), Err(SourceError::Busy { wait, .. })) =
                        (credentials, &judged)
                        && response.status() == StatusCode::TOO_MANY_REQUESTS
                    {
                        credentials.hold(&url, (*wait).min(LONGEST_HOLD));
                    }
                    judged?;
                    return Ok((url, response));
                }
            }
        }
        Err(missing(reference, format!("it redirects more than {} times", self.limits.redirects)))
    }

    /// Asks for a URL with the credentials for it, and again with others where they hold no longer.
    async fn ask_in(
        &self,
        method: &Method,
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
            let response =
                self.ask(method, reference, url, credentials, headers.clone(), end).await?;
            let status = response.status();
            let is_denied = matches!(status.as_u16(), 400 | 401 | 403);
            let Some(renewal) = renewal.filter(|_| is_denied) else { return Ok(response) };
            if !renewal.is_stale(status, &beginning(response).await) {
                return Err(missing(reference, format!("the server answers {status}")));
            }
            let renewed = renewal.headers(Some(&headers)).await?;
            if renewed == headers {
                return Err(missing(reference, format!("the server answers {status}")));
            }
            headers = renewed;
        }
        self.ask(method, reference, url, credentials, headers, end).await
    }

    /// Asks for a URL, after it was judged, when it is its turn.
    async fn ask(
        &self,
        method: &Method,
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
            .request(method.clone(), url.clone())
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

    /// The body of an answer that has the file, and its length.
    fn take(
        &self,
        reference: &str,
        url: &Url,
        response: Response,
    ) -> Result<(Option<u64>, Body), SourceError> {
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
        Ok((len, bytes))
    }
}

/// That an answer which is no redirect has the file.
fn judge(reference: &str, url: &Url, response: &Response) -> Result<(), SourceError> {
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
    Ok(())
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
