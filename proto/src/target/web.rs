//! What targets that are asked by HTTP have in common: an address, who asks, and how long an answer may
//! take.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use crate::fault::{Code, Fault};

/// The keys by which the asker is known, and the deadline.
pub(super) struct Asker<'t> {
    pub(super) bearer_file: Option<&'t PathBuf>,
    pub(super) user: Option<&'t String>,
    pub(super) password_file: Option<&'t PathBuf>,
    pub(super) deadline: Duration,
}

/// How long an answer may take unless said otherwise.
pub(super) fn default_deadline() -> Duration {
    Duration::from_mins(1)
}

/// What is wrong with the target at `place` under one of its keys.
pub(super) fn mistake(place: &str, key: &str, why: &str) -> Fault {
    Fault::new(Code::InvalidValue, why).at(format!("{place}/{key}"))
}

/// What is wrong with an address, whatever is asked there.
pub(super) fn mistake_of_url(place: &str, url: &Url) -> Option<Fault> {
    if !matches!(url.scheme(), "http" | "https") {
        return Some(mistake(place, "url", "this is neither http nor https"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        let why = "user and password have keys of their own";
        return Some(mistake(place, "url", why).hint("set `user` and `password_file`"));
    }
    None
}

impl Asker<'_> {
    /// What is wrong with them.
    pub(super) fn mistakes(&self, place: &str) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.bearer_file.is_some() && self.user.is_some() {
            let fault = mistake(place, "user", "either a token or a user");
            faults.push(fault.hint("leave one of them out"));
        }
        if self.user.is_some() != self.password_file.is_some() {
            let why = "a user has a password, and a password a user";
            faults.push(mistake(place, "password_file", why).hint("set both"));
        }
        if self.user.is_some_and(|user| user.contains(':') || user.contains(char::is_control)) {
            faults.push(mistake(place, "user", "a user of basic authorization has no colon"));
        }
        if self.deadline < Duration::from_secs(1) {
            faults.push(mistake(place, "deadline", "a second at least"));
        }
        faults
    }
}

/// A text as a part of a URL.
pub(super) fn escape(text: &str, keeps_slashes: bool) -> String {
    // These two would lead up, however they are escaped.
    if matches!(text, "." | "..") {
        return "_".to_owned();
    }
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'/' if keeps_slashes => escaped.push('/'),
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                escaped.push(char::from(byte));
            }
            _ => write!(escaped, "%{byte:02X}").expect("a string takes everything"),
        }
    }
    escaped
}
