//! Results in a bucket: which of the operator's targets it is, and where in it they go.

use jiff::tz::TimeZone;

use super::{Afterwards, Brought, Place};
use crate::definition::{S3, S3Options, Transport};
use crate::deriva::engine::{Bucket, Class, CloudUpload, Mistake};
use crate::fault::Code;
use crate::percent::encoded;
use crate::target::{S3Target, path_mistake};

/// What the folder of an export is called that does not replace others.
const TIME: &str = "%Y-%m-%d_%H.%M.%S";

/// What everybody may read is open to, as S3 has words for it.
const PUBLIC: &str = "public-read";

/// What nobody else may read is open to; where a target says nothing, too.
const PRIVATE: &str = "private";

/// What brings a result to a bucket, and where it is then.
pub(super) fn brought(
    asked: &Afterwards<'_>,
    upload: &CloudUpload,
    place: &Place,
) -> Result<(Transport, Brought), Box<Mistake>> {
    const URL: &str = "target_url";
    let bucket = upload.bucket(asked.variables).map_err(|error| place.unset(URL, &error))?;
    let hint = "write the address of a bucket, such as \"s3://exports/folder\"";
    let Some(bucket) = bucket else {
        let what = "this is no bucket".to_owned();
        return Err(place.mistake(Class::Misconfigured, URL, what, hint));
    };
    if bucket.scheme != "s3" {
        let what = "buckets are reached by the protocol of S3 alone".to_owned();
        let hint =
            "write \"s3://\"; buckets of Google speak it too, where the operator configures one";
        return Err(place.mistake(Class::Misconfigured, URL, what, hint));
    }
    let (name, target, folder) = chosen(asked, upload, &bucket, place)?;
    if upload.is_signed && upload.acl != PUBLIC {
        let what = "addresses that open a closed bucket are not made".to_owned();
        let hint = "leave it out: the export itself is fetched from the service";
        return Err(place.mistake(Class::Misconfigured, "signed_url", what, hint));
    }
    let begun_at = asked.now.to_zoned(TimeZone::UTC).datetime();
    let time = (!upload.overwrites).then(|| begun_at.strftime(TIME).to_string());
    let folder = Bucket { folder, ..bucket };
    let path = folder.key(asked.owner_md5, time.as_deref(), "");
    if let Some(why) = path_mistake(&path) {
        let hint = "write a plain path behind the bucket";
        return Err(place.mistake(Class::Failed, URL, why.to_owned(), hint));
    }
    let there = there(target, &path, upload.is_signed);
    let transport = Transport::S3(S3 {
        target: name.to_owned(),
        path,
        packer: asked.packer.clone(),
        encrypt: None,
        options: S3Options { overwrite: upload.overwrites, verify: false },
    });
    Ok((transport, there))
}

/// What of a request has no effect: who writes, and where a bucket is, says its target.
pub(super) fn idle(upload: &CloudUpload, place: &Place) -> Vec<String> {
    let given =
        [("role_arn", &upload.role), ("profile", &upload.profile), ("region", &upload.region)];
    let why = "the operator says who writes to the bucket, and where it is";
    let told = |key: &str| format!("{} has no effect: {why}", place.at(key));
    given.into_iter().filter(|(_, value)| value.is_some()).map(|(key, _)| told(key)).collect()
}

/// The target of a bucket that is as open as asked for, and the folder below its prefix: of several the one with the
/// longest.
fn chosen<'a>(
    asked: &Afterwards<'a>,
    upload: &CloudUpload,
    bucket: &Bucket,
    place: &Place,
) -> Result<(&'a str, &'a S3Target, String), Box<Mistake>> {
    let (class, key) = (Class::Misconfigured, "target_url");
    let named: Vec<(&'a String, &'a S3Target)> =
        asked.buckets.iter().filter(|(_, target)| target.bucket == bucket.name).collect();
    if named.is_empty() {
        let mut known: Vec<&str> =
            asked.buckets.values().map(|target| target.bucket.as_str()).collect();
        known.sort_unstable();
        known.dedup();
        let hint = if known.is_empty() {
            "no bucket is configured; leave the step out".to_owned()
        } else {
            format!("there are {}", crate::abridged::list(&known))
        };
        let what = format!("{:?} is no bucket that exports are brought to", bucket.name);
        let mut mistake = place.mistake(class, key, what, &hint);
        mistake.code = Code::UnknownTarget;
        return Err(mistake);
    }
    let within = |(name, target): (&'a String, &'a S3Target)| {
        Some((name.as_str(), target, below(prefix(target), &bucket.folder)?.to_owned()))
    };
    let fitting: Vec<_> = named.iter().copied().filter_map(within).collect();
    if fitting.is_empty() {
        let what = format!("nothing of the bucket {:?} is open to this folder", bucket.name);
        let folders: Vec<&str> = named.iter().map(|(_, target)| prefix(target)).collect();
        let hint = format!("write a folder below {}", crate::abridged::list(&folders));
        return Err(place.mistake(class, key, what, &hint));
    }
    let acls: Vec<&str> = fitting.iter().map(|&(_, target, _)| acl(target)).collect();
    let as_open = fitting.into_iter().filter(|(_, target, _)| acl(target) == upload.acl);
    as_open.max_by_key(|(_, target, _)| prefix(target).len()).ok_or_else(|| {
        let what = format!("what is brought there is not {:?}", upload.acl);
        let hint = format!("write {}", crate::abridged::list(&acls));
        place.mistake(class, "acl", what, &hint)
    })
}

fn acl(target: &S3Target) -> &str {
    target.acl.as_deref().unwrap_or(PRIVATE)
}

fn prefix(target: &S3Target) -> &str {
    target.prefix.trim_matches('/')
}

/// What a folder is below a prefix; nothing where it is not below it.
fn below<'f>(prefix: &str, folder: &'f str) -> Option<&'f str> {
    if prefix.is_empty() || prefix == folder {
        return Some(&folder[prefix.len()..]);
    }
    folder.strip_prefix(prefix)?.strip_prefix('/')
}

/// Where a path below a target is: an address that browsers open, or the name that programs for S3 know.
fn there(target: &S3Target, path: &str, is_opened: bool) -> Brought {
    let parts = [prefix(target), path].into_iter().filter(|part| !part.is_empty());
    let key = parts.collect::<Vec<_>>().join("/");
    if !is_opened {
        return Brought { folder: format!("s3://{}/{key}", target.bucket), is_encoded: false };
    }
    let key = key.split('/').map(encoded).collect::<Vec<_>>().join("/");
    let folder = match &target.endpoint {
        Some(endpoint) => {
            format!("{}/{}/{key}", endpoint.as_str().trim_end_matches('/'), target.bucket)
        }
        None => format!("https://{}.s3.{}.amazonaws.com/{key}", target.bucket, target.region),
    };
    Brought { folder, is_encoded: true }
}
