//! What a bag says, for programs, of who its files are by and where they are from.

use indexmap::IndexMap;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::definition::Definition;
use crate::fault::{Code, Fault};

/// A research object (<https://w3id.org/bundle>) of the bag's files. All that it says is written here: what is
/// left out is not said, so that the same files give the same bytes at any time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResearchObject {
    /// Who chose what is in the bag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<Contributor>,
    /// When they did: a time with its distance from UTC, such as `2026-02-03T10:00:00+00:00`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authored_on: Option<String>,
    /// When the bag was made, a time like the one before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_on: Option<String>,
    /// With whose rights the files were read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retrieved_by: Option<Contributor>,
    /// When they were, a time like the one before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retrieved_on: Option<String>,
    /// Where they were: an address for the `to` of each output that makes one file.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub retrieved_from: IndexMap<String, String>,
}

/// Someone who had a part in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Contributor {
    /// Their name.
    pub name: String,
    /// Their ORCID, such as `https://orcid.org/0000-0002-1825-0097`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub orcid: Option<String>,
}

impl ResearchObject {
    /// What is wrong with it by itself; `place` is the bag's.
    pub(super) fn mistakes(&self, place: &str) -> Vec<Fault> {
        let times = [
            ("authored_on", &self.authored_on),
            ("created_on", &self.created_on),
            ("retrieved_on", &self.retrieved_on),
        ];
        let mut faults = Vec::new();
        for (key, time) in times {
            if time.as_ref().is_some_and(|time| time.parse::<Timestamp>().is_err()) {
                faults.push(
                    Fault::new(Code::InvalidValue, "this is no time")
                        .at(format!("{place}/research_object/{key}"))
                        .hint("write it like \"2026-02-03T10:00:00+00:00\""),
                );
            }
        }
        faults
    }
}

/// Outputs that research objects tell of and that are not there.
pub(in crate::definition) fn unknown_outputs(definition: &Definition) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (index, transport) in definition.transports.iter().enumerate() {
        let told = transport.packer().bag().and_then(|bag| bag.research_object.as_deref());
        for to in told.iter().flat_map(|told| told.retrieved_from.keys()) {
            if definition.outputs.iter().any(|output| output.to == *to) {
                continue;
            }
            let place =
                format!("/transports/{index}/packer/bag/research_object/retrieved_from/{to}");
            faults.push(
                Fault::new(Code::InvalidValue, "no output has this as its `to`")
                    .at(place)
                    .hint("write the `to` of an output as it stands there"),
            );
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(research_object: &str) -> Vec<String> {
        let json = format!(
            r#"{{"name": "x", "outputs": [{{"to": "a.csv", "from": "a", "format": "csv"}}],
                "transports": [{{"type": "download", "packer": {{"bag":
                    {{"research_object": {research_object}}}}}}}]}}"#
        );
        let faults = Definition::parse(&json).err().unwrap_or_default();
        faults.into_iter().map(|fault| fault.place.unwrap()).collect()
    }

    #[test]
    fn times_have_their_distance_from_utc() {
        assert_eq!(told("{}"), [""; 0]);
        assert_eq!(told(r#"{"authored_on": "2026-02-03T10:00:00+01:00"}"#), [""; 0]);
        let place = "/transports/0/packer/bag/research_object";
        let wrong = r#"{"created_on": "2026-02-03", "retrieved_on": "2026-02-03T10:00:00"}"#;
        assert_eq!(told(wrong), [format!("{place}/created_on"), format!("{place}/retrieved_on")]);
    }

    #[test]
    fn outputs_are_told_of_by_what_they_are_called() {
        assert_eq!(told(r#"{"retrieved_from": {"a.csv": "https://example.org/a"}}"#), [""; 0]);
        let place = "/transports/0/packer/bag/research_object/retrieved_from/b.csv";
        assert_eq!(told(r#"{"retrieved_from": {"b.csv": "https://example.org/b"}}"#), [place]);
    }
}
