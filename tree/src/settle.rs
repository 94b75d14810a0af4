//! Settling a tree: what only all batches together tell is found out once and recorded, so that the
//! archive, a listing and a tree that is laid down agree, and none but the first pays for it.

use std::path::Path;
use std::sync::Arc;

use fabric::record::{self, Created};
use fabric::store::{Store, StoreError};
use futures::TryStreamExt;
use pack::digest::MemberDigest;
use proto::commit::Content;
use proto::id::RunId;
use proto::key::Key;
use proto::plan::Plan;
use proto::tree::{MadeFile, SharedFile, Tree};

use crate::list::Whole;
use crate::shares::Sum;
use crate::warnings::lines_of;
use crate::{index, renames, text};

/// The tree's record, made where there is none; a batch without a commit record is an error.
///
/// Making it reads all commit records once, those of files once more, and once more where there are
/// warnings, for a page that lists them, or twice more where names clash. What is too much for memory
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
    let Found { members, bytes, remote, shared, warnings } = look(store, run, plan).await?;
    let mut extra = Vec::new();
    extra.extend(warnings.is_some().then_some(crate::warnings::NAME));
    extra.extend(plan.definition.index.is_some().then_some(index::NAME));
    let clashes = renames::settle(store, run, plan, scratch, members + remote, &extra).await?;
    let mut paths = clashes.extra.into_iter();
    let mut made = |(size, crc32, sha256)| {
        let path = paths.next().unwrap_or_default();
        MadeFile { path, size, crc32, sha256 }
    };
    let warnings = warnings.map(&mut made);
    let files = members + shared.len() as u64 + u64::from(warnings.is_some());
    let bytes = bytes
        + shared.iter().map(|shared| shared.size).sum::<u64>()
        + warnings.as_ref().map_or(0, |warnings| warnings.size);
    let mut tree = Tree { files, bytes, shared, renamed: clashes.batches, warnings, index: None };
    if plan.definition.index.is_some() {
        // It lists all the others, so that it comes last.
        let (store, plan) = (Arc::clone(store), plan.clone());
        let whole = Whole { store, run, plan, tree: tree.clone() };
        let page = made(index::sum(&Arc::new(whole)).await?);
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
    /// Length, CRC-32 and SHA-256 of the list of warnings, where there are any.
    warnings: Option<(u64, u32, String)>,
}

async fn look(store: &Arc<dyn Store>, run: RunId, plan: &Plan) -> Result<Found, StoreError> {
    let (mut members, mut remote, mut bytes, mut shared) = (0, 0, 0, Vec::new());
    let (mut listed, mut digest) = (0, MemberDigest::new());
    for planned in &plan.outputs {
        let mut sum = Sum::new(planned.first, text::around(plan, planned));
        let mut commits = record::commits(store, run, planned.ordinals());
        while let Some(commit) = commits.try_next().await? {
            sum.reach(commit.ordinal);
            let lines = lines_of(&commit.warnings);
            listed += lines.len() as u64;
            digest.update(&lines);
            match (commit.segment, commit.content) {
                (Some(_), Content::Share(share)) => sum.add(&share),
                (Some(_), Content::Members(found)) => {
                    members += found.len() as u64;
                    bytes += found.iter().map(|member| member.size).sum::<u64>();
                }
                (_, Content::Remote(found)) => remote += found.len() as u64,
                (None, Content::Share(_) | Content::Members(_)) => {}
            }
        }
        if planned.member.is_some() {
            shared.push(sum.finish());
        }
    }
    let (crc32, sha256) = digest.finish();
    let warnings = (listed > 0).then_some((listed, crc32, sha256));
    Ok(Found { members, bytes, remote, shared, warnings })
}
