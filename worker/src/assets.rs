//! Assets: which file a record means, of what class it is, what it becomes.

pub(crate) mod reference;
pub(crate) mod choice;
pub(crate) mod class;
