//! Looking over all records: which columns there are, and what is in them.

use std::collections::HashSet;
use std::mem;

use proto::definition::EmptyColumns;
use proto::plan::{Column, Holds, Step};

use super::holds;
use super::rules::{Field, Rule, Rules};
use super::scatter::{Taker, Value, scatter};
use super::tree::Tree;
use crate::page::{Kind, Page};
use crate::walk::{Malformed, Walk};

/// Most places of values, and so most columns; as many as a definition may name fields.
const MAX_PLACES: usize = 10_000;

/// Learns the columns of a table, page by page.
#[derive(Debug)]
pub struct Learner {
    rules: Rules,
    tree: Tree,
    /// What each place holds, where a record has it.
    seen: Vec<Option<Holds>>,
    /// Which record had a value last in each place that is joined, from 1.
    last: Vec<u64>,
    records: u64,
    is_full: bool,
}

/// Why the columns cannot be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unlearned {
    /// There are too many.
    #[error("the records have more than {MAX_PLACES} different values to make columns of")]
    TooMany,
    /// A document is none.
    #[error(transparent)]
    Malformed(#[from] Malformed),
}

impl Learner {
    /// Nothing is known yet.
    pub fn new(rules: Rules) -> Self {
        let mut tree = Tree::new(rules.fields.len());
        let mut seen = vec![None; rules.fields.len()];
        for (field, Field { rule, .. }) in rules.fields.iter().enumerate() {
            if *rule == Rule::Whole {
                seen[field] = Some(Holds::Nothing);
            }
            let node = match rule {
                Rule::Path { .. } => tree.step(field, &Step::Each),
                Rule::Whole | Rule::Apart(_) | Rule::Languages { .. } | Rule::Levels { .. } => {
                    field
                }
            };
            for tag in Rules::languages(rule) {
                tree.step(node, &Step::Key(tag.clone()));
            }
            seen.resize(tree.len(), None);
        }
        for (field, Field { rule, .. }) in rules.fields.iter().enumerate() {
            if !Rules::languages(rule).is_empty() {
                for (node, path) in tree.below(field) {
                    if matches!(path.last(), Some(Step::Key(_))) {
                        seen[node] = Some(Holds::Nothing);
                    }
                }
            }
        }
        let last = vec![0; seen.len()];
        Self { rules, tree, seen, last, records: 0, is_full: false }
    }

    /// Takes a page of records in. Cells beyond the fields are for others.
    pub fn page(&mut self, page: &Page) -> Result<(), Unlearned> {
        let Self { rules, tree, seen, last, records, is_full } = self;
        let mut taker = Learning { tree, seen, last, record: *records, between: "", is_full };
        for row in page.rows() {
            taker.record += 1;
            for (field, cell) in row.cells(rules.fields.len()).enumerate() {
                let rule = &rules.fields[field].rule;
                taker.between = rule.between();
                if cell.kind == Kind::Json && *rule != Rule::Whole {
                    scatter(rule, field, &mut Walk::new(cell.text), &mut taker)?;
                } else {
                    taker.take(field, Value::Cell(cell.kind, cell.text))?;
                }
            }
            if *taker.is_full {
                return Err(Unlearned::TooMany);
            }
        }
        *records = taker.record;
        Ok(())
    }

    /// The columns: in the order of the fields, and within one in that in which they were met.
    pub fn columns(self) -> Vec<Column> {
        let Self { rules, tree, seen, .. } = self;
        let (mut columns, mut names) = (Vec::new(), HashSet::new());
        for (field, Field { display, rule }) in rules.fields.iter().enumerate() {
            let mut found: Vec<(Vec<Step>, Holds)> = tree
                .below(field)
                .into_iter()
                .filter_map(|(node, path)| Some((path, seen[node]?)))
                .collect();
            // NULL in place of an object or a list is no value of its own.
            let stands_in = |nth: usize| {
                let (path, holds) = &found[nth];
                let next = found.get(nth + 1);
                *holds == Holds::Nothing && next.is_some_and(|(below, _)| below.starts_with(path))
            };
            let mut replaced: Vec<bool> = (0..found.len()).rev().map(stands_in).collect();
            found.retain(|_| !replaced.pop().unwrap_or_default());
            if found.is_empty() {
                found.push((Vec::new(), Holds::Nothing));
            }
            if rules.empty == EmptyColumns::Drop {
                found.retain(|(_, holds)| *holds != Holds::Nothing);
            }
            if let Rule::Levels { inner, .. } = rule
                && let Rule::Languages { tags, .. } = &**inner
            {
                found.sort_by_key(|(path, _)| language(path, tags));
            }
            for (path, holds) in found {
                let name = distinct(&rule.name(display, &path), &mut names);
                let field = u32::try_from(field).expect("an output has at most 10,000 fields");
                columns.push(Column { name, field, path, holds });
            }
        }
        columns
    }
}

/// The place of a path's language.
fn language(path: &[Step], tags: &[String]) -> Option<usize> {
    let Some(Step::Key(key)) = path.last() else { return None };
    tags.iter().position(|tag| tag == key)
}

/// A name that no column has yet: the second `a` is `a_2`.
fn distinct(name: &str, taken: &mut HashSet<String>) -> String {
    let mut found = name.to_owned();
    let mut number = 2;
    while !taken.insert(found.clone()) {
        found = format!("{name}_{number}");
        number += 1;
    }
    found
}

struct Learning<'l> {
    tree: &'l mut Tree,
    seen: &'l mut Vec<Option<Holds>>,
    last: &'l mut Vec<u64>,
    record: u64,
    /// What is put between values that are joined.
    between: &'l str,
    is_full: &'l mut bool,
}

impl Learning<'_> {
    fn step(&mut self, node: usize, step: &Step) -> Option<usize> {
        if self.tree.len() >= MAX_PLACES {
            *self.is_full = true;
            return None;
        }
        let child = self.tree.step(node, step);
        self.seen.resize(self.tree.len(), None);
        self.last.resize(self.tree.len(), 0);
        Some(child)
    }

    /// What a cell holds that a value is joined into: a text, whatever the value is, also by itself.
    /// Nothing, if it is the empty text, and nothing is put between it and another.
    fn joined(&mut self, node: usize, holds: Holds) -> Holds {
        let before = mem::replace(&mut self.last[node], self.record);
        let is_alone = before != self.record || self.between.is_empty();
        if holds == Holds::Nothing && is_alone { Holds::Nothing } else { Holds::Texts }
    }
}

impl<'j> Taker<'j> for Learning<'_> {
    fn key(&mut self, node: usize, key: &str) -> Option<usize> {
        self.tree.key(node, key).or_else(|| self.step(node, &Step::Key(key.to_owned())))
    }

    fn item(&mut self, node: usize, nth: u32) -> Option<usize> {
        self.tree.item(node, nth).or_else(|| self.step(node, &Step::Item(nth)))
    }

    fn each(&mut self, node: usize) -> Option<usize> {
        self.tree.each(node).or_else(|| self.step(node, &Step::Each))
    }

    fn take(&mut self, node: usize, value: Value<'j>) -> Result<(), Malformed> {
        let holds = match value {
            Value::Cell(kind, text) => holds::of(kind, text),
            Value::Escaped(_) => Holds::Texts,
        };
        // NULL is left out of what is joined.
        let is_null = matches!(value, Value::Cell(Kind::Null, _));
        let is_joined = self.tree.is_joined(node) && !is_null;
        let holds = if is_joined { self.joined(node, holds) } else { holds };
        let seen = self.seen[node].get_or_insert_default();
        *seen = holds::both(*seen, holds);
        Ok(())
    }
}
