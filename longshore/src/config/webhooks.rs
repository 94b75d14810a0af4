//! Webhooks: `[webhooks.NAME]`.

use std::path::PathBuf;
use std::time::Duration;

use coordinator::notify::{Audience, Webhook};
use proto::fault::{Code, Fault};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{Secret, expose};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct WebhookConfig {
    pub(crate) url: String,
    pub(crate) secret: Secret,
    pub(crate) secret_file: PathBuf,
    pub(crate) events: Vec<String>,
    pub(crate) exports: Exports,
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub(crate) deadline: Duration,
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub(crate) give_up_after: Duration,
}

impl Default for WebhookConfig {
    fn default() -> Self {
        Self {
            url: String::new(),
            secret: Secret::default(),
            secret_file: PathBuf::new(),
            events: Vec::new(),
            exports: Exports::Asking,
            deadline: Duration::from_secs(10),
            give_up_after: Duration::from_hours(24),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Exports {
    Asking,
    All,
}

impl WebhookConfig {
    /// The webhook, or what is wrong with it.
    pub(crate) fn webhook(&self, name: &str) -> Result<Webhook, Fault> {
        let refuse = |key: &str, why: String| {
            Fault::new(Code::InvalidValue, why).at(format!("webhooks.{name}.{key}"))
        };
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        if name.is_empty() || name.len() > 100 || !name.chars().all(is_plain) {
            return Err(refuse("url", "a webhook's name is letters, digits, - and _".to_owned()));
        }
        let url: Url = self.url.parse().map_err(|error| refuse("url", format!("{error}")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(refuse("url", "this is neither http nor https".to_owned()));
        }
        let secret = self.secret.or_file(&self.secret_file);
        let secret = secret.map_err(|error| refuse("secret_file", format!("{error:#}")))?;
        let secret =
            match expose(&secret) {
                "" => None,
                text => Some(fabric::signature::Secret::parse(text).ok_or_else(|| {
                    refuse("secret_file", "after whsec_ stands base64".to_owned())
                })?),
            };
        Ok(Webhook {
            name: name.to_owned(),
            url,
            secret,
            events: self.events.clone(),
            audience: match self.exports {
                Exports::Asking => Audience::Asking,
                Exports::All => Audience::Everyone,
            },
            deadline: self.deadline,
            give_up_after: self.give_up_after,
        })
    }
}
