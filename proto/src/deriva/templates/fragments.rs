//! Fragments: parts of templates that have a name and are put where that stands.

use serde_json::{Map, Value, json};

use super::bag;
use super::flaw::Flaw;
use crate::deriva::schema::{EXPORT_FRAGMENTS, TableIn};

/// The key by which a template names a fragment.
const KEY: &str = "fragment_key";

/// Names of fragments that begin so are ours: those of annotations are left out.
const OWN: char = '$';

/// How many values a template may have once its fragments are in it. Fragments that name others twice grow by
/// doubling.
const MAX_VALUES: usize = 100_000;

/// How deep fragments may stand in each other.
const MAX_DEPTH: usize = 200;

/// The fragments that the templates of a table may name.
pub(super) struct Fragments<'a> {
    own: Map<String, Value>,
    /// What the table, its schema and its catalogue define: the first one to define a name is meant.
    defined: Vec<&'a Map<String, Value>>,
}

impl<'a> Fragments<'a> {
    /// The fragments of a table.
    pub(super) fn of(table: TableIn<'a>) -> Self {
        let levels =
            [&table.table.annotations, &table.schema.annotations, &table.catalogue.annotations];
        let maps = levels.into_iter().filter_map(|level| level.get(EXPORT_FRAGMENTS)?.as_object());
        let outputs = bag::outputs(table);
        // Nothing instead of an empty list: a template without outputs is none.
        let outputs = if outputs.is_empty() { Value::Null } else { json!(outputs) };
        let own = [
            (
                "$chaise_default_bdbag_template",
                json!({
                    "type": "BAG",
                    "displayname": { KEY: "$chaise_default_bdbag_displayname" },
                    "outputs": [{ KEY: "$chaise_default_bdbag_outputs" }],
                }),
            ),
            ("$chaise_default_bdbag_displayname", json!(bag::DISPLAY_NAME)),
            ("$chaise_default_bdbag_outputs", outputs),
        ];
        let own = own.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { own, defined: maps.collect() }
    }

    fn get(&self, name: &str) -> Option<&Value> {
        if name.starts_with(OWN) {
            return self.own.get(name);
        }
        self.defined.iter().find_map(|level| level.get(name))
    }

    /// A template with its fragments in it. Lists in lists become one, so that a fragment can stand for several
    /// elements; a template that is itself a fragment may become a list of them.
    pub(super) fn put_into(&self, template: &Value) -> Result<Value, Flaw> {
        Putting { fragments: self, used: Vec::new(), left: MAX_VALUES, depth: 0 }.value(template)
    }
}

/// The work on one template.
struct Putting<'f> {
    fragments: &'f Fragments<'f>,
    /// The fragments around the value that is at work, the outermost first.
    used: Vec<String>,
    left: usize,
    depth: usize,
}

impl Putting<'_> {
    fn value(&mut self, value: &Value) -> Result<Value, Flaw> {
        self.left = self.left.checked_sub(1).ok_or(Flaw::TooLarge)?;
        if self.depth == MAX_DEPTH {
            return Err(Flaw::TooLarge);
        }
        self.depth += 1;
        let whole = match value {
            Value::Null => Err(Flaw::Null { fragments: self.used.clone() }),
            Value::Array(list) => self.list(list),
            Value::Object(object) => match object.get(KEY) {
                Some(name) => self.fragment(name),
                None => self.object(object),
            },
            Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(value.clone()),
        };
        self.depth -= 1;
        whole
    }

    fn list(&mut self, list: &[Value]) -> Result<Value, Flaw> {
        let mut whole = Vec::with_capacity(list.len());
        for value in list {
            let one = self.value(value)?;
            if let Value::Array(several) = one {
                whole.extend(several);
            } else {
                whole.push(one);
            }
        }
        Ok(Value::Array(whole))
    }

    fn object(&mut self, object: &Map<String, Value>) -> Result<Value, Flaw> {
        let mut whole = Map::new();
        for (key, value) in object {
            whole.insert(key.clone(), self.value(value)?);
        }
        Ok(Value::Object(whole))
    }

    fn fragment(&mut self, name: &Value) -> Result<Value, Flaw> {
        let name = name.as_str().map_or_else(|| name.to_string(), str::to_owned);
        if self.used.contains(&name) {
            let mut names = self.used.clone();
            names.push(name);
            return Err(Flaw::Circle { names });
        }
        let fragments = self.fragments;
        let Some(value) = fragments.get(&name) else {
            return Err(Flaw::UnknownFragment { name });
        };
        self.used.push(name);
        let whole = self.value(value);
        self.used.pop();
        whole
    }
}
