//! An object's JSON as a tree that borrows from its text: numbers as they are written, keys in their
//! order.

use std::borrow::Cow;

use source::walk::{Begun, Malformed, Nth, Walk, unescape};

/// Deepest nesting that is read; sources refuse what is deeper.
const MAX_DEPTH: usize = 128;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Json<'j> {
    Null,
    Bool(bool),
    /// A number, as it is written.
    Number(&'j str),
    Text(Cow<'j, str>),
    List(Vec<Json<'j>>),
    Object(Vec<(Cow<'j, str>, Json<'j>)>),
}

impl<'j> Json<'j> {
    /// Reads a document.
    pub(super) fn parse(text: &'j str) -> Result<Self, Malformed> {
        let mut walk = Walk::new(text);
        let value = read(&mut walk, MAX_DEPTH)?;
        walk.end()?;
        Ok(value)
    }

    /// What an object has under a key; NULL is nothing.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        let found = self.entries().iter().find(|(name, _)| name == key);
        found.map(|(_, value)| value).filter(|value| **value != Json::Null)
    }

    /// What an object has at the end of a way of keys.
    pub(super) fn at(&self, keys: &[&str]) -> Option<&Self> {
        keys.iter().try_fold(self, |value, key| value.get(key))
    }

    /// The keys and values of an object; none of anything else.
    pub(super) fn entries(&self) -> &[(Cow<'j, str>, Self)] {
        match self {
            Json::Object(entries) => entries,
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) | Json::List(_) => &[],
        }
    }

    /// The items of a list; none of anything else.
    pub(super) fn items(&self) -> &[Self] {
        match self {
            Json::List(items) => items,
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) | Json::Object(_) => &[],
        }
    }

    /// A text, number or truth value as text; nothing of anything else.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Json::Text(text) => Some(text),
            Json::Number(number) => Some(number),
            Json::Bool(true) => Some("true"),
            Json::Bool(false) => Some("false"),
            Json::Null | Json::List(_) | Json::Object(_) => None,
        }
    }

    /// The text under a key, which is not empty.
    pub(super) fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key)?.text().filter(|text| !text.is_empty())
    }

    /// A number that counts or names something.
    pub(super) fn number(&self) -> Option<u64> {
        self.text()?.parse().ok()
    }

    /// The number of an object of a catalogue.
    pub(super) fn id(&self) -> Option<u64> {
        self.get("_system_object_id")?.number()
    }

    /// Writes it as JSON.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Json::Null => out.extend_from_slice(b"null"),
            Json::Bool(true) => out.extend_from_slice(b"true"),
            Json::Bool(false) => out.extend_from_slice(b"false"),
            Json::Number(number) => out.extend_from_slice(number.as_bytes()),
            Json::Text(text) => write_text(text, out),
            Json::List(items) => {
                out.push(b'[');
                for (nth, item) in items.iter().enumerate() {
                    separate(nth, out);
                    item.write(out);
                }
                out.push(b']');
            }
            Json::Object(entries) => {
                out.push(b'{');
                for (nth, (key, value)) in entries.iter().enumerate() {
                    separate(nth, out);
                    write_text(key, out);
                    out.push(b':');
                    value.write(out);
                }
                out.push(b'}');
            }
        }
    }
}

/// Writes what stands between a value and the one before it.
pub(super) fn separate(nth: usize, out: &mut Vec<u8>) {
    if nth > 0 {
        out.push(b',');
    }
}

/// Writes a text as JSON.
pub(super) fn write_text(text: &str, out: &mut Vec<u8>) {
    serde_json::to_writer(out, text).expect("a text is written to memory");
}

fn read<'j>(walk: &mut Walk<'j>, room: usize) -> Result<Json<'j>, Malformed> {
    let deeper = room.checked_sub(1).ok_or(Malformed)?;
    let mut nth = Nth::First;
    Ok(match walk.begin()? {
        Begun::Null => Json::Null,
        Begun::Bool(text) => Json::Bool(text == "true"),
        Begun::Number(number) => Json::Number(number),
        Begun::Text(raw) => Json::Text(plain(raw)?),
        Begun::List => {
            let mut items = Vec::new();
            while walk.item(&mut nth)? {
                items.push(read(walk, deeper)?);
            }
            Json::List(items)
        }
        Begun::Object => {
            let mut entries = Vec::new();
            while let Some(key) = walk.key(&mut nth)? {
                entries.push((plain(key)?, read(walk, deeper)?));
            }
            Json::Object(entries)
        }
    })
}

/// A string's text.
fn plain(raw: &str) -> Result<Cow<'_, str>, Malformed> {
    if memchr::memchr(b'\\', raw.as_bytes()).is_none() {
        return Ok(Cow::Borrowed(raw));
    }
    let mut text = String::with_capacity(raw.len());
    unescape(raw, |piece| text.push_str(piece))?;
    Ok(Cow::Owned(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_written_as_it_was_read() {
        let text = r#"{"b":[1.50,-2e400,true,null,{}],"a":{"x":"\"\\ä\n"},"":""}"#;
        let mut out = Vec::new();
        Json::parse(text).unwrap().write(&mut out);
        assert_eq!(String::from_utf8(out).unwrap(), text);
    }

    #[test]
    fn null_is_nothing() {
        let json = Json::parse(r#"{"a":null,"b":{"c":"7"}}"#).unwrap();
        assert_eq!((json.get("a"), json.at(&["b", "c"]).and_then(Json::number)), (None, Some(7)));
    }

    #[test]
    fn nesting_without_end_is_refused() {
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        assert_eq!(Json::parse(&deep), Err(Malformed));
    }
}
