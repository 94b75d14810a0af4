//! Sealing: an archive becomes one that only those it is meant for can open (age,
//! <https://age-encryption.org/v1>).
//!
//! age encrypts one stream, in chunks that are numbered from the first, so that sealed pieces do not
//! join: each volume is read once and written again, as an object of its own that everything after is
//! served from. What is joined is recorded before it is sealed, so that whoever comes after a crash
//! seals again and joins nothing; and taken away once the sealed archive is recorded.
//!
//! The key of a file is random, as it must be: the same archive sealed again has other bytes.

use std::io::{self, Write};
use std::sync::Arc;

use age::scrypt;
use age::x25519::Recipient;
use age::{EncryptError, Encryptor};
use bytes::Bytes;
use fabric::record::{self, Created};
use fabric::store::{StoreError, Upload};
use futures::TryStreamExt;
use pack::digest::MemberDigest;
use proto::archive::{Archive, Volume};
use proto::definition::Encrypt;
use proto::id::RunId;
use proto::key::Key;
use tokio::sync::mpsc;

use super::joiner::TAIL_BYTES;
use crate::Agent;
use crate::error::AgentError;

/// How many bytes of a sealed volume are handed on at a time (1 MiB).
const CHUNK_BYTES: usize = 1 << 20;

/// How many chunks wait to be sealed, and how many to be written.
const AT_ONCE: usize = 4;

/// How hard a passphrase is to guess, as the exponent of scrypt's work: a quarter of a GiB and about
/// a second for each guess, as the age tool does it
/// (<https://github.com/FiloSottile/age/blob/main/scrypt.go>).
const WORK_FACTOR: u8 = 18;

/// What is added to the name of a volume.
const EXTENSION: &str = ".age";

/// Whom an archive is sealed for.
pub(super) enum Lock {
    Recipients(Vec<Recipient>),
    Passphrase(scrypt::Recipient),
}

impl Lock {
    /// Reads what the definition asks for, and the passphrase where it names one.
    pub(super) fn new(agent: &Agent, encrypt: &Encrypt) -> Result<Self, AgentError> {
        match encrypt {
            Encrypt::Recipients(recipients) => {
                let recipients = recipients.iter().map(|recipient| recipient.parse());
                let recipients: Result<Vec<Recipient>, &'static str> = recipients.collect();
                let recipients = recipients.map_err(io::Error::other);
                Ok(Self::Recipients(recipients.map_err(AgentError::Sealing)?))
            }
            Encrypt::Passphrase(name) => {
                let passphrase = agent.settings.passphrases.read(name);
                let mut recipient =
                    scrypt::Recipient::new(passphrase.map_err(AgentError::Passphrase)?);
                recipient.set_work_factor(WORK_FACTOR);
                Ok(Self::Passphrase(recipient))
            }
        }
    }

    /// A new file key, locked for everybody it is for.
    fn encryptor(&self) -> Result<Encryptor, EncryptError> {
        match self {
            Self::Recipients(recipients) => {
                Encryptor::with_recipients(recipients.iter().map(|one| one as &dyn age::Recipient))
            }
            Self::Passphrase(passphrase) => {
                Encryptor::with_recipients(std::iter::once(passphrase as &dyn age::Recipient))
            }
        }
    }
}

impl Agent {
    /// What was joined to be sealed, where it is there.
    pub(super) async fn find_plain(
        &self,
        run: RunId,
        transport: u32,
    ) -> Result<Option<Archive>, StoreError> {
        record::find(&*self.store, &Key::plain_archive(run, transport)).await
    }

    /// Writes down what was joined to be sealed. Where another agent did before, theirs counts.
    pub(super) async fn keep_plain(
        &self,
        run: RunId,
        joined: Archive,
    ) -> Result<Archive, StoreError> {
        let key = Key::plain_archive(run, joined.transport);
        match record::create(&*self.store, &key, &joined).await? {
            Created::Now => Ok(joined),
            Created::Before => {
                self.delete_volumes(joined.volumes).await?;
                record::read(&*self.store, &key).await
            }
        }
    }

    /// Takes away what was joined to be sealed. To be called once the sealed archive is recorded:
    /// nothing else is made from it, for each transport has an archive of its own.
    pub(super) async fn forget_plain(&self, run: RunId, transport: u32) -> Result<(), StoreError> {
        let Some(plain) = self.find_plain(run, transport).await? else { return Ok(()) };
        self.delete_volumes(plain.volumes).await?;
        self.store.delete(&[Key::plain_archive(run, transport)]).await
    }

