//! What files are called on the other side: while they are under way, and then.

use super::Delivery;

impl Delivery<'_> {
    /// What the names of files under way begin with: each try of this delivery finds those of the one before,
    /// and none of another delivery.
    pub(super) fn mark(&self) -> String {
        let run = self.run;
        let export = run.export.0.simple();
        format!(".longshore-{export}-{}-{}-", run.run, self.archive.transport)
    }
}

/// A path of the result, below the folder of the target that it goes to.
pub(super) fn below(folder: &str, path: &str) -> String {
    match folder {
        "" => path.to_owned(),
        folder => format!("{folder}/{path}"),
    }
}
