//! Settling a tree: what only all batches together tell is found out once and recorded, so that the
//! archive, a listing and a tree that is laid down agree, and none but the first pays for it.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use fabric::record::{self, Created};
use fabric::store::{Store, StoreError};
use futures::TryStreamExt;
use futures::stream::BoxStream;
use pack::digest::MemberDigest;
use proto::commit::Content;
use proto::definition::Output;
use proto::id::RunId;
use proto::key::Key;
use proto::plan::Plan;
use proto::tree::{MadeFile, SharedFile, Tree};

use crate::list::Whole;
use crate::renames::Given;
use crate::shares::Sum;
use crate::warnings::lines_of;
use crate::{index, originals, renames, text};

/// The tree's record, made where there is none; a batch without a commit record is an error.
///
/// Making it reads all commit records once, those of files once more, and once more for each file that
/// no batch made and that is there: the list of what was renamed, the list of warnings, a page that lists
/// all; or twice more where names clash. What is too much for memory
/// waits in files of the folder `scratch`, which have no names. May be done twice, also at once: the same
/// comes out, and the first record counts.
pub async fn settle(
    store: &Arc<dyn Store>,
    run: RunId,
    plan: &Plan,
    scratch: &Path,
) -> Result<Tree, StoreError> {
    let key = Key::tree(run);
    if let Some(tree) = record::find(&**store, &key).await? {
        return Ok(tree);
    }
    let Found { members, bytes, remote, shared, dropped, has_originals, warnings } =
        look(store, run, plan).await?;
    let mut extra = Vec::new();
    extra.extend(warnings.is_some().then_some(crate::warnings::NAME));
    extra.extend(plan.definition.index.is_some().then_some(index::NAME));
    let given = Given { names: members + remote, dropped: &dropped, has_originals, extra };
    let clashes = renames::settle(store, run, plan, scratch, given).await?;
    let left_out = clashes.left_out;
    let mut paths = clashes.extra.into_iter();
    let mut path = || paths.next().unwrap_or_default();
    let warnings = warnings.map(|sum| sum.of(path()));
    let mut tree = Tree {
        files: members + shared.len() as u64 - left_out.files,
        bytes: bytes - left_out.bytes + shared.iter().map(|shared| shared.size).sum::<u64>(),
        shared,
        dropped,
        renamed: clashes.batches,
        originals: None,
        warnings,
        index: None,
    };
    let whole = |tree: &Tree| {
        let (store, plan) = (Arc::clone(store), plan.clone());
        Arc::new(Whole { store, run, plan, tree: tree.clone() })
    };
    if let Some(path) = clashes.originals {
        tree.originals = Some(sum(originals::lines(&whole(&tree))).await?.of(path));
    }
    for made in [&tree.originals, &tree.warnings].into_iter().flatten() {
        tree.files += 1;
        tree.bytes += made.size;
    }
    if plan.definition.index.is_some() {
        // It lists all the others, so that it comes last.
        let page = sum(index::page(&whole(&tree))).await?.of(path());
        tree.files += 1;
        tree.bytes += page.size;
        tree.index = Some(page);
    }
    match record::create(&**store, &key, &tree).await? {
        Created::Now => Ok(tree),
        Created::Before => record::read(&**store, &key).await,
    }
}

/// What a look at every commit record tells.
struct Found {
    /// How many members lie in segments whole, and their length.
    members: u64,
    bytes: u64,
    /// How many files stay where they are.
    remote: u64,
    shared: Vec<SharedFile>,
    /// The first batches of outputs whose file is left out.
    dropped: Vec<u32>,
    /// Whether a file is called otherwise than it was to be.
    has_originals: bool,
    /// What is known of the list of warnings, where there are any.
    warnings: Option<Made>,
}

/// What is known of a file that no batch made, before it has a name.
struct Made {
    size: u64,
    crc32: u32,
    sha256: String,
}

impl Made {
    fn of(self, path: String) -> MadeFile {
        let Self { size, crc32, sha256 } = self;
        MadeFile { path, size, crc32, sha256 }
    }
}

/// What is known of a file once it was made.
async fn sum(
    mut chunks: BoxStream<'static, Result<Bytes, StoreError>>,
) -> Result<Made, StoreError> {
    let (mut size, mut digest) = (0, MemberDigest::new());
    while let Some(chunk) = chunks.try_next().await? {
        size += chunk.len() as u64;
        digest.update(&chunk);
    }
    let (crc32, sha256) = digest.finish();
    Ok(Made { size, crc32, sha256 })
}

async fn look(store: &Arc<dyn Store>, run: RunId, plan: &Plan) -> Result<Found, StoreError> {
    let (mut members, mut remote, mut bytes) = (0, 0, 0);
    let (mut shared, mut dropped) = (Vec::new(), Vec::new());
    let (mut has_originals, mut listed, mut digest) = (false, 0, MemberDigest::new());
    for planned in &plan.outputs {
        let (mut sum, mut records) = (Sum::new(planned.first, text::around(plan, planned)), 0);
        let mut commits = record::commits(store, run, planned.ordinals());
        while let Some(commit) = commits.try_next().await? {
            sum.reach(commit.ordinal);
            records += commit.records;
            let lines = lines_of(&commit.warnings);
            listed += lines.len() as u64;
            digest.update(&lines);
            match (commit.segment, commit.content) {
                (Some(_), Content::Share(share)) => sum.add(&share),
                (Some(_), Content::Members(found)) => {
                    has_originals |= found.iter().any(|member| member.original.is_some());
                    members += found.len() as u64;
                    bytes += found.iter().map(|member| member.size).sum::<u64>();
                }
                (_, Content::Remote(found)) => {
                    has_originals |= found.iter().any(|file| file.original.is_some());
                    remote += found.len() as u64;
                }
                (None, Content::Share(_) | Content::Members(_)) => {}
            }
        }
        if planned.member.is_none() {
            continue;
        }
        let output = plan.definition.outputs.get(planned.index as usize);
        if records == 0 && output.is_some_and(Output::drops_empty_file) {
            dropped.push(planned.first);
        } else {
            has_originals |= originals::of_shared(plan, planned).is_some();
            shared.push(sum.finish());
        }
    }
    let (crc32, sha256) = digest.finish();
    let warnings = (listed > 0).then_some(Made { size: listed, crc32, sha256 });
    Ok(Found { members, bytes, remote, shared, dropped, has_originals, warnings })
}
