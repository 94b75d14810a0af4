//! Mapping profiles are the operator's: a document that names another is refused when it is sent, and not
//! only by the run.

use std::path::Path;

use proto::easydb::{Document, Mistake, What};

use super::Dialect;
use super::trouble::Trouble;

/// The mappings that are no profiles.
const OWN: [&str; 2] = ["easydb", "easydb_flat"];

/// Refuses a profile that is not there, unless the export had it `before`: one that was taken away since
/// keeps nobody from changing the rest.
pub(super) fn check_profile(
    dialect: &Dialect,
    document: &Document,
    before: Option<&Document>,
) -> Result<(), Trouble> {
    let name = document.easydb.mapping.as_deref().filter(|name| !OWN.contains(name));
    let (Some(folder), Some(name)) = (&dialect.settings.mappings, name) else { return Ok(()) };
    let is_kept = before.is_some_and(|before| before.easydb.mapping.as_deref() == Some(name));
    if is_kept || may_be_there(folder, name) {
        return Ok(());
    }
    let why = format!(
        "there is no mapping profile {name:?}; they are in the folder of the server's `[worker] mappings`"
    );
    Err(vec![Mistake { what: What::Value { why }, place: "export.mapping".to_owned() }].into())
}

/// Whether the workers may have a profile. Where the folder is not on this machine, only they know: one
/// configuration serves all roles.
fn may_be_there(folder: &Path, name: &str) -> bool {
    let is_name = !name.starts_with('.') && !name.contains('/');
    is_name && (!folder.is_dir() || folder.join(format!("{name}.json")).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_refused_where_it_would_be_found_and_is_not() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("mets.json"), "{}").unwrap();
        assert!(may_be_there(folder.path(), "mets"));
        assert!(!may_be_there(folder.path(), "lido"));
        // On the machines of the workers, maybe.
        let elsewhere = folder.path().join("elsewhere");
        assert!(may_be_there(&elsewhere, "lido"));
        for name in [".lido", "../lido"] {
            assert!(!may_be_there(&elsewhere, name), "{name}");
        }
    }
}
