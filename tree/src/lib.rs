//! The tree of a run: its files as they lie in its segments, in the order of the archive and under
//! their final names, listed and read.
//!
//! Every way out shows the same tree: the archive is joined under these names, the API lists and
//! serves these files, a transport that packs nothing lays them down. What only all batches together
//! tell (sizes of shared files, clashes of names, the lists of what was renamed and left out) is settled once, by whoever
//! comes first, and recorded; from then on a listing costs what it shows. Everything here can be
//! called once every batch of the run is committed, and not before. Memory does not grow with the run.

pub mod text;
mod shares;
mod part;
pub mod originals;
pub mod warnings;
pub mod html;
pub mod index;
mod renames;
mod hashes;
mod settle;
mod file;
mod inflate;
mod list;
mod remote;
mod sealed;

pub use self::file::{File, FileId, NoFileId};
pub use self::list::{files, find, list};
pub use self::part::part;
pub use self::remote::remote_files;
pub use self::renames::new_names;
pub use self::sealed::{files_of, find_of};
pub use self::settle::settle;
pub use self::shares::shared_file;

#[cfg(test)]
mod tests;
