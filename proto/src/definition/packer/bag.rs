//! A bag, as a definition asks for it.

use indexmap::IndexMap;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::bag::Label;
use crate::digest::Algorithm;
use crate::fault::{Code, Fault};
use crate::lay::Container;

/// A bag (BagIt 1.0): the files as payload, with digests to check them by and texts about them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bag {
    /// In what the bag is wrapped.
    #[serde(default)]
    pub archive: BagArchive,
    /// The digests of the manifests, each once.
    #[serde(default = "default_algorithms")]
    #[schemars(length(min = 1, max = 4))]
    pub algorithms: Vec<Algorithm>,
    /// Elements of `bag-info.txt`, in this order.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub info: IndexMap<String, Values>,
    /// The day of `Bagging-Date`, such as `2026-02-03`; left out, there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub date: Option<Date>,
}

/// In what a bag is wrapped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BagArchive {
    /// A ZIP archive.
    #[default]
    Zip,
    /// A tar archive.
    Tar,
    /// A tar archive, compressed by gzip.
    TarGz,
    /// A tar archive, compressed by bzip2.
    TarBz2,
    /// A tar archive, compressed by zstd.
    TarZst,
}

/// What an element says: once, or several times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Values {
    /// Once.
    One(String),
    /// Several times, in this order.
    Several(Vec<String>),
}

impl Bag {
    /// What is around the bag's files.
    pub fn container(&self) -> Container {
        match self.archive {
            BagArchive::Zip => Container::Zip,
            BagArchive::Tar => Container::Tar,
            BagArchive::TarGz => Container::TarGz,
            BagArchive::TarBz2 => Container::TarBz2,
            BagArchive::TarZst => Container::TarZst,
        }
    }

    /// The elements that people gave; a label that is none is left out, for a definition that was
    /// parsed has none.
    pub fn elements(&self) -> Vec<(Label, &str)> {
        let mut elements = Vec::new();
        for (label, values) in &self.info {
            let Ok(label) = Label::parse(label) else { continue };
            let values = match values {
                Values::One(value) => std::slice::from_ref(value),
                Values::Several(values) => values,
            };
            elements.extend(values.iter().map(|value| (label.clone(), value.as_str())));
        }
        elements
    }

    pub(super) fn mistakes(&self, place: &str) -> Vec<Fault> {
        let mut faults = Vec::new();
        for label in self.info.keys() {
            if let Err(error) = Label::parse(label) {
                faults.push(
                    Fault::new(Code::InvalidValue, error.to_string())
                        .at(format!("{place}/info/{label}")),
                );
            }
        }
        let mut algorithms = self.algorithms.clone();
        algorithms.sort_unstable();
        algorithms.dedup();
        if algorithms.len() < self.algorithms.len() {
            faults.push(
                Fault::new(Code::InvalidValue, "a digest is asked for twice")
                    .at(format!("{place}/algorithms"))
                    .hint("name each once"),
            );
        }
        faults
    }
}

fn default_algorithms() -> Vec<Algorithm> {
    vec![Algorithm::Sha256]
}
