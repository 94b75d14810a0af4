//! References that stay below their root.

use super::shown;
use crate::SourceError;

/// A reference as a path below a root: its parts, none of which leads up or out.
pub(super) fn below(reference: &str) -> Result<Vec<&str>, SourceError> {
    let refused = |why: &str| {
        Err(SourceError::AddressRefused { reference: shown(reference), why: why.to_owned() })
    };
    if reference.contains('\0') {
        return refused("it has a NUL in it");
    }
    if reference.starts_with('/') {
        return refused("it is absolute, and files are taken from below the source's folder only");
    }
    let parts: Vec<&str> =
        reference.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    if parts.contains(&"..") {
        return refused("it leads up, and files are taken from below the source's folder only");
    }
    if parts.is_empty() {
        return Err(missing(reference, "it names no file"));
    }
    Ok(parts)
}

/// An asset that is not there.
pub(super) fn missing(reference: &str, why: impl Into<String>) -> SourceError {
    SourceError::AssetMissing { reference: shown(reference), why: why.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(reference: &str, expected: Result<&[&str], &str>) {
        let found = below(reference).map_err(|error| error.fault().code.as_str());
        assert_eq!(found.as_deref(), expected.as_ref().map(|parts| *parts), "{reference:?}");
    }

    #[test]
    fn references_never_lead_out() {
        check("a/b.jpg", Ok(&["a", "b.jpg"]));
        check("./a//b", Ok(&["a", "b"]));
        check("a..b/..c", Ok(&["a..b", "..c"]));
        check("../x", Err("address_refused"));
        check("a/../../x", Err("address_refused"));
        check("/etc/passwd", Err("address_refused"));
        check("a\0b", Err("address_refused"));
        check("", Err("asset_missing"));
    }
}
