//! The places of values in records, each a node: the way to a value is the way to its node.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use proto::plan::Step;

/// All places, of all fields. The nodes of the fields are the first ones, in their order.
#[derive(Debug)]
pub(super) struct Tree {
    nodes: Vec<Node>,
}

#[derive(Debug, Default)]
struct Node {
    keys: IndexMap<String, usize>,
    /// Where the next key is looked for: most often, records have the same ones in the same order.
    next: usize,
    /// By their number, of which those between may have no place: what is joined has none.
    items: BTreeMap<u32, usize>,
    each: Option<usize>,
    is_joined: bool,
}

impl Tree {
    /// The places of so many fields.
    pub(super) fn new(fields: usize) -> Self {
        Self { nodes: (0..fields).map(|_| Node::default()).collect() }
    }

    /// How many places there are.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The place of an object's value, where there is one.
    pub(super) fn key(&mut self, node: usize, key: &str) -> Option<usize> {
        let Node { keys, next, .. } = &mut self.nodes[node];
        if let Some((expected, &child)) = keys.get_index(*next)
            && expected == key
        {
            *next += 1;
            return Some(child);
        }
        let (at, _, &child) = keys.get_full(key)?;
        *next = at + 1;
        Some(child)
    }

    /// The place of a list's item, where there is one.
    pub(super) fn item(&self, node: usize, nth: u32) -> Option<usize> {
        self.nodes[node].items.get(&nth).copied()
    }

    /// The place of all items of a list, where there is one.
    pub(super) fn each(&self, node: usize) -> Option<usize> {
        self.nodes[node].each
    }

    /// Whether all values of a list stand in one cell there.
    pub(super) fn is_joined(&self, node: usize) -> bool {
        self.nodes[node].is_joined
    }

    /// The place a step leads to, a new one where there is none.
    pub(super) fn step(&mut self, node: usize, step: &Step) -> usize {
        let next = self.nodes.len();
        let Node { keys, items, each, is_joined, .. } = &mut self.nodes[node];
        let is_joined = *is_joined || *step == Step::Each;
        let child = match step {
            Step::Key(key) => *keys.entry(key.clone()).or_insert(next),
            Step::Item(nth) => *items.entry(*nth).or_insert(next),
            Step::Each => *each.get_or_insert(next),
        };
        if child == next {
            self.nodes.push(Node { is_joined, ..Node::default() });
        }
        child
    }

    /// The place at the end of a path, made where there is none.
    pub(super) fn place(&mut self, field: usize, path: &[Step]) -> usize {
        path.iter().fold(field, |node, step| self.step(node, step))
    }

    /// The places below a field, itself first, each with its path: what is joined, then keys in the
    /// order in which they were met, then items.
    pub(super) fn below(&self, field: usize) -> Vec<(usize, Vec<Step>)> {
        let (mut open, mut found) = (vec![(field, Vec::new())], Vec::new());
        while let Some((node, path)) = open.pop() {
            let Node { keys, items, each, .. } = &self.nodes[node];
            let with = |step: Step| [path.as_slice(), &[step]].concat();
            // What comes last is put first, for the last one is taken.
            open.extend(items.iter().rev().map(|(nth, item)| (*item, with(Step::Item(*nth)))));
            open.extend(
                keys.iter().rev().map(|(key, child)| (*child, with(Step::Key(key.clone())))),
            );
            open.extend(each.map(|each| (each, with(Step::Each))));
            found.push((node, path));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_far_down_a_list_takes_no_more_room_than_the_first() {
        let mut tree = Tree::new(1);
        let path = |nth| vec![Step::Item(nth)];
        let (last, first) = (tree.place(0, &path(u32::MAX)), tree.place(0, &path(0)));
        assert_eq!((tree.item(0, u32::MAX), tree.item(0, 1), tree.len()), (Some(last), None, 3));
        let below = [(0, Vec::new()), (first, path(0)), (last, path(u32::MAX))];
        assert_eq!(tree.below(0), below);
    }
}
