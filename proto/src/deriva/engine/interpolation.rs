//! Texts with variables behind dollar signs, as Python's `string.Template` reads them.

use std::borrow::Cow;

/// A text with `$name` and `${name}` in it.
///
/// Every text is one: a dollar sign that names nothing stays where it is, and so does a name that has no
/// value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interpolation {
    /// As it was written.
    text: String,
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Variable { name: String, written: String },
}

impl Interpolation {
    /// Reads a text.
    pub fn read(text: &str) -> Self {
        let (mut pieces, mut plain, mut rest) = (Vec::new(), String::new(), text);
        while let Some((before, after)) = rest.split_once('$') {
            plain.push_str(before);
            if let Some(behind) = after.strip_prefix('$') {
                plain.push('$');
                rest = behind;
            } else if let Some((name, len)) = named(after) {
                if !plain.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut plain)));
                }
                let written = format!("${}", &after[..len]);
                pieces.push(Piece::Variable { name: name.to_owned(), written });
                rest = &after[len..];
            } else {
                plain.push('$');
                rest = after;
            }
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain));
        }
        Self { text: text.to_owned(), pieces }
    }

    /// The text as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Appends the text with the values in it.
    pub fn rendered<'v>(&self, value: impl Fn(&str) -> Option<Cow<'v, str>>, out: &mut Vec<u8>) {
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.extend_from_slice(text.as_bytes()),
                Piece::Variable { name, written } => {
                    let value = value(name).unwrap_or(Cow::Borrowed(written.as_str()));
                    out.extend_from_slice(value.as_bytes());
                }
            }
        }
    }
}

/// The name that a text begins with, braces around it or not, and how long it is with them.
fn named(text: &str) -> Option<(&str, usize)> {
    let is_begun = |text: &str| text.starts_with(|c: char| c == '_' || c.is_ascii_alphabetic());
    let len = |text: &str| {
        text.find(|c: char| c != '_' && !c.is_ascii_alphanumeric()).unwrap_or(text.len())
    };
    match text.strip_prefix('{') {
        Some(inner) => {
            let (name, _) = inner.split_once('}')?;
            (is_begun(name) && len(name) == name.len()).then_some((name, name.len() + 2))
        }
        None => is_begun(text).then(|| (&text[..len(text)], len(text))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let mut out = Vec::new();
        let value = |name: &str| match name {
            "a" => Some(Cow::Borrowed("1")),
            "b_2" => Some(Cow::Borrowed("$a")),
            _ => None,
        };
        Interpolation::read(text).rendered(value, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), expected, "{text}");
    }

    #[test]
    fn names_behind_dollars_are_replaced() {
        check("", "");
        check("x $a\n", "x 1\n");
        check("${a}b$a,$b_2", "1b1,$a");
        check("$a.b", "1.b");
    }

    #[test]
    fn what_names_nothing_stays() {
        check("$nope ${nope}", "$nope ${nope}");
        check("$$a costs $5 or $", "$a costs $5 or $");
        check("${a", "${a");
        check("${a-b} ${} $é", "${a-b} ${} $é");
    }
}
