//! Replacing in texts what a pattern finds, as Python's `re.sub` does.
//!
//! Patterns are matched in time that grows with the text alone, so that what looks around or back at what
//! was found is refused.

use std::borrow::Cow;

use regex::{Captures, Regex, RegexBuilder};

/// Most bytes that a pattern is compiled to (1 MiB).
const COMPILED_BYTES: usize = 1 << 20;

/// A pattern, and what is put in place of what it finds.
#[derive(Debug, Clone)]
pub struct Substitution {
    /// The column that is read.
    pub input: String,
    /// The column that is written.
    pub output: String,
    pattern: Regex,
    /// The replacement as it was written.
    written: String,
    replacement: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Group(usize),
}

/// Why there is no such substitution.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SubstitutionError {
    /// It is no pattern, or one that looks around or back.
    #[error("the pattern cannot be read")]
    Pattern(#[source] regex::Error),
    /// A group that the pattern does not have.
    #[error("the pattern has no group {name:?}")]
    Group {
        /// Its name or number.
        name: String,
    },
    /// A backslash before what it gives no meaning.
    #[error("{escape:?} means nothing in a replacement")]
    Escape {
        /// The backslash and what follows.
        escape: String,
    },
}

impl Substitution {
    /// Compiles a pattern and its replacement.
    pub fn new(
        input: impl Into<String>,
        output: impl Into<String>,
        pattern: &str,
        replacement: &str,
    ) -> Result<Self, SubstitutionError> {
        let pattern = RegexBuilder::new(&ended(pattern))
            .size_limit(COMPILED_BYTES)
            .dfa_size_limit(COMPILED_BYTES)
            .build()
            .map_err(SubstitutionError::Pattern)?;
        let pieces = pieces(replacement, &pattern)?;
        Ok(Self {
            input: input.into(),
            output: output.into(),
            pattern,
            written: replacement.to_owned(),
            replacement: pieces,
        })
    }

    /// The pattern, which is the same one when it is compiled again.
    pub fn pattern(&self) -> &str {
        self.pattern.as_str()
    }

    /// The replacement as it was written.
    pub fn written(&self) -> &str {
        &self.written
    }

    /// The text with all that the pattern finds replaced.
    pub fn applied<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.pattern.replace_all(text, |found: &Captures<'_>| {
            let mut replaced = String::new();
            for piece in &self.replacement {
                replaced.push_str(match piece {
                    Piece::Text(text) => text,
                    // A group that took no part is empty.
                    Piece::Group(number) => found.get(*number).map_or("", |group| group.as_str()),
                });
            }
            replaced
        })
    }
}

impl PartialEq for Substitution {
    fn eq(&self, other: &Self) -> bool {
        self.input == other.input
            && self.output == other.output
            && self.pattern.as_str() == other.pattern.as_str()
            && self.replacement == other.replacement
    }
}

impl Eq for Substitution {}

/// A pattern of Python with the end of the text as it is called here: `\Z` is `\z`.
fn ended(pattern: &str) -> String {
    let mut signs = pattern.chars();
    let mut ended = String::with_capacity(pattern.len());
    while let Some(sign) = signs.next() {
        ended.push(sign);
        if sign == '\\'
            && let Some(escaped) = signs.next()
        {
            ended.push(if escaped == 'Z' { 'z' } else { escaped });
        }
    }
    ended
}

/// Reads a replacement.
fn pieces(replacement: &str, pattern: &Regex) -> Result<Vec<Piece>, SubstitutionError> {
    let (mut pieces, mut plain, mut rest) = (Vec::new(), String::new(), replacement);
    while let Some((before, after)) = rest.split_once('\\') {
        plain.push_str(before);
        let Some(sign) = after.chars().next() else {
            return Err(SubstitutionError::Escape { escape: "\\".to_owned() });
        };
        rest = &after[sign.len_utf8()..];
        let group = match sign {
            'g' => {
                let escape = || SubstitutionError::Escape { escape: "\\g".to_owned() };
                let opened = rest.strip_prefix('<').ok_or_else(escape)?;
                let (name, behind) = opened.split_once('>').ok_or_else(escape)?;
                rest = behind;
                Some(name)
            }
            '1'..='9' => {
                // A second digit belongs to the number.
                let len = 1 + usize::from(rest.starts_with(|c: char| c.is_ascii_digit()));
                rest = &after[len..];
                Some(&after[..len])
            }
            _ => None,
        };
        match group {
            Some(name) => {
                if !plain.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut plain)));
                }
                pieces.push(Piece::Group(group_number(name, pattern)?));
            }
            None => plain.push_str(&escaped(sign)?),
        }
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        pieces.push(Piece::Text(plain));
    }
    Ok(pieces)
}

