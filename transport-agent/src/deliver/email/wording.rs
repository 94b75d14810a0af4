//! What mails say: templates for each language, ours or the operator's.
//!
//! A language is three files: `de.subject.txt`, `de.txt` and `de.html`. The operator's folder may
//! replace any of them and add languages. HTML is escaped by itself. Templates have neither files,
//! time nor memory to waste: nothing is included, a loop that does not end is an error, and so is a
//! text without end.

mod bounded;
mod owner;

use std::collections::BTreeSet;
use std::path::Path;

use fabric::causes::chain;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use proto::fault::{Code, Fault};
use serde::Serialize;

use self::bounded::Bounded;
use super::error::MailError;
use super::letter::Told;

/// The templates that come with the program.
const SHIPPED: &[(&str, &str)] = &[
    ("en.subject.txt", include_str!("wording/en.subject.txt")),
    ("en.txt", include_str!("wording/en.txt")),
    ("en.html", include_str!("wording/en.html")),
    ("de.subject.txt", include_str!("wording/de.subject.txt")),
    ("de.txt", include_str!("wording/de.txt")),
    ("de.html", include_str!("wording/de.html")),
    ("en.owner.subject.txt", include_str!("wording/en.owner.subject.txt")),
    ("en.owner.txt", include_str!("wording/en.owner.txt")),
    ("en.owner.html", include_str!("wording/en.owner.html")),
    ("de.owner.subject.txt", include_str!("wording/de.owner.subject.txt")),
    ("de.owner.txt", include_str!("wording/de.owner.txt")),
    ("de.owner.html", include_str!("wording/de.owner.html")),
];

/// The files of a language.
const PARTS: [&str; 3] = ["subject.txt", "txt", "html"];

/// Steps that a template may take; a thousand links take some twenty thousand.
const FUEL: u64 = 200_000;

/// How deep templates may call themselves.
const DEPTH: usize = 50;

/// Largest template, in bytes (256 KiB).
const MOST_BYTES: u64 = 256 << 10;

/// Longest text that a template may make, in bytes (4 MiB); a thousand links take half of one.
const MOST_TEXT: usize = 4 << 20;

/// Longest subject, in characters.
const SUBJECT_CHARS: usize = 200;

/// Templates of all languages.
#[derive(Debug)]
pub(super) struct Wording {
    templates: Environment<'static>,
    languages: BTreeSet<String>,
    owner_languages: BTreeSet<String>,
    fallback: String,
}

impl Wording {
    /// The shipped templates, and over them those of a folder; `fallback` is the language of people
    /// whose own there is none for. Nothing is ever attached that is longer than `most_attached` bytes.
    pub(super) fn read(
        folder: Option<&Path>,
        fallback: &str,
        most_attached: u64,
    ) -> Result<Self, Fault> {
        let mut templates = Environment::new();
        templates.set_undefined_behavior(UndefinedBehavior::Strict);
        templates.set_fuel(Some(FUEL));
        templates.set_recursion_limit(DEPTH);
        templates.set_auto_escape_callback(|name| {
            let is_html = name.rsplit('.').next() == Some("html");
            if is_html { AutoEscape::Html } else { AutoEscape::None }
        });
        let mut add = |name: &str, text: &str| {
            templates
                .add_template_owned(name.to_owned(), text.to_owned())
                .map_err(|error| bad(name, &error.to_string()))
        };
        for (name, text) in SHIPPED {
            add(name, text)?;
        }
        for (name, text) in folder.map(files).transpose()?.unwrap_or_default() {
            add(&name, &text)?;
        }
        let names: BTreeSet<String> =
            templates.templates().map(|(name, _)| name.to_owned()).collect();
        let (languages, owner_languages) =
            (languages(&names, PARTS)?, languages(&names, owner::PARTS)?);
        if !languages.contains(fallback) {
            return Err(bad(&format!("{fallback}.txt"), "there is no such language"));
        }
        let fallback = fallback.to_owned();
        let wording = Self { templates, languages, owner_languages, fallback };
        wording.try_out(most_attached)?;
        wording.try_out_to_owners()?;
        Ok(wording)
    }

