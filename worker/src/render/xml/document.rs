//! JSON documents as elements, in one pass without a tree.

use std::borrow::Cow;

use pack::xml;
use source::walk::{Begun, Malformed, Nth, Walk, unescape};

use super::{Tags, Unrenderable, name};

/// Deepest nesting that is written (256); readers of XML refuse deeper documents.
const MAX_DEPTH: usize = 256;

/// Appends the elements of a document, and tells how many characters were replaced. `item` are the
/// tags around the items of lists.
pub(super) fn elements(json: &str, item: &Tags, out: &mut Vec<u8>) -> Result<u64, Unrenderable> {
    let mut walk = Walk::new(json);
    let replaced = Elements { item }.value(&mut walk, out, 0)?;
    walk.end()?;
    Ok(replaced)
}

struct Elements<'i> {
    item: &'i Tags,
}

impl Elements<'_> {
    fn value(
        &self,
        walk: &mut Walk<'_>,
        out: &mut Vec<u8>,
        depth: usize,
    ) -> Result<u64, Unrenderable> {
        if depth > MAX_DEPTH {
            return Err(Unrenderable::new(format!("a document is nested deeper than {MAX_DEPTH}")));
        }
        let (mut nth, mut replaced) = (Nth::First, 0);
        match walk.begin()? {
            Begun::Object => {
                while let Some(key) = walk.key(&mut nth)? {
                    if walk.is_before_null() {
                        walk.skip()?;
                        continue;
                    }
                    let key = unescaped(key)?;
                    name::open(&key, out);
                    replaced += self.value(walk, out, depth + 1)?;
                    name::close(&key, out);
                }
            }
            Begun::List => {
                while walk.item(&mut nth)? {
                    out.extend_from_slice(&self.item.open);
                    replaced += self.value(walk, out, depth + 1)?;
                    out.extend_from_slice(&self.item.close);
                }
            }
            Begun::Text(raw) => {
                let halves = unescape(raw, |piece| replaced += xml::content(piece, out))?;
                replaced += halves;
            }
            Begun::Number(scalar) | Begun::Bool(scalar) => out.extend_from_slice(scalar.as_bytes()),
            Begun::Null => {}
        }
        Ok(replaced)
    }
}

fn unescaped(raw: &str) -> Result<Cow<'_, str>, Malformed> {
    if !raw.contains('\\') {
        return Ok(Cow::Borrowed(raw));
    }
    let mut text = String::with_capacity(raw.len());
    unescape(raw, |piece| text.push_str(piece))?;
    Ok(Cow::Owned(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, expected: Result<(&str, u64), &str>) {
        let mut out = Vec::new();
        let found = elements(json, &Tags::new("item"), &mut out);
        let text = String::from_utf8(out).unwrap();
        let found = found
            .as_ref()
            .map(|&replaced| (text.as_str(), replaced))
            .map_err(|error| error.why.as_str());
        assert_eq!(found, expected, "{json}");
    }

    #[test]
    fn values_become_elements_and_keep_their_spelling() {
        check("{}", Ok(("", 0)));
        check(" [ ] ", Ok(("", 0)));
        check(
            r#"{ "a" : [1.0, 1e400 ,"x"], "b": { } }"#,
            Ok(("<a><item>1.0</item><item>1e400</item><item>x</item></a><b></b>", 0)),
        );
        check(r#"{"a": null, "b": false}"#, Ok(("<b>false</b>", 0)));
        check("[[null]]", Ok(("<item><item></item></item>", 0)));
    }

    #[test]
    fn strings_are_unescaped_and_escaped_anew() {
        check(r#"["\"\\\/\b\f\n\r\t"]"#, Ok(("<item>\"\\/\u{FFFD}\u{FFFD}\n&#13;\t</item>", 2)));
        check(r#"["\u00e4\ud83d\udea2\u003c"]"#, Ok(("<item>ä🚢&lt;</item>", 0)));
        check(
            r#"["\ud83d", "\udea2x", "\ud83d\u0041"]"#,
            Ok(("<item>\u{FFFD}</item><item>\u{FFFD}x</item><item>\u{FFFD}A</item>", 3)),
        );
        check(r#"{"a\u0020b": 1}"#, Ok(("<a_b name=\"a b\">1</a_b>", 0)));
    }

    #[test]
    fn what_is_not_json_is_an_error() {
        for json in ["", "{", "[1", "[1,]", "{\"a\":}", "\"\\x\"", "{} {}", "?"] {
            check(json, Err("a document is not JSON"));
        }
    }

    #[test]
    fn nesting_ends_where_readers_give_up() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(elements(&nested(MAX_DEPTH + 1), &Tags::new("item"), &mut Vec::new()).is_ok());
        check_deep(&nested(MAX_DEPTH + 2));
        check_deep(&nested(200_000));
    }

    fn check_deep(json: &str) {
        let error = elements(json, &Tags::new("item"), &mut Vec::new()).unwrap_err();
        assert_eq!(error.why, "a document is nested deeper than 256");
    }
}
