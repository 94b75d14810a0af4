//! Members of different batches that would have the same name.
//!
//! A worker gives distinct names within its batch and knows of no other. Here the first in the order
//! of the plan keeps its name and the others get `~2`, `~3`: decided by the plan, not by who came
//! first. Names are compared by hashes, some millions at a time, so that memory does not grow with
//! the archive; only names that do clash are held as text.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::RangeInclusive;
use std::sync::Arc;

use fabric::record;
use fabric::store::{Store, StoreError};
use futures::TryStreamExt;
use pack::name::{Names, fold};
use proto::commit::Content;
use proto::id::RunId;
use proto::plan::Plan;

/// How many names are compared at a time; 8 bytes each.
const AT_ONCE: u64 = 4_000_000;

/// The names that members get instead of theirs.
#[derive(Debug, Default)]
pub struct Renames {
    /// By batch, then by the member's place in it.
    names: BTreeMap<u32, BTreeMap<usize, String>>,
    warnings: Option<String>,
}

impl Renames {
    /// Reads the names of all members of a run and settles their clashes, in the order of the plan.
    ///
    /// An archive and a tree of the same run get the same names from it.
    pub async fn of_run(
        store: &Arc<dyn Store>,
        run: RunId,
        plan: &Plan,
    ) -> Result<Self, StoreError> {
        find(store, run, plan).await
    }

    /// Whether a batch has a renamed member.
    pub(super) fn touches(&self, ordinal: u32) -> bool {
        self.names.contains_key(&ordinal)
    }

    /// Whether any of the batches has.
    pub(super) fn touch_any(&self, mut ordinals: RangeInclusive<u32>) -> bool {
        ordinals.any(|ordinal| self.touches(ordinal))
    }

    /// A member's new name, where it has one.
    pub fn name(&self, ordinal: u32, index: usize) -> Option<&str> {
        self.names.get(&ordinal)?.get(&index).map(String::as_str)
    }

    /// What the list of warnings is called.
    pub fn warnings_name(&self) -> String {
        self.warnings.clone().unwrap_or_else(|| super::zip::WARNINGS.to_owned())
    }
}

/// Finds the members that must be renamed.
pub(super) async fn find(
    store: &Arc<dyn Store>,
    run: RunId,
    plan: &Plan,
) -> Result<Renames, StoreError> {
    let shared: Vec<&str> =
        plan.outputs.iter().filter_map(|output| output.member.as_deref()).collect();
    let (mut members, mut batches) = (0, 0);
    each_member(store, run, plan, |_, _, _| members += 1).await?;
    for output in plan.outputs.iter().filter(|output| output.member.is_none()) {
        batches += output.batches;
    }
    let mut clashing = Clashing::default();
    if batches + u32::from(!shared.is_empty()) > 1 {
        let parts = (members / AT_ONCE) + 1;
        for part in 0..parts {
            clashing.0.extend(clashes(store, run, plan, &shared, (part, parts)).await?);
        }
    }
    rename(store, run, plan, &shared, &clashing).await
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

/// Calls `see` with each member that lies in a segment whole: batch, place in it, path.
async fn each_member(
    store: &Arc<dyn Store>,
    run: RunId,
    plan: &Plan,
    mut see: impl FnMut(u32, usize, &str),
) -> Result<(), StoreError> {
    for output in plan.outputs.iter().filter(|output| output.member.is_none()) {
        let mut commits = record::commits(store, run, output.ordinals());
        while let Some(commit) = commits.try_next().await? {
            if let Content::Members(members) = &commit.content {
                for (index, member) in members.iter().enumerate() {
                    see(commit.ordinal, index, &member.path);
                }
            }
        }
    }
    Ok(())
}

/// Hashes that two files, or a file and a folder, have in common, of one part of all hashes.
async fn clashes(
    store: &Arc<dyn Store>,
    run: RunId,
    plan: &Plan,
    shared: &[&str],
    (part, parts): (u64, u64),
) -> Result<Vec<u64>, StoreError> {
    let (mut files, mut folders) = (Vec::new(), BTreeSet::new());
    let mut note = |path: &str| {
        let folded = fold(path);
        let file = hash(&folded);
        if file % parts == part {
            files.push(file);
        }
        for (end, _) in folded.match_indices('/') {
            let above = hash(&folded[..end]);
            if above % parts == part {
                folders.insert(above);
            }
        }
    };
    for path in shared {
        note(path);
    }
    each_member(store, run, plan, |_, _, path| note(path)).await?;
    files.sort_unstable();
    let twice = files.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]);
    let folded = files.iter().copied().filter(|file| folders.contains(file));
    Ok(twice.chain(folded).collect())
}

/// Gives new names to all but the first of those that clash, in the order of the plan.
async fn rename(
    store: &Arc<dyn Store>,
    run: RunId,
    plan: &Plan,
    shared: &[&str],
    clashing: &Clashing,
) -> Result<Renames, StoreError> {
    // Names that stand in the way of a new one: those that clash, and whatever looks like a new name.
    let (mut names, mut in_the_way) = (Names::new(), HashSet::new());
    let warnings = fold(super::zip::WARNINGS);
    let is_suspect = |folded: &str| {
        folded.split('/').next() == Some(&warnings)
            || (!clashing.is_empty() && folded.contains('~'))
    };
    for path in shared {
        names.claim(path);
        in_the_way.insert(fold(path));
    }
    each_member(store, run, plan, |_, _, path| {
        let folded = fold(path);
        if is_suspect(&folded) && !clashing.has(&folded) && in_the_way.insert(folded) {
            names.claim(path);
        }
    })
    .await?;
    let mut renames = Renames::default();
    if !clashing.is_empty() {
        each_member(store, run, plan, |ordinal, index, path| {
            if clashing.has(&fold(path)) {
                let name = names.claim(path);
                if name != path {
                    renames.names.entry(ordinal).or_default().insert(index, name);
                }
            }
        })
        .await?;
    }
    renames.warnings = Some(names.claim(super::zip::WARNINGS));
    Ok(renames)
}

/// A hash that is the same in every process.
fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
