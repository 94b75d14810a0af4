//! Where a page is: what is asked for it, as a URL and as the text that stands in a plan.

use std::borrow::Cow;

use url::Url;

/// A page that can be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// The first, at the configured address.
    First,
    /// The one with this number.
    Number(u64),
    /// The one that begins with this record, counted from 0.
    Offset(u64),
    /// The one that begins after this key.
    After(String),
    /// The one with this cursor.
    Cursor(String),
    /// The one at this address.
    Link(Url),
}

impl Place {
    /// As it stands in a plan; nothing for the first page.
    pub(super) fn text(&self) -> Option<String> {
        match self {
            Self::First => None,
            Self::Number(number) | Self::Offset(number) => Some(number.to_string()),
            Self::After(text) | Self::Cursor(text) => Some(text.clone()),
            Self::Link(url) => Some(url.to_string()),
        }
    }

    /// As people are told. Cursors and links may be secrets of a kind.
    pub(super) fn told(&self) -> String {
        match self {
            Self::First => "the first page".to_owned(),
            Self::Number(number) => format!("page {number}"),
            Self::Offset(number) => format!("the page from record {number}"),
            Self::After(key) => format!("the page after {key}"),
            Self::Cursor(_) | Self::Link(_) => "a later page".to_owned(),
        }
    }
}

/// A URL with a parameter of its query set, in place of the one it had.
pub(super) fn with_parameter(url: &Url, name: &str, value: &str) -> Url {
    let others: Vec<(String, String)> =
        url.query_pairs().filter(|(other, _)| other != name).map(into_owned).collect();
    let mut url = url.clone();
    url.query_pairs_mut().clear().extend_pairs(others).append_pair(name, value);
    url
}

fn into_owned(pair: (Cow<'_, str>, Cow<'_, str>)) -> (String, String) {
    (pair.0.into_owned(), pair.1.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_takes_the_place_of_the_one_before() {
        fn check(url: &str, expected: &str) {
            let url = with_parameter(&url.parse().unwrap(), "page", "2&a");
            assert_eq!(url.as_str(), expected);
        }
        check("http://a/x", "http://a/x?page=2%26a");
        check("http://a/x?page=1&limit=5&page=9", "http://a/x?limit=5&page=2%26a");
    }
}
