//! Mails to the owners of exports that say how a run ended: kept before the run is closed, sent by an agent
//! whenever it can, and told of once they are. Nothing waits for them.

use fabric::record;
use fabric::store::StoreError;
use jiff::Timestamp;
use proto::definition::TransportKind;
use proto::id::RunId;
use proto::key::{Key, Prefix};
use proto::owner_mail::{OwnerMail, OwnerMailSent};
use proto::run::{Head, Outcome, Start, State, StoredDefinition};
use serde_json::{Value, json};

use super::What;
use super::quiet::found_nothing;
use crate::Coordinator;

/// Most mails that are told of in one round.
const ROUND: usize = 100;

/// Most characters of one thing that went wrong.
const MOST_CHARS: usize = 500;

/// After which runs their owners get a mail, where they are users of the configuration.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OwnerMails {
    /// After all that were not stopped.
    All,
    /// After those that failed, or ended with warnings.
    Trouble,
    /// After none.
    #[default]
    None,
}

impl OwnerMails {
    fn tells(self, state: State) -> bool {
        match self {
            Self::All => true,
            Self::Trouble => state != State::Done,
            Self::None => false,
        }
    }
}

impl Coordinator {
    /// Keeps what the owner of an export of the dialect is to be told of the end of a run. Kept twice, it is one
    /// mail; kept again once that is sent, it is none.
    pub(crate) async fn keep_owner_mail(
        &self,
        id: RunId,
        head: &Head,
        outcome: &Outcome,
    ) -> Result<(), StoreError> {
        let (Some(number), Some(people)) = (head.number, &self.settings.people) else {
            return Ok(());
        };
        let Some(state) = told_state(outcome) else { return Ok(()) };
        let is_known = people.users.contains_key(head.owner.as_str());
        if !is_known || !self.settings.owner_mails.tells(state) {
            return Ok(());
        }
        let (store, at) = (&*self.store, outcome.at);
        let start: Option<Start> = record::find(store, &Key::start(id)).await?;
        if start.is_some_and(|start| found_nothing(&start, outcome)) {
            return Ok(());
        }
        // In this order, for the first is taken away once the second is there.
        if record::exists(store, &Key::owner_mail_sent(id, at)).await?
            || record::exists(store, &Key::told(id.export, &told_as(id, at))).await?
            // Whoever deletes an export wants to hear no more of it.
            || !record::exists(store, &Key::head(id.export)).await?
        {
            return Ok(());
        }
        let mail = OwnerMail {
            run: id,
            at,
            owner: head.owner.clone(),
            name: head.name.clone(),
            number,
            instance: self.settings.instance.clone(),
            state,
            records: outcome.counts.records,
            warnings: outcome.counts.warnings,
            troubles: troubles(outcome),
            downloads: self.downloads_of(id, outcome).await?,
            attempts: 0,
            due: at,
        };
        record::create(store, &mail.key(), &mail).await?;
        Ok(())
    }

    /// The transports of a run whose archives somebody asked for, and fetches.
    async fn downloads_of(&self, id: RunId, outcome: &Outcome) -> Result<Vec<u32>, StoreError> {
        if !outcome.is_made() {
            return Ok(Vec::new());
        }
        let start: Option<Start> = record::find(&*self.store, &Key::start(id)).await?;
        let Some(Start { version, .. }) = start else { return Ok(Vec::new()) };
        let key = Key::definition(id.export, version);
        let stored: Option<StoredDefinition> = record::find(&*self.store, &key).await?;
        let Some(StoredDefinition { definition, original, .. }) = stored else {
            return Ok(Vec::new());
        };
        let ways = original.pointer("/document/ways").and_then(Value::as_array);
        if ways.is_some_and(Vec::is_empty) {
            return Ok(Vec::new());
        }
        let transports = (0..).zip(&definition.transports);
        let downloads = transports.filter(|(_, way)| way.kind() == TransportKind::Download);
        Ok(downloads.map(|(place, _)| place).collect())
    }

    /// Tells of mails to owners that were sent, some at a time.
    pub(crate) async fn tell_owner_mails(&self) -> Result<(), StoreError> {
        let store = &*self.store;
        for entry in store.list(&Prefix::owner_mails_sent(), None, ROUND).await? {
            let sent = match record::find::<OwnerMailSent>(store, &entry.key).await {
                Ok(Some(sent)) => sent,
                Ok(None) => continue,
                // It stays for a person, or for the newer coordinator that reads it; the others are told.
                Err(error @ StoreError::Damaged { .. }) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "mail not told");
                    continue;
                }
                Err(error) => return Err(error),
            };
            let OwnerMailSent { run, ended, at, recipient, subject } = sent;
            let head: Option<Head> = record::find(store, &Key::head(run.export)).await?;
            if let Some(head) = head {
                let info = json!({"type": "export", "recipients": [recipient],
                    "subject": subject, "message": null});
                self.chronicle(&head, What::EmailSent, &told_as(run, ended), at, info).await?;
            }
            // An agent may have died before it took this one away. It goes first: whoever finds neither sends it.
            store.delete(&[Key::owner_mail(run, ended)]).await?;
            store.delete(&[entry.key]).await?;
        }
        Ok(())
    }
}

/// What tells that a mail was sent from all else of an export.
fn told_as(run: RunId, ended: Timestamp) -> String {
    format!("email-owner-{}-{}", run.run, ended.as_microsecond())
}

/// How a run ended, as its owner is told; nothing where they ended it themselves. Where only a transport failed
/// the files are there.
fn told_state(outcome: &Outcome) -> Option<State> {
    match outcome.state {
        State::Failed if outcome.is_made() => Some(State::DoneWithWarnings),
        State::Done | State::DoneWithWarnings | State::Failed => Some(outcome.state),
        State::New | State::Pending | State::Processing | State::Stopped | State::Expired => None,
    }
}

/// What went wrong, the first of it.
fn troubles(outcome: &Outcome) -> Vec<String> {
    let faults = outcome.faults.iter().map(|fault| &fault.fault);
    let all = faults.chain(outcome.warnings.iter().map(|warning| &warning.fault));
    let cut = |text: String| text.chars().take(MOST_CHARS).collect();
    all.take(OwnerMail::MOST_TROUBLES).map(|fault| cut(fault.to_string())).collect()
}
