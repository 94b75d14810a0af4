//! The way from an object to those within it, and which of these are written out whole: never one that
//! the way leads through already, so that circles end.

use std::collections::HashMap;

use super::json::Json;
use super::linked::Linked;
use super::links::Via;

/// Linked objects as trees, by their numbers.
pub(super) struct Around<'a> {
    linked: &'a Linked,
    trees: HashMap<u64, Json<'a>>,
    depth: usize,
}

impl<'a> Around<'a> {
    /// Reads all of them. One that is not JSON stays a name.
    pub(super) fn new(linked: &'a Linked, depth: usize) -> Self {
        let texts = linked.texts.iter();
        let trees = texts.filter_map(|(id, text)| Some((*id, Json::parse(text).ok()?)));
        Self { linked, trees: trees.collect(), depth }
    }
}

/// The objects that one is in, the outermost first.
pub(super) struct Trail<'t> {
    around: &'t Around<'t>,
    ids: Vec<u64>,
}

impl<'t> Trail<'t> {
    /// Begins at an object.
    pub(super) fn new(around: &'t Around<'t>, object: &Json<'_>) -> Self {
        Self { around, ids: object.id().into_iter().collect() }
    }

    /// The whole of a linked object, where it is to be written out here. After it, [`Self::back`].
    pub(super) fn enter(&mut self, via: Via, link: &Json<'_>) -> Option<&'t Json<'t>> {
        let id = link.id()?;
        if self.ids.len() > self.around.depth
            || self.ids.contains(&id)
            || !self.around.linked.is_whole(via, id)
        {
            return None;
        }
        let tree = self.around.trees.get(&id)?;
        self.ids.push(id);
        Some(tree)
    }

    /// Leaves the object that was entered last.
    pub(super) fn back(&mut self) {
        self.ids.pop();
    }
}