/// What a sign means behind a backslash. What is neither a letter nor a digit keeps it.
fn escaped(sign: char) -> Result<String, SubstitutionError> {
    let meant = match sign {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'v' => '\u{b}',
        '\\' => '\\',
        _ if sign.is_ascii_alphanumeric() => {
            return Err(SubstitutionError::Escape { escape: format!("\\{sign}") });
        }
        _ => return Ok(format!("\\{sign}")),
    };
    Ok(meant.to_string())
}

fn group_number(name: &str, pattern: &Regex) -> Result<usize, SubstitutionError> {
    let number = match name.parse::<usize>() {
        Ok(number) => (number < pattern.captures_len()).then_some(number),
        Err(_) => pattern.capture_names().position(|known| known == Some(name)),
    };
    number.ok_or_else(|| SubstitutionError::Group { name: name.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn substitution(pattern: &str, replacement: &str) -> Result<Substitution, SubstitutionError> {
        Substitution::new("a", "b", pattern, replacement)
    }

    fn check(pattern: &str, replacement: &str, text: &str, expected: &str) {
        let substitution = substitution(pattern, replacement).unwrap();
        assert_eq!(substitution.applied(text), expected, "{pattern} {replacement}");
    }

    #[test]
    fn all_that_is_found_is_replaced() {
        check("a+", "-", "baab a", "b-b -");
        check("x", "-", "abc", "abc");
        check(r"^.*/([^/]+)$", r"\1", "a/b/c.txt", "c.txt");
        check(r"(\w+) (\w+)", r"\2 \1", "one two", "two one");
        check(r"(?P<year>\d{4})-\d+", r"\g<year>!", "2024-05", "2024!");
        check(r"(a)(b)?", r"[\1\2]", "ab a", "[ab] [a]");
        check(r"(a)", r"\g<0>\g<1>0", "a", "aa0");
        check(r"x\Z", "y", "xx", "xy");
        check(r"\d", "n", "٣", "n");
    }

    #[test]
    fn replacements_are_texts_of_python() {
        check("a", r"\n\t\\\.", "a", "\n\t\\\\.");
        check("a", "$1 ${x}", "a", "$1 ${x}");
        check("a", "é{b}", "a", "é{b}");
        let pattern = "(.)".repeat(11);
        check(&pattern, r"\11\1", "abcdefghijk", "ka");
    }

    #[test]
    fn what_cannot_be_matched_in_time_is_refused() {
        for pattern in ["(", r"(a)\1", "a(?=b)", "(?<!a)b", "a{1000}{1000}"] {
            let error = substitution(pattern, "").unwrap_err();
            assert!(matches!(error, SubstitutionError::Pattern(_)), "{pattern}");
        }
    }

    #[test]
    fn what_means_nothing_in_a_replacement_is_refused() {
        let check = |replacement: &str, expected: &str| {
            let error = substitution("(?P<a>a)", replacement).unwrap_err();
            assert_eq!(error.to_string(), expected);
        };
        check(r"\2", "the pattern has no group \"2\"");
        check(r"\g<b>", "the pattern has no group \"b\"");
        check(r"\g1", "\"\\\\g\" means nothing in a replacement");
        check(r"\g<1", "\"\\\\g\" means nothing in a replacement");
        check(r"\q", "\"\\\\q\" means nothing in a replacement");
        check(r"\0", "\"\\\\0\" means nothing in a replacement");
        check("\\", "\"\\\\\" means nothing in a replacement");
    }

    #[test]
    fn a_substitution_is_its_pattern_and_what_it_does() {
        assert_eq!(substitution("a", r"\n"), substitution("a", "\n"));
        assert_ne!(substitution("a", "b"), substitution("b", "b"));
    }
}
