//! The shape of what is delivered: names, texts around records, compressed bytes, archives.
//!
//! Bytes in, bytes out: no I/O, no clock, no tasks, so that a worker that makes a piece and the
//! agent that joins the pieces agree by calling the same functions. Whatever is made here depends
//! on what went in alone, and not on how it was cut into calls.

pub mod name;
pub mod csv_field;
pub mod xml;
pub mod frame;
pub mod merge;
pub mod digest;
pub mod deflate;
pub mod zip;
pub mod tar;
pub mod coding;
pub mod bag;

#[cfg(test)]
mod foreign;

/// Bytes that do not compress, the same each time.
#[cfg(test)]
fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[7]
    })
    .take(len)
    .collect()
}
