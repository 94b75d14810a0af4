//! What mails are sent by: the server, the sender and the wording, checked when a process starts.

use std::path::PathBuf;
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{
    Certificate, CertificateStore, TlsParameters, TlsParametersBuilder,
};
use lettre::transport::smtp::extension::ClientId;
use proto::fault::{Code, Fault};
use proto::people::is_address;
use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

use super::wording::Wording;

/// Most that is ever attached, in bytes (50 MiB): a mail is held in memory, a few times over.
const MOST_ATTACHED: u64 = 50 << 20;

/// How mails are sent.
#[derive(Debug, Clone)]
pub struct MailSettings {
    /// `smtp://host:port` (587 unless given) or `smtps://host:port` (465).
    pub server: Url,
    /// What is asked of a server that is reached by `smtp://`.
    pub starttls: Starttls,
    /// Who logs in, and the password; nobody where the server asks for no one.
    pub login: Option<(String, SecretString)>,
    /// The sender: an address, with a name before it or without.
    pub from: String,
    /// Certificates that the server's is signed by, where no public authority did, as PEM.
    pub authorities: Option<Vec<u8>>,
    /// How long the server may take for one answer.
    pub deadline: Duration,
    /// Most that is attached to a mail, in bytes.
    pub attach_up_to: u64,
    /// Templates that take the place of those that come with the program.
    pub templates: Option<PathBuf>,
    /// The language where neither the recipient nor the definition has one.
    pub language: String,
}

/// Whether a connection that begins in the clear is encrypted before anything is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Starttls {
    /// Always, or nothing is sent.
    Required,
    /// Where the server offers it.
    Opportunistic,
    /// Not even where it does.
    Never,
}

/// Sends mails; connects to nothing before there is one.
#[derive(Debug)]
pub struct Mailer {
    settings: MailSettings,
    from: Mailbox,
    host: String,
    port: u16,
    wording: Wording,
}

impl Mailer {
    /// A mailer, or what is wrong with its settings, with the key of each.
    pub fn new(settings: MailSettings) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut refuse = |key: &str, why: String| {
            faults.push(Fault::new(Code::InvalidValue, why).at(format!("email.{key}")));
        };
        let usual = match settings.server.scheme() {
            "smtp" => 587,
            "smtps" => 465,
            other => {
                refuse("server", format!("{other} is neither smtp nor smtps"));
                0
            }
        };
        if settings.server.password().is_some() || !settings.server.username().is_empty() {
            refuse("server", "user and password have keys of their own".to_owned());
        }
        let host = match settings.server.host() {
            Some(Host::Domain(name)) => name.to_owned(),
            Some(Host::Ipv4(address)) => address.to_string(),
            Some(Host::Ipv6(address)) => address.to_string(),
            None => {
                refuse("server", "it names no host".to_owned());
                String::new()
            }
        };
        let has_control = settings.from.chars().any(char::is_control);
        let from = settings.from.parse::<Mailbox>().ok();
        let from = from.filter(|from| !has_control && is_address(from.email.as_ref()));
        if from.is_none() {
            refuse("from", "this is no sender such as `Exports <exports@example.org>`".to_owned());
        }
        if let Err(error) = authorities(&settings) {
            refuse("ca_file", error);
        }
        let MailSettings { templates, language, attach_up_to, .. } = &settings;
        let wording = match Wording::read(templates.as_deref(), language, *attach_up_to) {
            Ok(wording) => Some(wording),
            Err(fault) => {
                faults.push(fault.at("email.templates"));
                None
            }
        };
        let port = settings.server.port().unwrap_or(usual);
        match (from, wording) {
            (Some(from), Some(wording)) if faults.is_empty() => {
                Ok(Self { settings, from, host, port, wording })
            }
            _ => Err(faults),
        }
    }

    /// Most that is attached, in bytes.
    pub(super) fn attach_up_to(&self) -> u64 {
        self.settings.attach_up_to.min(MOST_ATTACHED)
    }

    pub(super) fn from(&self) -> &Mailbox {
        &self.from
    }

    pub(super) fn wording(&self) -> &Wording {
        &self.wording
    }

    /// The server's host and port.
    pub(super) fn address(&self) -> (&str, u16) {
        (&self.host, self.port)
    }

    pub(super) fn deadline(&self) -> Duration {
        self.settings.deadline
    }

    pub(super) fn starttls(&self) -> Starttls {
        self.settings.starttls
    }

    /// Whether the connection is encrypted from its first byte.
    pub(super) fn is_wrapped(&self) -> bool {
        self.settings.server.scheme() == "smtps"
    }

    pub(super) fn credentials(&self) -> Option<Credentials> {
        let (user, password) = self.settings.login.as_ref()?;
        Some(Credentials::new(user.clone(), password.expose_secret().to_owned()))
    }

    /// Who the agent says that it is: the domain that mails come from.
    pub(super) fn hello(&self) -> ClientId {
        ClientId::Domain(self.from.email.domain().to_owned())
    }

    /// How the server proves to be itself.
    pub(super) fn tls(&self) -> Result<TlsParameters, String> {
        let mut builder: TlsParametersBuilder = TlsParameters::builder(self.host.clone());
        if let Some(certificates) = authorities(&self.settings)? {
            builder = builder.certificate_store(CertificateStore::None);
            builder = builder.add_root_certificate(certificates);
        }
        builder.build_rustls().map_err(|error| error.to_string())
    }
}

fn authorities(settings: &MailSettings) -> Result<Option<Certificate>, String> {
    let Some(pem) = &settings.authorities else { return Ok(None) };
    Certificate::from_pem(pem).map(Some).map_err(|error| error.to_string())
}
