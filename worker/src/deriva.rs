//! What the Deriva dialect does with the files of an export.

pub mod transform;
