//! The objects that are written out whole where others link to them, fetched together for several
//! objects, level by level.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use proto::definition::{Easydb, Merge};
use proto::id::RunId;
use source::catalogue::Catalogue;
use source::walk::Malformed;
use source::{Search, SourceError};

use super::kept::{Kept, Known};
use super::links::{Via, links};

/// Most objects that a catalogue is asked for at once.
const AT_ONCE: usize = 1000;

/// Most bytes of objects that are held for those that link to them (64 MiB). One object that leads to
/// more cannot be written.
pub(super) const MOST_BYTES: usize = 64 << 20;

/// Most answers about which objects a search gives that are remembered.
const MOST_ANSWERS: usize = 1 << 20;

/// Fetches linked objects for a batch.
pub(super) struct Fetching<'f> {
    pub(super) catalogue: &'f dyn Catalogue,
    pub(super) kept: &'f Kept,
    pub(super) run: RunId,
    pub(super) output: u32,
    pub(super) rule: Merge,
    pub(super) depth: usize,
    search: Option<Search>,
    /// Which objects the search gives, as far as it was asked.
    found: HashMap<u64, bool>,
}

/// The objects that some others lead to, as far as they are written out.
#[derive(Default)]
pub(super) struct Linked {
    /// Their texts.
    pub(super) texts: HashMap<u64, Arc<str>>,
    /// The links where they are.
    pub(super) whole: HashSet<(Via, u64)>,
}

/// Why linked objects were not fetched.
#[derive(Debug, thiserror::Error)]
pub(super) enum LinkError {
    /// The source did not give them.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// They are more than may be held.
    #[error("the objects that are linked have more than {MOST_BYTES} bytes")]
    TooMuch,
    /// An object is not JSON.
    #[error(transparent)]
    Malformed(#[from] Malformed),
}

impl<'f> Fetching<'f> {
    pub(super) fn new(
        catalogue: &'f dyn Catalogue,
        kept: &'f Kept,
        (run, output): (RunId, u32),
        easydb: &Easydb,
        depth: usize,
    ) -> Self {
        Self {
            catalogue,
            kept,
            run,
            output,
            rule: easydb.merge_linked_objects,
            depth,
            search: easydb.search.clone(),
            found: HashMap::new(),
        }
    }

    /// Fetches what objects lead to.
    pub(super) async fn linked(&mut self, objects: &[&str]) -> Result<Linked, LinkError> {
        let mut linked = Linked::default();
        let (mut seen, mut bytes) = (HashSet::new(), 0);
        let mut level = Vec::new();
        if self.depth > 0 {
            for object in objects {
                level.extend(links(object)?);
            }
        }
        for depth in 1..=self.depth {
            level.retain(|link| seen.insert(*link));
            let wanted = self.wanted(&level).await?;
            let mut ids: Vec<u64> = wanted.iter().map(|(_, id)| *id).collect();
            linked.whole.extend(wanted);
            ids.sort_unstable();
            ids.dedup();
            ids.retain(|id| !linked.texts.contains_key(id));
            let fetched = self.fetch(&ids, &mut bytes).await?;
            level = Vec::new();
            for (id, text) in fetched {
                if depth < self.depth {
                    level.extend(links(&text)?);
                }
                linked.texts.insert(id, text);
            }
            if level.is_empty() {
                break;
            }
        }
        Ok(linked)
    }

    /// Those of some links whose objects the rule wants whole.
    async fn wanted(&mut self, links: &[(Via, u64)]) -> Result<HashSet<(Via, u64)>, SourceError> {
        let inside = match self.rule {
            Merge::None => return Ok(HashSet::new()),
            Merge::All => return Ok(links.iter().copied().collect()),
            Merge::InMainSearch => true,
            Merge::NotInMainSearch | Merge::NotInMainSearchAndReverse => false,
        };
        let ids: Vec<u64> = links.iter().map(|(_, id)| *id).collect();
        self.ask(&ids).await?;
        let is_reverse_whole = is_reverse_whole(self.rule);
        let is_wanted = |(via, id): &(Via, u64)| {
            (is_reverse_whole && *via == Via::Reverse)
                || self.found.get(id).copied().unwrap_or(true) == inside
        };
        Ok(links.iter().filter(|link| is_wanted(link)).copied().collect())
    }

    /// Learns which objects the search gives. Without a search all are.
    async fn ask(&mut self, ids: &[u64]) -> Result<(), SourceError> {
        let Some(search) = &self.search else { return Ok(()) };
        if self.found.len() > MOST_ANSWERS {
            self.found.clear();
        }
        let mut unknown: Vec<u64> =
            ids.iter().copied().filter(|id| !self.found.contains_key(id)).collect();
        unknown.sort_unstable();
        unknown.dedup();
        for ids in unknown.chunks(AT_ONCE) {
            let found = self.catalogue.found(search, ids).await?;
            self.found.extend(ids.iter().copied().zip(found));
        }
        Ok(())
    }

    /// The texts of objects, those that there are.
    async fn fetch(
        &self,
        ids: &[u64],
        bytes: &mut usize,
    ) -> Result<Vec<(u64, Arc<str>)>, LinkError> {
        let mut texts = Vec::with_capacity(ids.len());
        let mut missing = Vec::new();
        for &id in ids {
            match self.kept.get(&(self.run, self.output, id)) {
                Known::There(text) => texts.push((id, text)),
                Known::Absent => {}
                Known::Nothing => missing.push(id),
            }
        }
        for ids in missing.chunks(AT_ONCE) {
            let fetched = self.catalogue.objects(ids).await?;
            for (&id, text) in ids.iter().zip(fetched) {
                let text = text.map(Arc::from);
                self.kept.keep((self.run, self.output, id), text.clone());
                texts.extend(text.map(|text| (id, text)));
            }
            check(&texts, *bytes)?;
        }
        *bytes = check(&texts, *bytes)?;
        texts.sort_unstable_by_key(|(id, _)| *id);
        Ok(texts)
    }
}

impl Linked {
    /// Whether an object is written out where a link leads to it.
    pub(super) fn is_whole(&self, via: Via, id: u64) -> bool {
        self.whole.contains(&(via, id))
    }
}

/// How many bytes are held with these.
fn check(texts: &[(u64, Arc<str>)], before: usize) -> Result<usize, LinkError> {
    let bytes = before + texts.iter().map(|(_, text)| text.len()).sum::<usize>();
    if bytes > MOST_BYTES { Err(LinkError::TooMuch) } else { Ok(bytes) }
}

/// Whether all objects are wanted whole that name the one they stand in.
fn is_reverse_whole(rule: Merge) -> bool {
    match rule {
        Merge::All | Merge::NotInMainSearchAndReverse => true,
        Merge::None | Merge::NotInMainSearch | Merge::InMainSearch => false,
    }
}
