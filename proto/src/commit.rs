//! Commit records: what a finished batch left behind. Written with put-if-absent; the first counts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::digest::Algorithm;
use crate::fault::Fault;
use crate::key::Key;
use crate::lay::Lay;

/// What one batch made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// The batch.
    pub ordinal: u32,
    /// How many records were read.
    pub records: u64,
    /// How many bytes the records and assets have, unpacked.
    pub bytes: u64,
    /// The batch's piece of the archive; nothing where it made no bytes.
    pub segment: Option<Segment>,
    /// What the segment is.
    pub content: Content,
    /// The same in other lays, where the definition asks for them; none where it made no bytes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lays: Vec<Laid>,
    /// What was left out, in the order of the source.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
}

impl Commit {
    /// What the batch left in a lay of its own; the plain ZIP lay is [`Self::segment`].
    pub fn laid(&self, lay: Lay) -> Option<&Laid> {
        self.lays.iter().find(|laid| laid.lay == lay)
    }

    /// Every object that the batch left.
    pub fn segments(&self) -> impl Iterator<Item = &Segment> {
        self.segment.iter().chain(self.lays.iter().map(|laid| &laid.segment))
    }

    /// Length of the shortest object that the batch left; 0 where it left none.
    pub fn shortest(&self) -> u64 {
        self.segments().map(|segment| segment.len).min().unwrap_or(0)
    }
}

/// A batch's piece of an archive in a lay besides the plain ZIP one.
///
/// Of members: all of them, with headers and what fills blocks, or as ZIP entries under another root.
/// Of a share: the share, at the end of the segment, and before it the same separator as in the plain
/// ZIP lay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Laid {
    /// The lay.
    pub lay: Lay,
    /// Where it lies.
    pub segment: Segment,
    /// What a joiner of compressed pieces must know; nothing of a ZIP lay.
    pub piece: Piece,
}

/// What a segment holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// Complete ZIP entries (local header and data), one for each member, back to back.
    Members(Vec<Member>),
    /// Files that stay where they are, and are only named.
    Remote(Vec<RemoteFile>),
    /// The batch's part of a member that spans batches: a raw deflate fragment that ends on a byte
    /// border with a sync flush and has no final block.
    Share(Share),
}

/// An object that a worker left in the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// Where it lies.
    pub key: Key,
    /// Its length in bytes.
    pub len: u64,
    /// CRC-32 of its bytes.
    pub crc32: u32,
    /// The store's own mark of this very content; a joiner asks for it and fails on another.
    pub tag: String,
}

/// Segments of consecutive batches of one output, packed into one object in their order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compaction {
    /// The first batch.
    pub first: u32,
    /// The last batch.
    pub last: u32,
    /// Where they are now.
    pub segment: Segment,
    /// The same in other lays.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lays: Vec<Packed>,
}

/// Segments of one lay packed into one object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Packed {
    /// The lay.
    pub lay: Lay,
    /// Where they are now.
    pub segment: Segment,
}

impl Compaction {
    /// The object that holds a lay's segments.
    pub fn packed(&self, lay: Lay) -> Option<&Segment> {
        if lay == Lay::PLAIN_ZIP {
            return Some(&self.segment);
        }
        self.lays.iter().find(|packed| packed.lay == lay).map(|packed| &packed.segment)
    }
}

/// One file of the result that lies in one segment whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Path in the archive: sanitised, distinct within its batch.
    pub path: String,
    /// Where its local header begins in the segment.
    pub offset: u64,
    /// How it is compressed.
    pub method: Method,
    /// CRC-32 of its content.
    pub crc32: u32,
    /// Length in the archive, without the header.
    pub compressed: u64,
    /// Length of its content.
    pub size: u64,
    /// SHA-256 of its content, in hexadecimal.
    pub sha256: String,
    /// Its other digests, in hexadecimal, where bags ask for them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub digests: BTreeMap<Algorithm, String>,
    /// CRC-32 of the bytes it has in the archive, without the header; where archives are cut between
    /// members.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packed_crc32: Option<u32>,
    /// Which file of a catalogue it is, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<Box<MemberOf>>,
    /// What it was to be called, where it is called otherwise; cut at 1,024 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<String>,
}

/// A file of an object of a catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberOf {
    /// The file's number.
    pub eas_id: u64,
    /// What its version is called.
    pub version: String,
    /// Its class.
    pub class: String,
    /// The object's number.
    pub system_object_id: u64,
}

/// An object of a catalogue that a batch exported, a line each in [`Key::exported`].
///
/// Beside the commit record and not in it: it is read by whoever asks which objects went out, and by
/// nobody else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exported {
    /// The object's type.
    pub objecttype: String,
    /// Its number among those of its type.
    pub id: Option<u64>,
    /// Its number.
    pub system_object_id: u64,
    /// Its version.
    pub version: Option<u64>,
}

/// A file that stays where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteFile {
    /// Path in the bag once it is fetched: sanitised, distinct within its batch.
    pub path: String,
    /// Where it is: `http` or `https`, without credentials.
    pub url: String,
    /// Its length in bytes, as its record tells.
    pub size: u64,
    /// Its digests in hexadecimal, as its record tells.
    pub digests: BTreeMap<Algorithm, String>,
    /// What it was to be called, where it is called otherwise; cut at 1,024 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<String>,
}

/// How a member is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Not at all.
    Stored,
    /// Deflate.
    Deflated,
}

/// A batch's part of a member that spans batches.
///
/// It is the end of its segment. Before it, in all batches but an output's first, stands the
/// format's separator as a stored block: whoever joins leaves it out where no share came before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// CRC-32 of the content.
    pub crc32: u32,
    /// Length of the content.
    pub size: u64,
    /// Length of the deflate fragment.
    pub compressed: u64,
}

impl Share {
    /// How many bytes of its segment come before it.
    pub fn lead(&self, segment: &Segment) -> u64 {
        segment.len.saturating_sub(self.compressed)
    }
}

/// A piece of a compressed tar archive, as whoever joins pieces needs to know it.
///
/// The default is the piece of nothing, which is no bytes in every coding.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// Length of the content.
    pub size: u64,
    /// Length of the compressed bytes.
    pub compressed: u64,
    /// What the coding's end is made of: gzip's and xz's CRC-32 of the content, bzip2's CRC of the
    /// blocks; 0 elsewhere.
    pub check: u32,
    /// How many blocks of bzip2 there are; 0 elsewhere.
    pub blocks: u64,
}

impl From<Share> for Piece {
    /// A share is a piece of a gzip stream as it is.
    fn from(share: Share) -> Self {
        Self { size: share.size, compressed: share.compressed, check: share.crc32, blocks: 0 }
    }
}

/// Something that was left out of the result, under `on_error: warn`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Warning {
    /// What happened, and where.
    #[serde(flatten)]
    pub fault: Fault,
    /// The output, by its `to`.
    pub output: String,
    /// The record or reference as it was met, cut at 1,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The number of the object of a catalogue that was left out whole, or without a file that its server
    /// did not give; the next incremental run has it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<u64>,
    /// Of an output of a catalogue, whether objects were left out whole, also where no number can be told: the
    /// next incremental run has everything again then. Of warnings that are not listed, also whether objects were
    /// left without a file that its server did not give.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_out: Option<bool>,
}
