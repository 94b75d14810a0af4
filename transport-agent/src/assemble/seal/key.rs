//! The key of a tree that a passphrase opens.
//!
//! What makes a passphrase slow to guess would be done for each file, a second and 256 MiB each, for the
//! format lets no two files share it (<https://c2sp.org/age>). So all files are sealed for a key that is
//! made for them alone, and the passphrase opens a file beside them that has this key's secret half.
//!
//! That half is in memory until the file is made, and never in the store. The record of the file has the
//! public half, which is enough to seal for, and is written once: whoever comes after a crash, beside
//! another, or when the passphrase is another, goes on with the same key, and knows it as little.

use std::sync::Arc;

use age::x25519::{Identity, Recipient};
use bytes::Bytes;
use fabric::ambient::Ambient;
use fabric::record;
use fabric::store::StoreError;
use proto::archive::Archive;
use proto::id::RunId;
use proto::key::Key;
use proto::sealed::Bundle;
use secrecy::{ExposeSecret, SecretString};

use super::bundle::Fed;
use super::lock::Lock;
use super::name::key_path;
use super::stream::Piece;
use crate::Agent;
use crate::error::AgentError;

/// What a secret key begins with as text.
const SECRET: bech32::Hrp = bech32::Hrp::parse_unchecked("age-secret-key-");

/// The key of a tree.
pub(super) struct TreeKey {
    /// The bundle whose only file has it.
    pub(super) bundle: Bundle,
    /// What is sealed so that it opens it.
    pub(super) lock: Lock,
}

impl Agent {
    /// The key of a tree, which a passphrase opens; made where nobody has.
    pub(super) async fn tree_key(
        &self,
        run: RunId,
        plain: &Archive,
        passphrase: &str,
        attempt: &str,
    ) -> Result<TreeKey, AgentError> {
        let key = Key::bundle(run, plain.transport, 0);
        let bundle = match record::find::<Bundle>(&*self.store, &key).await? {
            Some(bundle) => bundle,
            None => {
                let made = self.make_key(run, plain, passphrase, attempt).await?;
                self.keep_bundle(&key, made).await?
            }
        };
        let Some(recipient) = &bundle.recipient else {
            let what = "it has files and no key".to_owned();
            return Err(StoreError::Damaged { key, what }.into());
        };
        let lock = Lock::of_recipients(std::slice::from_ref(recipient))?;
        Ok(TreeKey { bundle, lock })
    }

    /// Makes a key, and a bundle of the file that has it.
    async fn make_key(
        &self,
        run: RunId,
        plain: &Archive,
        passphrase: &str,
        attempt: &str,
    ) -> Result<Bundle, AgentError> {
        let lock = Arc::new(Lock::of_passphrase(self, passphrase)?);
        let identity = identity(&self.ambient);
        let recipient = identity.to_public();
        let text = text(&identity, &recipient);
        let recipient = recipient.to_string();
        let path = key_path(plain.bag.as_ref().map(|bag| bag.folder.as_str()), &recipient);
        let object = Key::bundled(run, plain.transport, 0, attempt);
        let feed = async |feed: tokio::sync::mpsc::Sender<Piece>| {
            let text = Bytes::copy_from_slice(text.expose_secret().as_bytes());
            let crc32 = crc32fast::hash(&text);
            for piece in [Piece::Bytes(text), Piece::End] {
                // Nobody takes it where the sealing has failed, and tells why.
                drop(feed.send(piece).await);
            }
            Ok(vec![Fed { path, crc32 }])
        };
        let bundle = self.seal_files(&lock, object, feed).await?;
        Ok(Bundle { recipient: Some(recipient), ..bundle })
    }
}

/// A new key.
fn identity(ambient: &Ambient) -> Identity {
    let [one, other] = [ambient.nonce(), ambient.nonce()].map(u128::to_ne_bytes);
    let secret = bech32::encode::<bech32::Bech32>(SECRET, &[one, other].concat());
    let secret = SecretString::from(secret.expect("a key is short enough for a text"));
    secret.expose_secret().parse().expect("any 32 bytes are a key")
}

