//! Mails: `[email]`, and the people in `[users.NAME]` and `[groups.NAME]`.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use bytesize::ByteSize;
use proto::fault::{Code, Fault};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use transport_agent::{MailSettings, Mailer};
use url::Url;

use super::{Secret, in_file};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct EmailConfig {
    pub(crate) server: String,
    pub(crate) starttls: Starttls,
    pub(crate) user: String,
    pub(crate) password: Secret,
    pub(crate) password_file: PathBuf,
    pub(crate) from: String,
    pub(crate) ca_file: PathBuf,
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub(crate) deadline: Duration,
    #[schemars(with = "String")]
    pub(crate) attach_up_to: ByteSize,
    pub(crate) templates: PathBuf,
    pub(crate) language: String,
}

impl Default for EmailConfig {
    fn default() -> Self {
        Self {
            server: String::new(),
            starttls: Starttls::Required,
            user: String::new(),
            password: Secret::default(),
            password_file: PathBuf::new(),
            from: String::new(),
            ca_file: PathBuf::new(),
            deadline: Duration::from_mins(1),
            attach_up_to: ByteSize::mib(10),
            templates: PathBuf::new(),
            language: "en".to_owned(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Starttls {
    Required,
    Opportunistic,
    Never,
}

impl EmailConfig {
    /// Whether mails can be sent at all.
    pub(crate) fn is_there(&self) -> bool {
        !self.server.is_empty()
    }

    /// What sends mails, where a server is named; every mistake at once.
    pub(crate) fn mailer(&self) -> Result<Option<Mailer>, Vec<Fault>> {
        if !self.is_there() {
            return Ok(None);
        }
        let unreadable = |key: &str, error: &anyhow::Error| {
            Fault::new(Code::Unreadable, format!("{error:#}")).at(format!("email.{key}"))
        };
        let mut faults = Vec::new();
        let server = self.server.parse::<Url>().map_err(|error| {
            faults.push(Fault::new(Code::InvalidValue, error.to_string()).at("email.server"));
        });
        let password = self.password.or_file(&self.password_file).map_err(|error| {
            faults.push(unreadable("password_file", &error));
        });
        let authorities = in_file(&self.ca_file).then(|| {
            let read = std::fs::read(&self.ca_file);
            read.with_context(|| format!("reading {}", self.ca_file.display()))
        });
        let authorities = authorities.transpose().map_err(|error| {
            faults.push(unreadable("ca_file", &error));
        });
        let (Ok(server), Ok(password), Ok(authorities)) = (server, password, authorities) else {
            return Err(faults);
        };
        let settings = MailSettings {
            server,
            starttls: match self.starttls {
                Starttls::Required => transport_agent::Starttls::Required,
                Starttls::Opportunistic => transport_agent::Starttls::Opportunistic,
                Starttls::Never => transport_agent::Starttls::Never,
            },
            login: (!self.user.is_empty()).then(|| (self.user.clone(), password)),
            from: self.from.clone(),
            authorities,
            deadline: self.deadline,
            attach_up_to: self.attach_up_to.as_u64(),
            templates: in_file(&self.templates).then(|| self.templates.clone()),
            language: self.language.clone(),
        };
        Mailer::new(settings).map(Some)
    }
}
