//! What a mail to an owner says: the words for its templates, and the mail that they make.

use fabric::record;
use fabric::store::{Store, StoreError};
use jiff::Timestamp;
use proto::archive::{Archive, Link};
use proto::id::RunId;
use proto::key::Key;
use proto::owner_mail::OwnerMail;
use proto::people::Person;
use proto::run::State;
use serde::Serialize;

use crate::Agent;
use crate::deliver::email::error::MailError;
use crate::deliver::email::letter::{Letter, Named, Target, Written, digest, for_people};
use crate::deliver::email::mailer::Mailer;

/// What templates may say; most have the names that they have in easydb.
#[derive(Debug, Serialize)]
pub(in crate::deliver::email) struct Told<'t> {
    export_name: &'t str,
    export_id: u64,
    login: &'t str,
    /// The greeting's name; empty where it is not known.
    name: &'t str,
    /// The same, and the login where it is not known.
    #[serde(rename = "_generated_displayname")]
    displayname: &'t str,
    easydb_name: &'t str,
    /// Where people reach the API; empty where nobody serves it.
    easydb_url: &'t str,
    lang: &'t str,
    /// `done`, `done_with_warnings` or `failed`.
    state: &'static str,
    /// When the run ended: date and time, UTC.
    ended: String,
    records: u64,
    warnings: u64,
    /// What went wrong, the first of it.
    troubles: &'t [String],
    downloads: &'t [Named],
    /// When the links end; empty without links.
    until: String,
    run: u32,
    id: String,
}

/// Where the archives of a run are fetched, and until when; nothing where there are none.
pub(super) type Downloads = (Vec<Named>, Option<Timestamp>);

impl Told<'_> {
    /// Shows what mails would say of a run that is nobody's, one for each way to end; the first error.
    pub(in crate::deliver::email) fn of_every_end<E>(
        show: impl Fn(&Told<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let url = "https://example.org/export".to_owned();
        let file =
            Named { name: "Export.zip".to_owned(), url: url.clone(), size: "1 B".to_owned() };
        let list = Named { name: String::new(), url, size: String::new() };
        let downloads = [file, list];
        let troubles = ["a file is missing".to_owned()];
        let (troubles, downloads): (&[String], &[Named]) = (&troubles, &downloads);
        let (no_troubles, no_downloads): (&[String], &[Named]) = (&[], &[]);
        let until = || "2026-01-01 00:00 UTC".to_owned();
        let of = |state, troubles, downloads, until| Told {
            export_name: "Export",
            export_id: 1,
            login: "ann",
            name: "",
            displayname: "ann",
            easydb_name: "easydb",
            easydb_url: "",
            lang: "en",
            state,
            ended: "2026-01-01 00:00 UTC".to_owned(),
            records: 2,
            warnings: 0,
            troubles,
            downloads,
            until,
            run: 1,
            id: "0192d3a0-0000-7000-8000-000000000000".to_owned(),
        };
        show(&of(State::Done.as_str(), no_troubles, downloads, until()))?;
        show(&of(State::DoneWithWarnings.as_str(), troubles, downloads, until()))?;
        show(&of(State::Failed.as_str(), troubles, no_downloads, String::new()))
    }
}

impl Agent {
    /// Where the archives of a run are fetched that its owner is told of, as far as they are there still.
    pub(super) async fn downloads_of(&self, mail: &OwnerMail) -> Result<Downloads, StoreError> {
        let (mut all, mut first_end): Downloads = (Vec::new(), None);
        let Some(signer) = &self.settings.links else { return Ok((all, first_end)) };
        let (store, run, now) = (&*self.store, mail.run, self.ambient.now());
        for transport in &mail.downloads {
            let link = link_of_delivery(store, run, *transport, now).await?;
            let archive: Option<Archive> =
                record::find(store, &Key::archive(run, *transport)).await?;
            let (Some((id, link)), Some(archive)) = (link, archive) else { continue };
            let target = Target::new(&signer.urls(run, &id, &link, &archive), &link);
            let (links, until) = target.into_links();
            all.extend(links);
            first_end = Some(first_end.map_or(until, |before| before.min(until)));
        }
        Ok((all, first_end))
    }
}

/// The link to what a transport made that holds, and its id. There is another behind each that its owner has ended.
async fn link_of_delivery(
    store: &dyn Store,
    run: RunId,
    transport: u32,
    now: Timestamp,
) -> Result<Option<(String, Link)>, StoreError> {
    for number in 1.. {
        let id = Link::of_delivery(transport, number);
        match record::find::<Link>(store, &Key::link(run, &id)).await? {
            Some(link) if link.holds(now) => return Ok(Some((id, link))),
            Some(_) => {}
            None => break,
        }
    }
    Ok(None)
}

/// The mail to an owner.
pub(super) fn letter(
    agent: &Agent,
    mailer: &Mailer,
    mail: &OwnerMail,
    person: &Person,
    (downloads, until): Downloads,
) -> Result<Letter, MailError> {
    let (wording, login) = (mailer.wording(), mail.owner.as_str());
    let language = wording.owner_language(person.language.as_deref());
    let links = agent.settings.links.as_ref();
    let name = person.name.as_deref().unwrap_or_default();
    let told = Told {
        export_name: &mail.name,
        export_id: mail.number,
        login,
        name,
        displayname: if name.is_empty() { login } else { name },
        easydb_name: &mail.instance,
        easydb_url: links.map_or("", |links| links.base_url.as_str()),
        lang: language,
        state: mail.state.as_str(),
        ended: for_people(mail.at),
        records: mail.records,
        warnings: mail.warnings,
        troubles: &mail.troubles,
        downloads: &downloads,
        until: until.map(for_people).unwrap_or_default(),
        run: mail.run.run,
        id: mail.run.export.to_string(),
    };
    let said = wording.to_owner(language, &told)?;
    let written = Written {
        id: format!("{}.{}", mail.id(), digest(&person.email)),
        at: agent.ambient.now(),
        subject: said.subject,
        plain: said.plain,
        html: said.html,
    };
    Letter::of(mailer, person, written, &[])
}
