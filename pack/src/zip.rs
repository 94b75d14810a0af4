//! ZIP around members whose sizes and CRC-32 are known before they are written.
//!
//! Local headers carry the real values and never ask for a data descriptor, which is what every
//! reader in the world accepts, also from a pipe. ZIP64 appears only where a number does not fit.
//! All times are 1980-01-01 00:00, all files are plain and `rw-r--r--`, so that equal members give
//! equal archives. Layout: <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>.

mod entry;
mod local;
mod directory;

pub use self::directory::Directory;
pub use self::entry::Entry;
pub use self::local::{local_header, local_header_len};

#[cfg(test)]
mod readers;
