//! A file of a run: what is known of it, and any part of its bytes.
//!
//! A file is a member that lies in one segment whole, one whose shares lie in many with the format's
//! text around them, the lists of what was renamed and of what was left out, the page that lists all files, or
//! what one of these was encrypted to. Reading holds one chunk at a time.

mod id;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use fabric::store::{Store, StoreError, Tag};
use futures::stream::BoxStream;
use pack::frame::Frame;
use pack::zip::{Entry, local_header_len};
use proto::commit::{Commit, Content, Member, MemberOf, Method, Segment};
use proto::digest::Algorithm;
use proto::id::RunId;
use proto::key::Key;
use proto::plan::{Plan, PlannedOutput};
use proto::sealed::Bundle;
use proto::tree::{MadeFile, NewNames, ShareMark, SharedFile};

pub use self::id::{FileId, NoFileId};
use crate::inflate::inflate;
use crate::list::Whole;
use crate::part::part;
use crate::{index, originals, shares, text, warnings};

/// A file of a run.
#[derive(Debug, Clone)]
pub struct File {
    /// What it is called in URLs.
    pub id: FileId,
    /// Its path: the same in an archive, in a listing and in a tree that is laid down.
    pub path: String,
    /// Its length in bytes.
    pub size: u64,
    /// CRC-32 of its content.
    pub crc32: u32,
    /// SHA-256 of its content, where it was made in one piece.
    pub sha256: Option<String>,
    /// Its other digests, where bags ask for them and it was made in one piece.
    pub digests: BTreeMap<Algorithm, String>,
    /// Which file of a catalogue it is, where it is one.
    pub of: Option<MemberOf>,
    /// What it was to be called, where it is called otherwise.
    pub original: Option<String>,
    place: Place,
}

/// Where a file's bytes are.
#[derive(Clone)]
enum Place {
    Segment { segment: Segment, member: Member },
    Shares { run: RunId, ordinals: Range<u32>, text: Arc<Frame>, marks: Arc<[ShareMark]> },
    Originals(Arc<Whole>),
    Warnings { run: RunId, batches: u32 },
    Index(Arc<Whole>),
    Bundle { key: Key, offset: u64 },
}

impl File {
    /// The members of a batch, in its order, without those that are left out.
    pub fn members(commit: Commit, names: NewNames) -> impl Iterator<Item = Self> {
        let (segment, members) = match (commit.segment, commit.content) {
            (Some(segment), Content::Members(members)) => (Some(segment), members),
            (Some(_) | None, Content::Members(_) | Content::Share(_) | Content::Remote(_)) => {
                (None, Vec::new())
            }
        };
        let ordinal = commit.ordinal;
        (0..).zip(members).filter_map(move |(place, member)| {
            if names.leaves_out(place) {
                return None;
            }
            Some(Self {
                id: FileId::Batch { ordinal, place: Some(place) },
                path: names.path(place, &member.path).to_owned(),
                size: member.size,
                crc32: member.crc32,
                sha256: Some(member.sha256.clone()),
                digests: member.digests.clone(),
                of: member.of.as_deref().cloned(),
                original: names
                    .original(place, &member.path, member.original.as_deref())
                    .map(str::to_owned),
                place: Place::Segment { segment: segment.clone()?, member },
            })
        })
    }

    /// The file that the batches of an output share.
    pub(super) fn shared(
        run: RunId,
        plan: &Plan,
        planned: &PlannedOutput,
        path: &str,
        sum: SharedFile,
    ) -> Self {
        let (ordinals, text) = (planned.ordinals(), Arc::new(text::around(plan, planned)));
        Self {
            id: FileId::Batch { ordinal: planned.first, place: None },
            path: path.to_owned(),
            size: sum.size,
            crc32: sum.crc32,
            sha256: None,
            digests: BTreeMap::new(),
            of: None,
            original: originals::of_shared(plan, planned),
            place: Place::Shares { run, ordinals, text, marks: sum.marks.into() },
        }
    }

    /// The list of files that are called otherwise than they were to be.
    pub(super) fn originals(whole: Arc<Whole>, list: MadeFile) -> Self {
        Self::made(FileId::Originals, list, Place::Originals(whole))
    }

    /// The list of what was left out.
    pub(super) fn warnings(run: RunId, plan: &Plan, list: MadeFile) -> Self {
        Self::made(FileId::Warnings, list, Place::Warnings { run, batches: plan.batches })
    }

    /// The page that lists the files of a run.
    pub(super) fn index(whole: Arc<Whole>, page: MadeFile) -> Self {
        Self::made(FileId::Index, page, Place::Index(whole))
    }

