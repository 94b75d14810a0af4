//! Assets that stay where they are, as a definition says it.
//!
//! Such a file is in no archive. A bag can name it all the same, with all that is needed to fetch and
//! to check it, so that an archive of a few kilobytes stands for terabytes; nothing else can.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{BagVersion, Definition, Output, Transport};
use crate::digest::Algorithm;
use crate::fault::{Code, Fault};

/// The fields of a record that tell how its file is checked once it is fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Remote {
    /// The field with the file's length in bytes.
    pub length: String,
    /// The field with its MD5 in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub md5: Option<String>,
    /// The field with its SHA-1 in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha1: Option<String>,
    /// The field with its SHA-256 in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// The field with its SHA-512 in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha512: Option<String>,
}

impl Remote {
    /// The field of a digest, where one is named.
    pub fn digest(&self, algorithm: Algorithm) -> Option<&str> {
        match algorithm {
            Algorithm::Md5 => self.md5.as_deref(),
            Algorithm::Sha1 => self.sha1.as_deref(),
            Algorithm::Sha256 => self.sha256.as_deref(),
            Algorithm::Sha512 => self.sha512.as_deref(),
        }
    }

    /// The digests that fields are named for, with the fields.
    pub fn digests(&self) -> impl Iterator<Item = (Algorithm, &str)> {
        let all = Algorithm::ALL.iter();
        all.filter_map(|&algorithm| Some((algorithm, self.digest(algorithm)?)))
    }
}

/// Transports that cannot say where the files of an output are, and digests that a bag asks for and
/// no field tells.
pub(super) fn mistakes(definition: &Definition) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (index, output) in definition.outputs.iter().enumerate() {
        let Some(remote) = output.assets.as_ref().and_then(|assets| assets.remote.as_ref()) else {
            continue;
        };
        let place = format!("/outputs/{index}/assets/remote");
        for (index, transport) in definition.transports.iter().enumerate() {
            faults.extend(not_said(output, remote, transport, index, &place));
        }
    }
    faults
}

/// What is wrong between an output and a transport.
fn not_said(
    output: &Output,
    remote: &Remote,
    transport: &Transport,
    index: usize,
    place: &str,
) -> Vec<Fault> {
    let Some(bag) = transport.packer().bag() else {
        let why =
            format!("the files of {:?} stay where they are, and only a bag says so", output.to);
        return vec![
            Fault::new(Code::InvalidValue, why).at(format!("/transports/{index}/packer")).hint(
                "set \"packer\": {\"bag\": {}}, or leave out `remote` to have them in the archive",
            ),
        ];
    };
    let is_told = |algorithm: &Algorithm| remote.digest(*algorithm).is_some();
    if bag.version == BagVersion::V0_97 && bag.algorithms.iter().any(is_told) {
        return Vec::new();
    }
    let missing = bag.algorithms.iter().filter(|algorithm| remote.digest(**algorithm).is_none());
    let fault = |algorithm: &Algorithm| {
        let name = algorithm.name();
        Fault::new(Code::MissingField, format!("`{name}` is missing")).at(place).hint(format!(
            "name the field with it, or leave it out of `algorithms` of transport {index}"
        ))
    };
    missing.map(fault).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(remote: &str, transports: &str) -> Vec<String> {
        let json = format!(
            r#"{{"name": "x", "transports": {transports},
                "outputs": [{{"to": "media/", "from": "a", "assets": {{"field": "url", "remote": {remote}}}}}]}}"#
        );
        let faults = Definition::parse(&json).err().unwrap_or_default();
        faults.into_iter().map(|fault| format!("{} {}", fault.code, fault.place.unwrap())).collect()
    }

    #[test]
    fn files_stay_where_they_are_only_where_a_bag_says_so() {
        let remote = r#"{"length": "bytes", "md5": "md5", "sha256": "sum"}"#;
        let bag = r#"{"type": "download", "packer": {"bag": {"algorithms": ["md5", "sha256"]}}}"#;
        assert_eq!(told(remote, &format!("[{bag}]")), [""; 0]);
        let with_zip = format!(r#"[{bag}, {{"type": "download"}}]"#);
        assert_eq!(told(remote, &with_zip), ["invalid_value /transports/1/packer"]);
    }

    #[test]
    fn every_digest_of_a_bag_has_a_field() {
        let bag = r#"[{"type": "download", "packer": {"bag": {"algorithms": ["md5", "sha256"]}}}]"#;
        let missing = "missing_field /outputs/0/assets/remote";
        assert_eq!(told(r#"{"length": "bytes", "md5": "md5"}"#, bag), [missing]);
        assert_eq!(told(r#"{"length": "bytes"}"#, bag), [missing; 2]);
        assert_eq!(told(r#"{"md5": "md5"}"#, bag), [missing]);
    }

    #[test]
    fn one_digest_is_enough_for_a_bag_of_0_97() {
        let bag = r#"[{"type": "download",
            "packer": {"bag": {"version": "0.97", "algorithms": ["md5", "sha256"]}}}]"#;
        let missing = "missing_field /outputs/0/assets/remote";
        assert_eq!(told(r#"{"length": "bytes", "md5": "md5"}"#, bag), [""; 0]);
        assert_eq!(told(r#"{"length": "bytes", "sha512": "sum"}"#, bag), [missing; 2]);
    }
}
