//! A bag, as a definition asks for it.

mod research_object;

use indexmap::IndexMap;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(in crate::definition) use self::research_object::unknown_outputs;
pub use self::research_object::{Contributor, ResearchObject};
use crate::bag::Label;
use crate::digest::Algorithm;
use crate::fault::{Code, Fault};
use crate::lay::Container;

/// A bag (BagIt 1.0 or 0.97): the files as payload, with digests to check them by and texts about them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bag {
    /// In what the bag is wrapped.
    #[serde(default)]
    pub archive: BagArchive,
    /// Which version of BagIt it is of.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub version: BagVersion,
    /// The digests of the manifests, each once.
    #[serde(default = "default_algorithms")]
    #[schemars(length(min = 1, max = 4))]
    pub algorithms: Vec<Algorithm>,
    /// Elements of `bag-info.txt`, in this order.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub info: IndexMap<String, Values>,
    /// Whether `bag-info.txt` is in the order of its labels, those included that are written with what
    /// the bag turns out to hold.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub sorted: bool,
    /// Rules that the bag keeps to, and names as its `BagIt-Profile-Identifier`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
    /// The day of `Bagging-Date`, such as `2026-02-03`; left out, there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub date: Option<Date>,
    /// Writes `metadata/manifest.json`: who the files are by and where they are from, as a research object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub research_object: Option<Box<ResearchObject>>,
    /// Whether a bag without a single file, here or elsewhere, fails the run.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub strict: bool,
}

/// A version of BagIt.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum BagVersion {
    /// 1.0 (<https://www.rfc-editor.org/rfc/rfc8493>): every manifest lists every file.
    #[default]
    #[serde(rename = "1.0")]
    V1_0,
    /// 0.97, which came before: a manifest lists the files of which that digest is known.
    #[serde(rename = "0.97")]
    V0_97,
}

impl BagVersion {
    /// As a bag declares it.
    pub fn name(self) -> &'static str {
        match self {
            Self::V1_0 => "1.0",
            Self::V0_97 => "0.97",
        }
    }
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
    /// A tar archive, compressed by xz.
    TarXz,
    /// Nothing: the bag as a tree.
    None,
}

/// Rules that readers of bags agreed on, beyond those of BagIt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// Those of big data bags (<https://github.com/fair-research/bdbag>): MD5 and SHA-256, in a ZIP or
    /// tar archive, one of tar and gzip, or none.
    Bdbag,
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
    /// What is around the bag's files; nothing where they go one by one.
    pub fn container(&self) -> Option<Container> {
        match self.archive {
            BagArchive::Zip => Some(Container::Zip),
            BagArchive::Tar => Some(Container::Tar),
            BagArchive::TarGz => Some(Container::TarGz),
            BagArchive::TarBz2 => Some(Container::TarBz2),
            BagArchive::TarZst => Some(Container::TarZst),
            BagArchive::TarXz => Some(Container::TarXz),
            BagArchive::None => None,
        }
    }

    /// The profile's element, then those that people gave; a label that is none is left out, for a definition that was
    /// parsed has none.
    pub fn elements(&self) -> Vec<(Label, &str)> {
        let mut elements = Vec::new();
        let named = self.profile.map(Profile::identifier);
        elements.extend(Label::parse(PROFILE).ok().zip(named));
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
        let mut faults =
            self.profile.map_or_else(Vec::new, |profile| profile.mistakes(self, place));
        let told = self.research_object.as_ref();
        faults.extend(told.map(|told| told.mistakes(place)).unwrap_or_default());
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

/// The element that names a profile.
const PROFILE: &str = "BagIt-Profile-Identifier";

impl Profile {
    /// Where the rules stand.
    fn identifier(self) -> &'static str {
        match self {
            Self::Bdbag => {
                "https://raw.githubusercontent.com/fair-research/bdbag/master/profiles/bdbag-profile.json"
            }
        }
    }

    /// What of a bag is against the rules.
    fn mistakes(self, bag: &Bag, place: &str) -> Vec<Fault> {
        let Self::Bdbag = self;
        let mut faults = Vec::new();
        for algorithm in [Algorithm::Md5, Algorithm::Sha256] {
            if !bag.algorithms.contains(&algorithm) {
                let why = format!("the profile bdbag wants {}", algorithm.name());
                faults.push(
                    Fault::new(Code::InvalidValue, why)
                        .at(format!("{place}/algorithms"))
                        .hint("set \"algorithms\": [\"md5\", \"sha256\"]"),
                );
            }
        }
        match bag.archive {
            BagArchive::Zip | BagArchive::Tar | BagArchive::TarGz | BagArchive::None => {}
            BagArchive::TarBz2 | BagArchive::TarZst | BagArchive::TarXz => {
                faults.push(
                    Fault::new(
                        Code::InvalidValue,
                        "the profile bdbag knows zip, tar, tar_gz and none alone",
                    )
                    .at(format!("{place}/archive")),
                );
            }
        }
        if let Some(label) = bag.info.keys().find(|label| label.eq_ignore_ascii_case(PROFILE)) {
            faults.push(
                Fault::new(Code::InvalidValue, "`profile` says this already")
                    .at(format!("{place}/info/{label}"))
                    .hint("leave one of them out"),
            );
        }
        faults
    }
}

/// Whether a value is what stands for a key that is left out.
fn is_usual<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn default_algorithms() -> Vec<Algorithm> {
    vec![Algorithm::Sha256]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(bag: &str) -> Vec<String> {
        let bag: Bag = serde_json::from_str(bag).unwrap();
        bag.mistakes("").into_iter().filter_map(|fault| fault.place).collect()
    }

    #[test]
    fn a_profile_is_named_and_kept_to() {
        let good = r#"{"profile": "bdbag", "algorithms": ["md5", "sha256"], "archive": "tar_gz"}"#;
        assert_eq!(told(good), [""; 0]);
        let bag: Bag = serde_json::from_str(good).unwrap();
        let (label, value) = &bag.elements()[0];
        assert_eq!(label.as_str(), "BagIt-Profile-Identifier");
        assert!(value.ends_with("/bdbag-profile.json"));
        assert_eq!(told(r#"{"profile": "bdbag", "archive": "none"}"#), ["/algorithms"]);
        let bad = r#"{"profile": "bdbag", "algorithms": ["md5"], "archive": "tar_xz"}"#;
        assert_eq!(told(bad), ["/algorithms", "/archive"]);
        let twice = r#"{"profile": "bdbag", "algorithms": ["md5", "sha256"],
            "info": {"bagit-profile-identifier": "mine"}}"#;
        assert_eq!(told(twice), ["/info/bagit-profile-identifier"]);
    }

    #[test]
    fn a_bag_that_says_nothing_of_its_version_is_of_the_newest_one() {
        let bag = |text: &str| serde_json::from_str::<Bag>(text);
        assert_eq!(bag("{}").unwrap().version, BagVersion::V1_0);
        assert_eq!(bag(r#"{"version": "0.97"}"#).unwrap().version, BagVersion::V0_97);
        assert!(bag(r#"{"version": "0.96"}"#).is_err());
        // What was written before there were other versions reads and is written as ever.
        let written = serde_json::to_string(&bag("{}").unwrap()).unwrap();
        assert_eq!(written, r#"{"archive":"zip","algorithms":["sha256"]}"#);
    }
}
