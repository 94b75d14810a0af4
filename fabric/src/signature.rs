//! Signatures of requests to others, as Standard Webhooks say: HMAC-SHA-256 over the message's id, its
//! time and its body (<https://www.standardwebhooks.com>).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretSlice};
use sha2::Sha256;

/// What secrets begin with whose rest is base64.
const PREFIX: &str = "whsec_";

/// A secret that sender and receiver share. Never shown.
#[derive(Clone)]
pub struct Secret(SecretSlice<u8>);

/// A signature under way, for bodies that are not held whole.
pub struct Signing(Hmac<Sha256>);

impl Secret {
    /// A secret as it is written: `whsec_` and base64, or any text as it is.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let bytes = match text.strip_prefix(PREFIX) {
            Some(encoded) => STANDARD.decode(encoded).ok()?,
            None => text.as_bytes().to_vec(),
        };
        (!bytes.is_empty()).then(|| Self(bytes.into()))
    }

    /// Begins the signature of a message.
    pub fn begin(&self, id: &str, at: Timestamp) -> Signing {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(self.0.expose_secret())
            .expect("every length is a key");
        mac.update(format!("{id}.{}.", at.as_second()).as_bytes());
        Signing(mac)
    }

    /// The signature of a message that is held whole.
    pub fn sign(&self, id: &str, at: Timestamp, body: &[u8]) -> String {
        let mut signing = self.begin(id, at);
        signing.update(body);
        signing.finish()
    }
}

impl Signing {
    /// Goes on with the next part of the body.
    pub fn update(&mut self, part: &[u8]) {
        self.0.update(part);
    }

    /// The value of `webhook-signature`.
    pub fn finish(self) -> String {
        format!("v1,{}", STANDARD.encode(self.0.finalize().into_bytes()))
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_the_one_of_the_standard() {
        // The example of the reference implementations.
        let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let at = Timestamp::from_second(1_614_265_330).unwrap();
        let body = br#"{"test": 2432232314}"#;
        let signed = secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at, body);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn an_empty_secret_is_none_and_none_is_shown() {
        assert!(Secret::parse(" \n").is_none() && Secret::parse("whsec_?").is_none());
        assert_eq!(format!("{:?}", Secret::parse("canary").unwrap()), "Secret");
    }
}