    /// The encrypted files of a bundle, in its order.
    pub(super) fn sealed(bundle: u32, found: Bundle) -> impl Iterator<Item = Self> {
        let Bundle { key, files, recipient: _ } = found;
        (0..).zip(files).map(move |(place, file)| Self {
            id: FileId::Sealed { bundle, place },
            path: file.path,
            size: file.len,
            crc32: file.crc32,
            sha256: Some(file.sha256),
            digests: BTreeMap::new(),
            of: None,
            original: None,
            place: Place::Bundle { key: key.clone(), offset: file.offset },
        })
    }

    fn made(id: FileId, made: MadeFile, place: Place) -> Self {
        Self {
            id,
            path: made.path,
            size: made.size,
            crc32: made.crc32,
            sha256: Some(made.sha256),
            digests: BTreeMap::new(),
            of: None,
            original: None,
            place,
        }
    }

    /// A range of the file's bytes; it must lie within.
    pub async fn read(
        &self,
        store: &Arc<dyn Store>,
        range: Range<u64>,
    ) -> Result<BoxStream<'static, Result<Bytes, StoreError>>, StoreError> {
        match &self.place {
            Place::Segment { segment, member } => read_member(store, segment, member, range).await,
            Place::Shares { run, ordinals, text, marks } => {
                Ok(shares::read(store, *run, ordinals.clone(), (text, marks), range))
            }
            Place::Warnings { run, batches } => {
                Ok(part(warnings::lines(store, *run, *batches), range))
            }
            Place::Originals(whole) => Ok(part(originals::lines(whole), range)),
            Place::Index(whole) => Ok(part(index::page(whole), range)),
            Place::Bundle { key, offset } => {
                store.read(key, offset + range.start..offset + range.end, None).await
            }
        }
    }

    /// How its bytes lie in the store, and how many they are there: whoever wants a compressed file in
    /// another archive need not inflate it.
    pub fn packing(&self) -> (Method, u64) {
        match &self.place {
            Place::Segment { member, .. } => (member.method, member.compressed),
            Place::Shares { .. }
            | Place::Originals(_)
            | Place::Warnings { .. }
            | Place::Index(_)
            | Place::Bundle { .. } => (Method::Stored, self.size),
        }
    }

    /// A range of the file's bytes as they lie in the store, in the way that [`File::packing`] tells.
    pub async fn read_packed(
        &self,
        store: &Arc<dyn Store>,
        range: Range<u64>,
    ) -> Result<BoxStream<'static, Result<Bytes, StoreError>>, StoreError> {
        match &self.place {
            Place::Segment { segment, member } => {
                let start = member.offset + header_len(member);
                let range = start + range.start..start + range.end;
                store.read(&segment.key, range, Some(&Tag(segment.tag.clone()))).await
            }
            Place::Shares { .. }
            | Place::Originals(_)
            | Place::Warnings { .. }
            | Place::Index(_)
            | Place::Bundle { .. } => self.read(store, range).await,
        }
    }

    /// The object that has its bytes, or the record of what they are where many have.
    pub fn key(&self) -> Key {
        match &self.place {
            Place::Segment { segment, .. } => segment.key.clone(),
            Place::Bundle { key, .. } => key.clone(),
            Place::Shares { run, .. } | Place::Warnings { run, .. } => Key::tree(*run),
            Place::Originals(whole) | Place::Index(whole) => Key::tree(whole.run),
        }
    }

    /// The last part of the path.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Segment { .. } => "Segment",
            Self::Shares { .. } => "Shares",
            Self::Originals(_) => "Originals",
            Self::Warnings { .. } => "Warnings",
            Self::Index(_) => "Index",
            Self::Bundle { .. } => "Bundle",
        })
    }
}

/// Length of what stands before a member's data in its segment.
fn header_len(member: &Member) -> u64 {
    local_header_len(&Entry::of(member, &member.path))
}

async fn read_member(
    store: &Arc<dyn Store>,
    segment: &Segment,
    member: &Member,
    range: Range<u64>,
) -> Result<BoxStream<'static, Result<Bytes, StoreError>>, StoreError> {
    let start = member.offset + header_len(member);
    let tag = Tag(segment.tag.clone());
    match member.method {
        Method::Stored => {
            store.read(&segment.key, start + range.start..start + range.end, Some(&tag)).await
        }
        Method::Deflated => {
            let packed =
                store.read(&segment.key, start..start + member.compressed, Some(&tag)).await?;
            Ok(inflate(packed, segment.key.clone(), range))
        }
    }
}
