//! Encrypting what a transport hands over, as a definition says it.
//!
//! A definition holds public keys and names, never a secret: recipients open archives with keys that
//! stay with them, and a passphrase is in a file of the agents.

use std::collections::BTreeSet;

use bech32::primitives::decode::CheckedHrpstring;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Definition;
use crate::fault::{Code, Fault};

/// How what is handed over is encrypted (age: <https://age-encryption.org/v1>): archives whole, or
/// files one by one where nothing is packed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Encrypt {
    /// For these recipients, `age1…` as `age-keygen` tells them; each opens it with a key of theirs.
    Recipients(#[schemars(length(min = 1, max = 100))] Vec<String>),
    /// By a passphrase of the configuration, by its name. Where nothing is packed it opens a key that lies
    /// beside the files, and that opens these.
    Passphrase(String),
}

/// Why a text is no recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum RecipientError {
    /// It is the key that opens, not the one that encrypts.
    #[error("this is a secret key")]
    Secret,
    /// It is a key of another kind: a plugin's, or one of SSH.
    #[error("this is no X25519 recipient")]
    Kind,
    /// Letters were lost or changed on the way.
    #[error("this recipient is damaged: its letters do not fit its checksum")]
    Damaged,
    /// It is a point that makes the same key with everybody.
    #[error("this recipient has no secret key")]
    Weak,
}

/// What an age recipient begins with.
const RECIPIENT: &str = "age";

/// The points of small order, in little endian without the highest bit. They give every sender the
/// same key, all zeros: <https://cr.yp.to/ecdh.html#validate>
const WEAK: [[u8; 32]; 7] = [
    ends_in(0x00, 0x00, 0x00),
    ends_in(0x01, 0x00, 0x00),
    [
        0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4,
        0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49,
        0xb8, 0x00,
    ],
    [
        0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef,
        0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f,
        0x11, 0x57,
    ],
    ends_in(0xec, 0xff, 0x7f),
    ends_in(0xed, 0xff, 0x7f),
    ends_in(0xee, 0xff, 0x7f),
];

const fn ends_in(first: u8, between: u8, last: u8) -> [u8; 32] {
    let mut point = [between; 32];
    (point[0], point[31]) = (first, last);
    point
}

/// Checks that a text is an X25519 recipient that something can be encrypted for.
fn check_recipient(text: &str) -> Result<(), RecipientError> {
    if text.to_ascii_uppercase().starts_with("AGE-SECRET-KEY-") {
        return Err(RecipientError::Secret);
    }
    if !text.starts_with("age1") {
        return Err(RecipientError::Kind);
    }
    let read = CheckedHrpstring::new::<bech32::Bech32>(text);
    let read = read.map_err(|_| RecipientError::Damaged)?;
    let point: Vec<u8> = read.byte_iter().collect();
    let Ok(mut point) = <[u8; 32]>::try_from(point) else { return Err(RecipientError::Kind) };
    if read.hrp().as_str() != RECIPIENT {
        return Err(RecipientError::Kind);
    }
    point[31] &= 0x7f;
    if WEAK.contains(&point) { Err(RecipientError::Weak) } else { Ok(()) }
}

impl Encrypt {
    pub(super) fn mistakes(&self, place: &str) -> Vec<Fault> {
        let mut faults = Vec::new();
        let Self::Recipients(recipients) = self else { return faults };
        for (index, recipient) in recipients.iter().enumerate() {
            if let Err(error) = check_recipient(recipient) {
                // What was given is not told again: it may be a secret.
                faults.push(
                    Fault::new(Code::InvalidValue, error.to_string())
                        .at(format!("{place}/recipients/{index}"))
                        .hint(hint(error)),
                );
            }
        }
        faults
    }
}

fn hint(error: RecipientError) -> &'static str {
    match error {
        RecipientError::Secret => {
            "change it, for it was sent here; `age-keygen -y` tells its recipient"
        }
        RecipientError::Kind | RecipientError::Damaged | RecipientError::Weak => {
            "give it as `age-keygen` tells it: age1 and 58 letters and digits"
        }
    }
}

/// Passphrases that a deployment does not know, by the names that it knows.
pub fn unknown_passphrases(known: &BTreeSet<String>, definition: &Definition) -> Vec<Fault> {
    let named = definition.transports.iter().enumerate().filter_map(|(index, transport)| {
        let Some(Encrypt::Passphrase(name)) = transport.encrypt() else { return None };
        let place = format!("/transports/{index}/encrypt/passphrase");
        (!known.contains(name)).then(|| unknown_passphrase(name, known).at(place))
    });
    named.collect()
}

