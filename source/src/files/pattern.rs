//! Paths that name files, and patterns that name several.

use glob::{MatchOptions, Pattern};

use crate::SourceError;

/// A `*` stands for names within one folder, as in a shell.
pub(super) const GLOB: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: false,
};

/// Whether a path has signs of a glob.
pub(super) fn has_glob(path: &str) -> bool {
    path.contains(['*', '?', '['])
}

/// A path as a glob pattern.
pub(super) fn pattern(path: &str) -> Result<Pattern, SourceError> {
    Pattern::new(path).map_err(|error| not_a_glob(path, &error))
}

/// The folder that a path's files are in; nothing where the path has none.
pub(super) fn folder(path: &str) -> Option<&str> {
    let plain = path.find(['*', '?', '[']).map_or(path, |sign| &path[..sign]);
    match plain.rfind('/')? {
        0 => Some("/"),
        end => Some(&plain[..end]),
    }
}

/// That a path cannot be read as one.
pub(super) fn not_a_glob(path: &str, error: &glob::PatternError) -> SourceError {
    SourceError::Refused { what: format!("{path:?} is no path or glob: {error}") }
}