    /// Writes every template once, so that one that never ends, or asks for what is not told, is known
    /// before somebody waits for a mail: with links, for any result may be too long to be attached, and with
    /// a file where any may be attached.
    fn try_out(&self, most_attached: u64) -> Result<(), Fault> {
        for language in &self.languages {
            Told::with_links(|told| self.write_all(language, told))?;
            if most_attached > 0 {
                Told::with_a_file(|told| self.write_all(language, told)).map_err(|fault| {
                    let message = format!("with a file attached, {}", fault.message);
                    Fault { message, ..fault }
                })?;
            }
        }
        Ok(())
    }

    fn write_all(&self, language: &str, told: &Told<'_>) -> Result<(), Fault> {
        for part in PARTS {
            self.render(Some(language), part, told).map_err(|error| error.fault())?;
        }
        Ok(())
    }

    /// One line, without characters that end it.
    pub(super) fn subject(
        &self,
        language: Option<&str>,
        told: &Told<'_>,
    ) -> Result<String, MailError> {
        Ok(one_line(&self.render(language, "subject.txt", told)?))
    }

    /// The text.
    pub(super) fn text(
        &self,
        language: Option<&str>,
        told: &Told<'_>,
    ) -> Result<String, MailError> {
        self.render(language, "txt", told)
    }

    /// The same as HTML.
    pub(super) fn html(
        &self,
        language: Option<&str>,
        told: &Told<'_>,
    ) -> Result<String, MailError> {
        self.render(language, "html", told)
    }

    fn render(
        &self,
        language: Option<&str>,
        part: &str,
        told: &Told<'_>,
    ) -> Result<String, MailError> {
        self.rendered(format!("{}.{part}", self.language(language)), told)
    }

    fn rendered(&self, name: String, told: &impl Serialize) -> Result<String, MailError> {
        let mut text = Bounded::new(MOST_TEXT);
        let rendered = self
            .templates
            .get_template(&name)
            .and_then(|found| found.render_captured_to(Serde(told), &mut text).map(drop));
        match rendered {
            Ok(()) => Ok(text.into_text()),
            Err(error) => Err(MailError::Template { name, what: chain(&error) }),
        }
    }

    /// The nearest language that there is: `de-AT`, else `de`, else the fallback.
    pub(super) fn language<'l>(&'l self, wanted: Option<&'l str>) -> &'l str {
        wanted.and_then(|wanted| nearest(&self.languages, wanted)).unwrap_or(&self.fallback)
    }
}

/// The nearest of the languages that there are.
fn nearest<'l>(languages: &BTreeSet<String>, wanted: &'l str) -> Option<&'l str> {
    let main = wanted.split('-').next().unwrap_or(wanted);
    [wanted, main].into_iter().find(|language| languages.contains(*language))
}

/// A text as a subject.
fn one_line(text: &str) -> String {
    let line = text.trim().chars().map(|c| if c.is_control() { ' ' } else { c });
    line.take(SUBJECT_CHARS).collect()
}

/// The languages that have a subject among these files, the first of them, and then have to have the others.
fn languages(names: &BTreeSet<String>, parts: [&str; 3]) -> Result<BTreeSet<String>, Fault> {
    let [subject, ..] = parts;
    let of_subject = |name: &String| {
        let (language, part) = name.split_once('.')?;
        (part == subject).then(|| language.to_owned())
    };
    let languages: BTreeSet<String> = names.iter().filter_map(of_subject).collect();
    for (language, part) in
        languages.iter().flat_map(|language| parts.iter().map(move |part| (language, part)))
    {
        let name = format!("{language}.{part}");
        if !names.contains(&name) {
            return Err(bad(&name, "it is missing, while others of its language are there"));
        }
    }
    Ok(languages)
}

/// The templates in a folder; other files are left alone.
fn files(folder: &Path) -> Result<Vec<(String, String)>, Fault> {
    let unreadable = |error: std::io::Error| bad(&folder.display().to_string(), &error.to_string());
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let part = name.split_once('.').map(|(_, part)| part);
        let is_ours = |part| PARTS.contains(&part) || owner::PARTS.contains(&part);
        if !part.is_some_and(is_ours) {
            continue;
        }
        if entry.metadata().map_err(unreadable)?.len() > MOST_BYTES {
            return Err(bad(&name, "it is larger than 256 KiB"));
        }
        let text = std::fs::read_to_string(entry.path()).map_err(unreadable)?;
        found.push((name, text));
    }
    Ok(found)
}

fn bad(name: &str, what: &str) -> Fault {
    Fault::new(Code::MailTemplate, format!("the template {name} cannot be used: {what}"))
}

#[cfg(test)]
mod tests;
