//! What the process that converts an image is told, and what it answers.
//!
//! One job is a frame with [`Job`] as JSON, then the image in frames, then an empty frame. One
//! answer is a frame with [`Answer`] as JSON, then, where there is one, the image in frames and an
//! empty frame. A frame is its length in four bytes, the lowest first, and as many bytes. Both ends
//! are the same binary; nothing of this is kept.

use std::io::{self, Read, Write};
use std::path::PathBuf;

use proto::definition::Convert;
use serde::{Deserialize, Serialize};

use super::image::Refusal;

/// Longest frame, in bytes (1 MiB).
pub(crate) const FRAME_BYTES: usize = 1 << 20;

/// An image to convert.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Job {
    /// What is to become of it.
    pub(crate) convert: Convert,
    /// Texts for its file: tags and what goes there.
    pub(crate) written: Vec<(String, String)>,
    /// Where the watermark lies.
    pub(crate) watermark: Option<PathBuf>,
    /// Where the ICC profile lies that CMYK is written with, and read with where it has none.
    pub(crate) cmyk_profile: Option<PathBuf>,
    /// How much processor time it may take, in seconds.
    pub(crate) processor_seconds: u64,
    /// Most bytes of a file that is read.
    pub(crate) most_bytes: u64,
    /// Most pixels of a picture, read or written.
    pub(crate) most_pixels: u64,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Answer {
    /// It was converted; the image follows.
    Converted {
        /// The extension of its name, without the dot.
        extension: String,
        /// Its width and height in pixels.
        size: [u32; 2],
    },
    /// It was not, and why.
    Refused(String),
    /// It was not, for what the operator provides cannot be used, and why.
    Unprovided(String),
}

impl Job {
    /// The ICC profile of CMYK.
    pub(super) fn cmyk_profile(&self) -> Result<Option<Vec<u8>>, Refusal> {
        let read = self.cmyk_profile.as_ref().map(std::fs::read).transpose();
        read.map_err(|error| Refusal::Provided(format!("the configured profile of CMYK: {error}")))
    }
}

/// Writes a frame.
pub(super) fn write_frame(out: &mut impl Write, frame: &[u8]) -> io::Result<()> {
    let len = u32::try_from(frame.len()).map_err(io::Error::other)?;
    out.write_all(&len.to_le_bytes())?;
    out.write_all(frame)
}

/// Reads a frame; nothing where the other end has closed.
pub(super) fn read_frame(input: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut len = [0; 4];
    match input.read_exact(&mut len) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let mut frame = vec![0; frame_len(len)?];
    input.read_exact(&mut frame)?;
    Ok(Some(frame))
}

/// A frame's length; an error where it is longer than [`FRAME_BYTES`].
pub(super) fn frame_len(len: [u8; 4]) -> io::Result<usize> {
    let len = usize::try_from(u32::from_le_bytes(len)).map_err(io::Error::other)?;
    if len > FRAME_BYTES {
        return Err(io::Error::other("a frame longer than any that is written"));
    }
    Ok(len)
}
