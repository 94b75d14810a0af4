//! Members of different batches that would have the same name.
//!
//! A worker gives distinct names within its batch and knows of no other. Here the first in the order
//! of the plan keeps its name and the others get `~2`, `~3`: decided by the plan, not by who came
//! first. Names are compared by hashes that wait in scratch files, so that memory does not grow with the
//! run; new names are recorded batch by batch as they are given. What several parts of an exporter's folder have
//! alike, byte for byte, is one file, and the first keeps it.

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::Path;
use std::sync::Arc;

use fabric::record;
use fabric::store::{Store, StoreError};
use futures::TryStreamExt;
use pack::name::{Names, fold};
use proto::commit::{Commit, Content, Member, RemoteFile};
use proto::id::RunId;
use proto::key::Key;
use proto::plan::{Plan, PlannedOutput};
use proto::plugin::shard::Merge;
use proto::tree::{Batches, NewNames, Tree};

use crate::hashes::{Hashes, hash};
use crate::originals;

/// What is known of the names of a run before they are compared.
pub(super) struct Given<'g> {
    /// How many batches gave.
    pub(super) names: u64,
    /// The first batches of outputs whose file is left out, so that nobody gives way to its name.
    pub(super) dropped: &'g [u32],
    /// Whether a file is called otherwise than it was to be already.
    pub(super) has_originals: bool,
    /// What the files would be called that no batch makes.
    pub(super) extra: Vec<&'g str>,
}

/// What became of names that clash.
pub(super) struct Clashes {
    /// The batches with renamed members, in order.
    pub(super) batches: Vec<Batches>,
    /// The files that are left out.
    pub(super) left_out: LeftOut,
    /// What the list of files is called that are called otherwise than they were to be; nothing where
    /// none is.
    pub(super) originals: Option<String>,
    /// What the other files are called that no batch made.
    pub(super) extra: Vec<String>,
}

/// Files of parts of an exporter's result that parts before have, byte for byte.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct LeftOut {
    pub(super) files: u64,
    pub(super) bytes: u64,
}

/// What was recorded of the batches whose members clash.
#[derive(Default)]
struct Recorded {
    /// Which batches those are.
    batches: Vec<Batches>,
    left_out: LeftOut,
    /// Whether a member is called otherwise than it was to be.
    renames: bool,
}

/// Settles the names of a run, and of files that no batch made: the new ones are recorded by batch as
/// they are given.
pub(super) async fn settle(
    store: &Arc<dyn Store>,
    run: RunId,
    plan: &Plan,
    scratch: &Path,
    given: Given<'_>,
) -> Result<Clashes, StoreError> {
    let Given { names, dropped, has_originals, mut extra } = given;
    let is_there = |output: &&PlannedOutput| dropped.binary_search(&output.first).is_err();
    let outputs = plan.outputs.iter().filter(is_there);
    let shared: Vec<&str> = outputs.filter_map(|output| output.member.as_deref()).collect();
    let mut batches = 0;
    for output in plan.outputs.iter().filter(|output| output.member.is_none()) {
        batches += output.batches;
    }
    let mut clashing = Clashing::default();
    if batches > 0 && batches + u32::from(!shared.is_empty()) > 1 {
        clashing = clashes(store, run, plan, &shared, (scratch, names)).await?;
    }
    let may_have_originals = has_originals || !clashing.is_empty();
    if may_have_originals {
        extra.insert(0, originals::NAME);
    }
    if extra.is_empty() {
        let (batches, left_out) = (Vec::new(), LeftOut::default());
        return Ok(Clashes { batches, left_out, originals: None, extra: Vec::new() });
    }
    let (recorded, mut extra) = rename(store, run, plan, &shared, &clashing, &extra).await?;
    let Recorded { batches, left_out, renames } = recorded;
    let originals = may_have_originals.then(|| extra.remove(0));
    let originals = originals.filter(|_| has_originals || renames);
    Ok(Clashes { batches, left_out, originals, extra })
}

/// The new names of a batch's members; none where the tree says that it has none.
pub async fn new_names(
    store: &dyn Store,
    run: RunId,
    tree: &Tree,
    ordinal: u32,
) -> Result<NewNames, StoreError> {
    if tree.renames(ordinal) {
        record::read(store, &Key::new_names(run, ordinal)).await
    } else {
        Ok(NewNames::default())
    }
}

/// Hashes of names that two files, or a file and a folder, have in common.
#[derive(Debug, Default)]
struct Clashing(HashSet<u64>);

impl Clashing {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a path is one of them, or lies in a folder that is.
    fn has(&self, folded: &str) -> bool {
        let mut folders = folded.match_indices('/').map(|(end, _)| &folded[..end]);
        !self.is_empty()
            && (self.0.contains(&hash(folded)) || folders.any(|path| self.0.contains(&hash(path))))
    }
}

/// Calls `see` with the path of each member that lies in a segment whole or stays where it is.
async fn each_path(
    store: &Arc<dyn Store>,
    run: RunId,
    plan: &Plan,
    mut see: impl FnMut(&str),
) -> Result<(), StoreError> {
    for output in plan.outputs.iter().filter(|output| output.member.is_none()) {
        let mut commits = record::commits(store, run, output.ordinals());
        while let Some(commit) = commits.try_next().await? {
            paths(&commit.content).for_each(&mut see);
        }
    }
    Ok(())
}

