//! E-mail: one mail to each recipient, with links to the result or with the result itself.
//!
//! Who has a receipt gets nothing again; a mail whose arrival is not certain is sent again with the
//! same `Message-ID`, by which a mail system knows the two for one. A recipient that the server
//! refuses holds up no other: refused recipients are warnings of the run as long as one mail got
//! through or had before, and the transport fails where none did.

mod mailer;
mod wording;
mod letter;
mod enclosure;
mod sizes;
mod session;
mod owner;
mod error;

use async_trait::async_trait;
use fabric::record;
use futures::TryStreamExt as _;
use proto::archive::Unreached;
use proto::definition::{self, Transport, TransportKind};
use proto::fault::Fault;
use proto::key::Key;
use proto::people::Person;
use proto::run::Head;

use self::enclosure::Enclosure;
pub(crate) use self::error::MailError;
use self::letter::{Letter, Target};
pub use self::mailer::{MailSettings, Mailer, Starttls};
use self::session::{Refusal, Session};
use super::{Deliver, Delivery};
use crate::error::AgentError;
use crate::parcel::{Tally, parcels};

pub(super) struct Email;

/// What all mails of a delivery have in common.
struct Mailing<'m> {
    delivery: &'m Delivery<'m>,
    mailer: &'m Mailer,
    wanted: &'m definition::Email,
    target: Option<Target>,
    enclosures: Vec<Enclosure>,
    /// What the easydb dialect calls the export; nothing where it was made by another way in.
    number: Option<u64>,
    /// What is sent or linked, for the receipts; once a mail is about to be sent.
    tally: Option<Tally>,
}

/// What became of the mail to somebody.
enum Posted {
    Sent,
    Refused(Fault),
    Later(Fault),
}

#[async_trait]
impl Deliver for Email {
    fn kind(&self) -> TransportKind {
        TransportKind::Email
    }

    async fn len_bytes(&self, delivery: &Delivery<'_>) -> Result<Option<u64>, AgentError> {
        let (wanted, mailer) = settings(delivery)?;
        let is_attached = enclosure::is_taken(delivery.archive, attach_up_to(wanted, mailer));
        Ok(is_attached.then(|| delivery.archive.len_bytes()))
    }

    async fn deliver(&self, delivery: &Delivery<'_>) -> Result<Vec<Unreached>, AgentError> {
        let (wanted, mailer) = settings(delivery)?;
        let settings = &delivery.agent.settings;
        let (people, lost) = settings.people.find(&wanted.to);
        let mut unreached: Vec<Unreached> =
            lost.into_iter().map(|(recipient, fault)| Unreached { recipient, fault }).collect();
        let mut mailing = Mailing::begin(delivery, mailer, wanted).await?;
        let mut session: Option<Session> = None;
        let (mut reached, mut later) = (0_usize, None);
        for person in &people {
            match mailing.post(person, &mut session).await? {
                Posted::Sent => reached += 1,
                Posted::Refused(fault) => {
                    tracing::warn!(%fault.code, "recipient refused");
                    unreached.push(Unreached { recipient: person.recipient.clone(), fault });
                }
                Posted::Later(fault) => later = Some(fault),
            }
        }
        if let Some(session) = session {
            session.close().await;
        }
        if let Some(fault) = later {
            return Err(MailError::Later(fault).into());
        }
        match unreached.first() {
            Some(first) if reached == 0 => {
                Err(MailError::NoneReached { first: first.fault.clone(), of: unreached.len() }
                    .into())
            }
            Some(_) | None => Ok(unreached),
        }
    }
}

/// What is asked for, and who sends it.
fn settings<'d>(
    delivery: &'d Delivery<'_>,
) -> Result<(&'d definition::Email, &'d Mailer), AgentError> {
    let Transport::Email(wanted) = delivery.transport else {
        return Err(AgentError::NotPlanned { transport: delivery.archive.transport });
    };
    let mailer = delivery.agent.settings.mailer.as_deref().ok_or(MailError::NotConfigured)?;
    Ok((wanted, mailer))
}

