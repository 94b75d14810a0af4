//! A profile as its file has it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde::Deserialize;

use crate::error::BatchError;
use crate::provided::{Lacking, provided};

/// Longest profile (1 MiB).
const MOST_BYTES: usize = 1 << 20;

/// Prefixes that need not be explained.
const KNOWN: [(&str, &str); 11] = [
    ("x", "adobe:ns:meta/"),
    ("rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"),
    ("dc", "http://purl.org/dc/elements/1.1/"),
    ("dcterms", "http://purl.org/dc/terms/"),
    ("oai_dc", "http://www.openarchives.org/OAI/2.0/oai_dc/"),
    ("xmp", "http://ns.adobe.com/xap/1.0/"),
    ("xmpRights", "http://ns.adobe.com/xap/1.0/rights/"),
    ("photoshop", "http://ns.adobe.com/photoshop/1.0/"),
    ("Iptc4xmpCore", "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"),
    ("exif", "http://ns.adobe.com/exif/1.0/"),
    ("tiff", "http://ns.adobe.com/tiff/1.0/"),
];

/// A mapping profile.
#[derive(Debug, Deserialize)]
pub(in crate::easydb) struct Profile {
    /// The way to the element that all fields are in.
    #[serde(default)]
    pub(super) xml_base: String,
    pub(super) fields: Vec<Field>,
    /// What prefixes stand for.
    #[serde(default)]
    pub(super) namespaces: BTreeMap<String, String>,
}

impl Profile {
    /// The profile of a name, in a folder.
    pub(in crate::easydb) fn find(folder: Option<&Path>, name: &str) -> Result<Self, BatchError> {
        let text = provided(folder, &format!("{name}.json"), read);
        let text = text.map_err(|lacking| match lacking {
            Lacking::Unknown => BatchError::MappingUnknown(name.to_owned()),
            Lacking::Unread(cause) => BatchError::MappingUnread { name: name.to_owned(), cause },
        })?;
        Self::parse(&text).map_err(|why| BatchError::MappingBroken { name: name.to_owned(), why })
    }

    /// Reads a profile; the error says what is wrong with it.
    fn parse(text: &[u8]) -> Result<Self, String> {
        if text.len() > MOST_BYTES {
            return Err(format!("it has more than {MOST_BYTES} bytes"));
        }
        let mut profile: Self = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        for (prefix, namespace) in KNOWN {
            let known = profile.namespaces.entry(prefix.to_owned());
            known.or_insert_with(|| namespace.to_owned());
        }
        Ok(profile)
    }
}

/// What is in a file; no more than what is too long.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    File::open(path)?.take(MOST_BYTES as u64 + 1).read_to_end(&mut text)?;
    Ok(text)
}

/// A field of a profile: where it goes, and what it is made of.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Field {
    /// An element that is always there.
    Element {
        xml: String,
        #[serde(default)]
        attributes: BTreeMap<String, String>,
        text: Option<String>,
        #[serde(default)]
        conditions: Vec<Condition>,
    },
    /// Values of the object.
    Text {
        xml: String,
        easydb: Sources,
        concat: Option<String>,
        language_attribute: Option<String>,
        #[serde(default)]
        empty: bool,
        #[serde(default)]
        conditions: Vec<Condition>,
    },
    /// Values of the object in an attribute, which is the last step of the way.
    Attribute {
        xml: String,
        easydb: Sources,
        concat: Option<String>,
        #[serde(default)]
        empty: bool,
        #[serde(default)]
        conditions: Vec<Condition>,
    },
    /// A text that is the same for all objects.
    TextFixed {
        xml: String,
        text: Fixed,
        language_attribute: Option<String>,
        #[serde(default)]
        conditions: Vec<Condition>,
    },
    /// The address of a file; its name, where it goes along.
    TextEasUrl {
        xml: String,
        easydb: Sources,
        version: Option<String>,
        #[serde(default)]
        conditions: Vec<Condition>,
    },
    /// Fields in an element of their own, which is there if any of them is.
    Group {
        xml: String,
        fields: Vec<Field>,
        #[serde(default)]
        conditions: Vec<Condition>,
    },
    /// An element for each row of a list.
    List {
        xml: String,
        easydb: Sources,
        #[serde(default)]
        fields: Vec<Field>,
        #[serde(default)]
        conditions: Vec<Condition>,
    },
}

