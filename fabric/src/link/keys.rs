//! The keys that sign links: where they come from, what they sign, and what they know again.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::ChaCha20Poly1305;
use chacha20poly1305::aead::{Aead as _, KeyInit as _};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretSlice};
use sha2::Sha256;

use super::claim::{self, Claim};

/// Fewest bytes of a key that signs (32, the length of the digest).
pub const SHORTEST_KEY: usize = 32;

/// Bytes of a nonce before what is sealed.
const NONCE_BYTES: usize = 12;

/// The keys that sign and verify. Never shown.
#[derive(Clone)]
pub struct Keys {
    signing: SecretSlice<u8>,
    /// Keys that signed before; what they signed holds until it expires.
    former: Vec<SecretSlice<u8>>,
}

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The file cannot be read, or not be made.
    #[error("the file with the keys for links cannot be opened: {path}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A key that is easily guessed.
    #[error("a key for links has {len} bytes and needs at least {SHORTEST_KEY}")]
    Short {
        /// Its length.
        len: usize,
    },
    /// Nothing to sign with.
    #[error("there is no key for links")]
    None,
}

impl Keys {
    /// Keys of at least [`SHORTEST_KEY`] bytes: the first signs, all verify.
    pub fn new(keys: Vec<Vec<u8>>) -> Result<Self, KeysError> {
        if let Some(short) = keys.iter().find(|key| key.len() < SHORTEST_KEY) {
            return Err(KeysError::Short { len: short.len() });
        }
        let mut keys = keys.into_iter().map(SecretSlice::from);
        let signing = keys.next().ok_or(KeysError::None)?;
        Ok(Self { signing, former: keys.collect() })
    }

    /// Keys from a file, one on each line, such as `openssl rand -hex 32` makes. The bytes of the
    /// line are the key. A new key is put before the others, which are taken away once what they
    /// signed has ended (7 days).
    pub fn read(path: &Path) -> Result<Self, KeysError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| KeysError::Unreadable { path: path.to_owned(), source })?;
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        Self::new(lines.map(|line| line.as_bytes().to_vec()).collect())
    }

    /// Keys from a file that is made with a random key, for its owner alone, where there is none.
    pub fn read_or_make(path: &Path) -> Result<Self, KeysError> {
        let unreadable = |source| KeysError::Unreadable { path: path.to_owned(), source };
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
            Ok(mut file) => {
                let key: [u8; SHORTEST_KEY] = rand::random();
                writeln!(file, "{}", URL_SAFE_NO_PAD.encode(key)).map_err(unreadable)?;
                file.sync_all().map_err(unreadable)?;
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(unreadable(error)),
        }
        Self::read(path)
    }

    /// The token of a claim, of letters that every URL takes.
    pub fn sign(&self, claim: &Claim) -> String {
        let text = claim::lay_out(claim);
        let signature = mac(&self.signing, &text).finalize().into_bytes();
        format!("{}.{}", URL_SAFE_NO_PAD.encode(&text), URL_SAFE_NO_PAD.encode(signature))
    }

    /// A code that nobody without the keys makes for a text: the same each time, so that it need not be
    /// kept.
    pub fn code(&self, text: &str) -> String {
        URL_SAFE_NO_PAD.encode(coding(&self.signing, text).finalize().into_bytes())
    }

    /// Whether one of the keys made a code for a text. Compared in constant time, by all keys.
    pub fn is_code(&self, text: &str, code: &str) -> bool {
        let Ok(code) = URL_SAFE_NO_PAD.decode(code) else { return false };
        let mut is_ours = false;
        for key in std::iter::once(&self.signing).chain(&self.former) {
            is_ours |= coding(key, text).verify_slice(&code).is_ok();
        }
        is_ours
    }

    /// A text that nobody reads without the keys (`ChaCha20-Poly1305`, a random nonce before it).
    pub fn seal(&self, text: &str) -> String {
        let nonce: [u8; NONCE_BYTES] = rand::random();
        let sealed = cipher(&self.signing)
            .encrypt(&nonce.into(), text.as_bytes())
            .expect("no text is as long as the cipher's limit of 256 GiB");
        URL_SAFE_NO_PAD.encode([nonce.as_slice(), sealed.as_slice()].concat())
    }

    /// A text that one of the keys sealed.
    pub fn unseal(&self, sealed: &str) -> Option<String> {
        let bytes = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>()?;
        let mut keys = std::iter::once(&self.signing).chain(&self.former);
        let text = keys.find_map(|key| cipher(key).decrypt(nonce.into(), sealed).ok())?;
        String::from_utf8(text).ok()
    }

    /// The claim of a token that one of the keys signed. Signatures are compared in constant time, by all
    /// keys.
    pub fn verify(&self, token: &str) -> Option<Claim> {
        let (text, signature) = token.split_once('.')?;
        let text = URL_SAFE_NO_PAD.decode(text).ok()?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let mut is_signed = false;
        for key in std::iter::once(&self.signing).chain(&self.former) {
            is_signed |= mac(key, &text).verify_slice(&signature).is_ok();
        }
        is_signed.then(|| claim::read(&text)).flatten()
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").field("former", &self.former.len()).finish_non_exhaustive()
    }
}