/// The longest result that is attached, in bytes; 0 where links are asked for.
fn attach_up_to(wanted: &definition::Email, mailer: &Mailer) -> u64 {
    let most = mailer.attach_up_to();
    let least =
        |attach: &definition::Attach| attach.up_to.map_or(most, |up_to| up_to.as_u64().min(most));
    wanted.attach.as_ref().map_or(0, least)
}

impl<'m> Mailing<'m> {
    /// Finds out what is sent: the result itself where it is asked for and short enough, else links.
    async fn begin(
        delivery: &'m Delivery<'m>,
        mailer: &'m Mailer,
        wanted: &'m definition::Email,
    ) -> Result<Self, AgentError> {
        let enclosures = enclosure::read(delivery, attach_up_to(wanted, mailer)).await?;
        let head = Key::head(delivery.run.export);
        let head: Option<Head> = record::find(&*delivery.agent.store, &head).await?;
        let number = head.and_then(|head| head.number);
        let (target, tally) = (None, None);
        let mut mailing = Self { delivery, mailer, wanted, target, enclosures, number, tally };
        if mailing.enclosures.is_empty() {
            mailing.target = Some(mailing.link().await?);
        }
        Ok(mailing)
    }

    /// Where the result is fetched. The links hold before a mail with them is sent.
    async fn link(&self) -> Result<Target, AgentError> {
        let Delivery { agent, run, archive, .. } = self.delivery;
        let signer = agent.settings.links.as_ref().ok_or(MailError::NoLinks)?;
        let (id, link) = self.delivery.link().await?;
        Ok(Target::new(&signer.urls(*run, &id, &link, archive), &link))
    }

    /// Counts what is sent or linked, once: of a tree, all its files are listed for that. Servers end a
    /// conversation in which nothing is said for a while, so it is ended before.
    async fn tally(&mut self, session: &mut Option<Session>) -> Result<Tally, AgentError> {
        if let Some(tally) = &self.tally {
            return Ok(tally.clone());
        }
        let Delivery { agent, run, archive, .. } = self.delivery;
        if archive.volumes.is_empty()
            && let Some(open) = session.take()
        {
            open.close().await;
        }
        let mut tally = Tally::default();
        let mut files = parcels(&agent.store, *run, archive);
        while let Some(parcel) = files.try_next().await? {
            tally.add(&parcel);
        }
        Ok(self.tally.insert(tally).clone())
    }

    /// Where the result is for whoever gets the mail.
    fn place(&self) -> &'static str {
        if self.enclosures.is_empty() { "links in the mail" } else { "attached to the mail" }
    }

    /// Sends one mail, unless its receipt is there.
    async fn post(
        &mut self,
        person: &Person,
        session: &mut Option<Session>,
    ) -> Result<Posted, AgentError> {
        let word = letter::digest(&person.email);
        if self.delivery.is_done(&word).await? {
            return Ok(Posted::Sent);
        }
        loop {
            let letter = Letter::write(self, person)?;
            // Nobody else would get through either; those who have theirs have receipts.
            Session::open(session, self.mailer).await?;
            // Not before a server is there, for a tree may be long; and not between its answer and the receipt,
            // for whoever has a mail and no receipt gets it again.
            let tally = self.tally(session).await?;
            let open = Session::open(session, self.mailer).await?;
            let posted = match open.send(&letter).await {
                Ok(answer) => {
                    let delivered = tally.delivered(self.place().to_owned(), answer);
                    let subject = Some(letter.subject);
                    let recipient = &person.recipient;
                    self.delivery.mailed(&word, recipient, Some(delivered), subject).await?;
                    metrics::counter!("longshore_mails_sent_total").increment(1);
                    Posted::Sent
                }
                Err(Refusal::TooLarge(_)) if self.target.is_none() => {
                    // Smaller mails get through: from here on everybody gets links.
                    self.target = Some(self.link().await?);
                    self.enclosures.clear();
                    continue;
                }
                Err(Refusal::TooLarge(what) | Refusal::Forever(what)) => {
                    Posted::Refused(error::refused(&what))
                }
                Err(Refusal::Now(what)) => Posted::Later(error::unavailable(&what)),
            };
            if session.as_ref().is_some_and(Session::is_broken) {
                *session = None;
            }
            return Ok(posted);
        }
    }
}
