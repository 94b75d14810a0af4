//! Single files of a finished run, read from the segments that its archive was joined from.
//!
//! A file is a member that lies in one segment whole, or one whose shares lie in many, with the
//! format's text around them, just as the archive has it. Reading holds one chunk at a time.

mod inflate;

use std::fmt;
use std::ops::Range;
use std::str::FromStr;
use std::sync::Arc;

use bytes::Bytes;
use fabric::record;
use fabric::store::{Store, StoreError, Tag};
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use pack::digest::combine_crc32;
use pack::frame::frame;
use pack::zip::{Entry, local_header_len};
use proto::commit::{Commit, Content, Member, Method, Segment, Share};
use proto::id::RunId;
use proto::key::Key;
use proto::plan::{Plan, PlannedOutput};

use self::inflate::inflate;

/// A file of a run.
#[derive(Debug, Clone)]
pub struct File {
    /// What it is called in URLs.
    pub id: FileId,
    /// Its path in the archive, before clashes between batches are settled.
    pub path: String,
    /// Its length in bytes.
    pub size: u64,
    /// CRC-32 of its content.
    pub crc32: u32,
    /// SHA-256 of its content, where it was made in one piece.
    pub sha256: Option<String>,
    place: Place,
}

/// What a file is called in URLs; files are listed in the order of their ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileId {
    ordinal: u32,
    /// The place in the batch; nothing for a file that batches share.
    index: Option<u32>,
}

/// Where a file's bytes are.
#[derive(Debug, Clone)]
enum Place {
    Segment { segment: Segment, member: Member },
    Shares { run: RunId, ordinals: Range<u32>, text: Arc<Text> },
}

/// The files of a run after one of them, at most `limit`.
pub async fn list(
    store: &Arc<dyn Store>,
    run: RunId,
    after: Option<FileId>,
    limit: usize,
) -> Result<Vec<File>, StoreError> {
    let plan: Plan = record::read(&**store, &Key::plan(run)).await?;
    let mut files = Vec::new();
    for planned in &plan.outputs {
        if let Some(path) = &planned.member {
            if files.len() < limit && after.is_none_or(|after| after.ordinal < planned.first) {
                files.push(shared(store, run, &plan, planned, path).await?);
            }
            continue;
        }
        let ordinals = planned.ordinals();
        let begin = ordinals.start.max(after.map_or(0, |after| after.ordinal));
        let mut commits = record::commits(store, run, begin..ordinals.end.max(begin));
        while files.len() < limit
            && let Some(commit) = commits.try_next().await?
        {
            let wanted = members(commit).filter(|file| after.is_none_or(|after| file.id > after));
            files.extend(wanted.take(limit - files.len()));
        }
    }
    Ok(files)
}

/// One file of a run; nothing where there is none of that id.
pub async fn find(
    store: &Arc<dyn Store>,
    run: RunId,
    id: FileId,
) -> Result<Option<File>, StoreError> {
    let plan: Plan = record::read(&**store, &Key::plan(run)).await?;
    let Some(planned) = plan.output_of(id.ordinal) else { return Ok(None) };
    match (&planned.member, id.index) {
        (Some(path), None) if planned.first == id.ordinal => {
            shared(store, run, &plan, planned, path).await.map(Some)
        }
        (None, Some(_)) => {
            let commit: Commit = record::read(&**store, &Key::commit(run, id.ordinal)).await?;
            Ok(members(commit).find(|file| file.id == id))
        }
        (Some(_), _) | (None, None) => Ok(None),
    }
}

impl File {
    /// A range of the file's bytes; it must lie within.
    pub async fn read(
        &self,
        store: &Arc<dyn Store>,
        range: Range<u64>,
    ) -> Result<BoxStream<'static, Result<Bytes, StoreError>>, StoreError> {
        match &self.place {
            Place::Segment { segment, member } => read_member(store, segment, member, range).await,
            Place::Shares { run, ordinals, text } => {
                Ok(read_shares(store, *run, ordinals.clone(), Arc::clone(text), range))
            }
        }
    }

    /// The batch it comes from, the first of those that share it.
    pub fn batch(&self) -> u32 {
        self.id.ordinal
    }

    /// Its place among the files of its batch; nothing for a file that batches share.
    pub fn place_in_batch(&self) -> Option<usize> {
        self.id.index.and_then(|index| usize::try_from(index).ok())
    }

    /// The last part of the path.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

/// The members of a batch as files.
fn members(commit: Commit) -> impl Iterator<Item = File> {
    let (segment, members) = match (commit.segment, commit.content) {
        (Some(segment), Content::Members(members)) => (Some(segment), members),
        (Some(_) | None, Content::Members(_) | Content::Share(_)) => (None, Vec::new()),
    };
    let ordinal = commit.ordinal;
    segment.into_iter().flat_map(move |segment| {
        (0..).zip(members.clone()).map(move |(index, member)| File {
            id: FileId { ordinal, index: Some(index) },
            path: member.path.clone(),
            size: member.size,
            crc32: member.crc32,
            sha256: Some(member.sha256.clone()),
            place: Place::Segment { segment: segment.clone(), member },
        })
    })
}

