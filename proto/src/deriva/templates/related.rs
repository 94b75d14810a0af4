//! Tables whose rows belong to those of another one.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use serde_json::Value;

use super::context;
use super::shown::{Shown, shown};
use super::source::{self, Directive, Hop};
use crate::deriva::order;
use crate::deriva::schema::{Column, Link, TableIn, VISIBLE_FOREIGN_KEYS};

/// What the table at the end is called in the path there.
pub(super) const ALIAS: &str = "R";

/// A table whose rows belong to those of another one.
#[derive(Debug)]
pub(super) struct Related<'a> {
    /// What tells it from others.
    pub(super) name: String,
    /// The table.
    pub(super) table: TableIn<'a>,
    /// What it is called there.
    pub(super) display_name: String,
    /// The path from the rows that it belongs to.
    pub(super) path: String,
    /// Whether a row may belong to several, so that it takes both keys to tell what belongs to what.
    pub(super) is_shared: bool,
    /// Whether the caller may not see what leads there.
    pub(super) is_hidden: bool,
    /// Where the columns of the key and of the foreign key stand.
    positions: (Vec<usize>, Vec<usize>),
}

impl<'a> Related<'a> {
    /// The rows that hold a key, or those at the other end of the table that associates them.
    pub(super) fn by_link(link: Link<'a>) -> Self {
        match link.from.associated(link) {
            Some(other) => Self::associated(link, other),
            None => Self::holding(link),
        }
    }

    /// The rows at the end of a directive.
    pub(super) fn by_directive(directive: &Directive<'a>) -> Self {
        let simple = match directive.hops.as_slice() {
            [Hop::Inbound(link)] => Some(Self::holding(*link)),
            [Hop::Inbound(link), Hop::Outbound(other)] => {
                let known = link.from.associated(*link).filter(|known| known.is(*other));
                known.map(|_| Self::associated(*link, *other))
            }
            _ => None,
        };
        let mut related = simple.unwrap_or_else(|| Self::along(directive));
        related.name.clone_from(&directive.name);
        if let Some(name) = directive.markdown_name {
            name.clone_into(&mut related.display_name);
        }
        related
    }

    fn holding(link: Link<'a>) -> Self {
        let name = link.end_name("from_name").map(str::to_owned);
        let key = link.from.shortest_key();
        Self {
            name: source::name(&[Hop::Inbound(link)], first(&key), &[]),
            table: link.from,
            display_name: name.unwrap_or_else(|| link.from.display_name()),
            path: format!("{ALIAS}:={}", link.inbound()),
            is_shared: false,
            is_hidden: link.is_hidden(),
            positions: (link.to.positions(link.referenced()), link.from.positions(link.held())),
        }
    }

    fn associated(link: Link<'a>, other: Link<'a>) -> Self {
        let name = other.end_name("to_name").map(str::to_owned);
        let key = other.to.shortest_key();
        Self {
            name: source::name(&[Hop::Inbound(link), Hop::Outbound(other)], first(&key), &[]),
            table: other.to,
            display_name: name.unwrap_or_else(|| link.from.display_name()),
            path: format!("{}/{ALIAS}:={}", link.inbound(), other.outbound()),
            is_shared: true,
            is_hidden: link.is_hidden(),
            positions: (link.to.positions(link.referenced()), link.from.positions(other.held())),
        }
    }

    /// The table at the end of a longer way, which is named at its last foreign key.
    fn along(directive: &Directive<'a>) -> Self {
        let is_link = |hop: &Hop<'_>| !matches!(hop, Hop::Filter(_));
        let last = directive.hops.iter().rposition(is_link);
        let parts = directive.hops.iter().enumerate().map(|(index, hop)| {
            let alias = if Some(index) == last { format!("{ALIAS}:=") } else { String::new() };
            format!("{alias}{}", hop.path())
        });
        Self {
            name: directive.name.clone(),
            table: directive.end,
            display_name: directive.end.display_name(),
            path: parts.collect::<Vec<_>>().join("/"),
            is_shared: directive.links().count() > 1,
            is_hidden: directive.end.column(directive.column).is_some_and(Column::is_hidden),
            positions: (Vec::new(), Vec::new()),
        }
    }

    fn order(&self, other: &Self) -> Ordering {
        order::by_name(&self.display_name, &other.display_name)
            .then_with(|| self.positions.cmp(&other.positions))
    }
}

/// The tables that belong to a record and are not shown in it: those that are said for exports, otherwise those
/// that the record lists, otherwise all that lead to it, by their names.
pub(super) fn related(table: TableIn<'_>) -> Vec<Related<'_>> {
    let said = table.table.annotations.get(VISIBLE_FOREIGN_KEYS);
    let is_said = said.is_some_and(|said| context::list_itself(said, "export").is_some());
    let context = if is_said { "export" } else { "detailed" };
    let mut names: BTreeSet<_> = shown(table, context).into_iter().filter_map(name).collect();
    let mut related: Vec<_> = match said.and_then(|said| context::list(said, context)) {
        Some(list) => list.iter().filter_map(|one| listed(table, one)).collect(),
        None => {
            let mut all: Vec<_> = table.referring().map(Related::by_link).collect();
            all.sort_by(Related::order);
            all
        }
    };
    related.retain(|one| names.insert(one.name.clone()));
    related
}

fn name(shown: Shown<'_>) -> Option<String> {
    match shown {
        Shown::Rows(related) => Some(related.name),
        Shown::Column(_) | Shown::Key(_) | Shown::Asset(_) | Shown::Row(_) | Shown::Made => None,
    }
}

/// What an element of a list of related tables stands for.
fn listed<'a>(table: TableIn<'a>, one: &'a Value) -> Option<Related<'a>> {
    if one.is_array() {
        let link = source::named(table, one).filter(|link| link.to.is(table))?;
        return Some(Related::by_link(link));
    }
    let directive = Directive::read(table, one)?;
    let is_meant = directive.is_many() && directive.is_entity && !directive.is_aggregate;
    is_meant.then(|| Related::by_directive(&directive))
}

fn first<'c>(columns: &[&'c str]) -> &'c str {
    columns.first().copied().unwrap_or_default()
}
