//! The token of a request: in the cookie `webauthn`, or in `Authorization: Bearer`. Pure.

use axum::http::header::{AUTHORIZATION, COOKIE};
use axum::http::{HeaderMap, HeaderName};
use source::pass::Place;

/// The cookie with the token of a session.
const WEBAUTHN: &str = "webauthn";

/// The token of a request, and where it stands. What a page of any site can send along, the cookie, counts only
/// where nothing else was sent.
pub(super) fn token(headers: &HeaderMap) -> Option<(String, Place)> {
    let bearer = texts(headers, AUTHORIZATION).find_map(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
    });
    let cookie = || {
        texts(headers, COOKIE).flat_map(|cookies| cookies.split(';')).find_map(|cookie| {
            let (name, value) = cookie.trim().split_once('=')?;
            (name == WEBAUTHN).then(|| value.to_owned())
        })
    };
    let found = bearer.map(|token| (token, Place::Bearer));
    let found = found.or_else(|| Some((cookie()?, Place::Webauthn)));
    found.filter(|(token, _)| !token.is_empty())
}

fn texts(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(headers: &[(&str, &str)], expected: Option<(&str, Place)>) {
        let headers = headers.iter().map(|(name, value)| {
            (HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap())
        });
        let found = token(&headers.collect::<HeaderMap>());
        assert_eq!(found, expected.map(|(token, place)| (token.to_owned(), place)));
    }

    #[test]
    fn a_token_is_in_a_cookie_or_a_header() {
        check(&[("cookie", "a=b; webauthn=x=; c=d")], Some(("x=", Place::Webauthn)));
        check(&[("authorization", "bearer  y ")], Some(("y", Place::Bearer)));
        let both = [("cookie", "webauthn=x"), ("authorization", "Bearer y")];
        check(&both, Some(("y", Place::Bearer)));
        check(
            &[("cookie", "webauthn=x"), ("authorization", "Basic y")],
            Some(("x", Place::Webauthn)),
        );
        for none in ["", "webauthn=", "xwebauthn=x", "webauthn"] {
            check(&[("cookie", none)], None);
        }
    }
}
