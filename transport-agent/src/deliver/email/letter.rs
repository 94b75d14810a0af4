//! One mail to one person: headers, a text, the same as HTML, and what is attached.
//!
//! Nothing of it is random: a mail that is sent again has the same `Message-ID` and the same parts.

mod told;

use std::time::SystemTime;

use fabric::link::SignedUrl;
use jiff::Timestamp;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};
use proto::archive::Link;
use proto::digest::hex;
use proto::people::Person;
use serde::Serialize;
use sha2::{Digest, Sha256};

pub(super) use self::told::Told;
use super::Mailing;
use super::enclosure::Enclosure;
use super::error::MailError;
use super::mailer::Mailer;

/// A mail, ready to be sent.
pub(super) struct Letter {
    pub(super) from: Address,
    pub(super) to: Address,
    /// What it is about.
    pub(super) subject: String,
    /// The mail as it travels.
    pub(super) text: Vec<u8>,
}

/// What is in a mail.
pub(super) struct Written {
    /// What tells it from all others, the same for every try; letters, digits, dots and dashes.
    pub(super) id: String,
    pub(super) at: Timestamp,
    pub(super) subject: String,
    pub(super) plain: String,
    pub(super) html: String,
}

/// Where the result is fetched.
#[derive(Debug, Clone)]
pub(super) struct Target {
    links: Vec<Named>,
    until: Timestamp,
}

/// A link in a mail.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Named {
    /// What the file is called; empty where it leads to a list of files.
    pub(super) name: String,
    pub(super) url: String,
    /// Its length, for people; empty for a list.
    pub(super) size: String,
}

impl Target {
    pub(super) fn new(urls: &[SignedUrl<'_>], link: &Link) -> Self {
        let named = |signed: &SignedUrl<'_>| Named {
            name: signed.volume.map_or_else(String::new, |volume| volume.name.clone()),
            url: signed.url.clone(),
            size: signed.volume.map_or_else(String::new, |volume| size(volume.len)),
        };
        Self { links: urls.iter().map(named).collect(), until: link.expires }
    }

    /// The links, and until when they hold.
    pub(super) fn into_links(self) -> (Vec<Named>, Timestamp) {
        (self.links, self.until)
    }
}

impl Letter {
    /// Writes the mail to somebody.
    pub(super) fn write(mailing: &Mailing<'_>, person: &Person) -> Result<Self, MailError> {
        let (mailer, wanted) = (mailing.mailer, mailing.wanted);
        let said = wanted.languages.get(&person.recipient).or(wanted.language.as_ref());
        let wording = mailer.wording();
        let language = wording.language(person.language.as_ref().or(said).map(String::as_str));
        let told = Told::of(mailing, person, language);
        let subject = match &wanted.subject {
            Some(subject) => subject.clone(),
            None => wording.subject(Some(language), &told)?,
        };
        let plain = wording.text(Some(language), &told)?;
        let html = wording.html(Some(language), &told)?;
        let written = Written {
            id: identity(mailing, &person.email),
            at: mailing.delivery.agent.ambient.now(),
            subject,
            plain,
            html,
        };
        Self::of(mailer, person, written, &mailing.enclosures)
    }

    /// A mail to somebody with this in it.
    pub(super) fn of(
        mailer: &Mailer,
        person: &Person,
        written: Written,
        enclosures: &[Enclosure],
    ) -> Result<Self, MailError> {
        let Written { id, at, subject, plain, html } = written;
        let to: Address = person.email.parse().map_err(unwritable)?;
        let from = mailer.from().clone();
        // A boundary has at most 70 characters (RFC 2046, 5.1.1).
        let part = digest(&id);
        let name = person.name.clone().filter(|name| !name.chars().any(char::is_control));
        let alternative = MultiPart::alternative()
            .boundary(format!("alternative-{part}"))
            .singlepart(SinglePart::plain(plain))
            .singlepart(SinglePart::html(html));
        let builder = Message::builder()
            .message_id(Some(format!("<{id}@{}>", from.email.domain())))
            .date(SystemTime::from(at))
            .from(from.clone())
            .to(Mailbox::new(name, to.clone()))
            .subject(subject.clone())
            // Nobody's holiday notice answers this (RFC 3834, 5).
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ));
        let message = if enclosures.is_empty() {
            builder.multipart(alternative)
        } else {
            let mixed = MultiPart::mixed().boundary(format!("mixed-{part}")).multipart(alternative);
            let enclose = |mixed: MultiPart, enclosure| mixed.singlepart(attachment(enclosure));
            builder.multipart(enclosures.iter().fold(mixed, enclose))
        };
        let text = message.map_err(unwritable)?.formatted();
        Ok(Self { from: from.email, to, subject, text })
    }
}

/// What an address is called in keys, and an id in boundaries: 128 bits of its SHA-256, in hexadecimal.
pub(super) fn digest(email: &str) -> String {
    hex(&Sha256::digest(email.to_lowercase().as_bytes())[..16])
}

/// The same for every try of the same mail.
fn identity(mailing: &Mailing<'_>, email: &str) -> String {
    let (run, transport) = (mailing.delivery.run, mailing.delivery.archive.transport);
    format!("{}.{}.{transport}.{}", run.export, run.run, digest(email))
}

fn attachment(enclosure: &Enclosure) -> SinglePart {
    let kind = ContentType::parse("application/octet-stream").expect("a media type");
    let name = enclosure.name.chars().filter(|c| !c.is_control()).collect();
    Attachment::new(name).body(enclosure.content.clone(), kind)
}

/// A time for people: date and time, UTC.
pub(super) fn for_people(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// A length for people.
fn size(bytes: u64) -> String {
    bytesize::ByteSize::b(bytes).to_string()
}

fn unwritable(error: impl std::fmt::Display) -> MailError {
    MailError::Unwritable(error.to_string())
}
