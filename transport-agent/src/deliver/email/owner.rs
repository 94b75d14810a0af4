//! Mails to owners of exports that say how runs of theirs ended: sent beside all deliveries, whenever the mail
//! server takes them.
//!
//! What is to be said lies in the store until it is. One agent sends at a time, by a lease that only saves mails:
//! one that goes twice, for nobody knows whether it arrived, has the same `Message-ID`. Nothing waits for them, and
//! what is not taken within a day is given up.

mod told;

use std::pin::pin;
use std::time::Duration;

use fabric::record;
use fabric::retry::Backoff;
use fabric::store::{StoreError, Tag};
use futures::TryStreamExt as _;
use proto::key::{Key, Prefix};
use proto::owner_mail::{OwnerMail, OwnerMailSent};
use tokio_util::sync::CancellationToken;

pub(super) use self::told::Told;
use super::letter::Letter;
use super::mailer::Mailer;
use super::session::{Refusal, Session};
use crate::Agent;

/// How often it is looked for mails.
const LOOK: Duration = Duration::from_secs(10);

/// The lease of the agent that sends them.
const LEASE: &str = "mails/owners";

/// How long the lease outlives the last sign of life of its holder.
const HELD: Duration = Duration::from_secs(30);

/// How long to wait between tries of a mail.
const WAITS: Backoff = Backoff { first: Duration::from_secs(10), most: Duration::from_mins(10) };

/// How long after the end of its run a mail is given up.
const GIVEN_UP_AFTER: Duration = Duration::from_hours(24);

/// What became of a mail.
enum Posted {
    Sent(OwnerMailSent),
    /// It never will be.
    Never(String),
    /// It may be, later.
    Later(String),
    /// None will be for now.
    NoneNow(String),
}

impl Agent {
    /// Sends mails to owners until told to stop, where there is a mail server. What is being sent then has the
    /// grace of tasks.
    pub(crate) async fn mail_owners(&self, stop: &CancellationToken) {
        if self.settings.mailer.is_none() {
            return;
        }
        let me = self.ambient.id().simple().to_string();
        while !stop.is_cancelled() {
            if self.board.lease(LEASE, &me, HELD).await.unwrap_or(true) {
                self.mail_owners_by_lease(&me, stop).await;
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(LOOK) => {}
            }
        }
        if let Err(error) = self.board.release(LEASE, &me).await {
            tracing::debug!(error = &error as &dyn std::error::Error, "lease not released");
        }
    }

    /// One round, while the lease is kept.
    async fn mail_owners_by_lease(&self, me: &str, stop: &CancellationToken) {
        let mut round = pin!(self.mail_due_owners(stop));
        let mut over = pin!(async {
            stop.cancelled().await;
            tokio::time::sleep(self.settings.grace).await;
        });
        loop {
            // The round and the end are waited for again and again, and dropped only here.
            tokio::select! {
                ended = &mut round => {
                    if let Err(error) = ended {
                        let error = &error as &dyn std::error::Error;
                        tracing::warn!(error, "mails to owners not sent");
                    }
                    return;
                }
                () = &mut over => return,
                () = tokio::time::sleep(HELD / 3) => {
                    if let Err(error) = self.board.lease(LEASE, me, HELD).await {
                        tracing::debug!(error = &error as &dyn std::error::Error, "lease not kept");
                    }
                }
            }
        }
    }

    /// Sends what is due, once, and begins no other mail once told to stop.
    pub(in crate::deliver) async fn mail_due_owners(
        &self,
        stop: &CancellationToken,
    ) -> Result<(), StoreError> {
        let Some(mailer) = self.settings.mailer.as_deref() else { return Ok(()) };
        let mut session = None;
        let sent = self.mail_each_owner(mailer, &mut session, stop).await;
        if let Some(session) = session {
            session.close().await;
        }
        sent
    }

    async fn mail_each_owner(
        &self,
        mailer: &Mailer,
        session: &mut Option<Session>,
        stop: &CancellationToken,
    ) -> Result<(), StoreError> {
        let mut keys = record::keys(&self.store, Prefix::owner_mails());
        while let Some(key) = keys.try_next().await? {
            if stop.is_cancelled() {
                return Ok(());
            }
            let Some((mail, tag)) = self.due_owner_mail(&key).await? else { continue };
            let store = &*self.store;
            match self.mail_owner(mailer, session, &mail).await? {
                Posted::Sent(sent) => {
                    // First, for whoever finds it sends nothing.
                    record::create(store, &sent.key(), &sent).await?;
                    store.delete(&[key]).await?;
                    metrics::counter!("longshore_mails_sent_total").increment(1);
                }
                Posted::Never(why) => self.give_up(&key, &mail, &why).await?,
                Posted::Later(why) => self.put_off(&key, mail, &tag, &why).await?,
                Posted::NoneNow(why) => return self.put_off(&key, mail, &tag, &why).await,
            }
        }
        Ok(())
    }

