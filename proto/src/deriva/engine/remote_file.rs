//! A file elsewhere, as a row of a query for files refers to it.

use serde_json::{Map, Value};
use url::Url;

use super::catalog::Host;
use super::mistake::Class;
use super::variables;
use crate::deriva::encoded::decoded;
use crate::digest::Algorithm;

/// Where the object store of a server is.
const HATRAC: &str = "/hatrac/";

/// A file elsewhere. What a row does not say is found out by asking for the file's header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteFile {
    /// Its address, with a scheme and a host; without control characters.
    url: String,
    /// Whether the catalogue's own object store has it, which knows who asks.
    is_own: bool,
    /// Its length in bytes, unless nobody said it or it is 0.
    pub length: Option<u64>,
    /// Its MD5, in hexadecimal digits.
    pub md5: Option<String>,
    /// Its SHA-256, in hexadecimal digits.
    pub sha256: Option<String>,
    /// The name that the row gives it.
    pub filename: Option<String>,
    /// What it is.
    pub content_type: Option<String>,
}

/// Why a row refers to no file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RemoteFileError {
    /// The address is none.
    #[error("{url:?} is no address of a file")]
    Malformed {
        /// What the row has.
        url: String,
    },
    /// It is in an object store of another server.
    #[error("{url:?} is in the object store of another server than the catalogue's")]
    Foreign {
        /// What the row has.
        url: String,
    },
}

impl RemoteFileError {
    /// How the service answers it.
    pub fn class(&self) -> Class {
        match self {
            Self::Malformed { .. } => Class::Failed,
            Self::Foreign { .. } => Class::Misconfigured,
        }
    }
}

