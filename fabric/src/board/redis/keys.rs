//! What keys are called.
//!
//! What one script touches shares the part in braces, by which a cluster decides where a key lies:
//! everything of an export is together, and so are the lists.

use proto::id::{ExportId, Owner, RunId};

/// The keys of one fleet.
pub(super) struct Keys {
    namespace: String,
}

impl Keys {
    pub(super) fn new(namespace: String) -> Self {
        Self { namespace }
    }

    pub(super) fn marks(&self, run: RunId) -> String {
        self.of_run(run, "marks")
    }

    pub(super) fn counts(&self, run: RunId) -> String {
        self.of_run(run, "counts")
    }

    pub(super) fn parts(&self, run: RunId) -> String {
        self.of_run(run, "parts")
    }

    pub(super) fn stop(&self, run: RunId) -> String {
        self.of_run(run, "stop")
    }

    pub(super) fn deliveries(&self, run: RunId) -> String {
        self.of_run(run, "deliveries")
    }

    fn of_run(&self, run: RunId, what: &str) -> String {
        format!("{}:{{{}}}:{}:{what}", self.namespace, run.export, run.run)
    }

    pub(super) fn events(&self, export: ExportId) -> String {
        format!("{}:{{{export}}}:events", self.namespace)
    }

    pub(super) fn summaries(&self) -> String {
        format!("{}:{{exports}}:summaries", self.namespace)
    }

    /// The list of an owner, or of all.
    pub(super) fn list(&self, owner: Option<&Owner>) -> String {
        match owner {
            Some(owner) => format!("{}:{{exports}}:of:{owner}", self.namespace),
            None => format!("{}:{{exports}}:all", self.namespace),
        }
    }

    pub(super) fn lease(&self, name: &str) -> String {
        format!("{}:lease:{name}", self.namespace)
    }

    pub(super) fn workload(&self) -> String {
        format!("{}:workload", self.namespace)
    }

    pub(super) fn complete(&self) -> String {
        format!("{}:complete", self.namespace)
    }

    /// The channel that tells which export has a new event.
    pub(super) fn bell(&self) -> String {
        format!("{}:bell", self.namespace)
    }

    /// A pattern that every key matches.
    pub(super) fn every(&self) -> String {
        format!("{}:*", self.namespace)
    }
}
