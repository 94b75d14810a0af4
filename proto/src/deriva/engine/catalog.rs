//! The catalogue that an export reads from.

use serde_json::{Map, Value};
use url::Url;

use super::mistake::Class;
use super::reading::{Reading, at};
use super::secret::{Credential, Secret};

/// The keys that sign a caller in.
const CREDENTIALS: [&str; 4] = ["token", "oauth2_token", "username", "password"];

/// The catalogue that is read where no other is named.
const USUAL: &str = "1";

/// A catalogue, and who reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalog {
    /// Where it is.
    pub host: Host,
    /// Its number or name there.
    pub id: String,
    /// The snapshot of it that is meant; the present state where nothing is given.
    pub snapshot: Option<String>,
    /// Who reads it; whoever asks for the export where nothing is given.
    pub credential: Option<Credential>,
}

/// A server.
///
/// Is a scheme of the web, a host and perhaps a port, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    url: Url,
    authority: String,
}

impl Host {
    /// Reads an address, or a host alone, which is then one of `https`.
    pub fn parse(text: &str) -> Result<Self, HostError> {
        if text.contains(|c: char| c == '\\' || c.is_whitespace() || c.is_control()) {
            return Err(HostError::Malformed);
        }
        let whole = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
        let url = Url::parse(&whole).map_err(|_| HostError::Malformed)?;
        if !["http", "https"].contains(&url.scheme()) || !url.has_host() {
            return Err(HostError::Malformed);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(HostError::SignedIn);
        }
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err(HostError::Path);
        }
        let authority = whole.split_once("://").map_or(whole.as_str(), |(_, rest)| rest);
        let authority = authority.trim_matches('/').to_owned();
        Ok(Self { url, authority })
    }

    /// Its address.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The host and the port as they were written: the variable `hostname`.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Whether nobody can listen, so that credentials may be sent.
    pub fn is_private(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// The address as it was written, without a slash at its end.
    pub fn origin(&self) -> String {
        format!("{}://{}", self.url.scheme(), self.authority)
    }
}

/// Why a text is no server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// It is no address of the web.
    #[error("this is no address of a server")]
    Malformed,
    /// It says who asks.
    #[error("an address of a server has no user")]
    SignedIn,
    /// It leads to something below the server.
    #[error("an address of a server has no path")]
    Path,
}

/// The catalogue that a configuration names, or that an argument names before it.
pub(super) fn read(
    map: &Map<String, Value>,
    place: &str,
    host: Option<&str>,
    catalog_id: Option<&str>,
    reading: &mut Reading,
) -> Option<Catalog> {
    let hint = "write the address of the server, such as \"https://www.example.org\"";
    let given = reading.text_of(place, map, "host");
    let host = match host.map(str::to_owned).or(given) {
        None => {
            reading.missing(Class::Incomplete, &at(place, "host"), hint);
            None
        }
        Some(text) => match Host::parse(&text) {
            Ok(host) => Some(host),
            Err(error) => {
                reading.failed(&at(place, "host"), error.to_string(), hint);
                None
            }
        },
    };
    let given = reading.text_of(place, map, "catalog_id");
    let named = catalog_id.map(str::to_owned).or(given).unwrap_or_else(|| USUAL.to_owned());
    let (id, snapshot) = match named.split_once('@') {
        Some((id, snapshot)) => (id, Some(snapshot)),
        None => (named.as_str(), None),
    };
    if !is_name(id) || !snapshot.is_none_or(is_name) {
        let hint = "write its number or its name, and perhaps \"@\" and a snapshot behind it";
        reading.failed(&at(place, "catalog_id"), "this names no catalogue", hint);
    }
    let credential = credential(map, place, reading);
    let (id, snapshot) = (id.to_owned(), snapshot.map(str::to_owned));
    host.map(|host| Catalog { host, id, snapshot, credential })
}

/// Whether a text is what catalogues and snapshots are called.
fn is_name(text: &str) -> bool {
    let is_sign = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !text.is_empty() && text.bytes().all(is_sign) && !text.bytes().all(|byte| byte == b'.')
}