    /// Takes volumes away.
    pub(super) async fn delete_volumes(&self, volumes: Vec<Volume>) -> Result<(), StoreError> {
        let keys: Vec<Key> = volumes.into_iter().map(|volume| volume.key).collect();
        self.store.delete(&keys).await
    }

    /// Seals every volume of an archive into an object of its own, and checks each. A seal that is
    /// broken off leaves nothing that anyone sees.
    pub(super) async fn seal(
        &self,
        run: RunId,
        encrypt: &Encrypt,
        plain: Archive,
    ) -> Result<Archive, AgentError> {
        let lock = Arc::new(Lock::new(self, encrypt)?);
        let attempt = self.ambient.id().simple().to_string();
        let mut sealed = Vec::with_capacity(plain.volumes.len());
        for (number, volume) in (0..).zip(&plain.volumes) {
            let key = Key::volume(run, plain.transport, number, &attempt);
            match self.seal_volume(&lock, volume, key).await {
                Ok(volume) => sealed.push(volume),
                Err(error) => {
                    self.delete_volumes(sealed).await?;
                    return Err(error);
                }
            }
        }
        Ok(Archive { volumes: sealed, ..plain })
    }

    async fn seal_volume(
        &self,
        lock: &Arc<Lock>,
        plain: &Volume,
        key: Key,
    ) -> Result<Volume, AgentError> {
        let mut upload = self.store.upload(&key).await?;
        let (feed, incoming) = mpsc::channel(AT_ONCE);
        let (outlet, sealed) = mpsc::channel(AT_ONCE);
        let lock = Arc::clone(lock);
        // Each of the three ends when one beside it does, for that lets go of their channel.
        let (read, done, written) = tokio::join!(
            self.read_plain(plain, feed),
            tokio::task::spawn_blocking(move || seal(&lock, incoming, Outlet::new(outlet))),
            write(&mut *upload, sealed),
        );
        let ended = written.and(read).map_err(AgentError::from).and_then(|()| {
            done.map_err(io::Error::other).and_then(|done| done).map_err(AgentError::Sealing)
        });
        let Sealed { plain_crc32, len, crc32, sha256, tail } = match ended {
            Ok(sealed) => sealed,
            Err(error) => return Err(give_up(upload, error).await),
        };
        if plain_crc32 != plain.crc32 {
            let what = format!("CRC-32 {plain_crc32:08x} instead of {:08x}", plain.crc32);
            return Err(give_up(upload, AgentError::Damaged { what }).await);
        }
        upload.finish().await?;
        let name = format!("{}{EXTENSION}", plain.name);
        let volume = Volume { name, key: key.clone(), len, crc32, sha256: Some(sha256) };
        match self.check(volume, &tail).await {
            Ok(volume) => Ok(volume),
            Err(error) => {
                self.store.delete(&[key]).await?;
                Err(error)
            }
        }
    }

    async fn read_plain(
        &self,
        plain: &Volume,
        feed: mpsc::Sender<Bytes>,
    ) -> Result<(), StoreError> {
        let mut chunks = self.store.read(&plain.key, 0..plain.len, None).await?;
        while let Some(chunk) = chunks.try_next().await? {
            if feed.send(chunk).await.is_err() {
                break;
            }
        }
        Ok(())
    }
}

async fn write(
    upload: &mut dyn Upload,
    mut sealed: mpsc::Receiver<Bytes>,
) -> Result<(), StoreError> {
    while let Some(chunk) = sealed.recv().await {
        upload.write(chunk).await?;
    }
    Ok(())
}

/// Takes away what was written so far. What cannot be taken away now is swept later.
async fn give_up(upload: Box<dyn Upload>, why: AgentError) -> AgentError {
    if let Err(error) = upload.abort().await {
        tracing::debug!(error = &error as &dyn std::error::Error, "sealed volume not taken away");
    }
    why
}

/// A volume that was sealed.
struct Sealed {
    /// CRC-32 of what was sealed.
    plain_crc32: u32,
    len: u64,
    crc32: u32,
    sha256: String,
    tail: Vec<u8>,
}

/// Seals everything that comes, and passes it on.
fn seal(lock: &Lock, mut incoming: mpsc::Receiver<Bytes>, outlet: Outlet) -> io::Result<Sealed> {
    let mut plain = crc32fast::Hasher::new();
    let encryptor = lock.encryptor().map_err(io::Error::other)?;
    let mut stream = encryptor.wrap_output(outlet)?;
    while let Some(chunk) = incoming.blocking_recv() {
        plain.update(&chunk);
        stream.write_all(&chunk)?;
    }
    let mut outlet = stream.finish()?;
    outlet.pass_on()?;
    let (crc32, sha256) = outlet.digest.finish();
    let Outlet { len, tail, .. } = outlet;
    Ok(Sealed { plain_crc32: plain.finalize(), len, crc32, sha256, tail })
}