/// A cipher by a key that is made of one that signs, and used for nothing else.
fn cipher(key: &SecretSlice<u8>) -> ChaCha20Poly1305 {
    let derived: [u8; 32] = mac(key, b"longshore seal\n").finalize().into_bytes().into();
    ChaCha20Poly1305::new(&derived.into())
}

/// Of codes, which are none of claims: these never begin so.
fn coding(key: &SecretSlice<u8>, text: &str) -> Hmac<Sha256> {
    let mut mac = mac(key, b"longshore code\n");
    mac.update(text.as_bytes());
    mac
}

fn mac(key: &SecretSlice<u8>, text: &[u8]) -> Hmac<Sha256> {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key.expose_secret())
        .expect("every length is a key");
    mac.update(text);
    mac
}

#[cfg(test)]
mod tests {
    use super::super::Part;
    use super::*;

    fn keys(signing: u8, former: &[u8]) -> Keys {
        let bytes = std::iter::once(signing).chain(former.iter().copied());
        Keys::new(bytes.map(|byte| vec![byte; 32]).collect()).unwrap()
    }

    fn claim(part: Part) -> Claim {
        let run = "0192d3a0-0000-7000-8000-000000000000/3".parse().unwrap();
        Claim { run, transport: 1, part, link: "t1".to_owned() }
    }

    #[test]
    fn a_token_says_what_was_signed() {
        for part in [Part::Volume(0), Part::Volume(7), Part::Files] {
            let token = keys(1, &[]).sign(&claim(part));
            assert_eq!(keys(1, &[]).verify(&token), Some(claim(part)));
        }
    }

    #[test]
    fn a_former_key_verifies_and_does_not_sign() {
        let token = keys(1, &[]).sign(&claim(Part::Files));
        assert!(keys(2, &[3, 1]).verify(&token).is_some());
        assert_eq!(keys(2, &[3]).verify(&token), None);
        assert_ne!(keys(2, &[1]).sign(&claim(Part::Files)), token);
    }

    #[test]
    fn what_is_sealed_is_read_by_its_keys_alone() {
        let sealed = keys(1, &[]).seal("hidden");
        assert_ne!(sealed, keys(1, &[]).seal("hidden"));
        assert_eq!(keys(2, &[1]).unseal(&sealed).as_deref(), Some("hidden"));
        assert_eq!(keys(2, &[]).unseal(&sealed), None);
        assert_eq!(keys(1, &[]).unseal(&sealed[1..]), None);
    }

    #[test]
    fn a_code_is_known_for_its_text_alone() {
        let code = keys(1, &[]).code("export 7");
        assert_eq!(code, keys(1, &[2]).code("export 7"));
        assert!(keys(2, &[1]).is_code("export 7", &code));
        assert!(
            !keys(2, &[]).is_code("export 7", &code) && !keys(1, &[]).is_code("export 8", &code)
        );
        assert!(!keys(1, &[]).is_code("export 7", &code[1..]));
    }

    #[test]
    fn a_token_with_any_bit_changed_is_none() {
        let token = keys(1, &[]).sign(&claim(Part::Volume(0)));
        for at in 0..token.len() {
            for bit in 0..7 {
                let mut bytes = token.clone().into_bytes();
                bytes[at] ^= 1 << bit;
                let altered = String::from_utf8(bytes).unwrap();
                assert_eq!(keys(1, &[]).verify(&altered), None, "byte {at}, bit {bit}");
            }
            assert_eq!(keys(1, &[]).verify(&token[..at]), None);
        }
        assert_eq!(keys(1, &[]).verify(&format!("{token}=")), None);
    }

    #[test]
    fn short_keys_are_refused_and_no_key_is_shown() {
        assert!(matches!(Keys::new(vec![vec![0; 31]]), Err(KeysError::Short { len: 31 })));
        assert!(matches!(Keys::new(Vec::new()), Err(KeysError::None)));
        assert_eq!(format!("{:?}", keys(65, &[66])), "Keys { former: 1, .. }");
    }

    #[test]
    fn a_key_is_made_once_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("link.key");
        assert!(matches!(Keys::read(&path), Err(KeysError::Unreadable { .. })));
        let token = Keys::read_or_make(&path).unwrap().sign(&claim(Part::Files));
        assert!(Keys::read_or_make(&path).unwrap().verify(&token).is_some());
    }
}
