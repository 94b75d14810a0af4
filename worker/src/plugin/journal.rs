//! What a plugin says besides the protocol: its log, and what it prints. Of a flood only the beginning is kept.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use proto::commit::Warning;
use proto::definition::Output;
use proto::fault::{Code, Fault};

use super::secret::Hidden;
use super::wire::Level;
use crate::batch::warning;

/// Most lines that are written into the log.
const MOST_LINES: u64 = 1000;

/// Most warnings that are told with the result.
const MOST_WARNINGS: usize = 100;

/// Most warnings that are remembered, of those that are told once.
const MOST_ONCE: usize = 1000;

/// Most places that it may not go to which are told.
const MOST_REFUSED: usize = 10;

/// Most characters of a line.
const LINE_CHARS: usize = 1000;

/// How many of the lines that came last are told of a process that ended.
const LAST_LINES: usize = 5;

/// What a plugin says.
#[derive(Debug, Default)]
pub(super) struct Journal {
    said: Mutex<Said>,
    /// What is never told of it.
    hidden: Hidden,
}

#[derive(Debug, Default)]
struct Said {
    lines: u64,
    warnings: Vec<String>,
    unlisted: u64,
    once: BTreeSet<String>,
    refused: Vec<String>,
    last: VecDeque<String>,
}

impl Journal {
    /// A journal that does not tell these.
    pub(super) fn hiding(hidden: Hidden) -> Self {
        Self { said: Mutex::default(), hidden }
    }

    /// What the plugin says, as people are told: on one line, cut, and without what is secret.
    pub(super) fn plain(&self, text: &str) -> String {
        plain(&self.hidden.cover(text))
    }

    /// A line of the plugin's log.
    pub(super) fn log(&self, level: Level, text: &str) {
        let text = self.plain(text);
        match level {
            Level::Warn | Level::Error => self.warn(&text),
            Level::Debug | Level::Info | Level::Unknown => {}
        }
        self.write(text);
    }

    /// A line that it printed.
    pub(super) fn printed(&self, text: &[u8]) {
        self.write(self.plain(&String::from_utf8_lossy(text)));
    }

    /// Something that the result is told with.
    pub(super) fn warn(&self, text: &str) {
        let mut said = self.said();
        if said.warnings.len() < MOST_WARNINGS {
            // What it is about may be as long as a plugin likes.
            said.warnings.push(self.plain(text));
        } else {
            said.unlisted += 1;
        }
    }

    /// The same, once however often it is so.
    pub(super) fn warn_once(&self, text: &str) {
        let text = self.plain(text);
        let mut said = self.said();
        if said.once.len() < MOST_ONCE && said.once.insert(text.clone()) {
            drop(said);
            self.warn(&text);
        }
    }

    /// Somewhere that it may not go, each told once.
    pub(super) fn refuse(&self, to: &str) {
        let to = self.plain(to);
        let mut said = self.said();
        if said.refused.len() < MOST_REFUSED && !said.refused.contains(&to) {
            said.refused.push(to.clone());
            drop(said);
            self.warn(&format!("it may not reach {to}: [plugins] allow_hosts does not name it"));
        }
    }

    /// Where it wanted to go and may not.
    pub(super) fn refused(&self) -> Vec<String> {
        self.said().refused.clone()
    }

    /// The lines that came last.
    pub(super) fn last(&self) -> Vec<String> {
        self.said().last.iter().cloned().collect()
    }

    /// The warnings of the result.
    pub(super) fn warnings(&self, output: &Output) -> Vec<Warning> {
        let said = self.said();
        let cut = said.lines.saturating_sub(MOST_LINES);
        let cuts = [
            (said.unlisted, "warnings more of the plugin are not listed"),
            (cut, "lines more of the plugin's log were cut"),
        ];
        let cuts = cuts.into_iter().filter(|(count, _)| *count > 0);
        let cuts = cuts.map(|(count, what)| format!("{count} {what}"));
        let subject = output.plugin.as_deref().unwrap_or_default();
        let told = said.warnings.iter().cloned().chain(cuts);
        told.map(|text| warning(output, Fault::new(Code::PluginWarned, text), subject)).collect()
    }

    fn write(&self, text: String) {
        let mut said = self.said();
        said.lines += 1;
        if said.lines <= MOST_LINES {
            tracing::info!(plugin.line = %text, "plugin says");
        }
        if said.last.len() == LAST_LINES {
            said.last.pop_front();
        }
        said.last.push_back(text);
    }

    fn said(&self) -> std::sync::MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A text on one line, cut.
fn plain(text: &str) -> String {
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    plain.take(LINE_CHARS).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(journal: &Journal) -> Vec<String> {
        let output = serde_json::json!({"to": "a", "from": "s", "plugin": "p"});
        let output: Output = serde_json::from_value(output).unwrap();
        journal.warnings(&output).into_iter().map(|warning| warning.fault.message).collect()
    }

    #[test]
    fn a_flood_is_cut_and_said_to_be() {
        let journal = Journal::default();
        for number in 0..5000 {
            journal.printed(format!("line {number}").as_bytes());
        }
        assert_eq!(told(&journal), ["4000 lines more of the plugin's log were cut"]);
        assert_eq!(journal.last()[4], "line 4999");
    }

    #[test]
    fn what_is_secret_is_in_no_line_and_no_warning() {
        let options = serde_json::json!({"api_key:secret": "canary"});
        let none = BTreeSet::new();
        let options = super::super::secret::Told::of(options.as_object().unwrap(), &none);
        let journal = Journal::hiding(options.hidden);
        journal.log(Level::Error, "the API refuses canary");
        journal.warn_once("canary is unknown");
        journal.printed(b"Authorization: Bearer canary");
        assert_eq!(told(&journal), ["the API refuses •••", "••• is unknown"]);
        assert_eq!(journal.last(), ["the API refuses •••", "Authorization: Bearer •••"]);
        journal.refuse("canary.example.org:443");
        assert_eq!(journal.refused(), ["•••.example.org:443"]);
    }

    #[test]
    fn warnings_are_told_on_one_line_and_the_rest_is_counted() {
        let journal = Journal::default();
        journal.log(Level::Info, "fine");
        journal.log(Level::Warn, "no\nmedia");
        assert_eq!(told(&journal), ["no media"]);
        for _ in 0..150 {
            journal.log(Level::Error, "again");
        }
        assert_eq!(told(&journal).pop().unwrap(), "51 warnings more of the plugin are not listed");
    }

    #[test]
    fn what_is_kept_of_warnings_is_bounded_however_long_and_many_they_are() {
        let journal = Journal::default();
        journal.warn(&"x".repeat(1 << 20));
        assert_eq!(told(&journal)[0].len(), LINE_CHARS);
        for number in 0..2 * MOST_ONCE {
            journal.warn_once(&format!("condition {number}"));
            journal.warn_once(&format!("condition {number}"));
        }
        let unlisted = 1 + MOST_ONCE - MOST_WARNINGS;
        let more = format!("{unlisted} warnings more of the plugin are not listed");
        assert_eq!(told(&journal).pop().unwrap(), more);
    }
}
