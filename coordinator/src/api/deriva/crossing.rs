//! Requests that a page of another site sends in the name of whoever looks at it. Pure.
//!
//! A browser sends the cookie along with any form of any site, and a body is read whatever its type is. It says
//! too where the request comes from; programs say nothing of it, and have no cookies that others could use.

use axum::http::header::{HOST, ORIGIN, REFERER};
use axum::http::{HeaderMap, HeaderName};
use url::Url;

/// What browsers say of where a request comes from; pages cannot write it.
const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whether another site than the one at `base`, or at the request's own host, sends a request.
pub(super) fn is_crossing(headers: &HeaderMap, base: &Url) -> bool {
    let text = |name: &HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or(""));
    match text(&SITE) {
        Some("same-origin" | "none") => return false,
        Some("cross-site") => return true,
        // Other hosts of the same domain may be anybody's: the origin says which it is.
        Some(_) | None => {}
    }
    let Some(origin) = text(&ORIGIN).or_else(|| text(&REFERER)) else {
        return headers.contains_key(&SITE);
    };
    let Ok(origin) = Url::parse(origin) else { return true };
    let host =
        text(&HOST).and_then(|host| Url::parse(&format!("{}://{host}/", origin.scheme())).ok());
    let is_own = |own: &Url| own.origin().is_tuple() && own.origin() == origin.origin();
    !is_own(base) && !host.as_ref().is_some_and(is_own)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(headers: &[(&str, &str)], expected: bool) {
        let map = headers.iter().map(|(name, value)| {
            (HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap())
        });
        let base = "https://www.example.org/".parse().unwrap();
        assert_eq!(is_crossing(&map.collect::<HeaderMap>(), &base), expected, "{headers:?}");
    }

    #[test]
    fn pages_of_other_sites_are_told_from_its_own_and_from_programs() {
        let host = ("host", "inner:8443");
        check(&[host], false);
        check(&[host, ("origin", "https://www.example.org")], false);
        check(&[host, ("origin", "https://inner:8443")], false);
        check(&[host, ("referer", "https://www.example.org/chaise/record/")], false);
        check(&[("sec-fetch-site", "same-origin"), ("origin", "https://other.example")], false);
        for other in ["https://evil.example", "null", "http://www.example.org", "data:,", "x"] {
            check(&[host, ("origin", other)], true);
            check(&[host, ("sec-fetch-site", "same-site"), ("origin", other)], true);
        }
        check(
            &[host, ("sec-fetch-site", "cross-site"), ("origin", "https://www.example.org")],
            true,
        );
        check(&[host, ("sec-fetch-site", "same-site")], true);
        check(&[host, ("referer", "https://evil.example/https://www.example.org/")], true);
    }
}
