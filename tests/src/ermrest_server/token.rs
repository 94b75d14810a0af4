//! The signs and words of an address, with where they stand in it.

use super::refusal::Refusal;

/// Words that mean something where the grammar has them, and are texts elsewhere.
const KEYWORDS: &[&str] = &[
    "acl",
    "acl_binding",
    "after",
    "aggregate",
    "annotation",
    "attribute",
    "attributegroup",
    "before",
    "bin",
    "catalog",
    "ciregexp",
    "column",
    "comment",
    "desc",
    "entity",
    "foreignkey",
    "full",
    "geq",
    "gt",
    "history",
    "key",
    "left",
    "leq",
    "lt",
    "meta",
    "null",
    "query",
    "reference",
    "referencedby",
    "regexp",
    "right",
    "schema",
    "sort",
    "table",
    "textfacet",
    "ts",
];

/// Signs of one letter.
const SIGNS: &str = "():;,=@&/?!$";

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// One of the signs.
    Sign(char),
    /// `::`
    Operator,
    /// `:=`
    Assign,
    /// Letters that stood there with percent signs.
    Escaped,
    Number,
    Word,
}

/// A token.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) class: Class,
    pub(super) text: String,
    at: usize,
}

impl Token {
    /// Whether it is a word of the grammar.
    pub(super) fn is_word(&self, word: &str) -> bool {
        self.class == Class::Word && self.text.eq_ignore_ascii_case(word)
    }

    /// What the parser says that did not expect it.
    pub(super) fn unexpected(&self) -> Refusal {
        let Self { text, at, .. } = self;
        let class = match self.class {
            Class::Sign(sign) => sign.to_string(),
            Class::Operator => "OPMARK".to_owned(),
            Class::Assign => "ASSIGN".to_owned(),
            Class::Escaped => "ESCAPESTRING".to_owned(),
            Class::Number => "NUMSTRING".to_owned(),
            Class::Word if KEYWORDS.contains(&text.to_lowercase().as_str()) => text.to_uppercase(),
            Class::Word => "STRING".to_owned(),
        };
        Refusal::malformed(format!("URL parse error at token: LexToken({class},'{text}',1,{at})"))
    }
}

/// The tokens of a path from one of its bytes on.
pub(super) fn tokens(path: &str, from: usize) -> Result<Vec<Token>, Refusal> {
    let mut tokens = Vec::new();
    let mut at = from;
    while let Some(rest) = path.get(at..).filter(|rest| !rest.is_empty()) {
        let (class, len) = class(rest)
            .ok_or_else(|| Refusal::malformed(format!("URL lexical error at {rest}")))?;
        let raw = &rest[..len];
        let text = if class == Class::Escaped { decoded(raw) } else { raw.to_owned() };
        tokens.push(Token { class, text, at });
        at += len;
    }
    Ok(tokens)
}

/// What stands at the begin of a text, and how long it is.
fn class(rest: &str) -> Option<(Class, usize)> {
    let first = rest.chars().next()?;
    let run = |is_part: fn(char) -> bool| {
        rest.find(|letter: char| !is_part(letter)).unwrap_or(rest.len())
    };
    if rest.starts_with("::") {
        Some((Class::Operator, 2))
    } else if rest.starts_with(":=") {
        Some((Class::Assign, 2))
    } else if SIGNS.contains(first) {
        Some((Class::Sign(first), 1))
    } else if first.is_ascii_digit() {
        Some((Class::Number, run(|letter| letter.is_ascii_digit())))
    } else if is_letter(first) {
        Some((Class::Word, run(is_letter)))
    } else {
        let triples = rest.as_bytes().chunks_exact(3).take_while(|triple| {
            triple[0] == b'%' && triple[1..].iter().all(u8::is_ascii_hexdigit)
        });
        let count = triples.count();
        (count > 0).then_some((Class::Escaped, count * 3))
    }
}

fn is_letter(letter: char) -> bool {
    letter.is_ascii_alphabetic() || "-*_.~".contains(letter)
}

/// The letters of percent signs.
pub(super) fn decoded(raw: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = raw;
    while let Some(first) = rest.chars().next() {
        let escaped = rest.get(1..3).filter(|_| first == '%');
        match escaped.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &rest[3..];
            }
            None => {
                bytes.extend(first.to_string().bytes());
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
