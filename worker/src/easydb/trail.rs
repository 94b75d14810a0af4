//! The way from an object to those within it, and which of these are written out whole: never one that
//! the way leads through already, so that circles end, and no more than so many bytes of them.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::Arc;

use super::json::Json;
use super::linked::Linked;
use super::links::Via;

/// Most bytes of others that are written out within one object (64 MiB), each counted as often as it is:
/// links to links grow without bound.
const MOST_BYTES: usize = 64 << 20;

/// What a look into another object counts for: ways to its values may branch at every row on them.
const LOOK_BYTES: usize = 16;

/// What a place that a way leads to counts for, while it is kept with all others.
const PLACE_BYTES: usize = 64;

/// Linked objects as trees, by their numbers.
pub(super) struct Around<'a> {
    linked: &'a Linked,
    /// Nothing where each is read by those who enter it.
    trees: Option<HashMap<u64, Json<'a>>>,
    depth: usize,
    /// How many bytes of others are in the object under way.
    bytes: Cell<usize>,
}

impl<'a> Around<'a> {
    /// Reads all of them. One that is not JSON stays a name.
    pub(super) fn new(linked: &'a Linked, depth: usize) -> Self {
        let texts = linked.texts.iter();
        let trees = texts.filter_map(|(id, text)| Some((*id, Json::parse(text).ok()?)));
        Self { linked, trees: Some(trees.collect()), depth, bytes: Cell::new(0) }
    }

    /// Reads none of them: whoever enters one by [`Trail::enter_unread`] may know already what it becomes, and
    /// nobody enters one otherwise.
    pub(super) fn unread(linked: &'a Linked, depth: usize) -> Self {
        Self { linked, trees: None, depth, bytes: Cell::new(0) }
    }

    /// Whether what was written last led to more than an object may hold, so that not all of it was written.
    /// Begins to count anew: whoever asks is told once.
    pub(super) fn take_too_much(&self) -> bool {
        self.bytes.take() > MOST_BYTES
    }

    /// Whether what is written leads to too much already, so that the rest is in vain.
    pub(super) fn is_too_much(&self) -> bool {
        self.bytes.get() > MOST_BYTES
    }

    /// Counts what is written of the object under way, or of others within it.
    pub(super) fn count(&self, bytes: usize) {
        self.bytes.set(self.bytes.get().saturating_add(bytes));
    }
}

/// A linked object that was entered.
pub(super) struct Entered<'t> {
    pub(super) id: u64,
    pub(super) text: &'t Arc<str>,
    /// The object, where it is read already.
    pub(super) tree: Option<&'t Json<'t>>,
}

/// The objects that one is in, the outermost first.
#[derive(Clone)]
pub(super) struct Trail<'t> {
    around: &'t Around<'t>,
    ids: Vec<u64>,
}

impl<'t> Trail<'t> {
    /// Begins at an object.
    pub(super) fn new(around: &'t Around<'t>, object: &Json<'_>) -> Self {
        around.bytes.set(0);
        Self { around, ids: object.id().into_iter().collect() }
    }

    /// The whole of a linked object, where it is to be written out here. After it, [`Self::back`].
    pub(super) fn enter(&mut self, via: Via, link: &Json<'_>) -> Option<&'t Json<'t>> {
        let (id, tree) = self.whole(via, link)?;
        let text = self.around.linked.texts.get(&id)?;
        self.push(id, text)?;
        Some(tree)
    }

