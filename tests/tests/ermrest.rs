//! The stand-in for `ERMrest` and Hatrac: it answers as the real ones did, and as they do to what was not recorded;
//! and the source that reads it.

pub(crate) mod asked;
mod recording;
mod queries;
mod sessions;
mod snapshots;
mod objects;
mod large;
mod reading;
mod reads;
mod verbatim;
mod mishaps;
