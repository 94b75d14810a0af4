//! A search as `/api/v1/search` takes it, held against objects as they were saved.
//!
//! What it means is easydb's documentation of that call. What saved objects do not tell (who changed
//! them) cannot be searched for, and is refused by name rather than found nowhere.

mod element;
mod field;
mod words;
mod span;

use std::collections::HashSet;

use serde_json::{Map, Value};

use self::element::Element;
use crate::{Search, SourceError};

/// A search that can be asked of objects.
#[derive(Debug, Default)]
pub(super) struct Query {
    /// The object types that are looked for; all where there are none.
    types: Vec<String>,
    /// What must hold for the number, so that most objects need not be read.
    numbers: Vec<Numbers>,
    clauses: Clauses,
}

/// Some numbers of objects.
#[derive(Debug)]
enum Numbers {
    /// From one to another, both inclusive.
    Range(u64, u64),
    /// These.
    Among(HashSet<u64>),
}

/// Elements of a search, by what they are to the whole.
#[derive(Debug, Default)]
struct Clauses {
    must: Vec<Element>,
    must_not: Vec<Element>,
    should: Vec<Element>,
}

/// What is looked at: an object, and the row of it that a nested search is at.
#[derive(Debug, Clone, Copy)]
struct Sight<'o> {
    object: &'o Value,
    row: Option<(&'o str, &'o Value)>,
}

impl Query {
    /// Reads a search. What orders and limits its answers says nothing here.
    pub(super) fn new(search: Option<&Search>) -> Result<Self, SourceError> {
        let Some(search) = search else { return Ok(Self::default()) };
        let types = match search.get("objecttypes") {
            None | Some(Value::Null) => Vec::new(),
            Some(types) => {
                texts(types).ok_or_else(|| refused("\"objecttypes\" is no list of names"))?
            }
        };
        if let Some(kind) = search.get("type").filter(|kind| !kind.is_null())
            && kind != "object"
        {
            return Err(refused(&format!("it looks for {kind}, and objects are exported")));
        }
        let mut clauses = Clauses::new(search.get("search"))?;
        let (numbers, must) =
            clauses.must.into_iter().partition::<Vec<_>, _>(Element::is_of_number);
        clauses.must = must;
        let numbers = numbers.into_iter().filter_map(Element::into_numbers).collect();
        Ok(Self { types, numbers, clauses })
    }

    /// Whether it may give an object with this number.
    pub(super) fn may_give(&self, number: u64) -> bool {
        self.numbers.iter().all(|numbers| match numbers {
            Numbers::Range(from, to) => (*from..=*to).contains(&number),
            Numbers::Among(set) => set.contains(&number),
        })
    }

    /// Whether it asks for more than numbers, so that objects must be read.
    pub(super) fn must_read(&self) -> bool {
        !self.types.is_empty() || !self.clauses.is_empty()
    }

    /// Whether it gives this object, of those that it may give. One that is no JSON is given: whoever reads
    /// it will tell.
    pub(super) fn gives(&self, object: &[u8]) -> bool {
        if !self.must_read() {
            return true;
        }
        let Ok(object) = serde_json::from_slice::<Value>(object) else { return true };
        let kind = object.get("_objecttype").and_then(Value::as_str);
        let is_of_type = self.types.is_empty()
            || kind.is_some_and(|kind| self.types.iter().any(|wanted| wanted == kind));
        is_of_type && self.clauses.hold(&Sight { object: &object, row: None })
    }
}

impl Clauses {
    /// Reads a list of elements.
    fn new(elements: Option<&Value>) -> Result<Self, SourceError> {
        let mut clauses = Self::default();
        let list = match elements {
            None | Some(Value::Null) => return Ok(clauses),
            Some(Value::Array(list)) => list,
            Some(_) => return Err(refused("\"search\" is no list")),
        };
        for element in list {
            let map = element.as_object().ok_or_else(|| refused("an element is no object"))?;
            let clause = match text(map, "bool") {
                None | Some("must") => &mut clauses.must,
                Some("must_not") => &mut clauses.must_not,
                Some("should") => &mut clauses.should,
                Some(other) => return Err(refused(&format!("\"bool\" is {other:?}"))),
            };
            clause.push(Element::new(map)?);
        }
        Ok(clauses)
    }

    fn is_empty(&self) -> bool {
        self.must.is_empty() && self.must_not.is_empty() && self.should.is_empty()
    }

    /// Whether all that must hold does, nothing that must not, and one at least of those that should.
    fn hold(&self, sight: &Sight<'_>) -> bool {
        self.must.iter().all(|element| element.holds(sight))
            && !self.must_not.iter().any(|element| element.holds(sight))
            && (self.should.is_empty() || self.should.iter().any(|element| element.holds(sight)))
    }
}

fn text<'m>(map: &'m Map<String, Value>, key: &str) -> Option<&'m str> {
    map.get(key).and_then(Value::as_str)
}

/// A list of texts, or a single one; nothing where it is something else.
fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Array(list) => list.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
    }
}

fn refused(why: &str) -> SourceError {
    SourceError::Refused { what: format!("a folder of saved answers cannot be searched so: {why}") }
}

#[cfg(test)]
mod tests;
