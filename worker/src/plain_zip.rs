//! A run without transports that ask for more, as tests of what is packed want it.

use proto::lay::{Asked, Lay};

/// What a run asks for that is packed as one plain ZIP.
pub(crate) fn plain_zip() -> Asked {
    Asked {
        lays: vec![Lay::PLAIN_ZIP],
        name: "pictures".to_owned(),
        algorithms: Vec::new(),
        is_stored: false,
        is_split: false,
        is_bagged: false,
        manifests: Vec::new(),
    }
}
