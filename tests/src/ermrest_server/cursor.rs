//! What the rules of the grammar share: a place among the tokens, and the names that are read there.

use super::refusal::Refusal;
use super::token::{Class, Token, tokens};

/// A name of several parts, such as `schema:table:column`.
pub(super) type Name = Vec<String>;

/// A place among tokens.
pub(super) struct Cursor {
    tokens: Vec<Token>,
    at: usize,
}

impl Cursor {
    /// At one of the bytes of a path.
    pub(super) fn new(path: &str, from: usize) -> Result<Self, Refusal> {
        Ok(Self { tokens: tokens(path, from)?, at: 0 })
    }

    /// Whether everything is read.
    pub(super) fn is_at_end(&self) -> bool {
        self.at == self.tokens.len()
    }

    /// What is not understood here.
    pub(super) fn unexpected(&self) -> Refusal {
        match self.tokens.get(self.at) {
            Some(token) => token.unexpected(),
            None => Refusal::malformed("URL parse error at token: None"),
        }
    }

    /// Whether the next token is of a class.
    pub(super) fn is(&self, class: Class) -> bool {
        self.tokens.get(self.at).is_some_and(|token| token.class == class)
    }

    /// Whether the next token is a sign.
    pub(super) fn is_sign(&self, sign: char) -> bool {
        self.is(Class::Sign(sign))
    }

    /// Whether a sign comes anywhere from here on.
    pub(super) fn has_later(&self, sign: char) -> bool {
        self.tokens[self.at..].iter().any(|token| token.class == Class::Sign(sign))
    }

    /// Goes over a token of a class, if it is next.
    pub(super) fn passes(&mut self, class: Class) -> bool {
        let is_next = self.is(class);
        self.at += usize::from(is_next);
        is_next
    }

    /// Goes over a sign, if it is next.
    pub(super) fn passes_sign(&mut self, sign: char) -> bool {
        self.passes(Class::Sign(sign))
    }

    /// Goes over a word of the grammar, if it is next.
    pub(super) fn passes_word(&mut self, word: &str) -> bool {
        let is_next = self.tokens.get(self.at).is_some_and(|token| token.is_word(word));
        self.at += usize::from(is_next);
        is_next
    }

    /// Goes over a token of a class, which has to be there.
    pub(super) fn expect(&mut self, class: Class) -> Result<(), Refusal> {
        if self.passes(class) { Ok(()) } else { Err(self.unexpected()) }
    }

    /// Goes over a sign, which has to be there.
    pub(super) fn expect_sign(&mut self, sign: char) -> Result<(), Refusal> {
        self.expect(Class::Sign(sign))
    }

    /// Goes over a word of the grammar, which has to be there.
    pub(super) fn expect_word(&mut self, word: &str) -> Result<(), Refusal> {
        if self.passes_word(word) { Ok(()) } else { Err(self.unexpected()) }
    }

    /// A text, of words and numbers that follow each other.
    pub(super) fn string(&mut self) -> Result<String, Refusal> {
        let mut text = String::new();
        let begin = self.at;
        while let Some(token) = self.tokens.get(self.at)
            && matches!(token.class, Class::Escaped | Class::Number | Class::Word)
        {
            text.push_str(&token.text);
            self.at += 1;
        }
        if self.at == begin { Err(self.unexpected()) } else { Ok(text) }
    }

    /// A name.
    pub(super) fn name(&mut self) -> Result<Name, Refusal> {
        self.passes_sign(':');
        let mut name = vec![self.string()?];
        while self.passes_sign(':') {
            name.push(self.string()?);
        }
        Ok(name)
    }

    /// Names with commas between them, in parentheses.
    pub(super) fn names(&mut self) -> Result<Vec<Name>, Refusal> {
        self.expect_sign('(')?;
        let mut names = vec![self.name()?];
        while self.passes_sign(',') {
            names.push(self.name()?);
        }
        self.expect_sign(')')?;
        Ok(names)
    }

    /// A text that a following token makes something special; nothing is read unless it follows.
    pub(super) fn string_before(&mut self, class: Class) -> Option<String> {
        let begin = self.at;
        let text = self.string().ok();
        if text.is_some() && self.passes(class) {
            return text;
        }
        self.at = begin;
        None
    }

    /// Whether a parenthesis opens here in which there are only names.
    pub(super) fn opens_names(&self) -> bool {
        let inside = self.tokens.get(self.at + 1..).unwrap_or_default().iter();
        let mut inside = inside.take_while(|token| token.class != Class::Sign(')'));
        self.is_sign('(')
            && inside.all(|token| {
                matches!(token.class, Class::Escaped | Class::Number | Class::Word)
                    || matches!(token.class, Class::Sign(',' | ':'))
            })
    }

    /// Whether a word of the grammar is next, and a parenthesis opens after it.
    pub(super) fn is_word_of_names(&self, word: &str) -> bool {
        self.tokens.get(self.at).is_some_and(|token| token.is_word(word))
            && self.tokens.get(self.at + 1).is_some_and(|token| token.class == Class::Sign('('))
    }

    /// Where it is, to come back with [`Cursor::back`].
    pub(super) fn place(&self) -> usize {
        self.at
    }

    /// Goes back.
    pub(super) fn back(&mut self, place: usize) {
        self.at = place;
    }
}