impl Field {
    /// When it is written; always, where nothing is said.
    pub(super) fn conditions(&self) -> &[Condition] {
        match self {
            Self::Element { conditions, .. }
            | Self::Text { conditions, .. }
            | Self::Attribute { conditions, .. }
            | Self::TextFixed { conditions, .. }
            | Self::TextEasUrl { conditions, .. }
            | Self::Group { conditions, .. }
            | Self::List { conditions, .. } => conditions,
        }
    }
}

/// The ways to a field's values.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Sources {
    One(String),
    Several(Vec<String>),
}

impl Sources {
    pub(super) fn ways(&self) -> impl Iterator<Item = &str> {
        match self {
            Self::One(way) => std::slice::from_ref(way).iter().map(String::as_str),
            Self::Several(ways) => ways.iter().map(String::as_str),
        }
    }

    pub(super) fn first(&self) -> Option<&str> {
        self.ways().next()
    }
}

/// A text that is the same for all objects.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Fixed {
    Text(String),
    Localised(BTreeMap<String, String>),
}

impl Fixed {
    /// The text, or one for each language.
    pub(super) fn texts(&self) -> Vec<(Option<&str>, &str)> {
        match self {
            Self::Text(text) => vec![(None, text)],
            Self::Localised(texts) => {
                texts.iter().map(|(tag, text)| (Some(tag.as_str()), text.as_str())).collect()
            }
        }
    }
}

/// When a field is written.
#[derive(Debug, Deserialize)]
pub(super) struct Condition {
    #[serde(rename = "type")]
    pub(super) kind: Quantity,
    pub(super) list: Vec<Comparison>,
}

/// How many comparisons are to be met.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Quantity {
    Any,
    All,
    None,
}

impl Quantity {
    pub(super) fn holds(self, met: &mut impl Iterator<Item = bool>) -> bool {
        match self {
            Self::Any => met.any(|is| is),
            Self::All => met.all(|is| is),
            Self::None => !met.any(|is| is),
        }
    }
}

/// A value and what it is held against.
#[derive(Debug, Deserialize)]
pub(super) struct Comparison {
    #[serde(rename = "type")]
    pub(super) kind: Matching,
    pub(super) easydb: String,
    pub(super) value: String,
}

/// When two values are the same.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Matching {
    Eq,
    EqNoCase,
}

#[cfg(test)]
mod tests {
    use std::fs;

    use fabric::task::Verdict;
    use proto::message::TaskResult;

    use super::*;

    #[test]
    fn a_profile_that_cannot_be_read_now_is_not_taken_for_one_that_was_deleted() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path();
        let check = |folder: Option<&Path>, name: &str| {
            let error = Profile::find(folder, name).unwrap_err();
            match (&error, error.verdict()) {
                (BatchError::MappingUnknown(_), TaskResult::Failed(_)) => "unknown",
                (BatchError::MappingBroken { .. }, TaskResult::Failed(_)) => "broken",
                (BatchError::MappingUnread { .. }, TaskResult::Retry(_)) => "unread",
                (_, verdict) => panic!("{error}: {verdict:?}"),
            }
        };
        fs::write(folder.join("good.json"), r#"{"fields": []}"#).unwrap();
        assert!(Profile::find(Some(folder), "good").is_ok());
        // What is no file stands for a disk that fails.
        fs::create_dir(folder.join("folder.json")).unwrap();
        fs::write(folder.join("long.json"), " ".repeat(MOST_BYTES + 1)).unwrap();
        fs::write(folder.join("latin.json"), b"{\"fields\": [], \"xml_base\": \"\xe4\"}").unwrap();
        for (name, expected) in
            [("gone", "unknown"), ("folder", "unread"), ("long", "broken"), ("latin", "broken")]
        {
            assert_eq!(check(Some(folder), name), expected, "{name}");
        }
        assert_eq!(check(None, "good"), "unknown");
        assert_eq!(check(Some(&folder.join("unmounted")), "good"), "unread");
    }
}
