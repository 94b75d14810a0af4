//! What mails to owners say: templates of their own for each language, `de.owner.subject.txt` and so on.
//!
//! A language that has none of them is written to in that of all others, or in English: who has added one for
//! recipients need not add these.

use proto::fault::Fault;

use super::{Wording, nearest, one_line};
use crate::deliver::email::error::MailError;
use crate::deliver::email::owner::Told;

/// The files of a language.
pub(super) const PARTS: [&str; 3] = ["owner.subject.txt", "owner.txt", "owner.html"];

/// The language that there always is.
const LAST: &str = "en";

/// What is in a mail to an owner.
pub(in crate::deliver::email) struct ToOwner {
    pub(in crate::deliver::email) subject: String,
    pub(in crate::deliver::email) plain: String,
    pub(in crate::deliver::email) html: String,
}

impl Wording {
    /// The language in which an owner is written to: the nearest that there is.
    pub(in crate::deliver::email) fn owner_language<'l>(
        &'l self,
        wanted: Option<&'l str>,
    ) -> &'l str {
        let found = wanted.and_then(|wanted| nearest(&self.owner_languages, wanted));
        found.or_else(|| nearest(&self.owner_languages, &self.fallback)).unwrap_or(LAST)
    }

    /// What is written to an owner in a language that there is.
    pub(in crate::deliver::email) fn to_owner(
        &self,
        language: &str,
        told: &Told<'_>,
    ) -> Result<ToOwner, MailError> {
        let part = |part: &str| self.rendered(format!("{language}.{part}"), told);
        let [subject, plain, html] = PARTS;
        let subject = one_line(&part(subject)?);
        Ok(ToOwner { subject, plain: part(plain)?, html: part(html)? })
    }

    /// Writes every template of these about every end, as those to recipients are tried out.
    pub(super) fn try_out_to_owners(&self) -> Result<(), Fault> {
        for language in &self.owner_languages {
            Told::of_every_end(|told| {
                self.to_owner(language, told).map(drop).map_err(|error| error.fault())
            })?;
        }
        Ok(())
    }
}
