//! What a record of a table shows, as far as exports are concerned.

use std::collections::BTreeSet;

use serde_json::Value;

use super::asset::Asset;
use super::context;
use super::related::Related;
use super::source::{self, Directive, Hop};
use super::usual;
use crate::deriva::order;
use crate::deriva::schema::{Column, Link, TableIn, VISIBLE_COLUMNS};

/// Something that is shown.
#[derive(Debug)]
pub(super) enum Shown<'a> {
    /// A column of the table.
    Column(&'a str),
    /// Columns that tell rows apart.
    Key(Vec<&'a str>),
    /// A column of addresses of files, with those that describe the files.
    Asset(Asset<'a>),
    /// The row of another table to which these foreign keys lead.
    Row(Vec<Link<'a>>),
    /// Rows of another table.
    Rows(Related<'a>),
    /// What is made of others, or of texts, and is not exported.
    Made,
}

/// The pages that a list of columns may be meant for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Page {
    /// A list of rows.
    List,
    /// One row, with all that belongs to it.
    Record,
}

/// What is exported of a table: what is said for exports from a page, otherwise what a record shows.
pub(super) fn for_export(table: TableIn<'_>, page: Page) -> Vec<Shown<'_>> {
    let context = match page {
        Page::List => "export/compact",
        Page::Record => "export/detailed",
    };
    let said = table.table.annotations.get(VISIBLE_COLUMNS);
    let is_said = said.is_some_and(|said| context::list_itself(said, context).is_some());
    shown(table, if is_said { context } else { "detailed" })
}

/// What is shown in a context. What the caller may not see is left out.
pub(super) fn shown<'a>(table: TableIn<'a>, context: &str) -> Vec<Shown<'a>> {
    let said = table.table.annotations.get(VISIBLE_COLUMNS);
    let shown = match said.and_then(|said| context::list(said, context)) {
        Some(list) => annotated(table, list),
        None => usual::shown(table),
    };
    shown.into_iter().filter(|one| !one.is_hidden(table)).collect()
}

fn annotated<'a>(table: TableIn<'a>, list: &'a [Value]) -> Vec<Shown<'a>> {
    let (assets, mut names, mut shown) = (Asset::all(table), BTreeSet::new(), Vec::new());
    for one in list {
        let found = match one {
            Value::String(column) => {
                let column = table.column(column);
                column.map(|column| (column.name.clone(), plain(&assets, &column.name)))
            }
            Value::Array(_) => constraint(table, one),
            Value::Object(_) => directed(table, one, &assets),
            Value::Null | Value::Bool(_) | Value::Number(_) => None,
        };
        if let Some((name, one)) = found
            && (name.is_empty() || names.insert(name))
        {
            shown.push(one);
        }
    }
    shown
}

/// A column, which may be one of addresses.
fn plain<'a>(assets: &[Asset<'a>], column: &'a str) -> Shown<'a> {
    let asset = assets.iter().find(|asset| asset.url == column);
    asset.map_or(Shown::Column(column), |asset| Shown::Asset(*asset))
}

/// What a pair of names stands for: a foreign key from or to the table, or one of its keys.
fn constraint<'a>(table: TableIn<'a>, pair: &'a Value) -> Option<(String, Shown<'a>)> {
    if let Some(link) = source::named(table, pair) {
        if link.from.is(table) {
            return Some((outbound_name(link), Shown::Row(vec![link])));
        }
        let related = link.to.is(table).then(|| Related::by_link(link));
        return related.map(|related| (related.name.clone(), Shown::Rows(related)));
    }
    let [schema, name] = pair.as_array()?.as_slice() else { return None };
    let (schema, name) = (schema.as_str()?, name.as_str()?);
    let key = table.table.keys.iter().find(|key| key.is_named(schema, name))?;
    let mut columns: Vec<_> = key.unique_columns.iter().map(String::as_str).collect();
    columns.sort_by(|left, right| order::by_name(left, right));
    let own = match columns.as_slice() {
        [column] => source::name(&[], column, &["self"]),
        _ => format!("key {schema}_{name}"),
    };
    Some((own, Shown::Key(columns)))
}

/// What a directive stands for.
fn directed<'a>(
    table: TableIn<'a>,
    one: &'a Value,
    assets: &[Asset<'a>],
) -> Option<(String, Shown<'a>)> {
    let is_text =
        |value: Option<&Value>| value.and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    if one.get("source").is_none() && one.get("sourcekey").is_none() {
        // A text that is drawn from others; there may be several of a name.
        let pattern = one.get("display").and_then(|display| display.get("markdown_pattern"));
        let is_drawn = is_text(one.get("markdown_name")) && is_text(pattern);
        return is_drawn.then(|| (String::new(), Shown::Made));
    }
    let way = Directive::read(table, one)?;
    // A value that the caller may not see is not even counted.
    let made = || {
        let is_hidden = way.end.column(way.column).is_some_and(Column::is_hidden);
        (!is_hidden).then_some(Shown::Made)
    };
    let shown = if way.is_aggregate {
        made()?
    } else if way.is_many() {
        Shown::Rows(way.is_entity.then(|| Related::by_directive(&way))?)
    } else if way.is_filtered() {
        return None;
    } else if way.is_self && way.hops.is_empty() {
        table.is_telling(way.column).then(|| Shown::Key(vec![way.column]))?
    } else if way.hops.is_empty() {
        plain(assets, way.column)
    } else if way.is_entity {
        Shown::Row(way.links().collect())
    } else {
        made()?
    };
    Some((way.name, shown))
}

/// What tells the row at the end of a foreign key from others that are shown.
pub(super) fn outbound_name(link: Link<'_>) -> String {
    let key = link.to.shortest_key();
    source::name(&[Hop::Outbound(link)], key.first().copied().unwrap_or_default(), &[])
}

impl Shown<'_> {
    /// Whether the caller may not see it.
    fn is_hidden(&self, table: TableIn<'_>) -> bool {
        let is_hidden = |name: &str| table.column(name).is_some_and(Column::is_hidden);
        match self {
            Self::Column(column) => is_hidden(column),
            Self::Key(columns) => columns.iter().any(|column| is_hidden(column)),
            Self::Asset(asset) => is_hidden(asset.url),
            Self::Row(links) => links.iter().any(|link| link.is_hidden()),
            Self::Rows(related) => related.is_hidden,
            Self::Made => false,
        }
    }
}
