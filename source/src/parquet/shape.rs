//! The tree of a file's columns: which values stand alone, and which in lists, maps and structs.

use std::ops::Range;

use parquet::basic::{ConvertedType, LogicalType, Repetition};
use parquet::schema::types::{SchemaDescriptor, Type};

use super::form::Form;

/// A column of the file, as a record has it.
#[derive(Debug)]
pub(super) struct Field {
    /// Its name.
    pub(super) name: String,
    /// What it holds.
    pub(super) node: Node,
}

impl Field {
    /// The leaves below it, by their places in the file.
    pub(super) fn leaves(&self) -> Range<usize> {
        self.node.leaves.clone()
    }

    /// The form of its values, where it has no columns below it.
    pub(super) fn form(&self) -> Option<Form> {
        match self.node.what {
            What::Leaf(form) => Some(form),
            What::Struct(_) | What::List { .. } | What::Map { .. } => None,
        }
    }
}

/// A place in the tree.
#[derive(Debug)]
pub(super) struct Node {
    /// The definition level from which on there is a value.
    pub(super) present: i16,
    /// The leaves below it.
    pub(super) leaves: Range<usize>,
    /// What it holds.
    pub(super) what: What,
}

/// What a place holds.
#[derive(Debug)]
pub(super) enum What {
    /// One value.
    Leaf(Form),
    /// Values by name; the names as JSON.
    Struct(Vec<(String, Node)>),
    /// Any number of values.
    List {
        /// The repetition level of its items after the first.
        repeat: i16,
        /// The definition level from which on there is an item.
        filled: i16,
        /// An item.
        item: Box<Node>,
    },
    /// Any number of values by keys.
    Map {
        /// As of a list.
        repeat: i16,
        /// As of a list.
        filled: i16,
        /// A key.
        key: Box<Node>,
        /// What it leads to.
        value: Box<Node>,
    },
}

/// The columns of a file; errs with what cannot be.
pub(super) fn fields(schema: &SchemaDescriptor) -> Result<Vec<Field>, String> {
    let mut leaves = 0;
    let mut fields: Vec<Field> = Vec::new();
    for column in schema.root_schema().get_fields() {
        if fields.iter().any(|field| field.name == column.name()) {
            return Err(format!("it has two columns {:?}", column.name()));
        }
        let node = node(column, 0, 0, &mut leaves)?;
        fields.push(Field { name: column.name().to_owned(), node });
    }
    Ok(fields)
}

/// A column below levels.
fn node(column: &Type, present: i16, repeat: i16, leaves: &mut usize) -> Result<Node, String> {
    let info = column.get_basic_info();
    let repetition = if info.has_repetition() { info.repetition() } else { Repetition::REQUIRED };
    match repetition {
        Repetition::REQUIRED => value(column, present, repeat, leaves),
        Repetition::OPTIONAL => value(column, present + 1, repeat, leaves),
        // A list without a name of its own.
        Repetition::REPEATED => {
            let first = *leaves;
            let item = value(column, present + 1, repeat + 1, leaves)?;
            Ok(list(first, present, repeat, item))
        }
    }
}

fn list(first: usize, present: i16, repeat: i16, item: Node) -> Node {
    let leaves = first..item.leaves.end;
    let what = What::List { repeat: repeat + 1, filled: present + 1, item: Box::new(item) };
    Node { present, leaves, what }
}

/// What a column holds where it is there.
fn value(column: &Type, present: i16, repeat: i16, leaves: &mut usize) -> Result<Node, String> {
    let first = *leaves;
    if column.is_primitive() {
        *leaves += 1;
        return Ok(Node { present, leaves: first..*leaves, what: What::Leaf(Form::of(column)?) });
    }
    if let Some(items) = within(column, is_list) {
        let item = item(column, items, present + 1, repeat + 1, leaves)?;
        return Ok(list(first, present, repeat, item));
    }
    if let Some(entries) = within(column, is_map)
        && let [key, value] = entries.get_fields()
    {
        let key = Box::new(node(key, present + 1, repeat + 1, leaves)?);
        let value = Box::new(node(value, present + 1, repeat + 1, leaves)?);
        let what = What::Map { repeat: repeat + 1, filled: present + 1, key, value };
        return Ok(Node { present, leaves: first..*leaves, what });
    }
    let mut columns = Vec::new();
    for column in column.get_fields() {
        columns.push((quoted(column.name()), node(column, present, repeat, leaves)?));
    }
    if columns.is_empty() {
        return Err(format!("the column {:?} has nothing in it", column.name()));
    }
    Ok(Node { present, leaves: first..*leaves, what: What::Struct(columns) })
}

/// The repeated group below a list or a map.
fn within(column: &Type, is: fn(&Type) -> bool) -> Option<&Type> {
    match column.get_fields() {
        [only] if is(column) && is_repeated(only) => Some(only),
        _ => None,
    }
}

/// An item of a list: what stands in the repeated group; or that itself, as old writers wrote it.
///
/// <https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#backward-compatibility-rules>
fn item(
    column: &Type,
    items: &Type,
    present: i16,
    repeat: i16,
    leaves: &mut usize,
) -> Result<Node, String> {
    if items.is_primitive() {
        return value(items, present, repeat, leaves);
    }
    match items.get_fields() {
        [only]
            if !is_repeated(only)
                && items.name() != "array"
                && items.name() != format!("{}_tuple", column.name()) =>
        {
            node(only, present, repeat, leaves)
        }
        _ => value(items, present, repeat, leaves),
    }
}

fn is_list(column: &Type) -> bool {
    let info = column.get_basic_info();
    info.logical_type_ref() == Some(&LogicalType::List)
        || info.converted_type() == ConvertedType::LIST
}

fn is_map(column: &Type) -> bool {
    let info = column.get_basic_info();
    info.logical_type_ref() == Some(&LogicalType::Map)
        || matches!(info.converted_type(), ConvertedType::MAP | ConvertedType::MAP_KEY_VALUE)
}

fn is_repeated(column: &Type) -> bool {
    let info = column.get_basic_info();
    info.has_repetition() && info.repetition() == Repetition::REPEATED
}

/// A text as JSON.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
