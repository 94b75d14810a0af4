//! The kinds of resources, `longshore.dev/v1alpha1`, as the cluster keeps them.
//!
//! Their definitions are generated from these types and committed in `deploy/kubernetes/`. What somebody may
//! have written by hand is read leniently: one resource that cannot be read would hide all others of its kind.

mod schema;
mod on_delete;
mod origin;
mod condition;
mod progress;
mod status;
mod export;
mod schedule;
#[cfg(test)]
mod tests;

use std::fmt::Debug;

use k8s_openapi::NamespaceResourceScope;
use kube::Resource;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub(crate) use self::condition::since;
pub use self::condition::{Condition, Truth};
pub use self::export::{Export, ExportSpec};
pub use self::on_delete::OnDelete;
pub use self::origin::{ConfigMapKey, Origin};
pub use self::progress::{Download, Finished, Progress, Trouble};
pub use self::schedule::{ExportSchedule, ExportScheduleSpec};
pub use self::status::Status;

/// What the operator keeps a resource by until it has seen to what it made.
pub const FINALIZER: &str = "longshore.dev/run";

/// What becomes of a definition that is changed after it was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Nothing: the run goes by the one that it was made of.
    Ignored,
    /// It counts for the runs that begin from then on, and what is gone is made anew.
    Applied,
}

/// When runs of a resource start by themselves.
#[derive(Debug, Clone, Copy)]
pub struct Rhythm<'r> {
    /// As `schedules` of a definition.
    pub schedules: &'r [Value],
    /// Whether they rest.
    pub suspend: bool,
}

/// A kind of resource that the server makes an export of.
pub trait Kind:
    Resource<DynamicType = (), Scope = NamespaceResourceScope>
    + Clone
    + Debug
    + DeserializeOwned
    + Serialize
    + Send
    + Sync
    + 'static
{
    /// What becomes of a definition that is changed.
    const CHANGE: Change;

    /// Where its definition is.
    fn origin(&self) -> Origin<'_>;

    /// When its runs start by themselves; nothing where there is one run, at once.
    fn rhythm(&self) -> Option<Rhythm<'_>>;

    /// What becomes of the export when the resource is deleted.
    fn on_delete(&self) -> OnDelete;

    /// How far it was.
    fn status(&self) -> Option<&Status>;

    /// The same resource, that far.
    #[must_use]
    fn with_status(self, status: Status) -> Self;
}
