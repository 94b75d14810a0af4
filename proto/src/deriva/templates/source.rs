//! Directives that lead from a table over foreign keys to a column of another one.

use serde_json::{Value, json};

use super::filter::{filter, is_filter};
use crate::deriva::schema::{Link, SOURCE_DEFINITIONS, TableIn};

/// What can be made of many values.
const AGGREGATES: [&str; 6] = ["min", "max", "cnt", "cnt_d", "array", "array_d"];

/// A directive that leads somewhere.
#[derive(Debug)]
pub(super) struct Directive<'a> {
    /// The way.
    pub(super) hops: Vec<Hop<'a>>,
    /// The table at its end.
    pub(super) end: TableIn<'a>,
    /// The column in it.
    pub(super) column: &'a str,
    /// Whether the rows there are meant, and not the values of the column.
    pub(super) is_entity: bool,
    /// Whether one value is made of many.
    pub(super) is_aggregate: bool,
    /// Whether the row itself is meant.
    pub(super) is_self: bool,
    /// What people call it.
    pub(super) markdown_name: Option<&'a str>,
    /// What tells it from other directives of the table.
    pub(super) name: String,
}

/// A step of the way.
#[derive(Debug, Clone)]
pub(super) enum Hop<'a> {
    /// To the rows whose key is held.
    Outbound(Link<'a>),
    /// To the rows that hold the key.
    Inbound(Link<'a>),
    /// On with some of the rows.
    Filter(String),
}

/// A way, the table at its end, and the column in it.
type Way<'a> = (Vec<Hop<'a>>, TableIn<'a>, &'a str);

impl<'a> Directive<'a> {
    /// Reads a directive of a table; nothing where it does not lead anywhere.
    pub(super) fn read(table: TableIn<'a>, directive: &'a Value) -> Option<Self> {
        let definition = match text(directive, "sourcekey") {
            Some(key) => Some(definition(table, key)?),
            None => None,
        };
        let said = |key: &str| {
            directive.get(key).or_else(|| definition.and_then(|definition| definition.get(key)))
        };
        let source = definition.unwrap_or(directive).get("source")?;
        let (hops, end, column) = walk(table, source, &[])?;
        end.column(column)?;
        let aggregate = said("aggregate").and_then(Value::as_str);
        if aggregate.is_some_and(|aggregate| !AGGREGATES.contains(&aggregate)) {
            return None;
        }
        let is_scalar = said("entity") == Some(&Value::Bool(false));
        let is_self = said("self_link") == Some(&Value::Bool(true));
        let has_links = hops.iter().any(|hop| hop.link().is_some());
        let more = [
            aggregate.unwrap_or(""),
            if is_scalar { "scalar" } else { "" },
            if is_self { "self" } else { "" },
        ];
        let name = name(&hops, column, &more);
        Some(Self {
            is_entity: has_links && !is_scalar && end.is_telling(column),
            is_aggregate: aggregate.is_some(),
            is_self,
            markdown_name: said("markdown_name").and_then(Value::as_str),
            hops,
            end,
            column,
            name,
        })
    }

    /// The foreign keys of the way.
    pub(super) fn links(&self) -> impl Iterator<Item = Link<'a>> {
        self.hops.iter().filter_map(Hop::link)
    }

    /// Whether several rows can be at its end.
    pub(super) fn is_many(&self) -> bool {
        self.hops.iter().any(|hop| matches!(hop, Hop::Inbound(_)))
    }

    /// Whether only some of the rows are meant.
    pub(super) fn is_filtered(&self) -> bool {
        self.hops.iter().any(|hop| matches!(hop, Hop::Filter(_)))
    }
}

impl<'a> Hop<'a> {
    /// The foreign key that it follows.
    fn link(&self) -> Option<Link<'a>> {
        match self {
            Self::Outbound(link) | Self::Inbound(link) => Some(*link),
            Self::Filter(_) => None,
        }
    }

    /// As ERMrest writes it.
    pub(super) fn path(&self) -> String {
        match self {
            Self::Outbound(link) => link.outbound(),
            Self::Inbound(link) => link.inbound(),
            Self::Filter(text) => text.clone(),
        }
    }
}

/// What tells ways from each other, whatever else is said of them. The same way is called the same, whether it
/// is given by a directive or by the name of a foreign key.
pub(super) fn name(hops: &[Hop<'_>], column: &str, more: &[&str]) -> String {
    if hops.is_empty() && more.iter().all(|text| text.is_empty()) {
        return column.to_owned();
    }
    let mut parts: Vec<_> = hops
        .iter()
        .map(|hop| match hop {
            Hop::Outbound(link) => json!({ "outbound": link.foreign_key.names.first() }),
            Hop::Inbound(link) => json!({ "inbound": link.foreign_key.names.first() }),
            Hop::Filter(text) => json!({ "filter": text }),
        })
        .collect();
    parts.push(json!(column));
    format!("{}{}", Value::Array(parts), more.concat())
}

fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// What a table defines under a name. Names of columns, and those of search boxes, cannot be defined.
fn definition<'a>(table: TableIn<'a>, key: &str) -> Option<&'a Value> {
    let is_reserved = key.starts_with('$') || key == "search-box" || table.column(key).is_some();
    let said = table.table.annotations.get(SOURCE_DEFINITIONS)?;
    said.get("sources")?.get(key).filter(|_| !is_reserved)
}

/// Follows a source; `around` are the definitions that begin with the one at work.
fn walk<'a>(table: TableIn<'a>, source: &'a Value, around: &[&'a str]) -> Option<Way<'a>> {
    let Some(parts) = source.as_array() else {
        return Some((Vec::new(), table, source.as_str()?));
    };
    let (column, nodes) = parts.split_last()?;
    let (mut hops, mut end) = (Vec::new(), table);
    for (index, node) in nodes.iter().enumerate() {
        if let Some(key) = text(node, "sourcekey") {
            if index > 0 || around.contains(&key) {
                return None;
            }
            let mut around = around.to_vec();
            around.push(key);
            let before = definition(table, key)?.get("source")?;
            let (before, reached, _) = walk(table, before, &around)?;
            if !before.iter().any(|hop| hop.link().is_some()) {
                return None;
            }
            (hops, end) = (before, reached);
        } else if is_filter(node) {
            hops.push(Hop::Filter(filter(end, node)?));
        } else {
            let (hop, reached) = step(end, node)?;
            hops.push(hop);
            end = reached;
        }
    }
    Some((hops, end, column.as_str()?))
}

/// Follows one foreign key.
fn step<'a>(table: TableIn<'a>, node: &'a Value) -> Option<(Hop<'a>, TableIn<'a>)> {
    let (constraint, is_inbound) = match node.get("inbound") {
        Some(constraint) => (constraint, true),
        None => (node.get("outbound")?, false),
    };
    let link = named(table, constraint)?;
    let begins_here = if is_inbound { link.to.is(table) } else { link.from.is(table) };
    let hop =
        if is_inbound { (Hop::Inbound(link), link.from) } else { (Hop::Outbound(link), link.to) };
    begins_here.then_some(hop)
}

/// The foreign key of a catalogue that a pair of names is.
pub(super) fn named<'a>(table: TableIn<'a>, pair: &Value) -> Option<Link<'a>> {
    let [schema, name] = pair.as_array()?.as_slice() else { return None };
    table.catalogue.link(schema.as_str()?, name.as_str()?)
}