impl RemoteFile {
    /// The file that a row refers to by its column `url`; nothing where that is empty.
    pub fn of_row(row: &Map<String, Value>, host: &Host) -> Result<Option<Self>, RemoteFileError> {
        let Some(given) = given(row, "url") else { return Ok(None) };
        let malformed = || RemoteFileError::Malformed { url: given.clone() };
        if given.contains(char::is_control) {
            return Err(malformed());
        }
        let url = if has_scheme(&given) {
            given.clone()
        } else {
            format!("{}/{}", host.origin(), given.trim_start_matches('/'))
        };
        let parsed = Url::parse(&url).map_err(|_| malformed())?;
        let is_stored = parsed.path().starts_with(HATRAC);
        let is_own = is_stored && parsed.origin() == host.url().origin();
        if is_stored && !is_own {
            return Err(RemoteFileError::Foreign { url: given });
        }
        let length = given_number(row).filter(|length| *length > 0);
        Ok(Some(Self {
            url,
            is_own,
            length,
            md5: digest(row, Algorithm::Md5),
            sha256: digest(row, Algorithm::Sha256),
            filename: self::given(row, "filename"),
            content_type: self::given(row, "content_type"),
        }))
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether the catalogue's own object store has it: only there the caller's credential is told.
    pub fn is_own(&self) -> bool {
        self.is_own
    }

    /// Whether enough is known of it to refer to it: a length, and a digest.
    pub fn is_known(&self) -> bool {
        self.length.is_some() && (self.md5.is_some() || self.sha256.is_some())
    }

    /// What it is called: by its row, else by its header, else by its address; nothing where that ends
    /// with a slash.
    pub fn name(&self, content_disposition: Option<&str>) -> Option<String> {
        let of_header = || content_disposition.and_then(disposed);
        self.filename.clone().or_else(of_header).or_else(|| {
            let path = self.url.split(['?', '#']).next().unwrap_or_default();
            let (_, path) = path.split_once("://").unwrap_or(("", path));
            let (_, name) = path.rsplit_once('/')?;
            // Behind a colon the object store has the version.
            let name = name.split(':').next().unwrap_or_default();
            (!name.is_empty()).then(|| name.to_owned())
        })
    }
}

/// Whether an address says of itself how and where it is asked for.
fn has_scheme(url: &str) -> bool {
    let is_sign = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    url.split_once("://").is_some_and(|(scheme, _)| scheme.bytes().all(is_sign))
}

/// The text of a column; nothing where it is missing, null or empty.
fn given(row: &Map<String, Value>, column: &str) -> Option<String> {
    let value = row.get(column).filter(|value| !value.is_null())?;
    Some(variables::text(value)).filter(|text| !text.is_empty())
}

fn given_number(row: &Map<String, Value>) -> Option<u64> {
    let value = row.get("length")?;
    value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// A digest in lowercase; nothing where the column has none of its length.
fn digest(row: &Map<String, Value>, algorithm: Algorithm) -> Option<String> {
    let digits = given(row, algorithm.name())?.trim().to_ascii_lowercase();
    let is_digest =
        digits.len() == algorithm.digits() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_digest.then_some(digits)
}

/// The name that a `Content-Disposition` gives.
fn disposed(header: &str) -> Option<String> {
    let parts = || header.split(';').map(str::trim);
    let encoded = parts().find_map(|part| part.strip_prefix("filename*="));
    let decoded = encoded.and_then(|value| {
        let (charset, rest) = value.split_once('\'')?;
        let (_, name) = rest.split_once('\'')?;
        charset.eq_ignore_ascii_case("utf-8").then(|| decoded(name))?
    });
    let plain = parts().find_map(|part| part.strip_prefix("filename="));
    let name = decoded.or_else(|| plain.map(|name| name.trim_matches('"').to_owned()));
    name.filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const MD5: &str = "d41d8cd98f00b204e9800998ecf8427e";

    fn file(row: &Value) -> Result<Option<RemoteFile>, RemoteFileError> {
        let host = Host::parse("https://localhost:8443").unwrap();
        RemoteFile::of_row(row.as_object().unwrap(), &host)
    }

    fn good(row: &Value) -> RemoteFile {
        file(row).unwrap().unwrap()
    }

    #[test]
    fn an_address_is_whole_and_knows_its_server() {
        let check = |url: &str, whole: &str, is_own: bool| {
            let file = good(&json!({"url": url}));
            assert_eq!((file.url(), file.is_own()), (whole, is_own));
        };
        let own = "https://localhost:8443/hatrac/a/b.bin:V1";
        check("/hatrac/a/b.bin:V1", own, true);
        check(own, own, true);
        check("/static/x", "https://localhost:8443/static/x", false);
        check("/x?u=https://h/", "https://localhost:8443/x?u=https://h/", false);
        check("//example.org/x", "https://localhost:8443/example.org/x", false);
        check("https://example.org/a b", "https://example.org/a b", false);
        check("/hatrac/../ermrest", "https://localhost:8443/hatrac/../ermrest", false);
    }

    #[test]
    fn rows_without_an_address_are_passed_over() {
        for row in [json!({}), json!({"url": null}), json!({"url": ""})] {
            assert_eq!(file(&row), Ok(None));
        }
    }

    #[test]
    fn addresses_that_lead_nowhere_are_refused() {
        let class = |url: &str| file(&json!({"url": url})).unwrap_err().class();
        assert_eq!(class("https://"), Class::Failed);
        assert_eq!(class("https://h/a\nb"), Class::Failed);
        assert_eq!(class("https://example.org/hatrac/x"), Class::Misconfigured);
        assert_eq!(class("http://localhost:8443/hatrac/x"), Class::Misconfigured);
    }

    #[test]
    fn a_length_and_a_digest_are_enough_to_know() {
        let check = |more: Value, is_known: bool| {
            let mut row = json!({"url": "/hatrac/x"});
            row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            assert_eq!(good(&row).is_known(), is_known, "{row}");
        };
        check(json!({"length": 7, "md5": MD5}), true);
        check(json!({"length": "7", "sha256": MD5.repeat(2).to_uppercase()}), true);
        check(json!({"length": 0, "md5": MD5}), false);
        check(json!({"length": 7}), false);
        check(json!({"length": 7, "md5": "x", "sha256": MD5, "sha1": MD5}), false);
        check(json!({"length": 7, "md5": null}), false);
        check(json!({"md5": MD5}), false);
    }

    #[test]
    fn a_name_is_of_the_row_the_header_or_the_address() {
        let name = |row: Value, header: Option<&str>| good(&row).name(header);
        let check =
            |found: Option<String>, expected: &str| assert_eq!(found.as_deref(), Some(expected));
        let url = "/hatrac/a/b.bin:V1?x=/y";
        check(name(json!({"url": url, "filename": "{a}.bin"}), Some("filename=x")), "{a}.bin");
        check(
            name(json!({"url": url}), Some("filename*=UTF-8''tr%C3%AAs%20%C3%A9.txt")),
            "três é.txt",
        );
        check(name(json!({"url": url}), Some("attachment; filename=\"a b.txt\"")), "a b.txt");
        for header in [None, Some("inline"), Some("filename=\"\""), Some("filename*=UTF-8''%ff")] {
            check(name(json!({"url": url}), header), "b.bin");
        }
        assert_eq!(name(json!({"url": "/hatrac/a/"}), None), None);
        assert_eq!(name(json!({"url": "https://example.org"}), None), None);
    }
}
