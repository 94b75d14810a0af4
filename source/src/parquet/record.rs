//! From the values of many columns back to one record's: a cell, or a JSON document where a column
//! has columns below it.

use super::leaf::Leaf;
use super::shape::{Field, Node, What, quoted};
use crate::files::MAX_RECORD_BYTES;
use crate::page::Kind;

/// The leaves of a field, by their places in the file from `first` on.
pub(super) struct Leaves<'l> {
    pub(super) first: usize,
    pub(super) leaves: &'l mut [Leaf],
}

impl Leaves<'_> {
    fn get(&mut self, leaf: usize) -> &mut Leaf {
        &mut self.leaves[leaf - self.first]
    }

    /// Passes over the place where something is not there.
    fn pass(&mut self, node: &Node) {
        for leaf in node.leaves.clone() {
            self.get(leaf).pass();
        }
    }
}

/// Puts a field's value into a text, and says what it is.
pub(super) fn cell(
    field: &Field,
    mut leaves: Leaves<'_>,
    out: &mut String,
) -> Result<Kind, String> {
    out.clear();
    let node = &field.node;
    if leaves.get(node.leaves.start).definition() < node.present {
        leaves.pass(node);
        return Ok(Kind::Null);
    }
    match &node.what {
        What::Leaf(form) => leaves.get(node.leaves.start).write(*form, out),
        What::Struct(_) | What::List { .. } | What::Map { .. } => {
            json(node, &mut leaves, out)?;
            Ok(Kind::Json)
        }
    }
}

fn json(node: &Node, leaves: &mut Leaves<'_>, out: &mut String) -> Result<(), String> {
    let first = node.leaves.start;
    if out.len() > MAX_RECORD_BYTES {
        return Err("a value longer than 64 MiB".to_owned());
    }
    if leaves.get(first).definition() < node.present {
        leaves.pass(node);
        out.push_str("null");
        return Ok(());
    }
    match &node.what {
        What::Leaf(form) => {
            let start = out.len();
            let kind = leaves.get(first).write(*form, out)?;
            match kind {
                Kind::Null => out.push_str("null"),
                Kind::Text => {
                    let text = quoted(&out[start..]);
                    out.truncate(start);
                    out.push_str(&text);
                }
                Kind::Number | Kind::Bool | Kind::Json => {}
            }
        }
        What::Struct(columns) => {
            out.push('{');
            for (nth, (name, column)) in columns.iter().enumerate() {
                if nth > 0 {
                    out.push(',');
                }
                out.push_str(name);
                out.push(':');
                json(column, leaves, out)?;
            }
            out.push('}');
        }
        What::List { repeat, filled, item } => {
            out.push('[');
            items(node, (*repeat, *filled), leaves, out, |leaves, out| json(item, leaves, out))?;
            out.push(']');
        }
        What::Map { repeat, filled, key, value } => {
            let is_named = matches!(key.what, What::Leaf(super::form::Form::Text));
            out.push(if is_named { '{' } else { '[' });
            items(node, (*repeat, *filled), leaves, out, |leaves, out| {
                if is_named {
                    json(key, leaves, out)?;
                    out.push(':');
                    return json(value, leaves, out);
                }
                out.push_str("{\"key\":");
                json(key, leaves, out)?;
                out.push_str(",\"value\":");
                json(value, leaves, out)?;
                out.push('}');
                Ok(())
            })?;
            out.push(if is_named { '}' } else { ']' });
        }
    }
    Ok(())
}

/// Puts items, with commas between them.
fn items(
    node: &Node,
    (repeat, filled): (i16, i16),
    leaves: &mut Leaves<'_>,
    out: &mut String,
    mut item: impl FnMut(&mut Leaves<'_>, &mut String) -> Result<(), String>,
) -> Result<(), String> {
    let first = node.leaves.start;
    if leaves.get(first).definition() < filled {
        leaves.pass(node);
        return Ok(());
    }
    loop {
        item(leaves, out)?;
        if leaves.get(first).repetition() < repeat {
            return Ok(());
        }
        out.push(',');
    }
}