/// Where sealed bytes leave, in chunks.
struct Outlet {
    to: mpsc::Sender<Bytes>,
    chunk: Vec<u8>,
    len: u64,
    digest: MemberDigest,
    tail: Vec<u8>,
}

impl Outlet {
    fn new(to: mpsc::Sender<Bytes>) -> Self {
        Self { to, chunk: Vec::new(), len: 0, digest: MemberDigest::new(), tail: Vec::new() }
    }

    fn pass_on(&mut self) -> io::Result<()> {
        let chunk = std::mem::take(&mut self.chunk);
        if chunk.is_empty() {
            return Ok(());
        }
        self.len += chunk.len() as u64;
        self.digest.update(&chunk);
        self.tail.extend_from_slice(&chunk[chunk.len().saturating_sub(TAIL_BYTES)..]);
        self.tail.drain(..self.tail.len().saturating_sub(TAIL_BYTES));
        let sent = self.to.blocking_send(chunk.into());
        sent.map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }
}

impl Write for Outlet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.chunk.extend_from_slice(bytes);
        if self.chunk.len() >= CHUNK_BYTES {
            self.pass_on()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use age::{Decryptor, x25519};

    use super::*;

    /// Seals chunks, and tells what came out with what is known of it.
    fn sealed(lock: Lock, chunks: Vec<Bytes>) -> (Vec<u8>, Sealed) {
        let (feed, incoming) = mpsc::channel(chunks.len().max(1));
        for chunk in chunks {
            feed.try_send(chunk).unwrap();
        }
        drop(feed);
        let (outlet, mut out) = mpsc::channel(1);
        let sealing =
            std::thread::spawn(move || seal(&lock, incoming, Outlet::new(outlet)).unwrap());
        let mut bytes = Vec::new();
        while let Some(chunk) = out.blocking_recv() {
            bytes.extend_from_slice(&chunk);
        }
        (bytes, sealing.join().unwrap())
    }

    fn opened(sealed: &[u8], identity: &dyn age::Identity) -> Vec<u8> {
        let mut plain = Vec::new();
        let reader = Decryptor::new(sealed).unwrap().decrypt(std::iter::once(identity));
        reader.unwrap().read_to_end(&mut plain).unwrap();
        plain
    }

    #[test]
    fn every_recipient_opens_what_was_sealed_whatever_its_length() {
        let (one, other) = (x25519::Identity::generate(), x25519::Identity::generate());
        for len in [0, 1, (64 << 10) - 1, 64 << 10, (64 << 10) + 1, (3 << 20) + 7] {
            let plain: Vec<u8> = (0..len).map(|at: usize| at.to_le_bytes()[0]).collect();
            let chunks = plain.chunks(1 << 20).map(Bytes::copy_from_slice).collect();
            let lock = Lock::Recipients(vec![one.to_public(), other.to_public()]);
            let (bytes, known) = sealed(lock, chunks);
            assert_eq!(known.plain_crc32, crc32fast::hash(&plain));
            assert_eq!(known.len, bytes.len() as u64);
            assert_eq!(known.crc32, crc32fast::hash(&bytes));
            assert_eq!(known.tail, bytes[bytes.len().saturating_sub(TAIL_BYTES)..]);
            assert!(opened(&bytes, &one) == plain && opened(&bytes, &other) == plain, "{len}");
            assert!(age::decrypt(&x25519::Identity::generate(), &bytes).is_err());
        }
    }

    #[test]
    fn the_same_archive_sealed_again_has_other_bytes() {
        let identity = x25519::Identity::generate();
        let lock = || Lock::Recipients(vec![identity.to_public()]);
        let chunk = || vec![Bytes::from_static(b"the same")];
        let (one, other) = (sealed(lock(), chunk()).0, sealed(lock(), chunk()).0);
        assert_ne!(one, other);
        assert_eq!(opened(&one, &identity), opened(&other, &identity));
    }

    #[test]
    fn a_reader_that_goes_away_ends_the_sealing() {
        let (feed, incoming) = mpsc::channel(4);
        for _ in 0..4 {
            feed.try_send(Bytes::from(vec![0; 1 << 20])).unwrap();
        }
        drop(feed);
        let (outlet, out) = mpsc::channel(1);
        drop(out);
        let lock = Lock::Recipients(vec![x25519::Identity::generate().to_public()]);
        let error = seal(&lock, incoming, Outlet::new(outlet)).err().unwrap();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    }
}
