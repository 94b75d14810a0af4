//! What a schema cannot say of files that stay where they are: transports that cannot say where these are, and
//! what nobody would know of them.

use super::Remote;
use crate::definition::{Bag, BagVersion, Definition, Output, Transport};
use crate::digest::Algorithm;
use crate::fault::{Code, Fault};

/// Every mistake, in the order of the outputs.
pub(in crate::definition) fn mistakes(definition: &Definition) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (index, output) in definition.outputs.iter().enumerate() {
        let Some(remote) = output.assets.as_ref().and_then(|assets| assets.remote.as_ref()) else {
            continue;
        };
        let place = format!("/outputs/{index}/assets/remote");
        if remote.length.is_none() && !remote.ask {
            faults.push(Fault::new(Code::MissingField, "`length` is missing").at(&place).hint(
                "name the field with it, or set \"ask\": true to ask the servers of the files",
            ));
        }
        if output.lists_files() {
            faults.extend(unchecked(remote, &place));
            continue;
        }
        if remote.content_type.is_some() {
            faults.push(
                Fault::new(Code::InvalidValue, "`content_type` is for lists of files")
                    .at(format!("{place}/content_type"))
                    .hint("leave it out, or set \"format\": \"jsonl\" to have a list"),
            );
        }
        for (index, transport) in definition.transports.iter().enumerate() {
            faults.extend(not_said(output, remote, transport, index, &place));
        }
    }
    faults
}

/// That no file of a list could be checked.
fn unchecked(remote: &Remote, place: &str) -> Option<Fault> {
    let is_checked = remote.ask || remote.digests().next().is_some();
    (!is_checked).then(|| {
        Fault::new(Code::MissingField, "no digest of the files is told").at(place).hint(
            "name the field with one, such as `md5`, or set \"ask\": true to ask the servers of the files",
        )
    })
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
                "set \"packer\": {\"bag\": {}}, or \"format\": \"jsonl\" to have a list of them, \
                 or leave out `remote` to have them in the archive",
            ),
        ];
    };
    let fault = |algorithm: Algorithm| {
        let name = algorithm.name();
        Fault::new(Code::MissingField, format!("`{name}` is missing")).at(place).hint(format!(
            "name the field with it, or leave it out of `algorithms` of transport {index}"
        ))
    };
    untold(remote, bag).into_iter().map(fault).collect()
}

/// The digests that a bag cannot do without, and nobody tells.
fn untold(remote: &Remote, bag: &Bag) -> Vec<Algorithm> {
    let mut untold = bag.algorithms.clone();
    untold.retain(|&algorithm| !remote.may_tell(algorithm));
    let is_one_enough = bag.version == BagVersion::V0_97;
    if is_one_enough && untold.len() < bag.algorithms.len() { Vec::new() } else { untold }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told_of(output: &str, transports: &str) -> Vec<String> {
        let json = format!(r#"{{"name": "x", "transports": {transports}, "outputs": [{output}]}}"#);
        let faults = Definition::parse(&json).err().unwrap_or_default();
        faults.into_iter().map(|fault| format!("{} {}", fault.code, fault.place.unwrap())).collect()
    }

    fn told(remote: &str, transports: &str) -> Vec<String> {
        let output = format!(
            r#"{{"to": "media/", "from": "a", "assets": {{"field": "url", "remote": {remote}}}}}"#
        );
        told_of(&output, transports)
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
        assert_eq!(told(r#"{"md5": "md5", "sha256": "sum"}"#, bag), [missing]);
    }

    #[test]
    fn what_servers_tell_needs_no_field() {
        let bag = |more: &str| format!(r#"[{{"type": "download", "packer": {{"bag": {more}}}}}]"#);
        let missing = "missing_field /outputs/0/assets/remote";
        let ask = r#"{"ask": true}"#;
        assert_eq!(told(ask, &bag(r#"{"algorithms": ["md5", "sha256"]}"#)), [""; 0]);
        assert_eq!(told(ask, &bag(r#"{"algorithms": ["md5", "sha512"]}"#)), [missing]);
        let old = r#"{"version": "0.97", "algorithms": ["md5", "sha512"]}"#;
        assert_eq!(told(ask, &bag(old)), [""; 0]);
        assert_eq!(told(r#"{"length": "bytes", "md5": "md5"}"#, &bag(old)), [""; 0]);
        let none = r#"{"version": "0.97", "algorithms": ["sha1", "sha512"]}"#;
        assert_eq!(told(ask, &bag(none)), [missing; 2]);
    }

    #[test]
    fn a_list_of_files_needs_no_bag_and_is_one_file_of_lines() {
        let list = |to: &str, format: &str, more: &str, remote: &str| {
            let output = format!(
                r#"{{"to": "{to}", "from": "a", "format": "{format}" {more},
                     "assets": {{"field": "url", "remote": {remote}}}}}"#
            );
            told_of(&output, r#"[{"type": "download", "packer": "none"}]"#)
        };
        let remote = r#"{"length": "bytes", "sha1": "sum", "content_type": "type"}"#;
        assert_eq!(list("a.json", "jsonl", "", remote), [""; 0]);
        assert_eq!(list("a.json", "jsonl", "", r#"{"ask": true}"#), [""; 0]);
        let missing = "missing_field /outputs/0/assets/remote";
        assert_eq!(list("a.json", "jsonl", "", r#"{"length": "bytes"}"#), [missing]);
        assert_eq!(list("a.json", "csv", "", remote), ["invalid_value /outputs/0/format"]);
        assert_eq!(list("a/", "jsonl", "", remote), ["invalid_value /outputs/0/to"]);
        let options = r#", "options": {"bom": true}"#;
        let found = list("a.json", "jsonl", options, remote);
        assert!(found.len() == 1 && found[0].contains("/outputs/0/options"), "{found:?}");
        let bag = r#"[{"type": "download", "packer": {"bag": {"algorithms": ["sha1"]}}}]"#;
        assert_eq!(told(remote, bag), ["invalid_value /outputs/0/assets/remote/content_type"]);
    }
}
