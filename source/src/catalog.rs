//! The sources that a deployment has, by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use proto::fault::{Code, Fault};
use proto::id::Owner;

use crate::Source;
use crate::asset::{Assets, HttpAssets};
use crate::pass::Passes;
use crate::timed::Timed;

/// The configured sources, opened.
#[derive(Clone)]
pub struct Catalog {
    sources: Arc<BTreeMap<String, Arc<dyn Source>>>,
    http: Arc<HttpAssets>,
    passes: Option<Passes>,
    /// Whose rights count; nobody's where sources are only named.
    owner: Option<Owner>,
}

impl Catalog {
    /// A catalogue of these sources.
    pub fn new(sources: BTreeMap<String, Arc<dyn Source>>, http: Arc<HttpAssets>) -> Self {
        Self { sources: Arc::new(sources), http, passes: None, owner: None }
    }

    /// The same, where users can sign in to sources that are read with their rights.
    #[must_use]
    pub fn with_passes(&self, passes: Passes) -> Self {
        Self { passes: Some(passes), ..self.clone() }
    }

    /// The same sources, read with the rights of somebody where they know users.
    #[must_use]
    pub fn of_owner(&self, owner: Option<Owner>) -> Self {
        Self { owner, ..self.clone() }
    }

    /// Whose rights count.
    pub fn owner(&self) -> Option<&Owner> {
        self.owner.as_ref()
    }

    /// Where passes of users are kept; nothing where nobody can sign in.
    pub fn passes(&self) -> Option<&Passes> {
        self.passes.as_ref()
    }

    /// Whether a source is read with the rights of those whose exports it is read for.
    pub fn needs_passes(&self) -> bool {
        self.sources.values().any(|source| source.users().is_some())
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.sources.keys().map(String::as_str)
    }

    /// A source by its name, as [`Catalog::owner`] sees it. How long it takes is told.
    pub fn get(&self, name: &str) -> Result<Arc<dyn Source>, Fault> {
        let source = self
            .sources
            .get(name)
            .ok_or_else(|| unknown(name, &self.names().collect::<Vec<_>>()))?;
        if let (Some(users), Some(passes), Some(owner)) =
            (source.users(), &self.passes, &self.owner)
        {
            return Ok(Timed::over(users.as_caller(passes.caller(name, owner))));
        }
        Ok(Timed::over(Arc::clone(source)))
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
            format!("there are {}", proto::abridged::list(known))
        },
    )
}
