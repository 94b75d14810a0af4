//! The transports of a definition that ways out mean.

use std::collections::BTreeMap;

use serde_json::Value;

use super::recipient::{entry, language};
use super::{Way, WayKind};
use crate::definition::{
    Download, Email, Ftp, Packer, Rsync, RsyncOptions, Sftp, SftpOptions, Transport, Webdav,
    WebdavOptions,
};
use crate::easydb::free::{FreePlace, NotFree};
use crate::easydb::instance::Instance;
use crate::easydb::mistake::{Mistake, What};
use crate::easydb::place::{Asked, Found};
use crate::easydb::reading::Reading;
use crate::people::is_language;

impl Way {
    /// The transport that is meant, or what is missing for it.
    pub(in crate::easydb) fn transport(
        &self,
        place: &str,
        instance: &Instance,
        reading: &mut Reading,
    ) -> Option<Transport> {
        // What stays here is fetched as one file, what is sent goes file by file.
        let usual = match self.kind {
            WayKind::Download | WayKind::Email => Packer::Zip,
            WayKind::Rsync | WayKind::Ftp | WayKind::Sftp | WayKind::Webdav => Packer::None,
        };
        let packer = packer(self.packer.as_deref(), usual)?;
        let text = |key: &str| self.options.get(key).and_then(Value::as_str);
        let directory = text("directory").unwrap_or_default();
        let server = text("target").or_else(|| text("server")).or_else(|| text("url"));
        let places = &instance.places;
        let found = match self.kind {
            WayKind::Download => {
                return Some(Transport::Download(Download { packer, encrypt: None }));
            }
            WayKind::Email => {
                return Some(Transport::Email(Email {
                    to: self.recipients.iter().filter_map(entry).collect(),
                    subject: None,
                    message: self.message.clone(),
                    language: None,
                    languages: self.languages(),
                    attach: None,
                    packer,
                    encrypt: None,
                }));
            }
            WayKind::Rsync => {
                let asked = text("target").or_else(|| text("destination"));
                asked.and_then(|destination| places.rsync(destination))
            }
            WayKind::Ftp | WayKind::Sftp => server.and_then(|server| {
                let asked = Asked { server, login: text("login"), directory };
                if self.kind == WayKind::Ftp { places.ftp(&asked) } else { places.sftp(&asked) }
            }),
            WayKind::Webdav => server.and_then(|server| places.webdav(server, directory)),
        };
        let Some((target, path)) = found else {
            match self.free(&instance.free) {
                Ok(Some(FreePlace { name, path, .. })) => {
                    return self.sent((name, path), packer, place, reading);
                }
                Ok(None) => {}
                Err(NotFree { key, why }) => {
                    reading.wrong(&format!("{place}.options.{key}"), why);
                    return None;
                }
            }
            let key = if self.kind == WayKind::Rsync { "destination" } else { "server" };
            let known = places.names(self.kind);
            let what = What::Target { kind: self.kind.as_str(), known };
            let place = format!("{place}.options.{key}");
            reading.mistakes.push(Mistake { what, place });
            return None;
        };
        self.sent((target, path), packer, place, reading)
    }

    /// The languages that plain addresses read, as far as they say it.
    fn languages(&self) -> BTreeMap<String, String> {
        let said = |recipient| Some((entry(recipient)?, language(recipient)?.to_owned()));
        let said = self.recipients.iter().filter_map(said);
        said.filter(|(_, language)| is_language(language)).collect()
    }

    fn sent(
        &self,
        (target, path): Found,
        packer: Packer,
        place: &str,
        reading: &mut Reading,
    ) -> Option<Transport> {
        let encrypt = None;
        Some(match self.kind {
            WayKind::Rsync => {
                let options = rsync_options(place, self.options.get("options"), reading)?;
                Transport::Rsync(Rsync { target, path, packer, encrypt, options })
            }
            WayKind::Ftp => Transport::Ftp(Ftp { target, path, packer, encrypt }),
            WayKind::Sftp => {
                let options = SftpOptions::default();
                Transport::Sftp(Sftp { target, path, packer, encrypt, options })
            }
            WayKind::Webdav => {
                let options = WebdavOptions::default();
                Transport::Webdav(Webdav { target, path, packer, encrypt, options })
            }
            WayKind::Download | WayKind::Email => return None,
        })
    }
}

/// The packer of a word; `usual` where there is none.
pub(super) fn packer(word: Option<&str>, usual: Packer) -> Option<Packer> {
    Some(match word {
        None => usual,
        Some("zip") => Packer::Zip,
        Some("zip_10mb") => Packer::Zip10mb,
        Some("zip_2gb") => Packer::Zip2gb,
        Some("tar_bz2" | "tar.bz2") => Packer::TarBz2,
        Some("tar_gz" | "tar.gz") => Packer::TarGz,
        Some("tar") => Packer::Tar,
        Some("folder" | "none") => Packer::None,
        Some(_) => return None,
    })
}

/// What rsync is told besides: the options of the definition, and no others.
fn rsync_options(
    place: &str,
    options: Option<&Value>,
    reading: &mut Reading,
) -> Option<RsyncOptions> {
    let Some(options) = options.filter(|options| !options.is_null()) else {
        return Some(RsyncOptions::default());
    };
    match serde_json::from_value(options.clone()) {
        Ok(options) => Some(options),
        Err(error) => {
            reading.wrong(&format!("{place}.options.options"), error.to_string());
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_packers_that_the_manual_lists_are_those_that_documents_may_name() {
        let manual = include_str!("../../../../docs/easydb.md");
        let (_, list) = manual.split_once("Packers are ").unwrap();
        let (list, _) = list.split_once(';').unwrap();
        let words: Vec<&str> = list.split('`').skip(1).step_by(2).collect();
        let expected = [
            "zip", "zip_10mb", "zip_2gb", "tar", "tar.gz", "tar_gz", "tar_bz2", "tar.bz2",
            "folder", "none",
        ];
        assert_eq!(words, expected);
        for word in words {
            assert!(packer(Some(word), Packer::Zip).is_some(), "{word}");
        }
    }
}
