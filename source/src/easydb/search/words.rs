//! Words in texts: whatever their case and accents are, whole, begun or with wildcards.

use serde_json::{Map, Value};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::{refused, text};
use crate::SourceError;

/// What a text is to have.
#[derive(Debug)]
pub(super) enum Words {
    /// Words that begin so; in this order where they are a phrase.
    Begun { words: Vec<String>, is_phrase: bool },
    /// These words; in this order where they are a phrase.
    Whole { words: Vec<String>, is_phrase: bool },
    /// Words like these patterns, or all of it like them together.
    Patterns { whole: String, words: Vec<String> },
}

impl Words {
    /// As an element has them.
    pub(super) fn new(map: &Map<String, Value>) -> Result<Self, SourceError> {
        let string =
            text(map, "string").ok_or_else(|| refused("an element \"match\" has no \"string\""))?;
        let is_phrase = map.get("phrase").and_then(Value::as_bool).unwrap_or_default();
        let folded = folded(string);
        Ok(match text(map, "mode") {
            None | Some("fulltext") => Self::Begun { words: words(&folded), is_phrase },
            Some("token") => Self::Whole { words: words(&folded), is_phrase },
            Some("wildcard") => {
                let words = folded.split_whitespace().map(str::to_owned).collect();
                Self::Patterns { whole: folded, words }
            }
            Some(other) => {
                return Err(refused(&format!("an element \"match\" has the mode {other:?}")));
            }
        })
    }

    /// Whether a text has them. No words are in every text.
    pub(super) fn are_in(&self, text: &str) -> bool {
        let folded = folded(text);
        let there = words(&folded);
        match self {
            Self::Begun { words, is_phrase } => {
                have(&there, words, *is_phrase, |there, word| there.starts_with(word))
            }
            Self::Whole { words, is_phrase } => {
                have(&there, words, *is_phrase, |there, word| there == word)
            }
            Self::Patterns { whole, words } => {
                is_like(&folded, whole)
                    || words.iter().all(|word| there.iter().any(|there| is_like(there, word)))
            }
        }
    }

    /// Whether any text of an object has them; where languages are given, texts in other ones do not count.
    pub(super) fn are_anywhere(&self, object: &Value, languages: &[String]) -> bool {
        match object {
            Value::String(text) => self.are_in(text),
            Value::Array(list) => list.iter().any(|item| self.are_anywhere(item, languages)),
            Value::Object(map) => map.iter().any(|(key, value)| {
                let is_other = is_language(key)
                    && !languages.is_empty()
                    && !languages.iter().any(|one| one == key);
                // What begins so is about the object, and not in it; but for what stands for linked ones.
                let is_system = key.starts_with('_')
                    && !key.starts_with("_nested:")
                    && !key.starts_with("_reverse_nested:")
                    && key != "_standard";
                !is_other && !is_system && key != "html" && self.are_anywhere(value, languages)
            }),
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }
}

/// Whether a key is a tag of a language and a country, as `de-DE`.
fn is_language(key: &str) -> bool {
    matches!(key.as_bytes(), [a, b, b'-', c, d]
        if a.is_ascii_lowercase() && b.is_ascii_lowercase() && c.is_ascii_uppercase() && d.is_ascii_uppercase())
}

fn have(
    there: &[String],
    words: &[String],
    is_phrase: bool,
    is_one: impl Fn(&str, &str) -> bool,
) -> bool {
    if words.is_empty() {
        return true;
    }
    if !is_phrase {
        return words.iter().all(|word| there.iter().any(|there| is_one(there, word)));
    }
    there.windows(words.len()).any(|row| {
        let last = words.len() - 1;
        // Only the last word of a phrase may be one that is begun.
        (0..last).all(|nth| row[nth] == words[nth]) && is_one(&row[last], &words[last])
    })
}

/// A text without case and accents.
fn folded(text: &str) -> String {
    let plain = text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase);
    plain.collect::<String>().replace('ß', "ss")
}

fn words(folded: &str) -> Vec<String> {
    let words = folded.split(|c: char| !c.is_alphanumeric());
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Whether a text is like a pattern, in which `*` stands for any characters and `?` for one.
fn is_like(text: &str, pattern: &str) -> bool {
    let (text, pattern): (Vec<char>, Vec<char>) =
        (text.chars().collect(), pattern.chars().collect());
    let (mut at, mut of) = (0, 0);
    // Where the last `*` was, and what it stood for up to now.
    let mut star = None;
    while at < text.len() {
        match pattern.get(of) {
            Some('*') => {
                star = Some((of, at));
                of += 1;
            }
            Some(c) if *c == '?' || *c == text[at] => (at, of) = (at + 1, of + 1),
            _ => match star {
                Some((before, upto)) => {
                    (at, of) = (upto + 1, before + 1);
                    star = Some((before, upto + 1));
                }
                None => return false,
            },
        }
    }
    pattern[of..].iter().all(|c| *c == '*')
}
