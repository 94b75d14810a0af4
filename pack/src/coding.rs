//! Compressed streams made in pieces: each piece alone, by whoever has its content, and all of them
//! joined byte by byte, without compressing anything again.
//!
//! A stream is what [`Coding::open`] says, the pieces in order, and what [`Coding::close`] says about
//! all of them ([`Coding::joined`]). For gzip, bzip2 and xz that is *one* stream and not several in a
//! row, for which the formats have room but readers do not: of a tar archive in several streams
//! commons-compress shows the first without a word, and Python's `r|gz` waits for ever.

mod gzip;
mod bzip2;
mod zstd;
mod xz;

use proto::commit::Piece;
use proto::lay::Container;

use self::bzip2::Blocks;
use self::xz::Chunks;
use self::zstd::Frame;
use crate::deflate::{ShareWriter, stored_block};

/// How a stream is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// Not at all.
    Plain,
    /// One gzip member. Its pieces are shares: what was made for a ZIP archive goes in as it is.
    Gzip,
    /// One bzip2 stream, of blocks that end on byte borders.
    Bzip2,
    /// A zstd frame, with its checksum, for each piece.
    Zstd,
    /// One xz stream of one block, of chunks that need nothing of what is before a piece.
    Xz,
}

impl Coding {
    /// How a container of tar entries is compressed; nothing for ZIP, which has no stream around its
    /// entries.
    pub fn of(container: Container) -> Option<Self> {
        match container {
            Container::Zip => None,
            Container::Tar => Some(Self::Plain),
            Container::TarGz => Some(Self::Gzip),
            Container::TarBz2 => Some(Self::Bzip2),
            Container::TarZst => Some(Self::Zstd),
            Container::TarXz => Some(Self::Xz),
        }
    }

    /// How the shares of a file are compressed that lie in a container; in ZIP, as pieces of gzip.
    pub fn of_shares(container: Container) -> Self {
        Self::of(container).unwrap_or(Self::Gzip)
    }

    /// What a stream begins with.
    pub fn open(self) -> &'static [u8] {
        match self {
            Self::Plain | Self::Zstd => &[],
            Self::Gzip => &gzip::OPEN,
            Self::Bzip2 => &bzip2::OPEN,
            Self::Xz => &xz::OPEN,
        }
    }

    /// Appends a short text as a piece, such as the header before content that is copied.
    pub fn text(self, text: &[u8], out: &mut Vec<u8>) -> Piece {
        let start = out.len();
        match self {
            // A compressor takes 300 KiB of tables, one of xz 50 MiB; the text is shorter than what
            // that costs.
            Self::Gzip => stored_block(text, out),
            Self::Xz => xz::text(text, out),
            Self::Plain | Self::Bzip2 | Self::Zstd => {
                let mut writer = PieceWriter::new(self);
                writer.write(text, out);
                return writer.finish(out);
            }
        }
        Piece {
            size: text.len() as u64,
            compressed: (out.len() - start) as u64,
            check: crc32fast::hash(text),
            blocks: 0,
        }
    }

    /// Two neighbours as one piece.
    pub fn joined(self, before: Piece, after: Piece) -> Piece {
        let check = match self {
            Self::Plain | Self::Zstd => 0,
            Self::Gzip => gzip::check(&before, &after),
            Self::Bzip2 => bzip2::check(&before, &after),
            Self::Xz => xz::check(&before, &after),
        };
        Piece {
            size: before.size + after.size,
            compressed: before.compressed + after.compressed,
            check,
            blocks: before.blocks + after.blocks,
        }
    }

    /// Appends what a stream ends with; `all` are its pieces, joined.
    pub fn close(self, all: &Piece, out: &mut Vec<u8>) {
        match self {
            Self::Plain => {}
            Self::Gzip => gzip::close(all, out),
            Self::Bzip2 => bzip2::close(all, out),
            Self::Zstd => zstd::close(all, out),
            Self::Xz => xz::close(all, out),
        }
    }
}

/// Compresses one piece of a stream. What comes out depends on the content alone, and not on how it
/// was cut into calls.
pub struct PieceWriter(Kind);

enum Kind {
    Plain(u64),
    Gzip(Box<ShareWriter>),
    Bzip2(Box<Blocks>),
    Zstd(Box<Frame>),
    Xz(Box<Chunks>),
}

impl PieceWriter {
    /// Begins a piece.
    pub fn new(coding: Coding) -> Self {
        Self(match coding {
            Coding::Plain => Kind::Plain(0),
            Coding::Gzip => Kind::Gzip(Box::default()),
            Coding::Bzip2 => Kind::Bzip2(Box::default()),
            Coding::Zstd => Kind::Zstd(Box::default()),
            Coding::Xz => Kind::Xz(Box::default()),
        })
    }

    /// Begins a piece of a gzip stream whose content stays as it is.
    pub fn stored() -> Self {
        Self(Kind::Gzip(Box::new(ShareWriter::stored())))
    }

    /// Takes in content, and appends what is ready.
    pub fn write(&mut self, data: &[u8], out: &mut Vec<u8>) {
        match &mut self.0 {
            Kind::Plain(size) => {
                *size += data.len() as u64;
                out.extend_from_slice(data);
            }
            Kind::Gzip(share) => share.write(data, out),
            Kind::Bzip2(blocks) => blocks.write(data, out),
            Kind::Zstd(frame) => frame.write(data, out),
            Kind::Xz(chunks) => chunks.write(data, out),
        }
    }

    /// Appends the rest. A piece of nothing is no bytes at all.
    pub fn finish(self, out: &mut Vec<u8>) -> Piece {
        match self.0 {
            Kind::Plain(size) => Piece { size, compressed: size, ..Piece::default() },
            Kind::Gzip(share) => share.finish(out).into(),
            Kind::Bzip2(blocks) => blocks.finish(out),
            Kind::Zstd(frame) => frame.finish(out),
            Kind::Xz(chunks) => chunks.finish(out),
        }
    }
}

#[cfg(test)]
mod readers;
#[cfg(test)]
mod tests;
