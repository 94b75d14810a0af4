//! What is told of the transports of a run.

use fabric::record;
use fabric::store::StoreError;
use proto::archive::Receipt;
use proto::definition::{Email, Transport, TransportKind};
use proto::delivery::Step;
use proto::id::RunId;
use proto::key::Key;
use proto::run::{Head, Start, StoredDefinition};
use serde_json::{Value, json};

use crate::Coordinator;
use crate::accept::hex_digest;
use crate::easydb::{Each, What, course};

impl Coordinator {
    /// Tells what became of each transport, and that it brought the files of the catalogue, if there
    /// are any.
    pub(super) async fn chronicle_transports(
        &self,
        id: RunId,
        head: &Head,
        again: &str,
        (start, files): (&Start, u64),
    ) -> Result<(), StoreError> {
        let key = Key::definition(id.export, start.version);
        let stored: Option<StoredDefinition> = record::find(&*self.store, &key).await?;
        let Some(StoredDefinition { definition, original, .. }) = stored else { return Ok(()) };
        // An archive that nobody asked for is nothing to tell of.
        let ways = original.pointer("/document/ways").and_then(Value::as_array);
        if ways.is_some_and(Vec::is_empty) {
            return Ok(());
        }
        let transports = u32::try_from(definition.transports.len()).unwrap_or(u32::MAX);
        let kept = self.kept_deliveries(id, transports).await?;
        let receipts = self.receipts(id).await.unwrap_or_default();
        for (place, (transport, kept)) in (0..).zip(definition.transports.iter().zip(kept)) {
            let last = kept.delivery.log.last();
            let (what, error) = match last.map(|entry| &entry.step) {
                Some(Step::Delivered) => (What::TransportFinish, None),
                Some(Step::Failed { fault }) => (What::TransportFailed, Some(fault.to_string())),
                Some(
                    Step::Assembling
                    | Step::Assembled
                    | Step::Delivering
                    | Step::Retrying { .. }
                    | Step::Resumed,
                )
                | None => continue,
            };
            let at = last.map_or_else(|| self.ambient.now(), |entry| entry.at);
            let sent: Vec<&Receipt> =
                receipts.iter().filter(|receipt| receipt.transport == place).collect();
            let is_email = transport.kind() == TransportKind::Email;
            let mailed = sent.iter().filter(|_| is_email);
            let mailed: Vec<&str> = mailed.map(|receipt| receipt.recipient.as_str()).collect();
            let unreached = kept.handover.iter().flat_map(|handover| &handover.unreached);
            let unreached: Vec<String> = unreached
                .map(|lost| format!("not reached: {}: {}", lost.recipient, lost.fault))
                .collect();
            let mail_error = error.clone().or_else(|| unreached.first().cloned());
            let mut transport_log = course(&kept.delivery);
            transport_log.extend(unreached);
            let info = json!({
                "transport": {"type": transport.kind().as_str(), "_id": place},
                "transport_state": kept.delivery.state,
                "transport_log": transport_log,
                "email_sent_to": mailed,
                "email_sent_error": mail_error.filter(|_| is_email),
            });
            let of = format!("transport-{place}-{again}");
            self.chronicle(head, what, &of, at, info).await?;
            if files > 0 && error.is_none() && is_brought(transport.kind()) {
                let copied = match start.due {
                    Some(_) => What::CopiedAsScheduled,
                    None => What::Copied,
                };
                let info = json!({"export": {"_id": head.number, "_version": head.version,
                    "_transport_id": place}});
                let each = Some(Each::Assets { run: id.run, count: files });
                let of = format!("copied-{place}-{again}");
                self.chronicle_each(head, copied, &of, at, (info, each)).await?;
            }
            if let Transport::Email(email) = transport {
                self.chronicle_mails(id, head, email, &sent).await?;
            }
        }
        Ok(())
    }

    /// Tells of the mails of a run, and of nothing else.
    pub(super) async fn chronicle_sent(
        &self,
        id: RunId,
        head: &Head,
        start: &Start,
    ) -> Result<(), StoreError> {
        let key = Key::definition(id.export, start.version);
        let stored: Option<StoredDefinition> = record::find(&*self.store, &key).await?;
        let Some(StoredDefinition { definition, .. }) = stored else { return Ok(()) };
        let receipts = self.receipts(id).await.unwrap_or_default();
        for (place, transport) in (0..).zip(&definition.transports) {
            if let Transport::Email(email) = transport {
                let sent = receipts.iter().filter(|receipt| receipt.transport == place);
                self.chronicle_mails(id, head, email, &sent.collect::<Vec<_>>()).await?;
            }
        }
        Ok(())
    }

    /// Tells of each mail of a transport, once, however often the run ends.
    async fn chronicle_mails(
        &self,
        id: RunId,
        head: &Head,
        email: &Email,
        sent: &[&Receipt],
    ) -> Result<(), StoreError> {
        for Receipt { transport, recipient, at, subject, .. } in sent {
            let info = json!({"type": "transport", "recipients": [recipient],
                "subject": subject.as_ref().or(email.subject.as_ref()), "message": email.message});
            let whose = hex_digest(recipient);
            let of = format!("email-{}-{transport}-{}", id.run, &whose[..32]);
            self.chronicle(head, What::EmailSent, &of, *at, info).await?;
        }
        Ok(())
    }
}

/// Whether a transport brings files somewhere, and does not only say where they are.
fn is_brought(kind: TransportKind) -> bool {
    match kind {
        TransportKind::Download | TransportKind::Email => false,
        TransportKind::Ftp
        | TransportKind::Http
        | TransportKind::Rsync
        | TransportKind::S3
        | TransportKind::Sftp
        | TransportKind::Webdav => true,
    }
}
