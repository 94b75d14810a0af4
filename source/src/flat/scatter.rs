//! Taking a value apart by its rule: the same walk for whoever learns the places and for whoever
//! fills them.

use std::borrow::Cow;

use super::rules::Rule;
use crate::page::Kind;
use crate::walk::{Begun, Malformed, Nth, Walk, unescape};

/// Who is told what is at which place.
pub(super) trait Taker<'j> {
    /// The place of an object's value; nothing where it is not wanted.
    fn key(&mut self, node: usize, key: &str) -> Option<usize>;

    /// The place of a list's item.
    fn item(&mut self, node: usize, nth: u32) -> Option<usize>;

    /// The place of all items of a list.
    fn each(&mut self, node: usize) -> Option<usize>;

    /// Takes a value.
    fn take(&mut self, node: usize, value: Value<'j>) -> Result<(), Malformed>;
}

/// A value at its place.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value<'j> {
    /// As a cell has it.
    Cell(Kind, &'j str),
    /// A string with escapes.
    Escaped(&'j str),
}

impl<'j> Value<'j> {
    fn of(raw: &'j str) -> Result<Self, Malformed> {
        Ok(match Walk::new(raw).begin()? {
            Begun::Object | Begun::List => Self::Cell(Kind::Json, raw),
            Begun::Text(text) if text.contains('\\') => Self::Escaped(text),
            Begun::Text(text) => Self::Cell(Kind::Text, text),
            Begun::Number(number) => Self::Cell(Kind::Number, number),
            Begun::Bool(bool) => Self::Cell(Kind::Bool, bool),
            Begun::Null => Self::Cell(Kind::Null, ""),
        })
    }
}

/// Tells the taker every value that the next one in the walk comes apart to.
pub(super) fn scatter<'j>(
    rule: &Rule,
    node: usize,
    walk: &mut Walk<'j>,
    taker: &mut impl Taker<'j>,
) -> Result<(), Malformed> {
    let mut nth = Nth::First;
    let before = walk.clone();
    match (rule, walk.begin()?) {
        (Rule::Apart(_), Begun::Object) => {
            while let Some(key) = walk.key(&mut nth)? {
                let child = taker.key(node, &unescaped(key)?);
                go_on(rule, child, walk, taker)?;
            }
        }
        (Rule::Languages { tags, .. }, Begun::Object) => {
            while let Some(key) = walk.key(&mut nth)? {
                let key = unescaped(key)?;
                let child =
                    if tags.iter().any(|tag| *tag == key) { taker.key(node, &key) } else { None };
                go_on(&Rule::Whole, child, walk, taker)?;
            }
        }
        (Rule::Apart(flatten), Begun::List) => {
            let mut item = 0;
            while walk.item(&mut nth)? {
                let child = if flatten.join.is_some() && !walk.is_before_nested() {
                    taker.each(node)
                } else {
                    taker.item(node, item)
                };
                go_on(rule, child, walk, taker)?;
                item += 1;
            }
        }
        (Rule::Levels { inner, .. }, Begun::List) => {
            let mut level = 0;
            while walk.item(&mut nth)? {
                go_on(inner, taker.item(node, level), walk, taker)?;
                level += 1;
            }
        }
        (Rule::Path { inner, .. }, Begun::List) => {
            while walk.item(&mut nth)? {
                go_on(inner, taker.each(node), walk, taker)?;
            }
        }
        (
            Rule::Whole
            | Rule::Apart(_)
            | Rule::Languages { .. }
            | Rule::Levels { .. }
            | Rule::Path { .. },
            _,
        ) => {
            *walk = before;
            let raw = walk.skip()?;
            taker.take(node, Value::of(raw)?)?;
        }
    }
    Ok(())
}

fn go_on<'j>(
    rule: &Rule,
    child: Option<usize>,
    walk: &mut Walk<'j>,
    taker: &mut impl Taker<'j>,
) -> Result<(), Malformed> {
    match child {
        Some(child) => scatter(rule, child, walk, taker),
        None => walk.skip().map(drop),
    }
}

fn unescaped(raw: &str) -> Result<Cow<'_, str>, Malformed> {
    if !raw.contains('\\') {
        return Ok(Cow::Borrowed(raw));
    }
    let mut text = String::with_capacity(raw.len());
    unescape(raw, |piece| text.push_str(piece))?;
    Ok(Cow::Owned(text))
}
