//! The sources that a deployment has, by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use proto::fault::{Code, Fault};

use crate::Source;
use crate::asset::{Assets, HttpAssets};

/// The configured sources, opened.
#[derive(Clone)]
pub struct Catalog {
    sources: BTreeMap<String, Arc<dyn Source>>,
    http: Arc<HttpAssets>,
}

impl Catalog {
    /// A catalogue of these sources.
    pub fn new(sources: BTreeMap<String, Arc<dyn Source>>, http: Arc<HttpAssets>) -> Self {
        Self { sources, http }
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.sources.keys().map(String::as_str)
    }

    /// A source by its name.
    pub fn get(&self, name: &str) -> Result<&Arc<dyn Source>, Fault> {
        self.sources.get(name).ok_or_else(|| unknown(name, &self.names().collect::<Vec<_>>()))
    }

    /// What opens the files that records of a source name.
    pub fn assets(&self, source: &dyn Source) -> Assets {
        Assets {
            root: source.assets(),
            http: Arc::clone(&self.http),
            credentials: source.credentials(),
        }
    }
}

/// What is told of a source that is not there, with those that are.
pub fn unknown(name: &str, known: &[&str]) -> Fault {
    Fault::new(Code::UnknownSource, format!("there is no source {name:?}")).hint(
        if known.is_empty() {
            "no source is configured".to_owned()
        } else {
            format!("there are {}", known.join(", "))
        },
    )
}