/// The paths of what a batch made, in its order; none where it is a part of a file.
fn paths(content: &Content) -> impl Iterator<Item = &str> {
    let (members, remote): (&[Member], &[RemoteFile]) = match content {
        Content::Members(members) => (members, &[]),
        Content::Remote(remote) => (&[], remote),
        Content::Share(_) => (&[], &[]),
    };
    let members = members.iter().map(|member| member.path.as_str());
    members.chain(remote.iter().map(|file| file.path.as_str()))
}

/// Hashes that two files, or a file and a folder, have in common, among so many names.
async fn clashes(
    store: &Arc<dyn Store>,
    run: RunId,
    plan: &Plan,
    shared: &[&str],
    (scratch, names): (&Path, u64),
) -> Result<Clashing, StoreError> {
    let mut hashes = Hashes::new(scratch, names);
    let mut kept = shared.iter().try_for_each(|path| hashes.add(&fold(path)));
    each_path(store, run, plan, |path| {
        if kept.is_ok() {
            kept = hashes.add(&fold(path));
        }
    })
    .await?;
    // Sorted away from the threads that serve everybody: of many names it takes seconds.
    let compared = tokio::task::spawn_blocking(|| kept.and_then(|()| hashes.clashing()));
    let found = compared.await.expect("comparing does not panic");
    let unkept = |error: io::Error| StoreError::Unavailable {
        during: "compare names in the scratch directory",
        source: error.into(),
    };
    Ok(Clashing(found.map_err(unkept)?))
}

/// Gives new names to all but the first of those that clash, in the order of the plan, and to files that
/// no batch made: which batches have new ones, and those of the latter.
async fn rename(
    store: &Arc<dyn Store>,
    run: RunId,
    plan: &Plan,
    shared: &[&str],
    clashing: &Clashing,
    extra: &[&str],
) -> Result<(Recorded, Vec<String>), StoreError> {
    // Names that stand in the way of a new one: those that clash, and whatever looks like a new name.
    let (mut names, mut in_the_way) = (Names::new(), HashSet::new());
    let folded: Vec<String> = extra.iter().map(|name| fold(name)).collect();
    let is_suspect = |path: &str| {
        let first = path.split('/').next().unwrap_or_default();
        folded.iter().any(|name| name == first) || (!clashing.is_empty() && path.contains('~'))
    };
    for path in shared {
        names.claim(path);
        in_the_way.insert(fold(path));
    }
    each_path(store, run, plan, |path| {
        let folded = fold(path);
        if is_suspect(&folded) && !clashing.has(&folded) && in_the_way.insert(folded) {
            names.claim(path);
        }
    })
    .await?;
    let mut recorded = Recorded::default();
    if !clashing.is_empty() {
        recorded = give(store, run, plan, clashing, &mut names).await?;
    }
    Ok((recorded, extra.iter().map(|name| names.claim(name)).collect()))
}

/// Records the new names of each batch whose members clash with those of batches before it; which
/// batches those are.
async fn give(
    store: &Arc<dyn Store>,
    run: RunId,
    plan: &Plan,
    clashing: &Clashing,
    names: &mut Names,
) -> Result<Recorded, StoreError> {
    let mut recorded = Recorded::default();
    for output in plan.outputs.iter().filter(|output| output.member.is_none()) {
        let mut alike = Alike::of(output);
        let mut commits = record::commits(store, run, output.ordinals());
        while let Some(Commit { ordinal, content, .. }) = commits.try_next().await? {
            let mut new = NewNames::default();
            for (place, path) in (0..).zip(paths(&content)) {
                if !clashing.has(&fold(path)) {
                    continue;
                }
                if let Some(bytes) = alike.again(&content, place) {
                    recorded.left_out.files += 1;
                    recorded.left_out.bytes += bytes;
                    new.names.insert(place, String::new());
                    continue;
                }
                let name = names.claim(path);
                if name != path {
                    recorded.renames = true;
                    new.names.insert(place, name);
                }
            }
            if new.names.is_empty() {
                continue;
            }
            record::create(&**store, &Key::new_names(run, ordinal), &new).await?;
            match recorded.batches.last_mut() {
                Some(before) if before.last + 1 == ordinal => before.last = ordinal,
                Some(_) | None => {
                    recorded.batches.push(Batches { first: ordinal, last: ordinal });
                }
            }
        }
    }
    Ok(recorded)
}

/// What the parts of an exporter's result have in common, where their files are those of one folder: a summary, a
/// list of labels. Only members whose names clash are looked at, so that it stays small.
struct Alike(Option<HashMap<String, String>>);

impl Alike {
    fn of(output: &PlannedOutput) -> Self {
        Self((output.merge == Some(Merge::Files)).then(HashMap::new))
    }

    /// The length of a member that was there before, byte for byte, under the same path.
    fn again(&mut self, content: &Content, place: u32) -> Option<u64> {
        let digests = self.0.as_mut()?;
        let Content::Members(members) = content else { return None };
        let member = members.get(place as usize)?;
        match digests.get(&member.path) {
            Some(sha256) => (*sha256 == member.sha256).then_some(member.size),
            None => {
                digests.insert(member.path.clone(), member.sha256.clone());
                None
            }
        }
    }
}