/// A key as a file, as `age-keygen` writes it.
fn text(identity: &Identity, recipient: &Recipient) -> SecretString {
    let secret = identity.to_string();
    format!("# public key: {recipient}\n{}\n", secret.expose_secret()).into()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use age::{Decryptor, IdentityFile};
    use fabric::board::ProcessBoard;
    use fabric::queue::ProcessQueue;
    use fabric::store::{DirectoryStore, Store};
    use proto::definition::Packer;
    use proto::people::People;

    use super::*;
    use crate::{Passphrases, Settings, Targets};

    #[test]
    fn a_key_is_a_file_that_age_reads_and_another_each_time() {
        let ambient = Ambient::system();
        let [one, other] = [identity(&ambient), identity(&ambient)];
        assert_ne!(one.to_public(), other.to_public());
        let text = text(&one, &one.to_public());
        assert!(text.expose_secret().contains("\nAGE-SECRET-KEY-1"));
        let read = IdentityFile::from_buffer(text.expose_secret().as_bytes()).unwrap();
        let read = read.into_identities().unwrap();
        let sealed = age::encrypt(&one.to_public(), b"plain").unwrap();
        let opens = |identity: &dyn age::Identity| {
            Decryptor::new(&*sealed).unwrap().decrypt(std::iter::once(identity)).is_ok()
        };
        assert!(opens(&*read[0]) && !opens(&other));
    }

    /// An agent whose only passphrase stands in a file.
    fn agent(folder: &std::path::Path, store: &Arc<dyn Store>, file: &str) -> Agent {
        let passphrases = BTreeMap::from([("p".to_owned(), folder.join(file))]);
        let settings = Settings {
            slots: 1,
            scratch: folder.to_owned(),
            staging_bytes: 1,
            grace: Duration::ZERO,
            links: None,
            mailer: None,
            passphrases: Passphrases::new(passphrases),
            people: People::default(),
            instance: String::new(),
        };
        let targets = Arc::new(Targets::new(BTreeMap::new(), folder.to_owned(), None));
        let (queue, board) = (Arc::new(ProcessQueue::new()), Arc::new(ProcessBoard::new()));
        Agent::new(Arc::clone(store), queue, board, targets, Ambient::system(), settings)
    }

    #[tokio::test]
    async fn agents_at_once_and_those_after_have_one_key_whatever_their_passphrases() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["one", "other"] {
            std::fs::write(folder.path().join(name), name).unwrap();
        }
        let store: Arc<dyn Store> =
            Arc::new(DirectoryStore::open(folder.path().join("store")).unwrap());
        let agents =
            ["one", "other", "gone"].map(|passphrase| agent(folder.path(), &store, passphrase));
        let run: RunId = "0192d3a0-0000-7000-8000-000000000000/1".parse().unwrap();
        let plain = Archive {
            transport: 0,
            packer: Packer::None,
            volumes: Vec::new(),
            bag: None,
            sealed: None,
            members: 0,
            bytes: 0,
            moved: 0,
        };
        let [one, other, gone] = &agents;
        assert!(gone.tree_key(run, &plain, "p", "0").await.is_err());
        let at_once = tokio::join!(
            one.tree_key(run, &plain, "p", "1"),
            other.tree_key(run, &plain, "p", "2"),
        );
        let bundles = [at_once.0, at_once.1, gone.tree_key(run, &plain, "p", "3").await];
        let bundles = bundles.map(|key| key.unwrap().bundle);
        assert!(bundles[0] == bundles[1] && bundles[1] == bundles[2]);
        let objects = ["1", "2"].map(|attempt| Key::bundled(run, 0, 0, attempt));
        for object in objects {
            let is_there = record::exists(&*store, &object).await.unwrap();
            assert_eq!(is_there, object == bundles[0].key, "{object}");
        }
    }
}
