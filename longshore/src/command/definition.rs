//! The file of a definition, as it is given on the command line.

use std::path::Path;

use proto::fault::{Code, Fault};

/// The text of a definition's file. One that cannot be read is a mistake in what was given, as one
/// that is not JSON.
pub(super) fn read(file: &Path) -> Result<String, Vec<Fault>> {
    std::fs::read_to_string(file).map_err(|error| {
        vec![
            Fault::new(Code::Unreadable, format!("the file cannot be read: {error}"))
                .at(file.display().to_string()),
        ]
    })
}
