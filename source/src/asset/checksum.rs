//! Checksums that a server tells of a file, held against the bytes that come.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};
use md5::Md5;
use proto::digest::{Algorithm, hex};
use reqwest::header::HeaderMap;
use sha2::{Digest, Sha256};

use super::Asset;
use crate::SourceError;

/// A checksum as it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Checksum {
    /// `Content-SHA256`, as Hatrac has it.
    Sha256(Vec<u8>),
    /// `Content-MD5` (RFC 1864).
    Md5(Vec<u8>),
}

/// A checksum under way.
enum Hasher {
    Sha256(Sha256),
    Md5(Md5),
}

impl Checksum {
    /// The strongest one that headers tell.
    pub(super) fn told(headers: &HeaderMap) -> Option<Self> {
        Self::sha256(headers).or_else(|| Self::md5(headers))
    }

    fn sha256(headers: &HeaderMap) -> Option<Self> {
        decoded(headers, "content-sha256", 32).map(Self::Sha256)
    }

    fn md5(headers: &HeaderMap) -> Option<Self> {
        decoded(headers, "content-md5", 16).map(Self::Md5)
    }

    /// One in hexadecimal; nothing where it is none, or of another kind.
    pub(super) fn of_hex(algorithm: Algorithm, digits: &str) -> Option<Self> {
        let is_plain = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let byte = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
        let bytes: Option<Vec<u8>> = (0..digits.len()).step_by(2).map(byte).collect();
        let bytes = bytes.filter(|_| is_plain && digits.len() == algorithm.digits())?;
        match algorithm {
            Algorithm::Sha256 => Some(Self::Sha256(bytes)),
            Algorithm::Md5 => Some(Self::Md5(bytes)),
            Algorithm::Sha1 | Algorithm::Sha512 => None,
        }
    }

    /// All of those that headers tell, in hexadecimal.
    pub(super) fn digests(headers: &HeaderMap) -> BTreeMap<Algorithm, String> {
        let told = [Self::md5(headers), Self::sha256(headers)].into_iter().flatten();
        told.map(|checksum| match checksum {
            Self::Sha256(bytes) => (Algorithm::Sha256, hex(&bytes)),
            Self::Md5(bytes) => (Algorithm::Md5, hex(&bytes)),
        })
        .collect()
    }

    /// The same file, whose stream ends with an error where its bytes are others: what is on its way may be changed,
    /// and another try may be better. `place` is where the file is, and `teller` who told.
    pub(super) fn held_against(self, asset: Asset, place: &str, teller: &str) -> Asset {
        let (kind, hasher) = match &self {
            Self::Sha256(_) => ("SHA-256", Hasher::Sha256(Sha256::new())),
            Self::Md5(_) => ("MD5", Hasher::Md5(Md5::new())),
        };
        let what = format!("{place} does not have the {kind} that its {teller} tells");
        let Asset { len, name, is_object, is_checked: _, bytes } = asset;
        let state = (bytes, hasher, self, what);
        let checked = stream::try_unfold(state, |(mut bytes, mut hasher, told, what)| async move {
            let Some(chunk) = bytes.try_next().await? else {
                let is_it = hasher.end() == told;
                return if is_it { Ok(None) } else { Err(SourceError::Unavailable { what }) };
            };
            hasher.update(&chunk);
            Ok(Some((chunk, (bytes, hasher, told, what))))
        });
        let bytes: BoxStream<'static, Result<Bytes, SourceError>> = checked.boxed();
        Asset { len, name, is_object, is_checked: true, bytes }
    }
}

/// The bytes that a header has in base64, where they are so many.
fn decoded(headers: &HeaderMap, name: &str, len: usize) -> Option<Vec<u8>> {
    let text = headers.get(name)?.to_str().ok()?.trim();
    STANDARD.decode(text).ok().filter(|bytes| bytes.len() == len)
}

impl Hasher {
    /// Takes a chunk: of one that came by a network it takes well under a millisecond.
    fn update(&mut self, chunk: &[u8]) {
        match self {
            Self::Sha256(hasher) => hasher.update(chunk),
            Self::Md5(hasher) => hasher.update(chunk),
        }
    }

    fn end(self) -> Checksum {
        match self {
            Self::Sha256(hasher) => Checksum::Sha256(hasher.finalize().to_vec()),
            Self::Md5(hasher) => Checksum::Md5(hasher.finalize().to_vec()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABC_MD5: &str = "kAFQmDzST7DWlj99KOF/cg==";
    const ABC_SHA256: &str = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";

    async fn check(headers: &[(&'static str, &str)], content: &str, expected: Option<bool>) {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        let checksum = Checksum::told(&map);
        assert_eq!(checksum.is_some(), expected.is_some(), "{headers:?}");
        let Some(checksum) = checksum else { return };
        let halves = content.split_at(content.len() / 2);
        let chunks = [halves.0, halves.1].map(|half| Ok(Bytes::copy_from_slice(half.as_bytes())));
        let bytes = stream::iter(chunks).boxed();
        let asset = Asset { len: None, name: None, is_object: false, is_checked: false, bytes };
        let asset = checksum.held_against(asset, "https://h/hatrac/a", "server");
        let read: Result<Vec<Bytes>, SourceError> = asset.bytes.try_collect().await;
        assert_eq!(Some(read.is_ok()), expected, "{headers:?} {content}");
        assert!(
            read.map_or_else(
                |error| error.is_transient(),
                |read| read.concat() == content.as_bytes()
            )
        );
    }

    #[tokio::test]
    async fn bytes_are_what_the_strongest_checksum_says() {
        check(&[("content-md5", ABC_MD5)], "abc", Some(true)).await;
        check(&[("content-md5", ABC_MD5)], "abd", Some(false)).await;
        check(&[("content-sha256", ABC_SHA256)], "abc", Some(true)).await;
        check(&[("content-sha256", ABC_SHA256), ("content-md5", "AAAA")], "abd", Some(false)).await;
        check(&[("content-md5", "kAFQmDzST7A=")], "abc", None).await;
        check(&[("content-length", "3")], "abc", None).await;
    }

    #[test]
    fn every_checksum_that_is_one_is_told_in_hexadecimal() {
        let mut headers = HeaderMap::new();
        headers.insert("content-md5", ABC_MD5.parse().unwrap());
        headers.insert("content-sha256", "AAAA".parse().unwrap());
        let md5 = (Algorithm::Md5, "900150983cd24fb0d6963f7d28e17f72".to_owned());
        assert_eq!(Checksum::digests(&headers), BTreeMap::from([md5.clone()]));
        headers.insert("content-sha256", ABC_SHA256.parse().unwrap());
        let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let sha256 = (Algorithm::Sha256, sha256.to_owned());
        assert_eq!(Checksum::digests(&headers), BTreeMap::from([md5, sha256]));
        for (algorithm, digits) in Checksum::digests(&headers) {
            let read = Checksum::of_hex(algorithm, &digits);
            assert!(read == Checksum::md5(&headers) || read == Checksum::sha256(&headers));
            assert_eq!(Checksum::of_hex(algorithm, &digits[2..]), None);
            assert_eq!(Checksum::of_hex(algorithm, &format!("+f{}", &digits[2..])), None);
            assert_eq!(Checksum::of_hex(Algorithm::Sha1, &digits), None);
        }
    }
}
