//! Whose a token of a deployment is: what the token says, where one of the deployment's keys has signed it.
//!
//! Tokens are signed by ECDSA with P-256 and SHA-256 (`ES256`, <https://www.rfc-editor.org/rfc/rfc7518#section-3.4>) and
//! in no other way, whatever they say of themselves. Whether they hold still, the deployment is asked.

use std::fs;
use std::path::Path;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustls::pki_types::SubjectPublicKeyInfoDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::Value;

use crate::SourceError;
use crate::http::refused;

/// What the roles of API keys begin with. All of these are of one account, and see different things: what one of them
/// exported would be shown to the others.
const API_KEY: &str = "api:";

/// The keys of a deployment.
pub(super) struct Signers {
    keys: Vec<ParsedPublicKey>,
    /// Where tokens say whose they are.
    login: String,
}

impl Signers {
    /// Those of a file; tokens say at a JSON pointer whose they are.
    pub(super) fn open(file: &Path, login: &str) -> Result<Self, SourceError> {
        let wrong = |why: &str| refused(format!("the keys in {}: {why}", file.display()));
        if !login.starts_with('/') {
            return Err(refused(format!("{login:?} in `login` is no JSON pointer, such as /u/id")));
        }
        let text = fs::read(file).map_err(|error| wrong(&error.to_string()))?;
        let mut keys = Vec::new();
        for key in SubjectPublicKeyInfoDer::pem_slice_iter(&text) {
            let key = key.map_err(|error| wrong(&error.to_string()))?;
            let key = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &*key);
            keys.push(key.map_err(|error| wrong(&format!("one is not of P-256: {error}")))?);
        }
        if keys.is_empty() {
            return Err(wrong("there is no `BEGIN PUBLIC KEY`"));
        }
        Ok(Self { keys, login: login.to_owned() })
    }

    /// Whose a token is; nothing of one that is not signed by any of the keys, or is nobody's.
    pub(super) fn whose(&self, token: &str) -> Option<String> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (_, said) = signed.split_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let has_signed =
            |key: &ParsedPublicKey| key.verify_sig(signed.as_bytes(), &signature).is_ok();
        if !self.keys.iter().any(has_signed) {
            return None;
        }
        let said: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(said).ok()?).ok()?;
        if said["r"].as_str().is_some_and(|role| role.starts_with(API_KEY)) {
            return None;
        }
        match said.pointer(&self.login)? {
            Value::String(login) => Some(login.clone()),
            Value::Number(id) => Some(id.to_string()),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
    use base64::engine::general_purpose::STANDARD;
    use serde_json::json;

    use super::*;

    fn key() -> EcdsaKeyPair {
        EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap()
    }

    fn pem(key: &EcdsaKeyPair) -> String {
        let key: PublicKeyX509Der<'_> = key.public_key().as_der().unwrap();
        let der: &[u8] = key.as_ref();
        let text = STANDARD.encode(der);
        format!("-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n")
    }

    fn token(key: &EcdsaKeyPair, said: &Value) -> String {
        let head = json!({"alg": "ES256"});
        let [head, said] = [&head, said].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        let signed = format!("{head}.{said}");
        let signature = key.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn signers(text: &str, login: &str) -> Result<Signers, SourceError> {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("keys.pem");
        fs::write(&file, text).unwrap();
        Signers::open(&file, login)
    }

    #[test]
    fn a_token_is_whose_it_says_where_one_of_the_keys_has_signed_it() {
        let (before, now, other) = (key(), key(), key());
        let signers = signers(&format!("{}{}", pem(&before), pem(&now)), "/u/id").unwrap();
        let ann = json!({"u": {"id": 7, "email": "ann@example.org"}, "r": "user", "s": {}});
        for (key, expected) in [(&before, Some("7")), (&now, Some("7")), (&other, None)] {
            assert_eq!(signers.whose(&token(key, &ann)).as_deref(), expected);
        }
        for nobodys in [
            json!({"uid": 7, "sub": "ort"}),
            json!({"u": {"id": null}}),
            json!({"u": {"id": 7}, "r": "api:project_media_read_org"}),
        ] {
            assert_eq!(signers.whose(&token(&now, &nobodys)), None, "{nobodys}");
        }
        let (signed, others) = (token(&now, &ann), token(&now, &json!({"u": {"id": 8}})));
        let (_, signature) = signed.rsplit_once('.').unwrap();
        let (said, _) = others.rsplit_once('.').unwrap();
        assert_eq!(signers.whose(&format!("{said}.{signature}")), None);
        for text in ["", "lsh_x", "..", "a.b.c"] {
            assert_eq!(signers.whose(text), None, "{text}");
        }
    }

    #[test]
    fn a_deployment_may_call_its_users_by_something_else() {
        let key = key();
        let signers = signers(&pem(&key), "/u/email").unwrap();
        let ann = json!({"u": {"id": 7, "email": "ann@example.org"}});
        assert_eq!(signers.whose(&token(&key, &ann)).as_deref(), Some("ann@example.org"));
    }

    #[test]
    fn a_file_without_keys_is_told() {
        let told = |text: &str, login| signers(text, login).err().unwrap().to_string();
        assert!(told("canary", "/u/id").contains("BEGIN PUBLIC KEY"));
        let wrong = "-----BEGIN PUBLIC KEY-----\nYQ==\n-----END PUBLIC KEY-----\n";
        assert!(told(wrong, "/u/id").contains("P-256"));
        assert!(told(&pem(&key()), "u.id").contains("JSON pointer"));
    }
}
