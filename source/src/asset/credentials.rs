//! What opens the files of an API: the headers that open the API itself, for its own server and those that
//! the operator named, and for nobody else.

use std::fmt;

use reqwest::header::HeaderMap;
use url::{Origin, Url};

/// Headers, and who gets them.
pub struct Credentials {
    origins: Vec<Origin>,
    headers: HeaderMap,
}

impl Credentials {
    /// Headers for servers; a server is a scheme, a host and a port.
    pub(crate) fn new(origins: Vec<Origin>, headers: HeaderMap) -> Self {
        Self { origins, headers }
    }

    /// What goes with a request for a URL; nothing unless it is on one of the servers.
    pub(crate) fn for_url(&self, url: &Url) -> HeaderMap {
        if self.origins.contains(&url.origin()) { self.headers.clone() } else { HeaderMap::new() }
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

    fn check(url: &str, is_given: bool) {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", "Bearer secret".parse().unwrap());
        let origins = ["https://api.example.org", "https://media.example.org:8443"];
        let origins = origins.map(|url| Url::parse(url).unwrap().origin()).to_vec();
        let credentials = Credentials::new(origins, headers);
        let given = credentials.for_url(&Url::parse(url).unwrap());
        assert_eq!(!given.is_empty(), is_given, "{url}");
        assert!(!format!("{credentials:?}").contains("secret"));
    }

    #[test]
    fn only_named_servers_get_credentials() {
        check("https://api.example.org/files/1.jpg", true);
        check("https://api.example.org:443/x", true);
        check("https://media.example.org:8443/x", true);
        check("https://media.example.org/x", false);
        check("http://api.example.org/x", false);
        check("https://api.example.org.evil.example/x", false);
        check("https://api.example.org@evil.example/x", false);
    }
}
