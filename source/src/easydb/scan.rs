//! The objects of a saved search answer, one after another: a file of any length, an object at a time.

use crate::SourceError;
use crate::files::{MAX_RECORD_BYTES, TOO_LONG, Window};

/// The key of a search answer whose list holds the objects.
const OBJECTS: &[u8] = b"objects";

/// Longest key of the answer that is looked at.
const KEY_BYTES: usize = 64;

/// Finds the objects in a search answer.
pub(super) struct Scan {
    window: Window,
    /// What the file is called, for people.
    path: String,
    state: State,
    /// How far the window's bytes were looked at.
    seen: usize,
    found_list: bool,
}

/// An object, and where in its file it is.
pub(super) struct Scanned<'s> {
    /// Its first byte.
    pub(super) at: u64,
    /// Its text.
    pub(super) bytes: &'s [u8],
}

/// Where in JSON a byte is.
#[derive(Debug, Default)]
struct State {
    depth: usize,
    text: Text,
    /// The string that was last at depth 1; the key, once a colon comes.
    key: Vec<u8>,
    /// Within the list of objects.
    in_list: bool,
    /// The value at the top has ended.
    ended: bool,
}

/// Whether a byte is one of a string.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Text {
    #[default]
    Outside,
    Within,
    /// After a backslash.
    Escaped,
}

/// What a byte brought.
enum Step {
    /// An object begins with it.
    Begins,
    /// An object ends with it.
    Ends,
    /// The list of objects begins with it.
    List,
    /// Nothing of interest.
    Other,
}

impl Scan {
    /// A scan of a file from its beginning.
    pub(super) fn new(window: Window, path: &str) -> Self {
        let state = State::default();
        Self { window, path: path.to_owned(), state, seen: 0, found_list: false }
    }

    /// The next object; nothing at the end of the answer.
    pub(super) fn next(&mut self) -> Result<Option<Scanned<'_>>, SourceError> {
        // What was seen of the object before, and between it and this one, is left behind.
        self.window.consume(self.seen);
        self.seen = 0;
        let mut start = None;
        loop {
            while self.seen < self.window.bytes().len() {
                if self.state.is_in_value_text() {
                    let rest = &self.window.bytes()[self.seen..];
                    let plain = memchr::memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
                    self.seen += plain;
                    if plain == rest.len() {
                        break;
                    }
                }
                let byte = self.window.bytes()[self.seen];
                let step = self.state.step(byte).map_err(|why| self.damaged(why))?;
                self.seen += 1;
                match step {
                    Step::Begins => start = Some(self.seen - 1),
                    Step::Ends => {
                        let from = start.unwrap_or_default();
                        let at = self.window.at() + from as u64;
                        let bytes = &self.window.bytes()[from..self.seen];
                        return Ok(Some(Scanned { at, bytes }));
                    }
                    Step::List => self.found_list = true,
                    Step::Other => {}
                }
            }
            // Between objects nothing need be kept.
            let keep = start.unwrap_or(self.seen);
            self.window.consume(keep);
            self.seen -= keep;
            start = start.map(|_| 0);
            if self.seen > MAX_RECORD_BYTES {
                return Err(self.damaged(TOO_LONG));
            }
            if !self.window.more()? {
                return self.end().map(|()| None);
            }
        }
    }

    fn end(&self) -> Result<(), SourceError> {
        if !self.state.ended {
            return Err(self.damaged("the JSON breaks off"));
        }
        if !self.found_list {
            return Err(self.damaged("it is no answer of a search: it has no list \"objects\""));
        }
        Ok(())
    }

    fn damaged(&self, why: &str) -> SourceError {
        let byte = Some(self.window.at() + self.seen as u64);
        SourceError::Damaged { file: self.path.clone(), byte, why: why.to_owned() }
    }
}

impl State {
    /// Whether only a quote or a backslash says anything.
    fn is_in_value_text(&self) -> bool {
        self.text == Text::Within && self.depth > 1
    }

    fn step(&mut self, byte: u8) -> Result<Step, &'static str> {
        if self.text != Text::Outside {
            self.in_text(byte);
            return Ok(Step::Other);
        }
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => {}
            _ if self.ended => return Err("something follows the answer"),
            b'"' => {
                self.text = Text::Within;
                if self.depth == 1 {
                    self.key.clear();
                }
            }
            b'{' | b'[' => {
                self.depth += 1;
                if self.in_list && self.depth == 3 {
                    return if byte == b'{' {
                        Ok(Step::Begins)
                    } else {
                        Err("a list is no object")
                    };
                }
                if self.depth == 1 && byte == b'[' {
                    return Err("it is no answer of a search, but a list");
                }
                if self.depth == 2 && byte == b'[' && self.key == OBJECTS {
                    self.in_list = true;
                    return Ok(Step::List);
                }
            }
            b'}' | b']' => {
                self.depth = self.depth.checked_sub(1).ok_or("a bracket has no beginning")?;
                match self.depth {
                    0 => self.ended = true,
                    1 => (self.in_list, self.key) = (false, Vec::new()),
                    2 if self.in_list => return Ok(Step::Ends),
                    _ => {}
                }
            }
            _ if self.depth == 0 => return Err("it is no answer of a search"),
            b',' => {}
            _ if self.in_list && self.depth == 2 => return Err("what is listed is no object"),
            _ => {}
        }
        Ok(Step::Other)
    }

    fn in_text(&mut self, byte: u8) {
        self.text = match (self.text, byte) {
            (Text::Escaped, _) => Text::Within,
            (_, b'\\') => Text::Escaped,
            (_, b'"') => Text::Outside,
            (text, _) => text,
        };
        let is_of_text = self.text != Text::Outside;
        if is_of_text && self.depth == 1 && self.key.len() < KEY_BYTES {
            self.key.push(byte);
        }
    }
}