/// What is told of a passphrase that is not there, with those that are.
pub fn unknown_passphrase<'n>(name: &str, known: impl IntoIterator<Item = &'n String>) -> Fault {
    let known: Vec<&str> = known.into_iter().map(String::as_str).collect();
    Fault::new(Code::UnknownPassphrase, format!("there is no passphrase called {name:?}")).hint(
        if known.is_empty() {
            "no passphrase is configured; they stand under [passphrases.NAME]".to_owned()
        } else {
            format!("there are {}", crate::abridged::list(&known))
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa";

    /// A recipient of any 32 bytes.
    fn recipient(point: [u8; 32]) -> String {
        let age = bech32::Hrp::parse(RECIPIENT).unwrap();
        bech32::encode::<bech32::Bech32>(age, &point).unwrap()
    }

    #[test]
    fn only_a_point_with_a_secret_key_is_a_recipient() {
        assert_eq!(check_recipient(GOOD), Ok(()));
        let secret = "AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33";
        for (text, expected) in [
            (secret, RecipientError::Secret),
            (&secret.to_lowercase(), RecipientError::Secret),
            ("", RecipientError::Kind),
            ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA", RecipientError::Kind),
            (&GOOD.to_uppercase(), RecipientError::Kind),
            (&GOOD.replace("t7rx", "t7rr"), RecipientError::Damaged),
            (&GOOD[..61], RecipientError::Damaged),
        ] {
            assert_eq!(check_recipient(text), Err(expected), "{text}");
        }
        for point in WEAK {
            assert_eq!(check_recipient(&recipient(point)), Err(RecipientError::Weak));
            let mut high = point;
            high[31] |= 0x80;
            assert_eq!(check_recipient(&recipient(high)), Err(RecipientError::Weak));
        }
    }

    fn told(transport: &str) -> Vec<String> {
        let json = format!(
            r#"{{"name": "x", "outputs": [{{"to": "a", "from": "a", "format": "csv"}}],
                "transports": [{{"type": "download"}}, {transport}]}}"#
        );
        let faults = Definition::parse(&json).err().unwrap_or_default();
        faults.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_mistake_is_told_with_its_place_and_without_what_was_given() {
        let secret = "AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33";
        let transport = serde_json::json!({
            "type": "download",
            "encrypt": {"recipients": [GOOD, secret, "age1t7rx"]},
        });
        let told = told(&transport.to_string());
        assert_eq!(
            told,
            [
                "/transports/1/encrypt/recipients/1: this is a secret key [invalid_value] (change it, for it was sent here; `age-keygen -y` tells its recipient)",
                "/transports/1/encrypt/recipients/2: this recipient is damaged: its letters do not fit its checksum [invalid_value] (give it as `age-keygen` tells it: age1 and 58 letters and digits)",
            ]
        );
    }

    #[test]
    fn recipients_and_passphrases_go_with_every_packer() {
        let recipients = format!(r#""recipients": ["{GOOD}"]"#);
        for packer in [r#""tar_gz""#, r#""none""#, r#"{"bag": {"archive": "none"}}"#] {
            for encrypt in [r#""passphrase": "p""#, recipients.as_str()] {
                let transport = format!(
                    r#"{{"type": "download", "packer": {packer}, "encrypt": {{{encrypt}}}}}"#
                );
                assert_eq!(told(&transport), [""; 0], "{transport}");
            }
        }
    }

    #[test]
    fn both_ways_at_once_are_told_to_be_one_too_many() {
        let both = format!(
            r#"{{"type": "download", "encrypt": {{"passphrase": "p", "recipients": ["{GOOD}"]}}}}"#
        );
        let expected = "/transports/1/encrypt: `recipients`, `passphrase` do not go together \
                        [invalid_value] (give one of `recipients`, `passphrase`)";
        assert_eq!(told(&both), [expected]);
        let neither = both.replace(GOOD, "").replace("[\"\"]", "[]");
        assert_eq!(told(&neither), [expected]);
        let strange = both.replace("{\"passphrase\"", "{\"colour\": 1, \"passphrase\"");
        let told = told(&strange);
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].starts_with("/transports/1/encrypt/colour: "), "{told:?}");
        assert_eq!(told[1], expected);
    }

    #[test]
    fn a_passphrase_that_is_not_there_is_told_with_those_that_are() {
        let json = r#"{"name": "x", "outputs": [{"to": "a", "from": "a", "format": "csv"}],
            "transports": [{"type": "download", "encrypt": {"passphrase": "bakcup"}}]}"#;
        let definition = Definition::parse(json).unwrap();
        let faults = unknown_passphrases(&["backup".to_owned()].into(), &definition);
        assert_eq!(
            faults[0].to_string(),
            "/transports/0/encrypt/passphrase: there is no passphrase called \"bakcup\" [unknown_passphrase] (there are backup)"
        );
        assert_eq!(unknown_passphrases(&["bakcup".to_owned()].into(), &definition), []);
    }
}
