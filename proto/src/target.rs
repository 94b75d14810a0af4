//! How a target is configured: a place that results are delivered to, in the configuration under a
//! name, or in a definition that is run locally.
//!
//! A definition names a target and never says where it is or how to get in. Secrets are not here but
//! in files that are named here, so that a coordinator can read all of this and knows none of them.
//! What delivers is the transport agent.

mod web;
mod ftp;
mod http;
mod path;
mod machine;
mod rsync;
mod s3;
mod sftp;
mod webdav;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::ftp::{FtpSecurity, FtpTarget};
pub use self::http::{HttpMethod, HttpTarget};
pub(crate) use self::machine::check_host;
pub use self::path::path_mistake;
pub use self::rsync::{RsyncPlace, RsyncTarget};
pub use self::s3::{S3Checksums, S3Target};
pub use self::sftp::SftpTarget;
pub use self::webdav::WebdavTarget;
use crate::definition::{Definition, Transport, TransportKind};
use crate::fault::{Code, Fault};

/// A place that results are delivered to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TargetSpec {
    /// A folder of an FTP server.
    Ftp(FtpTarget),
    /// A place that takes results by HTTP.
    Http(HttpTarget),
    /// A place that rsync writes to.
    Rsync(RsyncTarget),
    /// A bucket.
    S3(S3Target),
    /// A folder behind an ssh server that speaks SFTP.
    Sftp(SftpTarget),
    /// A folder of a server that speaks WebDAV.
    Webdav(WebdavTarget),
}

impl TargetSpec {
    /// The transport that delivers there.
    pub fn kind(&self) -> TransportKind {
        match self {
            Self::Ftp(_) => TransportKind::Ftp,
            Self::Http(_) => TransportKind::Http,
            Self::Rsync(_) => TransportKind::Rsync,
            Self::S3(_) => TransportKind::S3,
            Self::Sftp(_) => TransportKind::Sftp,
            Self::Webdav(_) => TransportKind::Webdav,
        }
    }

    /// What is wrong with it beyond its shape, below the place where it stands.
    pub fn mistakes(&self, place: &str) -> Vec<Fault> {
        match self {
            Self::Ftp(target) => target.mistakes(place),
            Self::Http(target) => target.mistakes(place),
            Self::Rsync(target) => target.mistakes(place),
            Self::S3(target) => target.mistakes(place),
            Self::Sftp(target) => target.mistakes(place),
            Self::Webdav(target) => target.mistakes(place),
        }
    }
}

/// Which targets there are and what delivers to them, without how to get there: what must be known to
/// accept a definition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TargetNames(BTreeMap<String, TransportKind>);

impl TargetNames {
    /// The names of these targets.
    pub fn of<'t>(targets: impl IntoIterator<Item = (&'t String, &'t TargetSpec)>) -> Self {
        Self(targets.into_iter().map(|(name, spec)| (name.clone(), spec.kind())).collect())
    }

    /// Transports whose target is not there, or is of another kind.
    pub fn mistakes(&self, definition: &Definition) -> Vec<Fault> {
        let transports = definition.transports.iter().enumerate();
        let named = transports.filter_map(|(index, transport)| {
            let fault = self.mistake(transport.target()?, transport)?;
            Some(fault.at(format!("/transports/{index}/target")))
        });
        named.collect()
    }

    fn mistake(&self, name: &str, transport: &Transport) -> Option<Fault> {
        let Some(kind) = self.0.get(name) else {
            return Some(unknown(name, self.0.keys().map(String::as_str)));
        };
        let (is, needs) = (kind.as_str(), transport.kind().as_str());
        (is != needs).then(|| {
            Fault::new(Code::InvalidValue, format!("the target {name:?} is not of kind {needs}"))
                .hint(format!("deliver to it by a transport of type {is}"))
        })
    }
}

/// What is told of a target that is not there, with those that are.
pub fn unknown<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Fault {
    let known: Vec<&str> = known.collect();
    Fault::new(Code::UnknownTarget, format!("there is no target {name:?}")).hint(
        if known.is_empty() {
            "no target is configured".to_owned()
        } else {
            format!("there are {}", crate::abridged::list(&known))
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(target: &str) -> Option<(Code, String)> {
        let spec = r#"{"kind": "rsync", "to": "/srv/exports"}"#;
        let targets = BTreeMap::from([("backup".to_owned(), serde_json::from_str(spec).unwrap())]);
        let definition = format!(
            r#"{{"name": "x", "outputs": [{{"to": "a", "from": "a", "format": "csv"}}],
                "transports": [{{"type": "download"}}, {{"type": "rsync", "target": "{target}"}}]}}"#
        );
        let definition = Definition::parse(&definition).unwrap();
        let fault = TargetNames::of(&targets).mistakes(&definition).pop()?;
        assert_eq!(fault.place.as_deref(), Some("/transports/1/target"));
        Some((fault.code, fault.hint.unwrap()))
    }

    #[test]
    fn a_target_that_is_not_there_is_told_with_those_that_are() {
        assert_eq!(told("backup"), None);
        let hint = "there are backup".to_owned();
        assert_eq!(told("bakcup"), Some((Code::UnknownTarget, hint)));
    }
}
