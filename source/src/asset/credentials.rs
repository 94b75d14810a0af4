//! What opens the files of an API: the headers that open the API itself, for its own server and those that
//! the operator named, and for nobody else. What such a server is asked for counts for the pace of the API.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use url::{Origin, Url};

use crate::SourceError;
use crate::http::Pace;

/// Headers, and who gets them.
pub struct Credentials {
    origins: Vec<Origin>,
    headers: Headers,
    pace: Arc<Pace>,
    /// Below which path of the servers files have checksums that they are held against.
    checksums: Option<&'static str>,
}

enum Headers {
    /// Always the same.
    Fixed(HeaderMap),
    /// Those of a session, which ends.
    Renewed(Arc<dyn Renewal>),
}

/// What gives headers that hold for a while.
#[async_trait]
pub(crate) trait Renewal: Send + Sync {
    /// Headers that open: other ones than those that are stale.
    async fn headers(&self, stale: Option<&HeaderMap>) -> Result<HeaderMap, SourceError>;

    /// Whether an answer says that the headers hold no more, and not that they open other things.
    fn is_stale(&self, status: StatusCode, body: &[u8]) -> bool;
}

impl Credentials {
    /// Headers for servers; a server is a scheme, a host and a port.
    pub(crate) fn new(origins: Vec<Origin>, headers: HeaderMap, pace: Arc<Pace>) -> Self {
        Self { origins, headers: Headers::Fixed(headers), pace, checksums: None }
    }

    /// Headers of a session for servers.
    pub(crate) fn renewed_by(
        origins: Vec<Origin>,
        renewal: Arc<dyn Renewal>,
        pace: Arc<Pace>,
    ) -> Self {
        Self { origins, headers: Headers::Renewed(renewal), pace, checksums: None }
    }

    /// The same, where files below a path of the servers have checksums that are to be believed.
    pub(crate) fn with_checksums(self, below: &'static str) -> Self {
        Self { checksums: Some(below), ..self }
    }

    /// Whether the file of a URL is to be what the server says by a checksum.
    pub(crate) fn checks(&self, url: &Url) -> bool {
        let is_below = |below: &str| url.path().starts_with(below);
        self.origins.contains(&url.origin()) && self.checksums.is_some_and(is_below)
    }

    /// Waits until a URL may be asked for, where it is on one of the servers.
    pub(crate) async fn turn(&self, url: &Url) {
        if self.origins.contains(&url.origin()) {
            self.pace.turn().await;
        }
    }

    /// Nobody asks one of the servers before so long has passed, if the URL is on one.
    pub(crate) fn hold(&self, url: &Url, wait: Duration) {
        if self.origins.contains(&url.origin()) {
            self.pace.hold(wait);
        }
    }

    /// What goes with a request for a URL; nothing unless it is on one of the servers.
    pub(crate) async fn for_url(&self, url: &Url) -> Result<HeaderMap, SourceError> {
        match &self.headers {
            _ if !self.origins.contains(&url.origin()) => Ok(HeaderMap::new()),
            Headers::Fixed(headers) => Ok(headers.clone()),
            Headers::Renewed(renewal) => renewal.headers(None).await,
        }
    }

    /// What may make headers for a URL anew.
    pub(crate) fn renewal(&self, url: &Url) -> Option<&Arc<dyn Renewal>> {
        match &self.headers {
            Headers::Renewed(renewal) if self.origins.contains(&url.origin()) => Some(renewal),
            Headers::Renewed(_) | Headers::Fixed(_) => None,
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("origins", &self.origins).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn check(url: &str, is_given: bool) {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", "Bearer secret".parse().unwrap());
        let origins = ["https://api.example.org", "https://media.example.org:8443"];
        let origins = origins.map(|url| Url::parse(url).unwrap().origin()).to_vec();
        let pace = Arc::new(Pace::new(None));
        let credentials = Credentials::new(origins, headers, pace);
        let given = credentials.for_url(&Url::parse(url).unwrap()).await.unwrap();
        assert_eq!(!given.is_empty(), is_given, "{url}");
        assert!(!format!("{credentials:?}").contains("secret"));
    }

    #[tokio::test]
    async fn only_named_servers_get_credentials() {
        check("https://api.example.org/files/1.jpg", true).await;
        check("https://api.example.org:443/x", true).await;
        check("https://media.example.org:8443/x", true).await;
        check("https://media.example.org/x", false).await;
        check("http://api.example.org/x", false).await;
        check("https://api.example.org.evil.example/x", false).await;
        check("https://api.example.org@evil.example/x", false).await;
    }
}
