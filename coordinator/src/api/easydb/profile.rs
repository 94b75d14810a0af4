//! Mapping profiles are the operator's: a document that names another is refused when it is sent, and not
//! only by the run.

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
    let is_name = !name.starts_with('.') && !name.contains('/');
    if is_kept || (is_name && folder.join(format!("{name}.json")).is_file()) {
        return Ok(());
    }
    let why = format!("there is no mapping profile {name:?}");
    Err(vec![Mistake { what: What::Value { why }, place: "export.mapping".to_owned() }].into())
}
