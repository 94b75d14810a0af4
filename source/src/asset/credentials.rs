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

/// Why a file of another server's object store is not read.
pub const FOREIGN: &str = "it is in the object store of another server than the catalogue's and those in `credentials_to`";

/// Headers, and who gets them.
pub struct Credentials {
    origins: Vec<Origin>,
    headers: Headers,
    pace: Arc<Pace>,
    /// Below which path of the servers they open files, which have checksums that these are held against; every
    /// file, and no checksum is known, unless there is one.
    below: Option<&'static str>,
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
    /// Headers that open: other ones than those that are stale, unless there are none.
    async fn headers(&self, stale: Option<&HeaderMap>) -> Result<HeaderMap, SourceError>;

    /// Whether an answer says that the headers hold no more, and not that they open other things.
    fn is_stale(&self, status: StatusCode, body: &[u8]) -> bool;
}

impl Credentials {
    /// Headers for servers; a server is a scheme, a host and a port.
    pub(crate) fn new(origins: Vec<Origin>, headers: HeaderMap, pace: Arc<Pace>) -> Self {
        Self { origins, headers: Headers::Fixed(headers), pace, below: None }
    }

    /// Headers of a session for servers.
    pub(crate) fn renewed_by(
        origins: Vec<Origin>,
        renewal: Arc<dyn Renewal>,
        pace: Arc<Pace>,
    ) -> Self {
        Self { origins, headers: Headers::Renewed(renewal), pace, below: None }
    }

    /// The same for files below a path of the servers alone, which have checksums that are to be believed. What rows
    /// name besides, somebody else may have written there for others to open.
    pub(crate) fn below(self, path: &'static str) -> Self {
        Self { below: Some(path), ..self }
    }

    /// Whether they are for a URL.
    fn are_for(&self, url: &Url) -> bool {
        let is_below = self.below.is_none_or(|path| url.path().starts_with(path));
        self.origins.contains(&url.origin()) && is_below
    }

    /// Whether the file of a URL is to be what the server says by a checksum.
    pub(crate) fn checks(&self, url: &Url) -> bool {
        self.below.is_some() && self.are_for(url)
    }

    /// Whether the file of a URL is in an object store like that of the servers, and on none of them. What is read
    /// there is of other people, and has other checksums than rows say.
    pub(crate) fn is_foreign(&self, url: &Url) -> bool {
        let is_below = self.below.is_some_and(|path| url.path().starts_with(path));
        is_below && !self.origins.contains(&url.origin())
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
            _ if !self.are_for(url) => Ok(HeaderMap::new()),
            Headers::Fixed(headers) => Ok(headers.clone()),
            Headers::Renewed(renewal) => renewal.headers(None).await,
        }
    }

    /// What may make headers for a URL anew.
    pub(crate) fn renewal(&self, url: &Url) -> Option<&Arc<dyn Renewal>> {
        match &self.headers {
            Headers::Renewed(renewal) if self.are_for(url) => Some(renewal),
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
    use reqwest::header::COOKIE;

    use super::*;

    #[tokio::test]
    async fn what_is_for_a_path_opens_nothing_besides() {
        let url = |text: &str| Url::parse(text).unwrap();
        let headers: HeaderMap =
            [(COOKIE, "webauthn=secret".parse().unwrap())].into_iter().collect();
        let origins = vec![url("https://example.org").origin()];
        let credentials =
            Credentials::new(origins, headers, Arc::new(Pace::new(None))).below("/hatrac/");
        for (address, is_opened) in [
            ("https://example.org/hatrac/a:V1", true),
            ("https://example.org/ermrest/catalog/1/entity/s:t", false),
            ("https://example.org/hatrac/../ermrest/catalog/1", false),
            ("https://example.org/hatrac/%2e%2e/authn/session", false),
            ("https://elsewhere.org/hatrac/a", false),
        ] {
            let given = credentials.for_url(&url(address)).await.unwrap();
            assert_eq!(!given.is_empty(), is_opened, "{address}");
            assert_eq!(credentials.checks(&url(address)), is_opened, "{address}");
            let is_foreign = address.contains("elsewhere");
            assert_eq!(credentials.is_foreign(&url(address)), is_foreign, "{address}");
        }
        assert!(!credentials.is_foreign(&url("https://elsewhere.org/a/hatrac/b")));
    }

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
