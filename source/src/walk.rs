//! A way through JSON text: what comes next, without a tree of it.
//!
//! For documents whose source has checked them. What is found to be wrong all the same is an error,
//! never a panic; numbers and strings are handed on as they are written.

/// A way through a JSON text.
#[derive(Debug, Clone)]
pub struct Walk<'j> {
    rest: &'j str,
}

/// What a value is. Of an object and a list, the values within come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begun<'j> {
    /// An object, whose keys come next: [`Walk::key`].
    Object,
    /// A list, whose items come next: [`Walk::item`].
    List,
    /// A string's content, still escaped.
    Text(&'j str),
    /// A number, as it is written.
    Number(&'j str),
    /// `true` or `false`.
    Bool(&'j str),
    /// `null`.
    Null,
}

/// Whether a value is the first one in its object or list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nth {
    /// It is.
    First,
    /// Another came before.
    Later,
}

/// The text is not JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a document is not JSON")]
pub struct Malformed;

impl<'j> Walk<'j> {
    /// Begins before a value.
    pub fn new(json: &'j str) -> Self {
        Self { rest: json }
    }

    /// Begins the value that comes next.
    pub fn begin(&mut self) -> Result<Begun<'j>, Malformed> {
        self.skip_blanks();
        match self.rest.as_bytes().first() {
            Some(b'{') => self.literal("{").map(|()| Begun::Object),
            Some(b'[') => self.literal("[").map(|()| Begun::List),
            Some(b'"') => self.string().map(Begun::Text),
            Some(b'n') => self.literal("null").map(|()| Begun::Null),
            Some(b't' | b'f') => self.scalar().map(Begun::Bool),
            Some(_) => self.scalar().map(Begun::Number),
            None => Err(Malformed),
        }
    }

    /// The next key of the object under way, still escaped, after which its value comes; nothing
    /// where the object ends.
    pub fn key(&mut self, nth: &mut Nth) -> Result<Option<&'j str>, Malformed> {
        if !self.another(nth, "}")? {
            return Ok(None);
        }
        self.skip_blanks();
        let key = self.string()?;
        self.skip_blanks();
        self.literal(":")?;
        Ok(Some(key))
    }

    /// Whether another item of the list under way comes, or its end.
    pub fn item(&mut self, nth: &mut Nth) -> Result<bool, Malformed> {
        self.another(nth, "]")
    }

    /// Passes over the value that comes next; what it is in JSON.
    pub fn skip(&mut self) -> Result<&'j str, Malformed> {
        self.skip_blanks();
        let before = self.rest;
        match self.begin()? {
            Begun::Object | Begun::List => self.skip_rest()?,
            Begun::Text(_) | Begun::Number(_) | Begun::Bool(_) | Begun::Null => {}
        }
        Ok(&before[..before.len() - self.rest.len()])
    }

    /// That nothing comes any more.
    pub fn end(&mut self) -> Result<(), Malformed> {
        self.skip_blanks();
        if self.rest.is_empty() { Ok(()) } else { Err(Malformed) }
    }

    /// Whether an object or a list comes next.
    pub fn is_before_nested(&self) -> bool {
        matches!(self.first(), Some(b'{' | b'['))
    }

    /// Whether `null` comes next.
    pub fn is_before_null(&self) -> bool {
        self.first() == Some(b'n')
    }

    fn first(&self) -> Option<u8> {
        self.rest.bytes().find(|byte| !is_blank(*byte))
    }

    /// Passes over what is left of an object or list, however deep it is.
    fn skip_rest(&mut self) -> Result<(), Malformed> {
        let mut depth = 1_usize;
        while depth > 0 {
            let bytes = self.rest.as_bytes();
            let is_mark = |byte: &u8| matches!(byte, b'"' | b'{' | b'[' | b'}' | b']');
            let at = bytes.iter().position(is_mark).ok_or(Malformed)?;
            self.rest = &self.rest[at..];
            match bytes[at] {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                _ => depth -= 1,
            }
            self.rest = &self.rest[1..];
        }
        Ok(())
    }

    fn another(&mut self, nth: &mut Nth, end: &str) -> Result<bool, Malformed> {
        self.skip_blanks();
        if let Some(rest) = self.rest.strip_prefix(end) {
            self.rest = rest;
            return Ok(false);
        }
        if std::mem::replace(nth, Nth::Later) == Nth::Later {
            self.literal(",")?;
        }
        Ok(true)
    }

    /// A string's content, still escaped.
    fn string(&mut self) -> Result<&'j str, Malformed> {
        self.literal("\"")?;
        let (bytes, mut from) = (self.rest.as_bytes(), 0);
        loop {
            let at = from + memchr::memchr2(b'"', b'\\', &bytes[from..]).ok_or(Malformed)?;
            if bytes[at] == b'"' {
                let content = &self.rest[..at];
                self.rest = &self.rest[at + 1..];
                return Ok(content);
            }
            from = bytes.len().min(at + 2);
        }
    }

    fn scalar(&mut self) -> Result<&'j str, Malformed> {
        let is_part =
            |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
        let len = self.rest.bytes().take_while(is_part).count();
        if len == 0 {
            return Err(Malformed);
        }
        let (scalar, rest) = self.rest.split_at(len);
        self.rest = rest;
        Ok(scalar)
    }

    fn literal(&mut self, expected: &str) -> Result<(), Malformed> {
        self.rest = self.rest.strip_prefix(expected).ok_or(Malformed)?;
        Ok(())
    }

    fn skip_blanks(&mut self) {
        let len = self.rest.bytes().take_while(|byte| is_blank(*byte)).count();
        self.rest = &self.rest[len..];
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// Hands on the text of an escaped string piece by piece. Half a surrogate pair becomes U+FFFD; how
/// many there were.
pub fn unescape(raw: &str, mut piece: impl FnMut(&str)) -> Result<u64, Malformed> {
    let (mut rest, mut halves) = (raw, 0);
    while let Some((plain, escaped)) = rest.split_once('\\') {
        piece(plain);
        let (c, after) = match escaped.as_bytes().first() {
            Some(b'u') => code_point(&escaped[1..])?,
            Some(&byte) => (Some(short(byte)?), &escaped[1..]),
            None => return Err(Malformed),
        };
        halves += u64::from(c.is_none());
        piece(c.unwrap_or(char::REPLACEMENT_CHARACTER).encode_utf8(&mut [0; 4]));
        rest = after;
    }
    piece(rest);
    Ok(halves)
}

fn short(byte: u8) -> Result<char, Malformed> {
    match byte {
        b'"' | b'\\' | b'/' => Ok(char::from(byte)),
        b'b' => Ok('\u{8}'),
        b'f' => Ok('\u{C}'),
        b'n' => Ok('\n'),
        b'r' => Ok('\r'),
        b't' => Ok('\t'),
        _ => Err(Malformed),
    }
}

/// The character after `\u`, nothing for half a surrogate pair, and what follows it.
fn code_point(text: &str) -> Result<(Option<char>, &str), Malformed> {
    let (high, rest) = unit(text)?;
    if let 0xD800..=0xDBFF = high
        && let Some(second) = rest.strip_prefix("\\u")
        && let (low @ 0xDC00..=0xDFFF, after) = unit(second)?
    {
        let code = 0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00);
        return Ok((char::from_u32(code), after));
    }
    Ok((char::from_u32(high), rest))
}

