//! A bucket that results are put into: of any service that speaks S3, under any account.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use super::path_mistake;
use crate::fault::{Code, Fault};

/// A bucket that results are put into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct S3Target {
    /// The address of the server, such as `https://s3.example.org`; AWS unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", url)]
    pub endpoint: Option<Url>,
    /// The region; any name for servers that have none.
    #[serde(default = "default_region")]
    pub region: String,
    /// The bucket, which has to be there.
    #[schemars(length(min = 3, max = 63), regex(pattern = r"^[a-z0-9][a-z0-9.-]*[a-z0-9]$"))]
    pub bucket: String,
    /// What all names begin with in the bucket, up to a `/` that is put there.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// The name of the credentials.
    pub access_key_id: String,
    /// A file that holds the secret of the credentials.
    pub secret_access_key_file: PathBuf,
    /// `when_required` for servers that refuse checksums beside what is sent.
    #[serde(default)]
    pub checksums: S3Checksums,
    /// Whom what is put there is open to, as a canned ACL of S3 such as `public-read`; unless given, the bucket
    /// decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acl: Option<String>,
}

/// The canned ACLs of objects:
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl>
const ACLS: [&str; 7] = [
    "private",
    "public-read",
    "public-read-write",
    "authenticated-read",
    "aws-exec-read",
    "bucket-owner-read",
    "bucket-owner-full-control",
];

/// When checksums travel beside objects.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum S3Checksums {
    /// Wherever the protocol allows.
    #[default]
    WhenSupported,
    /// Only where the protocol demands it.
    WhenRequired,
}

fn default_region() -> String {
    "us-east-1".to_owned()
}

impl S3Target {
    /// What is wrong with it beyond its shape.
    pub(super) fn mistakes(&self, place: &str) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut refuse = |key: &str, why: &str| {
            faults.push(Fault::new(Code::InvalidValue, why).at(format!("{place}/{key}")));
        };
        if let Some(why) = path_mistake(&self.prefix) {
            refuse("prefix", why);
        }
        if self.bucket.contains("..") {
            refuse("bucket", "a bucket's name has no two dots in a row");
        }
        let is_web = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
        let has_more = |url: &Url| !url.username().is_empty() || url.query().is_some();
        if let Some(endpoint) = &self.endpoint
            && (!is_web(endpoint) || has_more(endpoint))
        {
            refuse(
                "endpoint",
                "an endpoint is http:// or https:// and a host, without credentials",
            );
        }
        if self.access_key_id.is_empty() {
            refuse("access_key_id", "the credentials need a name");
        }
        if self.acl.as_deref().is_some_and(|acl| !ACLS.contains(&acl)) {
            refuse("acl", &format!("the canned ACLs of objects are {}", ACLS.join(", ")));
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_open_as_s3_has_words_for_it() {
        let faults = |acl: &str| {
            let target = serde_json::json!({
                "bucket": "exports", "access_key_id": "us", "acl": acl,
                "secret_access_key_file": "/run/secrets/s3",
            });
            serde_json::from_value::<S3Target>(target).unwrap().mistakes("")
        };
        assert!(ACLS.iter().all(|acl| faults(acl).is_empty()));
        assert_eq!(faults("everybody")[0].place.as_deref(), Some("/acl"));
    }

    #[test]
    fn endpoints_and_prefixes_are_plain() {
        let check = |endpoint: &str, prefix: &str, expected: &[&str]| {
            let target = serde_json::json!({
                "endpoint": endpoint, "bucket": "exports", "prefix": prefix, "access_key_id": "us",
                "secret_access_key_file": "/run/secrets/s3",
            });
            let target: S3Target = serde_json::from_value(target).unwrap();
            let faults = target.mistakes("");
            let places: Vec<_> = faults.iter().filter_map(|fault| fault.place.as_deref()).collect();
            assert_eq!(places, expected, "{endpoint} {prefix}");
        };
        check("https://s3.example.org", "a/b", &[]);
        check("http://10.0.0.1:9000", "", &[]);
        check("file:///etc", "../a", &["/prefix", "/endpoint"]);
        check("https://u:p@s3.example.org", "/a", &["/prefix", "/endpoint"]);
    }
}