/// The file that the batches of an output share.
async fn shared(
    store: &Arc<dyn Store>,
    run: RunId,
    plan: &Plan,
    planned: &PlannedOutput,
    path: &str,
) -> Result<File, StoreError> {
    let text = Text::around(plan, planned);
    let whole = |bytes: &[u8]| (crc32fast::hash(bytes), bytes.len() as u64);
    let mut sum = whole(&text.open);
    let mut is_first = true;
    let mut commits = record::commits(store, run, planned.ordinals());
    while let Some(commit) = commits.try_next().await? {
        let Some((_, share)) = share_of(commit) else { continue };
        if !std::mem::take(&mut is_first) {
            sum = combine_crc32([sum, whole(text.separator)]);
        }
        sum = combine_crc32([sum, (share.crc32, share.size)]);
    }
    let (crc32, size) = combine_crc32([sum, whole(text.close)]);
    Ok(File {
        id: FileId { ordinal: planned.first, index: None },
        path: path.to_owned(),
        size,
        crc32,
        sha256: None,
        place: Place::Shares { run, ordinals: planned.ordinals(), text: Arc::new(text) },
    })
}

fn share_of(commit: Commit) -> Option<(Segment, Share)> {
    match (commit.segment, commit.content) {
        (Some(segment), Content::Share(share)) => Some((segment, share)),
        (Some(_) | None, Content::Members(_) | Content::Share(_)) => None,
    }
}

async fn read_member(
    store: &Arc<dyn Store>,
    segment: &Segment,
    member: &Member,
    range: Range<u64>,
) -> Result<BoxStream<'static, Result<Bytes, StoreError>>, StoreError> {
    let header = local_header_len(&Entry {
        path: &member.path,
        method: member.method,
        crc32: member.crc32,
        compressed: member.compressed,
        size: member.size,
    });
    let start = member.offset + header;
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

/// What a shared file is made of, in order.
enum Piece {
    Text(Bytes),
    Share(Segment, Share),
}

impl Piece {
    fn len(&self) -> u64 {
        match self {
            Self::Text(text) => text.len() as u64,
            Self::Share(_, share) => share.size,
        }
    }
}

fn read_shares(
    store: &Arc<dyn Store>,
    run: RunId,
    ordinals: Range<u32>,
    text: Arc<Text>,
    range: Range<u64>,
) -> BoxStream<'static, Result<Bytes, StoreError>> {
    let open = Piece::Text(text.open.clone().into());
    let close = Piece::Text(Bytes::from_static(text.close));
    let mut is_first = true;
    let shares = record::commits(store, run, ordinals).map_ok(move |commit| {
        let share = share_of(commit).map(|(segment, share)| Piece::Share(segment, share));
        let is_later = share.is_some() && !std::mem::take(&mut is_first);
        let separator = is_later.then(|| Piece::Text(Bytes::from_static(text.separator)));
        stream::iter(separator.into_iter().chain(share).map(Ok))
    });
    let pieces =
        stream::iter([Ok(open)]).chain(shares.try_flatten()).chain(stream::iter([Ok(close)]));
    let mut at = 0;
    let store = Arc::clone(store);
    pieces
        .map_ok(move |piece| {
            let begin = at;
            at += piece.len();
            (piece, begin)
        })
        // What comes after the range is not even looked up.
        .try_take_while({
            let end = range.end;
            move |(_, begin)| std::future::ready(Ok(*begin < end))
        })
        .try_filter_map(move |(piece, begin)| {
            let part = range.start.max(begin) - begin
                ..range.end.min(begin + piece.len()).saturating_sub(begin);
            std::future::ready(Ok((part.start < part.end).then_some((piece, part))))
        })
        .and_then(move |(piece, part)| {
            let store = Arc::clone(&store);
            async move { read_piece(&store, piece, part).await }
        })
        .try_flatten()
        .boxed()
}

async fn read_piece(
    store: &Arc<dyn Store>,
    piece: Piece,
    part: Range<u64>,
) -> Result<BoxStream<'static, Result<Bytes, StoreError>>, StoreError> {
    match piece {
        Piece::Text(text) => {
            let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(text.len());
            let text = text.slice(place(part.start)..place(part.end));
            Ok(stream::iter([Ok(text)]).boxed())
        }
        Piece::Share(segment, share) => {
            let lead = share.lead(&segment);
            let tag = Tag(segment.tag);
            let packed = store.read(&segment.key, lead..segment.len, Some(&tag)).await?;
            Ok(inflate(packed, segment.key, part))
        }
    }
}

/// What the format puts around the shares of a file.
#[derive(Debug)]
struct Text {
    open: Vec<u8>,
    separator: &'static [u8],
    close: &'static [u8],
}

impl Text {
    fn around(plan: &Plan, planned: &PlannedOutput) -> Self {
        let output = plan.definition.outputs.get(planned.index as usize);
        let text = output.and_then(|output| {
            let columns = planned.columns(output).unwrap_or_default();
            Some(frame(output.format?, &output.options, &columns))
        });
        match text {
            Some(frame) => {
                Self { open: frame.open, separator: frame.separator, close: frame.close }
            }
            None => Self { open: Vec::new(), separator: b"", close: b"" },
        }
    }
}

impl fmt::Display for FileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.index {
            Some(index) => write!(f, "{}.{index}", self.ordinal),
            None => write!(f, "{}.s", self.ordinal),
        }
    }
}

/// A text that is no id of a file.
#[derive(Debug)]
pub struct NoFileId;

impl FromStr for FileId {
    type Err = NoFileId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = |text: &str| {
            let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            if is_number { text.parse().map_err(|_| NoFileId) } else { Err(NoFileId) }
        };
        let (ordinal, index) = text.split_once('.').ok_or(NoFileId)?;
        let index = if index == "s" { None } else { Some(number(index)?) };
        Ok(Self { ordinal: number(ordinal)?, index })
    }
}