    /// A mail that is to be sent now.
    async fn due_owner_mail(&self, key: &Key) -> Result<Option<(OwnerMail, Tag)>, StoreError> {
        let store = &*self.store;
        let read = store.get(key).await;
        let read =
            read.and_then(|(bytes, tag)| Ok((record::decode::<OwnerMail>(key, &bytes)?, tag)));
        let (mail, tag) = match read {
            Ok(found) => found,
            Err(StoreError::Missing { .. }) => return Ok(None),
            // It stays for a person, or for the newer agent that reads it; the others are sent.
            Err(error @ StoreError::Damaged { .. }) => {
                tracing::error!(error = &error as &dyn std::error::Error, "mail not read");
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        if mail.due > self.ambient.now() {
            return Ok(None);
        }
        // Somebody sent it, and died before it was taken away.
        if record::exists(store, &Key::owner_mail_sent(mail.run, mail.at)).await? {
            store.delete(std::slice::from_ref(key)).await?;
            return Ok(None);
        }
        // Whoever deletes an export wants to hear no more of it.
        if !record::exists(store, &Key::head(mail.run.export)).await? {
            store.delete(std::slice::from_ref(key)).await?;
            return Ok(None);
        }
        Ok(Some((mail, tag)))
    }

    /// Sends a mail.
    async fn mail_owner(
        &self,
        mailer: &Mailer,
        session: &mut Option<Session>,
        mail: &OwnerMail,
    ) -> Result<Posted, StoreError> {
        let (people, _) = self.settings.people.find(&[format!("user:{}", mail.owner)]);
        let Some(person) = people.into_iter().next() else {
            return Ok(Posted::Never("the owner is no user of the configuration".to_owned()));
        };
        let downloads = match self.downloads_of(mail).await {
            Ok(downloads) => downloads,
            // It says nothing later either, and the mail is worth more than its links.
            Err(error @ StoreError::Damaged { .. }) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "links of a mail not read"
                );
                (Vec::new(), None)
            }
            Err(error) => return Err(error),
        };
        let letter: Letter = match told::letter(self, mailer, mail, &person, downloads) {
            Ok(letter) => letter,
            // The operator may correct a template.
            Err(error) => return Ok(Posted::Later(error.to_string())),
        };
        let open = match Session::open(session, mailer).await {
            Ok(open) => open,
            Err(error) => return Ok(Posted::NoneNow(error.to_string())),
        };
        let posted = match open.send(&letter).await {
            Ok(_) => Posted::Sent(OwnerMailSent {
                run: mail.run,
                ended: mail.at,
                at: self.ambient.now(),
                recipient: person.recipient,
                subject: letter.subject,
            }),
            Err(Refusal::TooLarge(what) | Refusal::Forever(what)) => Posted::Never(what),
            Err(Refusal::Now(what)) => Posted::Later(what),
        };
        if session.as_ref().is_some_and(Session::is_broken) {
            *session = None;
        }
        Ok(posted)
    }

    async fn put_off(
        &self,
        key: &Key,
        mail: OwnerMail,
        tag: &Tag,
        why: &str,
    ) -> Result<(), StoreError> {
        let (now, attempts) = (self.ambient.now(), mail.attempts + 1);
        if mail.at + GIVEN_UP_AFTER <= now {
            return self.give_up(key, &mail, why).await;
        }
        tracing::warn!(export.id = %mail.run.export, attempts, why, "owner will be written to again");
        let due = now + WAITS.after(attempts, self.ambient.chance());
        let mail = OwnerMail { attempts, due, ..mail };
        match self.store.replace(key, record::encode(&mail), tag).await {
            // Somebody else sent it meanwhile, or put it off.
            Ok(_) | Err(StoreError::Changed { .. } | StoreError::Missing { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn give_up(&self, key: &Key, mail: &OwnerMail, why: &str) -> Result<(), StoreError> {
        tracing::error!(export.id = %mail.run.export, attempts = mail.attempts, why, "mail to owner given up");
        metrics::counter!("longshore_owner_mails_lost_total").increment(1);
        self.store.delete(std::slice::from_ref(key)).await
    }
}