    /// The same for somebody who reads it himself, where it is not read already.
    pub(super) fn enter_unread(&mut self, via: Via, link: &Json<'_>) -> Option<Entered<'t>> {
        let (around, id) = (self.around, self.wanted(via, link)?);
        let text = around.linked.texts.get(&id)?;
        let tree = match &around.trees {
            Some(trees) => Some(trees.get(&id)?),
            None => None,
        };
        self.push(id, text)?;
        Some(Entered { id, text, tree })
    }

    /// The same for somebody who takes single values of the object, and counts these: it, and the trail within it.
    pub(super) fn look(&self, via: Via, link: &Json<'_>) -> Option<(&'t Json<'t>, Self)> {
        let (id, tree) = self.whole(via, link)?;
        self.around.count(LOOK_BYTES);
        if self.around.is_too_much() {
            return None;
        }
        let mut within = self.clone();
        within.ids.push(id);
        Some((tree, within))
    }

    /// Counts a place on this way that is kept; not if that is too much.
    pub(super) fn keeps(&self) -> bool {
        self.around.count(PLACE_BYTES + 8 * self.ids.len());
        !self.around.is_too_much()
    }

    /// Whether the object that was entered last is as deep as any is written out: those that it leads to are not.
    pub(super) fn is_at_end(&self) -> bool {
        self.ids.len() > self.around.depth
    }

    /// A linked object that is to be written out here, and its number.
    fn whole(&self, via: Via, link: &Json<'_>) -> Option<(u64, &'t Json<'t>)> {
        let id = self.wanted(via, link)?;
        Some((id, self.around.trees.as_ref()?.get(&id)?))
    }

    /// The number of a linked object that is to be written out here.
    fn wanted(&self, via: Via, link: &Json<'_>) -> Option<u64> {
        let id = link.id()?;
        let is_wanted =
            !self.is_at_end() && !self.ids.contains(&id) && self.around.linked.is_whole(via, id);
        is_wanted.then_some(id)
    }

    /// Enters an object; not if that is too much.
    fn push(&mut self, id: u64, text: &str) -> Option<()> {
        self.around.count(text.len());
        if self.around.is_too_much() {
            return None;
        }
        self.ids.push(id);
        Some(())
    }

    /// Leaves the object that was entered last.
    pub(super) fn back(&mut self) {
        self.ids.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linked(padding: usize) -> Linked {
        let text = |id| {
            let pad = "x".repeat(padding);
            (id, format!("{{\"_system_object_id\":{id},\"pad\":\"{pad}\"}}").into())
        };
        let whole = [1, 2, 3].map(|id| (Via::Field, id)).into_iter().collect();
        Linked { texts: [1, 2, 3].map(text).into_iter().collect(), whole }
    }

    fn link(id: u64) -> String {
        format!("{{\"_system_object_id\":{id}}}")
    }

    #[test]
    fn circles_end_and_so_does_depth() {
        let linked = linked(0);
        let around = Around::new(&linked, 2);
        let [one, two, three, four] = [1, 2, 3, 4].map(link);
        let [one, two, three, four] =
            [&one, &two, &three, &four].map(|text| Json::parse(text).unwrap());
        let mut trail = Trail::new(&around, &one);
        assert!(trail.enter(Via::Field, &one).is_none(), "it is within itself");
        assert!(trail.enter(Via::Field, &four).is_none(), "nobody wants it whole");
        assert!(trail.enter(Via::Reverse, &two).is_none(), "it is wanted by another way");
        assert!(trail.enter(Via::Field, &two).is_some());
        assert!(trail.enter(Via::Field, &two).is_none());
        assert!(trail.enter(Via::Field, &three).is_some());
        trail.back();
        trail.back();
        assert!(trail.enter(Via::Field, &three).is_some());
        assert!(trail.enter(Via::Field, &two).is_some());
        assert!(trail.enter(Via::Field, &one).is_none(), "it is too deep, and a circle");
        assert!(!around.take_too_much());
    }

    #[test]
    fn what_nobody_has_read_is_entered_alike_by_its_text() {
        let mut linked = linked(0);
        linked.texts.insert(3, "no JSON".into());
        let (read, unread) = (Around::new(&linked, 1), Around::unread(&linked, 1));
        let [one, two, three] = [1, 2, 3].map(link);
        let [one, two, three] = [&one, &two, &three].map(|text| Json::parse(text).unwrap());
        for (around, is_read) in [(&read, true), (&unread, false)] {
            let mut trail = Trail::new(around, &one);
            assert!(!trail.is_at_end());
            assert!(trail.enter_unread(Via::Field, &one).is_none(), "it is within itself");
            let entered = trail.enter_unread(Via::Field, &two).unwrap();
            assert_eq!((entered.id, &**entered.text), (2, &*linked.texts[&2]));
            assert_eq!(entered.tree.is_some(), is_read);
            assert!(trail.is_at_end() && trail.enter_unread(Via::Field, &three).is_none());
            trail.back();
            let broken = trail.enter_unread(Via::Field, &three);
            assert_eq!(broken.is_none(), is_read, "whoever reads it will find out");
        }
    }

    #[test]
    fn no_more_than_so_much_is_written_out() {
        let linked = linked(MOST_BYTES / 2);
        let around = Around::new(&linked, 9);
        let [one, two, three] = [1, 2, 3].map(link);
        let [one, two, three] = [&one, &two, &three].map(|text| Json::parse(text).unwrap());
        let mut trail = Trail::new(&around, &one);
        assert!(trail.enter(Via::Field, &two).is_some());
        trail.back();
        assert!(trail.enter(Via::Field, &three).is_none());
        Trail::new(&around, &two);
        assert!(!around.take_too_much(), "another object begins anew");
        let mut trail = Trail::new(&around, &one);
        assert!(trail.enter(Via::Field, &two).is_some());
        assert!(trail.enter(Via::Field, &three).is_none());
        assert!(around.take_too_much());
        assert!(!around.take_too_much(), "that is not said of what is written without them");
    }
}
