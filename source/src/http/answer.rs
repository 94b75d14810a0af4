//! An answer that came whole: where its records are, and what it says of the others.

use std::collections::HashMap;

use indexmap::IndexMap;
use reqwest::header::{HeaderMap, LINK};
use serde_json::value::RawValue;

use super::api::refused;
use crate::SourceError;

/// A page as the API sent it.
pub(crate) struct Answer {
    /// The address, as it may be shown.
    told: String,
    headers: HeaderMap,
    body: String,
}

/// Why a body is no page.
pub(super) enum Unfit {
    /// It is JSON up to its end, and that comes too early.
    BrokenOff { why: String },
    /// It is something else.
    NotJson { why: String },
}

impl Answer {
    /// The answer of an address, where its body is one JSON value.
    pub(super) fn new(told: String, headers: HeaderMap, body: Vec<u8>) -> Result<Self, Unfit> {
        let answer = Self::text(told, headers, body)?;
        if let Err(error) = serde_json::from_str::<&RawValue>(&answer.body) {
            let why = error.to_string();
            return Err(if error.is_eof() {
                Unfit::BrokenOff { why }
            } else {
                Unfit::NotJson { why }
            });
        }
        Ok(answer)
    }

    /// The answer of an address, whatever its text is.
    pub(super) fn text(told: String, headers: HeaderMap, body: Vec<u8>) -> Result<Self, Unfit> {
        let body = String::from_utf8(body).map_err(|error| {
            let why = error.to_string();
            // Without a length the last character alone is wrong: it is not all there.
            match error.utf8_error().error_len() {
                None => Unfit::BrokenOff { why },
                Some(_) => Unfit::NotJson { why },
            }
        })?;
        Ok(Self { told, headers, body })
    }

    /// An answer of which the status says all: in the place of its body there is `null`.
    pub(super) fn of_status(told: String, headers: HeaderMap) -> Self {
        Self { told, headers, body: "null".to_owned() }
    }

    /// The address, as it may be shown.
    pub(crate) fn told(&self) -> &str {
        &self.told
    }

    /// Its whole text.
    pub(crate) fn body(&self) -> &str {
        &self.body
    }

    /// The records of the list at a pointer, each as it is written.
    pub(crate) fn records(&self, pointer: &str) -> Result<Vec<&str>, SourceError> {
        let list: Option<Vec<&RawValue>> =
            self.find(pointer).and_then(|found| serde_json::from_str(found).ok());
        let list = list.ok_or_else(|| {
            let place = if pointer.is_empty() { "its top" } else { pointer };
            refused(format!("{} has no list of records at {place}{}", self.told, self.keys()))
        })?;
        Ok(list.into_iter().map(RawValue::get).collect())
    }

    /// Where a part of the answer begins, in bytes.
    pub(super) fn place_of(&self, part: &str) -> u64 {
        (part.as_ptr() as usize).saturating_sub(self.body.as_ptr() as usize) as u64
    }

    /// The value at a JSON pointer (RFC 6901), as it is written.
    pub(crate) fn find(&self, pointer: &str) -> Option<&str> {
        let mut found = self.body.trim();
        for part in pointer.split('/').skip(1) {
            let part = part.replace("~1", "/").replace("~0", "~");
            found = if found.starts_with('[') {
                let list: Vec<&RawValue> = serde_json::from_str(found).ok()?;
                list.get(part.parse::<usize>().ok()?)?.get()
            } else {
                let map: HashMap<String, &RawValue> = serde_json::from_str(found).ok()?;
                map.get(&part)?.get()
            };
        }
        Some(found)
    }

    /// A number that stands at a pointer, or in a header.
    pub(crate) fn number(&self, place: &str) -> Option<u64> {
        let text = if place.starts_with('/') {
            self.find(place)?.trim_matches('"')
        } else {
            self.headers.get(place)?.to_str().ok()?
        };
        text.trim().parse().ok()
    }

