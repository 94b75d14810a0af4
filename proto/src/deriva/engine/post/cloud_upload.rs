//! Bringing outputs to a bucket.

use url::Url;

use crate::deriva::engine::processor::Step;
use crate::deriva::engine::reading::{Reading, at};
use crate::deriva::engine::template::{Template, UnknownVariable};
use crate::deriva::engine::variables::Variables;

/// Where outputs are brought to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloudUpload {
    /// The address of a bucket and a folder in it: `s3://` or `gs://`.
    pub target: Template,
    /// Who may read them, in the words of S3.
    pub acl: String,
    /// Whether clients get addresses that are signed.
    pub is_signed: bool,
    /// Whether a later export replaces them; else each has a folder of its time.
    pub overwrites: bool,
    /// The role that writes them.
    pub role: Option<String>,
    /// The operator's profile that writes them.
    pub profile: Option<String>,
    /// Where the bucket is.
    pub region: Option<String>,
}

impl CloudUpload {
    pub(super) fn read(step: &Step, reading: &mut Reading) -> Option<Self> {
        let (place, params) = (&step.place, &step.params);
        let known =
            ["target_url", "acl", "signed_url", "overwrite", "role_arn", "profile", "region"];
        step.unknown(&[&known], reading);
        let hint = "write the address of a bucket, such as \"s3://exports/folder\"";
        let text = step.required("target_url", hint, reading)?;
        let target = reading.template_of(place, params, "target_url")?;
        let is_bucket = ["s3://", "gs://", "{"].iter().any(|start| text.trim().starts_with(start));
        if !is_bucket {
            reading.misconfigured(&at(place, "target_url"), "this is no bucket", hint);
        }
        let acl = reading.text_of(place, params, "acl").unwrap_or_else(|| "private".to_owned());
        let is_signed = reading.switch_of(place, params, "signed_url");
        Some(Self {
            target,
            is_signed: is_signed.unwrap_or(acl == "public-read"),
            acl,
            overwrites: reading.switch_of(place, params, "overwrite").unwrap_or(false),
            role: reading.text_of(place, params, "role_arn"),
            profile: reading.text_of(place, params, "profile"),
            region: reading.text_of(place, params, "region"),
        })
    }

    /// The bucket, and the folder in it, that these variables lead to; no address where it is none of a
    /// bucket.
    pub fn bucket(&self, variables: &Variables) -> Result<Option<Bucket>, UnknownVariable> {
        let text = self.target.rendered(variables)?;
        let Some(url) = Url::parse(text.trim()).ok() else { return Ok(None) };
        let (scheme, name) = (url.scheme(), url.host_str().unwrap_or_default());
        if !["s3", "gs"].contains(&scheme) || name.is_empty() {
            return Ok(None);
        }
        let folder = text.trim().splitn(4, '/').nth(3).unwrap_or_default();
        let folder = folder.trim_matches('/').to_owned();
        Ok(Some(Bucket { scheme: scheme.to_owned(), name: name.to_owned(), folder }))
    }
}

/// A folder in a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// `s3` or `gs`.
    pub scheme: String,
    /// The bucket.
    pub name: String,
    /// The folder, without slashes around it; empty for the bucket itself.
    pub folder: String,
}

impl Bucket {
    /// The key of an output: below a folder of its owner, which is known by a digest, and below one of the
    /// time where exports do not replace each other.
    pub fn key(&self, owner_md5: &str, time: Option<&str>, output: &str) -> String {
        let parts = [self.folder.as_str(), owner_md5, time.unwrap_or_default(), output];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.join("/")
    }
}
