//! What `standard` means for the texts in pictures that are made for an export: the mapping that the catalogue has for
//! the pool of their object, or else for its type. What the catalogue says the first time holds for the run, on every
//! worker and in every try: it lies in the store.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use fabric::store::StoreError;
use proto::commit::Warning;
use proto::definition::{EasRule, EasVersion, Easydb, Metadata, MetadataName};
use proto::easydb::profiled;
use proto::fault::Code;
use proto::key::Key;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use source::SourceError;
use source::catalogue::{Catalogue, ImageMappings};

use super::json::Json;
use super::writing::told;
use crate::Worker;
use crate::batch::Task;
use crate::error::BatchError;

/// What conversions say that leave it to the catalogue.
pub(super) const STANDARD: Metadata = Metadata::Named(MetadataName::Standard);

/// What pools and types say in the place of a mapping: there is none, and what tells of places and devices stays out.
const NONE: &str = "none";

/// What a catalogue says of the texts in pictures.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct StandardTexts {
    /// Which mapping each pool has, and each type.
    said: ImageMappings,
    /// The mappings, by what they are named by.
    mappings: BTreeMap<String, Metadata>,
    /// Those that could not be had, or write nothing.
    missing: Vec<String>,
    /// Whether one of these would have counted for a picture.
    #[serde(skip)]
    is_lacking: AtomicBool,
}

impl StandardTexts {
    /// What is to become of the texts in the pictures of an object, where the catalogue says it.
    pub(super) fn of(&self, object: &Json<'_>) -> Option<&Metadata> {
        let object_type = object.text_of("_objecttype")?;
        let pool = object.at(&[object_type, "_pool", "pool", "_id"]).and_then(Json::number);
        let of_pool = pool.and_then(|pool| self.said.pools.get(&pool));
        let found = self.mappings.get(of_pool.or_else(|| self.said.types.get(object_type))?);
        if found.is_none() {
            self.is_lacking.store(true, Ordering::Relaxed);
        }
        found
    }

    /// What is told where a mapping could not be had that counts for a picture.
    pub(super) fn warning(&self, task: &Task) -> Option<Warning> {
        let subject = self.missing.first().filter(|_| self.is_lacking.load(Ordering::Relaxed))?;
        let message = format!(
            "the catalogue names mappings for the texts in pictures that it does not have, or that write none: {}; \
             what describes a picture stays in it",
            self.missing.join(", ")
        );
        Some(told(task, Code::UnknownMapping, message, Some(subject)))
    }

    /// Asks a catalogue.
    async fn asked(catalogue: &dyn Catalogue) -> Result<Self, SourceError> {
        let said = catalogue.image_mappings().await?;
        let names: BTreeSet<String> =
            said.pools.values().chain(said.types.values()).cloned().collect();
        let (mut mappings, mut missing) = (BTreeMap::new(), Vec::new());
        for name in names {
            if name == NONE {
                mappings.insert(name, STANDARD);
                continue;
            }
            let found = match catalogue.mapping(&name).await {
                Ok(found) => found,
                Err(SourceError::Refused { .. }) => None,
                Err(error) => return Err(error),
            };
            let mapping = found.and_then(|text| serde_json::from_slice::<Value>(&text).ok());
            match mapping.and_then(|mapping| profiled(&mapping).metadata) {
                Some(metadata) => drop(mappings.insert(name, metadata)),
                None => missing.push(name),
            }
        }
        Ok(Self { said, mappings, missing, is_lacking: AtomicBool::new(false) })
    }
}

impl Worker {
    /// What the catalogue of an output says of the texts in pictures, as it said it first; nothing where no picture is
    /// made that it would count for.
    pub(super) async fn standard_texts(
        &self,
        task: &Task,
        easydb: &Easydb,
        catalogue: &dyn Catalogue,
    ) -> Result<StandardTexts, BatchError> {
        if !is_asked(easydb) {
            return Ok(StandardTexts::default());
        }
        let (run, output) = task.of;
        let key = Key::given(run, output, "texts");
        let kept = match self.store.get(&key).await {
            Ok((kept, _)) => kept,
            Err(StoreError::Missing { .. }) => {
                let asked = StandardTexts::asked(catalogue).await?;
                let asked = serde_json::to_vec(&asked).expect("texts and numbers are JSON");
                self.keep_first(&key, asked.into()).await?
            }
            Err(error) => return Err(error.into()),
        };
        serde_json::from_slice(&kept).map_err(|error| BatchError::Scratch(io::Error::other(error)))
    }
}

/// Whether any picture is made whose texts are the catalogue's standard.
fn is_asked(easydb: &Easydb) -> bool {
    let rules = easydb.assets.values().filter_map(|rule| match rule {
        EasRule::Versions(rule) => rule.versions.as_ref(),
        EasRule::Whether(_) => None,
    });
    let versions = easydb.classes.values().chain(rules).flatten();
    versions.filter_map(EasVersion::conversion).any(|convert| convert.metadata == STANDARD)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_pool_says_goes_before_what_the_type_says() {
        let texts: StandardTexts = serde_json::from_value(json!({
            "said": {"pools": {"11": "12", "10": "none"}, "types": {"bild": "13", "ort": "14"}},
            "mappings": {"12": {"bild.titel": "xmp:dc:title"}, "13": {"bild.kurz": "xmp:dc:title"},
                "none": "standard"},
            "missing": ["14"]}))
        .unwrap();
        let of = |object: Value| {
            let text = object.to_string();
            let said = texts.of(&Json::parse(&text).unwrap()).cloned();
            serde_json::to_value(said).unwrap()
        };
        let bild = |pool: Value| json!({"_objecttype": "bild", "bild": {"_pool": {"pool": {"_id": pool}}}});
        assert_eq!(of(bild(json!(11))), json!({"bild.titel": "xmp:dc:title"}));
        assert_eq!(of(bild(json!(10))), "standard");
        assert_eq!(of(bild(json!(9))), json!({"bild.kurz": "xmp:dc:title"}));
        assert_eq!(of(json!({"_objecttype": "ort", "ort": {}})), Value::Null);
        assert_eq!(of(json!({"_objecttype": "werk", "werk": {}})), Value::Null);
    }

    #[test]
    fn the_catalogue_is_asked_only_where_a_picture_is_made_by_its_standard() {
        for (easydb, expected) in [
            (json!({"classes": {"image": [{"type": "custom", "convert": {}}]}}), true),
            (json!({"assets": {"7": {"versions": [{"type": "custom", "convert": {}}]}}}), true),
            (
                json!({"classes": {"image": [{"type": "custom", "convert": {"metadata": "keep"}}]}}),
                false,
            ),
            (json!({"classes": {"image": [{"type": "original"}]}, "assets": {"7": true}}), false),
        ] {
            let read = serde_json::from_value(easydb.clone()).unwrap();
            assert_eq!(is_asked(&read), expected, "{easydb}");
        }
    }
}
