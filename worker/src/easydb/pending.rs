//! A file that goes along, until it is fetched.

use proto::definition::Convert;
use serde::{Deserialize, Serialize};

/// What is known of it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Pending {
    /// Where it is.
    pub(super) place: String,
    /// The file's number.
    pub(super) eas_id: u64,
    /// What its version is called.
    pub(super) version: String,
    /// Its class.
    pub(super) class: String,
    /// The object's number.
    pub(super) system_object_id: u64,
    /// What becomes of it.
    pub(super) convert: Option<Convert>,
    /// The texts that are written into it: tags, and what goes there.
    pub(super) texts: Vec<(String, String)>,
}
