//! What signs the tokens of services like those of IDAH: a key that is another one in each test.

use anyhow::{Result, anyhow};
use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// A key.
pub struct IdahSigner(EcdsaKeyPair);

impl IdahSigner {
    /// A key that nobody else has.
    pub fn new() -> Result<Self> {
        EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map(Self).map_err(failed)
    }

    /// Its public half, in PEM.
    pub fn public(&self) -> Result<String> {
        let key: PublicKeyX509Der<'_> = self.0.public_key().as_der().map_err(failed)?;
        let der: &[u8] = key.as_ref();
        let text = STANDARD.encode(der);
        Ok(format!("-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n"))
    }

    /// A token of the user with this number.
    pub fn token(&self, user: u64) -> Result<String> {
        let said = json!({"u": {"id": user}, "r": "user", "s": {}, "exp": 4_102_444_800_u64});
        let part = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let signed = format!("{}.{}", part(&json!({"alg": "ES256"})), part(&said));
        let signature = self.0.sign(&SystemRandom::new(), signed.as_bytes()).map_err(failed)?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

fn failed(_: Unspecified) -> anyhow::Error {
    anyhow!("the key does not sign")
}
