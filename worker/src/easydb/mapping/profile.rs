//! A profile as its file has it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde::Deserialize;

use super::field::Field;
use super::misplaced::misplaced;
use crate::error::BatchError;
use crate::provided::{Lacking, provided};

/// Longest profile (1 MiB).
const MOST_BYTES: usize = 1 << 20;

/// Prefixes that need not be explained.
const KNOWN: [(&str, &str); 15] = [
    ("x", "adobe:ns:meta/"),
    ("rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"),
    ("dc", "http://purl.org/dc/elements/1.1/"),
    ("dcterms", "http://purl.org/dc/terms/"),
    ("oai_dc", "http://www.openarchives.org/OAI/2.0/oai_dc/"),
    ("xmp", "http://ns.adobe.com/xap/1.0/"),
    ("xmpRights", "http://ns.adobe.com/xap/1.0/rights/"),
    ("xmpMM", "http://ns.adobe.com/xap/1.0/mm/"),
    ("photoshop", "http://ns.adobe.com/photoshop/1.0/"),
    ("Iptc4xmpCore", "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"),
    ("Iptc4xmpExt", "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"),
    ("plus", "http://ns.useplus.org/ldf/xmp/1.0/"),
    ("aux", "http://ns.adobe.com/exif/1.0/aux/"),
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
    /// Attributes of the elements on the way to that with the fields: which of these, and what they have.
    #[serde(skip)]
    pub(super) above: Vec<(usize, String, String)>,
}

/// What is wrong with a profile: where and what, and what to do about it.
#[derive(Debug)]
pub(super) struct Flaw {
    pub(super) why: String,
    pub(super) hint: &'static str,
}

/// Whether the fields of an element are written for every object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    Always,
    ByConditions,
}

impl Profile {
    /// The profile of a name, in a folder.
    pub(in crate::easydb) fn find(folder: Option<&Path>, name: &str) -> Result<Self, BatchError> {
        let text = provided(folder, &format!("{name}.json"), read);
        let text = text.map_err(|lacking| match lacking {
            Lacking::Unknown => BatchError::MappingUnknown(name.to_owned()),
            Lacking::Unread(cause) => BatchError::MappingUnread { name: name.to_owned(), cause },
        })?;
        Self::of_text(name, &text)
    }

    /// The profile of a name, as it is written.
    pub(in crate::easydb) fn of_text(name: &str, text: &[u8]) -> Result<Self, BatchError> {
        Self::parse(text).map_err(|Flaw { why, hint }| BatchError::MappingBroken {
            name: name.to_owned(),
            why,
            hint,
        })
    }

    /// What elements the fields are in, the outermost first; at least one.
    pub(super) fn base(&self) -> Vec<&str> {
        let names: Vec<&str> = steps(&self.xml_base).collect();
        if names.is_empty() { vec!["object"] } else { names }
    }

    /// Makes ways that begin at the root begin where the fields are, and takes out what is said of the elements
    /// above, and of prefixes.
    fn settle(&mut self) -> Result<(), Flaw> {
        let base: Vec<String> = self.base().into_iter().map(str::to_owned).collect();
        let mut fields = std::mem::take(&mut self.fields);
        misplaced(&fields, &base)?;
        self.settle_fields(&mut fields, &base, Written::Always);
        self.fields = fields;
        Ok(())
    }

    fn settle_fields(&mut self, fields: &mut Vec<Field>, base: &[String], around: Written) {
        fields.retain_mut(|field| {
            let is_always = around == Written::Always && field.conditions().is_empty();
            let gives_attributes = field.gives_attributes();
            if let Field::Element { xml, attributes, .. } = field {
                attributes.retain(|name, namespace| {
                    let Some(prefix) = name.strip_prefix("xmlns:") else { return true };
                    self.namespaces.insert(prefix.to_owned(), std::mem::take(namespace));
                    false
                });
                // By conditions there are only those of the element with the fields: they stay among these.
                if gives_attributes
                    && is_always
                    && let Some(depth) = above(xml, base)
                {
                    let attributes = std::mem::take(attributes);
                    let attributes = attributes.into_iter();
                    self.above.extend(attributes.map(|(name, value)| (depth, name, value)));
                    return false;
                }
            }
            let way = field.xml();
            if let Some(below) = below(way, base) {
                *way = below;
            }
            if let Field::Group { fields, .. } = field {
                let within = if is_always { Written::Always } else { Written::ByConditions };
                self.settle_fields(fields, base, within);
            }
            true
        });
    }

    /// Reads a profile; the error says what is wrong with it.
    pub(super) fn parse(text: &[u8]) -> Result<Self, Flaw> {
        let broken = |why: String| Flaw { why, hint: "mend it, or name another" };
        if text.len() > MOST_BYTES {
            return Err(broken(format!("it has more than {MOST_BYTES} bytes")));
        }
        let mut profile: Self =
            serde_json::from_slice(text).map_err(|error| broken(error.to_string()))?;
        profile.settle()?;
        for (prefix, namespace) in KNOWN {
            let known = profile.namespaces.entry(prefix.to_owned());
            known.or_insert_with(|| namespace.to_owned());
        }
        Ok(profile)
    }
}

/// The names in a way.
fn steps(way: &str) -> impl Iterator<Item = &str> {
    way.split('/').filter(|step| !step.is_empty())
}

/// How deep the element of a way is that begins at the root and ends on the way to the fields, from 0.
pub(super) fn above(way: &str, base: &[String]) -> Option<usize> {
    let names: Vec<&str> = way.starts_with('/').then(|| steps(way).collect())?;
    let is_above = names.len() <= base.len() && names.iter().zip(base).all(|(one, of)| one == of);
    names.len().checked_sub(1).filter(|_| is_above)
}

/// The way from the fields on, of one that begins at the root and goes through where they are.
fn below(way: &str, base: &[String]) -> Option<String> {
    let names: Vec<&str> = way.starts_with('/').then(|| steps(way).collect())?;
    let is_below = names.len() >= base.len() && names.iter().zip(base).all(|(one, of)| one == of);
    is_below.then(|| names[base.len()..].join("/"))
}

/// What is in a file; no more than what is too long.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    File::open(path)?.take(MOST_BYTES as u64 + 1).read_to_end(&mut text)?;
    Ok(text)
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