/// Who a configuration says that reads: a cookie before a token before a user and a password.
fn credential(map: &Map<String, Value>, place: &str, reading: &mut Reading) -> Option<Credential> {
    let [cookie, token, user, password] = CREDENTIALS.map(|key| reading.text_of(place, map, key));
    if cookie.is_none() && token.is_none() && user.is_some() != password.is_some() {
        let lone = if user.is_some() { "username" } else { "password" };
        reading.idle(&at(place, lone), "a user and a password count together");
    }
    let cookie = cookie.map(|value| Credential::Cookie(Secret::new(value)));
    let token = token.map(|value| Credential::Bearer(Secret::new(value)));
    let basic = user
        .zip(password)
        .map(|(user, password)| Credential::Basic { user, password: Secret::new(password) });
    cookie.or(token).or(basic)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn catalog(value: &Value) -> (Option<Catalog>, Reading) {
        let mut reading = Reading::default();
        let map = value.as_object().unwrap();
        (read(map, "/catalog", None, None, &mut reading), reading)
    }

    #[test]
    fn a_host_is_an_address_or_a_name() {
        let check = |text: &str, origin: &str, authority: &str, is_private: bool| {
            let host = Host::parse(text).unwrap();
            assert_eq!(host.origin(), origin);
            assert_eq!(host.authority(), authority);
            assert_eq!(host.is_private(), is_private);
        };
        check("https://localhost:8443", "https://localhost:8443", "localhost:8443", true);
        check("https://www.example.org/", "https://www.example.org", "www.example.org", true);
        check("www.example.org", "https://www.example.org", "www.example.org", true);
        check("localhost:8443", "https://localhost:8443", "localhost:8443", true);
        check("http://[::1]:80", "http://[::1]:80", "[::1]:80", false);
    }

    #[test]
    fn what_is_more_than_a_host_is_refused() {
        assert_eq!(Host::parse("https://"), Err(HostError::Malformed));
        assert_eq!(Host::parse("file:///etc"), Err(HostError::Malformed));
        assert_eq!(Host::parse("exa mple.org"), Err(HostError::Malformed));
        assert_eq!(Host::parse("https:\\\\example.org"), Err(HostError::Malformed));
        assert_eq!(Host::parse("ftp://example.org"), Err(HostError::Malformed));
        assert_eq!(Host::parse("https://ed:hidden@example.org"), Err(HostError::SignedIn));
        assert_eq!(Host::parse("https://example.org/ermrest"), Err(HostError::Path));
        assert_eq!(Host::parse("https://example.org?x"), Err(HostError::Path));
    }

    #[test]
    fn a_catalogue_may_be_a_snapshot() {
        let check = |id: Value, expected: (&str, Option<&str>)| {
            let (catalog, reading) = catalog(&json!({"host": "h", "catalog_id": id}));
            let catalog = catalog.unwrap();
            assert_eq!((catalog.id.as_str(), catalog.snapshot.as_deref()), expected);
            assert!(reading.mistakes.is_empty());
        };
        check(json!("7"), ("7", None));
        check(json!(7), ("7", None));
        check(json!("7@2ZY-XW0-1"), ("7", Some("2ZY-XW0-1")));
        check(json!(null), ("1", None));
        for id in ["7/entity", "7@", "@2", "..", "7?x", "7%2F"] {
            let (_, reading) = catalog(&json!({"host": "h", "catalog_id": id}));
            assert_eq!(reading.mistakes[0].place, "/catalog/catalog_id", "{id}");
        }
    }

    #[test]
    fn an_argument_comes_before_the_configuration() {
        let mut reading = Reading::default();
        let map = json!({"host": "a.example", "catalog_id": "1"});
        let map = map.as_object().unwrap();
        let catalog = read(map, "/catalog", Some("b.example"), Some("7"), &mut reading).unwrap();
        assert_eq!((catalog.host.authority(), catalog.id.as_str()), ("b.example", "7"));
    }

    #[test]
    fn a_host_that_is_missing_is_plain_to_see() {
        let (catalog, reading) = catalog(&json!({"catalog_id": "7"}));
        assert_eq!(catalog, None);
        assert_eq!(reading.mistakes[0].class, Class::Incomplete);
    }

    #[test]
    fn of_several_credentials_the_cookie_counts() {
        let check = |keys: Value, expected: Option<Credential>| {
            let mut map = json!({"host": "h"});
            map.as_object_mut().unwrap().extend(keys.as_object().unwrap().clone());
            let (catalog, reading) = catalog(&map);
            let catalog = catalog.unwrap();
            assert!(!format!("{catalog:?}").contains("hidden"));
            assert_eq!(catalog.credential, expected);
            reading.warnings
        };
        let cookie = Some(Credential::Cookie(Secret::new("hidden")));
        check(json!({"token": "hidden", "oauth2_token": "x"}), cookie);
        let token = Some(Credential::Bearer(Secret::new("hidden")));
        check(json!({"oauth2_token": "hidden", "username": "ed"}), token);
        let password = Secret::new("hidden");
        let basic = Credential::Basic { user: "ed".to_owned(), password };
        check(json!({"username": "ed", "password": "hidden"}), Some(basic));
        let warnings = check(json!({"password": "hidden"}), None);
        assert_eq!(
            warnings,
            ["/catalog/password has no effect: a user and a password count together"]
        );
        check(json!({}), None);
    }
}
