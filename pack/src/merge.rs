//! One result out of the results of parts that were made apart, each for some of the datasets of an
//! export; in the order of the datasets, and the same bytes that one process would have written.
//!
//! Nothing is held but a buffer, and for files what tells them apart.

mod json_array;
mod json_lines;
mod union;
mod unzip;
mod zips;

use std::io::{self, Read};

pub use self::json_array::{Around, ArrayElements, NotAnArray, json_arrays};
pub use self::json_lines::json_lines;
pub use self::union::{Clash, Content, Kept, Union};
pub use self::unzip::{NotUnzipped, unzip};
pub use self::zips::{NotZipped, zips};

/// Why parts do not become one.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// A part, counted from 0, is not what the rule asks for.
    #[error("part {part} cannot be merged")]
    Shape {
        /// Which part.
        part: usize,
        /// Where it goes wrong.
        source: NotAnArray,
    },
    /// A part, counted from 0, cannot be read.
    #[error("part {part} cannot be read")]
    Read {
        /// Which part.
        part: usize,
        /// Why.
        source: io::Error,
    },
    /// The result cannot be written.
    #[error("the merged file cannot be written")]
    Write(#[source] io::Error),
}

/// How much of a part is read at once, in bytes.
const CHUNK_BYTES: usize = 64 << 10;

/// Reads a part to its end, chunk by chunk.
fn each_chunk(
    part: usize,
    mut reader: impl Read,
    mut take: impl FnMut(&[u8]) -> Result<(), MergeError>,
) -> Result<(), MergeError> {
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        match reader.read(&mut chunk) {
            Ok(0) => return Ok(()),
            Ok(len) => take(&chunk[..len])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(source) => return Err(MergeError::Read { part, source }),
        }
    }
}