    /// The address of the next page in the `Link` header (RFC 8288).
    pub(super) fn next_link(&self) -> Option<String> {
        let values = self.headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok());
        values
            .flat_map(links)
            .find(|(_, rel)| rel.split(' ').any(|rel| rel == "next"))
            .map(|(url, _)| url)
    }

    /// The keys of the answer, for people.
    fn keys(&self) -> String {
        let map: Option<IndexMap<String, &RawValue>> = serde_json::from_str(&self.body).ok();
        map.map_or_else(String::new, |map| {
            let keys: Vec<String> = map.into_keys().take(20).collect();
            format!("; it has {}", keys.join(", "))
        })
    }
}

/// The links of a header, each with its relations in small letters.
fn links(value: &str) -> Vec<(String, String)> {
    let (mut links, mut rest) = (Vec::new(), value);
    while let Some((_, after)) = rest.split_once('<') {
        let Some((url, after)) = after.split_once('>') else { break };
        let end = after.find('<').unwrap_or(after.len());
        let parameters = after[..end].split(';').filter_map(|parameter| parameter.split_once('='));
        let rel = parameters
            .filter(|(name, _)| name.trim().eq_ignore_ascii_case("rel"))
            .map(|(_, rel)| rel.trim_matches([' ', '"', ',', '\t']).to_ascii_lowercase())
            .next();
        links.push((url.to_owned(), rel.unwrap_or_default()));
        rest = &after[end..];
    }
    links
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(body: &str) -> Answer {
        Answer::new("http://a/".to_owned(), HeaderMap::new(), body.into()).ok().unwrap()
    }

    #[test]
    fn records_are_found_by_pointer_and_keep_their_spelling() {
        let body = r#"{"a~b/c": [0, {"items": [{"n": 0.0}, 12345678901234567890]}]}"#;
        let answer = answer(body);
        let records = answer.records("/a~0b~1c/1/items").unwrap();
        assert_eq!(records, [r#"{"n": 0.0}"#, "12345678901234567890"]);
        assert_eq!(answer.place_of(records[0]), body.find("{\"n").unwrap() as u64);
        let error = answer.records("/items").unwrap_err();
        assert_eq!(
            error.to_string(),
            "the source refuses: http://a/ has no list of records at /items; it has a~b/c"
        );
    }

    #[test]
    fn what_breaks_off_is_told_from_what_is_no_json() {
        let unfit = |body: &str| Answer::new(String::new(), HeaderMap::new(), body.into()).err();
        assert!(matches!(unfit(r#"[{"a":1}"#), Some(Unfit::BrokenOff { .. })));
        assert!(matches!(unfit(r#"[{"a":"b"#), Some(Unfit::BrokenOff { .. })));
        assert!(matches!(unfit("<html>"), Some(Unfit::NotJson { .. })));
        assert!(matches!(unfit("[1] [2]"), Some(Unfit::NotJson { .. })));
        assert!(matches!(unfit(""), Some(Unfit::BrokenOff { .. })));
        let unfit = |body: &[u8]| Answer::new(String::new(), HeaderMap::new(), body.into()).err();
        assert!(matches!(unfit(b"[\"\xc3"), Some(Unfit::BrokenOff { .. })));
        assert!(matches!(unfit(b"[\"\xc3\"]"), Some(Unfit::NotJson { .. })));
    }

    #[test]
    fn the_next_page_is_found_among_other_links() {
        let check = |value: &str, expected: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(LINK, value.parse().unwrap());
            let answer = Answer::new(String::new(), headers, b"[]".to_vec()).ok().unwrap();
            assert_eq!(answer.next_link().as_deref(), expected, "{value}");
        };
        check(
            "<http://a/?p=1>; rel=\"prev\", <http://a/?p=3,4>; rel=\"next\"",
            Some("http://a/?p=3,4"),
        );
        check("</x>; title=\"a\"; REL=next", Some("/x"));
        check("</x>; rel=\"last next\"", Some("/x"));
        check("</x>; rel=\"last\"", None);
        check("rel=next", None);
    }
}