fn unit(text: &str) -> Result<(u32, &str), Malformed> {
    let digits = text.get(..4).ok_or(Malformed)?;
    let unit = u32::from_str_radix(digits, 16).map_err(|_| Malformed)?;
    Ok((unit, &text[4..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Walks through a whole value, and tells how many values there are.
    fn count(walk: &mut Walk<'_>) -> Result<usize, Malformed> {
        let (mut nth, mut values) = (Nth::First, 1);
        match walk.begin()? {
            Begun::Object => {
                while walk.key(&mut nth)?.is_some() {
                    values += count(walk)?;
                }
            }
            Begun::List => {
                while walk.item(&mut nth)? {
                    values += count(walk)?;
                }
            }
            Begun::Text(_) | Begun::Number(_) | Begun::Bool(_) | Begun::Null => {}
        }
        Ok(values)
    }

    #[test]
    fn every_value_is_met_once_and_passed_over_whole() {
        let json = r#" {"a" : [1.0, 1e400 ,"x]\"" , {} ] , "b": {"c": null}, "d":false} "#;
        let mut walk = Walk::new(json);
        assert_eq!(count(&mut walk), Ok(9));
        assert_eq!(walk.end(), Ok(()));
        let mut walk = Walk::new(json);
        assert_eq!(walk.skip(), Ok(json.trim()));
        assert_eq!(walk.end(), Ok(()));
    }

    #[test]
    fn what_is_not_json_is_an_error() {
        for json in ["", "{", "[1", "[1,]", "[1 2]", "{\"a\"}", "{\"a\":}", "\"a", "\"\\", "?"] {
            let mut walk = Walk::new(json);
            assert_eq!(count(&mut walk).and_then(|_| walk.end()), Err(Malformed), "{json}");
        }
        assert_eq!(Walk::new("{\"a\": [\"").skip(), Err(Malformed));
    }

    #[test]
    fn nesting_is_passed_over_without_recursion() {
        let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
        assert_eq!(Walk::new(&deep).skip(), Ok(&*deep));
    }

    #[test]
    fn strings_are_unescaped_and_halves_counted() {
        let check = |raw: &str, expected: Result<(&str, u64), Malformed>| {
            let mut text = String::new();
            let halves = unescape(raw, |piece| text.push_str(piece));
            assert_eq!(halves.map(|halves| (text.as_str(), halves)), expected, "{raw}");
        };
        check(r#"\"\\\/\b\f\n\r\t"#, Ok(("\"\\/\u{8}\u{C}\n\r\t", 0)));
        check(r"\u00e4\ud83d\udea2\u003c", Ok(("ä🚢<", 0)));
        check(r"\ud83d|\udea2x|\ud83d\u0041", Ok(("\u{FFFD}|\u{FFFD}x|\u{FFFD}A", 3)));
        check(r"\x", Err(Malformed));
        check(r"\u12", Err(Malformed));
    }
}
