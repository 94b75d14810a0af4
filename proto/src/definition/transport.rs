//! Transports: how a result leaves.
//!
//! A new transport is a variant of [`Transport`] with a struct of its own; the compiler then names
//! every place that must know it. Every one says how the result is packed.

mod email;
mod ftp;
mod http;
mod rsync;
mod s3;
mod sftp;
mod webdav;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::email::{Attach, Email};
pub use self::ftp::Ftp;
pub use self::http::{Http, Records};
pub use self::rsync::{Rsync, RsyncOptions};
pub use self::s3::{S3, S3Options};
pub use self::sftp::{Sftp, SftpOptions};
pub use self::webdav::{Webdav, WebdavOptions};
use super::encrypt::Encrypt;
use super::packer::Packer;
use crate::fault::Fault;

/// One way the result leaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Transport {
    /// A signed, expiring, revocable link.
    Download(Download),
    /// A mail to each recipient, with links to the result or with the result itself.
    Email(Email),
    /// Sent by FTP to a configured target.
    Ftp(Ftp),
    /// Files, or pages of records, sent to a configured target by HTTP.
    Http(Http),
    /// Sent by rsync to a configured target.
    Rsync(Rsync),
    /// Put into a bucket that is configured as a target.
    S3(S3),
    /// Sent by SFTP to a configured target.
    Sftp(Sftp),
    /// Sent by WebDAV to a configured target.
    Webdav(Webdav),
}

/// A transport without its details.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TransportKind {
    /// A link.
    Download,
    /// A mail.
    Email,
    /// FTP.
    Ftp,
    /// HTTP.
    Http,
    /// rsync.
    Rsync,
    /// A bucket.
    S3,
    /// SFTP.
    Sftp,
    /// WebDAV.
    Webdav,
}

/// A signed, expiring, revocable link.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Download {
    /// How the result is packed.
    #[serde(default)]
    pub packer: Packer,
    /// Encrypts the archive, or each file; left out, they are handed over as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encrypt: Option<Encrypt>,
}

impl Transport {
    /// Which transport it is.
    pub fn kind(&self) -> TransportKind {
        match self {
            Self::Download(_) => TransportKind::Download,
            Self::Email(_) => TransportKind::Email,
            Self::Ftp(_) => TransportKind::Ftp,
            Self::Http(_) => TransportKind::Http,
            Self::Rsync(_) => TransportKind::Rsync,
            Self::S3(_) => TransportKind::S3,
            Self::Sftp(_) => TransportKind::Sftp,
            Self::Webdav(_) => TransportKind::Webdav,
        }
    }

    /// How the result is packed.
    pub fn packer(&self) -> &Packer {
        match self {
            Self::Download(download) => &download.packer,
            Self::Email(email) => &email.packer,
            Self::Ftp(ftp) => &ftp.packer,
            Self::Http(http) => &http.packer,
            Self::Rsync(rsync) => &rsync.packer,
            Self::S3(s3) => &s3.packer,
            Self::Sftp(sftp) => &sftp.packer,
            Self::Webdav(webdav) => &webdav.packer,
        }
    }

    /// How the archive is encrypted; nothing where it is not.
    pub fn encrypt(&self) -> Option<&Encrypt> {
        match self {
            Self::Download(download) => download.encrypt.as_ref(),
            Self::Email(email) => email.encrypt.as_ref(),
            Self::Ftp(ftp) => ftp.encrypt.as_ref(),
            Self::Http(http) => http.encrypt.as_ref(),
            Self::Rsync(rsync) => rsync.encrypt.as_ref(),
            Self::S3(s3) => s3.encrypt.as_ref(),
            Self::Sftp(sftp) => sftp.encrypt.as_ref(),
            Self::Webdav(webdav) => webdav.encrypt.as_ref(),
        }
    }

    /// The name of the target it delivers to; nothing where it needs none.
    pub fn target(&self) -> Option<&str> {
        match self {
            Self::Download(_) | Self::Email(_) => None,
            Self::Ftp(ftp) => Some(&ftp.target),
            Self::Http(http) => Some(&http.target),
            Self::Rsync(rsync) => Some(&rsync.target),
            Self::S3(s3) => Some(&s3.target),
            Self::Sftp(sftp) => Some(&sftp.target),
            Self::Webdav(webdav) => Some(&webdav.target),
        }
    }

    /// What is wrong with it beyond its shape, below the place where it stands.
    pub(super) fn mistakes(&self, place: &str) -> Vec<Fault> {
        let mut faults = self.packer().mistakes(&format!("{place}/packer"));
        if let Some(encrypt) = self.encrypt() {
            faults.extend(encrypt.mistakes(&format!("{place}/encrypt")));
        }
        faults.extend(match self {
            Self::Download(_) => Vec::new(),
            Self::Email(email) => email.mistakes(place),
            Self::Ftp(ftp) => ftp.mistakes(place),
            Self::Http(http) => http.mistakes(place),
            Self::Rsync(rsync) => rsync.mistakes(place),
            Self::S3(s3) => s3.mistakes(place),
            Self::Sftp(sftp) => sftp.mistakes(place),
            Self::Webdav(webdav) => webdav.mistakes(place),
        });
        faults
    }
}

impl TransportKind {
    /// The transport as definitions name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Download => "download",
            Self::Email => "email",
            Self::Ftp => "ftp",
            Self::Http => "http",
            Self::Rsync => "rsync",
            Self::S3 => "s3",
            Self::Sftp => "sftp",
            Self::Webdav => "webdav",
        }
    }
}
