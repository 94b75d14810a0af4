//! Signed links: a URL that opens one archive, or the files of one run, to whoever has it.
//!
//! The signature (HMAC-SHA-256) says that the link was made here; the link's record in the store
//! says whether, and until when, it holds. Without the record no URL of the link opens anything, and
//! a later end in it lets them all hold on, which a bare presigned URL could not.

mod claim;
mod keys;

use std::fmt;

use proto::archive::{Archive, Link, Volume};
use proto::id::RunId;
use url::Url;

pub use self::claim::{Claim, NEWEST, Part, is_id};
pub use self::keys::{Keys, KeysError, SHORTEST_KEY};

/// Makes the URLs of links: what signs them, and where people reach the API that serves them.
#[derive(Debug, Clone)]
pub struct Signer {
    /// Where people reach the API; links begin with it. May have a path.
    pub base_url: Url,
    /// What signs.
    pub keys: Keys,
}

/// A URL that opens a volume, or the list of a run's files, to whoever reads it; never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedUrl<'a> {
    /// The URL; a secret.
    pub url: String,
    /// The volume; nothing where the files are one by one.
    pub volume: Option<&'a Volume>,
}

impl fmt::Debug for SignedUrl<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedUrl").field("volume", &self.volume).finish_non_exhaustive()
    }
}

impl Signer {
    /// The URLs of a link, one for each volume of the archive, in order.
    pub fn urls<'a>(
        &self,
        run: RunId,
        id: &str,
        link: &Link,
        archive: &'a Archive,
    ) -> Vec<SignedUrl<'a>> {
        let sign = |part| self.sign(run, id, link, part);
        // An archive without volumes is one whose files are fetched one by one.
        if archive.volumes.is_empty() {
            return vec![SignedUrl { url: self.url(&["d", &sign(Part::Files), ""]), volume: None }];
        }
        (0..)
            .zip(&archive.volumes)
            .map(|(number, volume)| SignedUrl {
                url: self.url(&["d", &sign(Part::Volume(number)), &volume.name]),
                volume: Some(volume),
            })
            .collect()
    }

    /// The URL of a link under which all that it opens is listed.
    pub fn listing(&self, run: RunId, id: &str, link: &Link) -> String {
        self.url(&["d", &self.sign(run, id, link, Part::Files), ""])
    }

    fn sign(&self, run: RunId, id: &str, link: &Link, part: Part) -> String {
        let transport = link.transport;
        self.keys.sign(&Claim { run, transport, part, link: id.to_owned() })
    }

    /// An absolute URL below the base, of these path segments, each escaped.
    pub fn url(&self, segments: &[&str]) -> String {
        let mut url = self.base_url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signed_url_is_not_printed() {
        let signed = SignedUrl { url: "https://a.example/d/canary/".to_owned(), volume: None };
        assert_eq!(format!("{signed:?}"), "SignedUrl { volume: None, .. }");
    }
}
