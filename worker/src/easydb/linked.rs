//! The objects that are written out whole where others link to them, fetched together for several
//! objects, level by level.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use proto::definition::Merge;
use proto::id::RunId;
use source::SourceError;
use source::catalogue::{About, Catalogue};
use source::walk::Malformed;

use super::kept::{Kept, Known};
use super::links::{Link, Via, links};
use super::scene::Scene;

/// Most objects that a catalogue is asked for at once.
const AT_ONCE: usize = 1000;

/// Most bytes of objects that are held for those that link to them (64 MiB). One object that leads to
/// more cannot be written.
pub(super) const MOST_BYTES: usize = 64 << 20;

/// Fetches linked objects for a batch.
pub(super) struct Fetching<'f> {
    catalogue: &'f dyn Catalogue,
    kept: &'f Kept,
    run: RunId,
    output: u32,
    wish: Wish<'f>,
    depth: usize,
}

/// Which linked objects are wanted whole.
struct Wish<'w> {
    rule: Merge,
    about: &'w About,
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
        scene: &'f Scene,
    ) -> Self {
        let wish = Wish { rule: scene.easydb.merge_linked_objects, about: &scene.about };
        Self { catalogue, kept, run, output, wish, depth: scene.depth() }
    }

    /// Fetches what objects lead to.
    pub(super) async fn linked(&self, objects: &[&str]) -> Result<Linked, LinkError> {
        let mut linked = Linked::default();
        let (mut level, mut bytes) = (Vec::new(), 0);
        if self.depth > 0 {
            for object in objects {
                self.follow(object, &mut level)?;
            }
        }
        for depth in 1..=self.depth {
            level.retain(|link| linked.whole.insert(*link));
            let mut ids: Vec<u64> = level.iter().map(|(_, id)| *id).collect();
            ids.sort_unstable();
            ids.dedup();
            ids.retain(|id| !linked.texts.contains_key(id));
            let fetched = self.fetch(&ids, &mut bytes).await?;
            level = Vec::new();
            for (id, text) in fetched {
                if depth < self.depth {
                    self.follow(&text, &mut level)?;
                }
                linked.texts.insert(id, text);
            }
            if level.is_empty() {
                break;
            }
        }
        Ok(linked)
    }

    /// Adds the links of an object to what is wanted whole.
    fn follow(&self, object: &str, level: &mut Vec<(Via, u64)>) -> Result<(), Malformed> {
        let wanted = links(object)?.into_iter().filter(|link| self.wish.wants(link));
        level.extend(wanted.map(|link| (link.via, link.id)));
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
        let mut missing = &missing[..];
        while !missing.is_empty() {
            let fetched = self.catalogue.objects(&missing[..missing.len().min(AT_ONCE)]).await?;
            let (ids, others) = missing.split_at(fetched.len().clamp(1, missing.len()));
            missing = others;
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

impl Wish<'_> {
    /// Whether the object of a link is wanted.
    fn wants(&self, link: &Link<'_>) -> bool {
        let is_in_main_search = || {
            let found = link.object_type.and_then(|name| self.about.types.get(name));
            found.is_some_and(|found| found.in_main_search)
        };
        match self.rule {
            Merge::None => false,
            Merge::All => true,
            Merge::InMainSearch => is_in_main_search(),
            Merge::NotInMainSearch => !is_in_main_search(),
            Merge::NotInMainSearchAndReverse => link.via == Via::Reverse || !is_in_main_search(),
        }
    }
}

#[cfg(test)]
mod tests {
    use source::catalogue::ObjectType;

    use super::*;

    #[test]
    fn objects_are_wanted_by_what_the_data_model_says_of_their_type() {
        let kind = |in_main_search| ObjectType { in_main_search, ..ObjectType::default() };
        let types = [("bild".to_owned(), kind(true)), ("ort".to_owned(), kind(false))];
        let about = About { types: types.into_iter().collect(), ..About::default() };
        let links = [
            (Via::Field, Some("bild")),
            (Via::Reverse, Some("bild")),
            (Via::Field, Some("ort")),
            (Via::Reverse, Some("ort")),
            (Via::Field, Some("nobody knows it")),
            (Via::Field, None),
        ]
        .map(|(via, object_type)| Link { via, id: 1, object_type });
        for (rule, expected) in [
            (Merge::None, [false; 6]),
            (Merge::All, [true; 6]),
            (Merge::InMainSearch, [true, true, false, false, false, false]),
            (Merge::NotInMainSearch, [false, false, true, true, true, true]),
            (Merge::NotInMainSearchAndReverse, [false, true, true, true, true, true]),
        ] {
            let wish = Wish { rule, about: &about };
            assert_eq!(links.map(|link| wish.wants(&link)), expected, "{rule:?}");
        }
    }
}
