//! What the Deriva dialect does with the files of an export.

pub(crate) mod transform;
