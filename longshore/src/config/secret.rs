//! Secrets of the configuration: given in a file of their own, or in place where there is no other
//! way. They are never shown.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;

use anyhow::Context;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

/// A secret that stands in the configuration itself. Serialised and shown it is empty.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub(crate) struct Secret(String);

impl Secret {
    /// Whether nothing is given.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The secret: that of the file where one is named, else this one.
    pub(crate) fn or_file(&self, file: &Path) -> anyhow::Result<SecretString> {
        if !in_file(file) {
            return Ok(self.0.clone().into());
        }
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("reading the secret {}", file.display()))?;
        Ok(fabric::secret::in_file(&text).to_owned().into())
    }
}

/// A text that is written and never read again: by this mark, mistakes in it are told without it.
impl JsonSchema for Secret {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Secret".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "writeOnly": true })
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl Serialize for Secret {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("")
    }
}

/// Whether a file is named at all.
pub(crate) fn in_file(file: &Path) -> bool {
    !file.as_os_str().is_empty()
}

/// The text of a secret, for the one call that needs it.
pub(crate) fn expose(secret: &SecretString) -> &str {
    secret.expose_secret()
}
