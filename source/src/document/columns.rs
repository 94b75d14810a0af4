//! Which values of a record are wanted, and under which conditions: one pass over the line, with
//! everything else passed over.

use std::collections::HashMap;

use proto::filter::{Condition, Where};
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{Key, check_braces, check_object, invalid, line_text};
use crate::json::{self, Decoded};
use crate::page::{Kind, Page};

/// The cells of a row, and the conditions it must meet.
#[derive(Debug)]
pub(crate) struct Columns {
    whole: Whole,
    /// The slot of each cell, in the order of the row.
    cells: Vec<usize>,
    filter: Vec<(usize, Condition)>,
    slots: Slots,
}

/// Whether a row begins with the whole record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whole {
    First,
    Absent,
}

/// Whether a record is part of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// Its cells are in the page.
    Row,
    /// It does not meet the conditions.
    LeftOut,
}

/// The keys that are looked for, each once.
#[derive(Debug, Default)]
struct Slots {
    by_key: HashMap<String, usize>,
    /// The keys of the last record and their slots: most often, the next record has the same in the
    /// same order, and each key is compared once.
    order: Vec<(String, Option<usize>)>,
}

impl Columns {
    /// The columns of fields and besides; without fields, the record itself comes first.
    pub(crate) fn new(fields: Option<&[String]>, besides: &[String], filter: &Where) -> Self {
        let mut slots = Slots::default();
        let whole = if fields.is_some() { Whole::Absent } else { Whole::First };
        let names = fields.unwrap_or_default().iter().chain(besides);
        let cells = names.map(|name| slots.slot(name)).collect();
        let filter =
            filter.iter().map(|(name, condition)| (slots.slot(name), condition.clone())).collect();
        Self { whole, cells, filter, slots }
    }

    /// How many cells a row has.
    pub(crate) fn width(&self) -> usize {
        self.cells.len() + usize::from(self.whole == Whole::First)
    }

    /// Puts a line's cells into a page, some of them only where it is broken; errs with what is
    /// wrong with it.
    pub(crate) fn take(&mut self, line: &[u8], page: &mut Page) -> Result<Taken, String> {
        let text = line_text(line)?;
        if self.slots.by_key.is_empty() {
            check_object(text)?;
            page.push(Kind::Json, text);
            return Ok(Taken::Row);
        }
        check_braces(text)?;
        let mut found = vec![None; self.slots.by_key.len()];
        let mut parser = serde_json::Deserializer::from_str(text);
        let visitor = Values { slots: &mut self.slots, found: &mut found };
        parser
            .deserialize_map(visitor)
            .and_then(|()| parser.end())
            .map_err(|error| invalid(&error))?;
        let cell = |slot: usize| match found[slot] {
            Some(raw) => json::decoded(raw.get()).map_err(|error| error.to_string()),
            None => Ok(Decoded::NULL),
        };
        for (slot, condition) in &self.filter {
            let Decoded { kind, text, .. } = cell(*slot)?;
            if !condition.matches((kind != Kind::Null).then_some(&*text)) {
                return Ok(Taken::LeftOut);
            }
        }
        if self.whole == Whole::First {
            page.push(Kind::Json, text);
        }
        for slot in &self.cells {
            let Decoded { kind, text, halves } = cell(*slot)?;
            page.push(kind, &text);
            page.replaced(halves);
        }
        Ok(Taken::Row)
    }
}

/// Takes an object's values into their slots; of a key that comes twice, the last one.
struct Values<'s, 'l> {
    slots: &'s mut Slots,
    found: &'s mut [Option<&'l RawValue>],
}

impl<'de> Visitor<'de> for Values<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut nth = 0;
        while let Some(Key(key)) = map.next_key()? {
            match self.slots.find(nth, &key) {
                Some(slot) => self.found[slot] = Some(map.next_value()?),
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
            nth += 1;
        }
        Ok(())
    }
}

/// Longest order of keys that is remembered; records with more are looked up key by key.
const MAX_ORDER: usize = 1000;

impl Slots {
    /// The slot of a name, a new one where it has none yet.
    fn slot(&mut self, name: &str) -> usize {
        let next = self.by_key.len();
        *self.by_key.entry(name.to_owned()).or_insert(next)
    }

    /// The slot of a record's `nth` key, where it is wanted.
    fn find(&mut self, nth: usize, key: &str) -> Option<usize> {
        if let Some((_, slot)) = self.order.get(nth).filter(|(expected, _)| expected == key) {
            return *slot;
        }
        let slot = self.by_key.get(key).copied();
        if nth < self.order.len() {
            self.order[nth] = (key.to_owned(), slot);
        } else if nth == self.order.len() && nth < MAX_ORDER {
            self.order.push((key.to_owned(), slot));
        }
        slot
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::Met;

    fn taken(
        fields: Option<&[&str]>,
        besides: &[&str],
        line: &str,
    ) -> Result<Vec<(Kind, String)>, String> {
        let owned =
            |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let fields = fields.map(owned);
        let mut columns = Columns::new(fields.as_deref(), &owned(besides), &Where::new());
        let mut page = Page::new(columns.width());
        columns.take(line.as_bytes(), &mut page)?;
        let row = page.rows().next().unwrap();
        Ok(row.cells(columns.width()).map(|cell| (cell.kind, cell.text.to_owned())).collect())
    }

    fn check(line: &str, fields: &[&str], expected: &[(Kind, &str)]) {
        let expected: Vec<(Kind, String)> =
            expected.iter().map(|(kind, text)| (*kind, (*text).to_owned())).collect();
        assert_eq!(taken(Some(fields), &[], line).unwrap(), expected);
    }

    #[test]
    fn values_keep_their_spelling() {
        check(
            r#"{"a":0.0,"b":12345678901234567890,"c":1e400,"d":"x\n","e":{"z": [1]},"f":null}"#,
            &["a", "b", "c", "d", "e", "f", "g", "a"],
            &[
                (Kind::Number, "0.0"),
                (Kind::Number, "12345678901234567890"),
                (Kind::Number, "1e400"),
                (Kind::Text, "x\n"),
                (Kind::Json, r#"{"z": [1]}"#),
                (Kind::Null, ""),
                (Kind::Null, ""),
                (Kind::Number, "0.0"),
            ],
        );
    }

    #[test]
    fn of_a_key_that_comes_twice_the_last_one_counts() {
        check(r#"{"a":1,"\u0061":2}"#, &["a"], &[(Kind::Number, "2")]);
    }

    #[test]
    fn without_fields_the_record_itself_comes_first() {
        let line = " {\"a\" : 1.0}\r\n";
        let whole = (Kind::Json, "{\"a\" : 1.0}".to_owned());
        assert_eq!(taken(None, &[], line).unwrap(), std::slice::from_ref(&whole));
        assert_eq!(taken(None, &["a"], line).unwrap(), [whole, (Kind::Number, "1.0".to_owned())]);
    }

    #[test]
    fn half_a_surrogate_pair_is_replaced_and_counted_where_it_is_shown() {
        let line = r#"{"a":"\ud800\ud800","b":1}"#;
        for (field, expected) in [("a", 2), ("b", 0)] {
            let mut columns = Columns::new(Some(&[field.to_owned()]), &[], &Where::new());
            let mut page = Page::new(1);
            columns.take(line.as_bytes(), &mut page).unwrap();
            page.met(|| Met { place: None, text: line.to_owned() });
            assert_eq!((page.halves().count, page.halves_in(0)), (expected, expected));
        }
        let text = (Kind::Text, "\u{FFFD}\u{FFFD}".to_owned());
        assert_eq!(taken(Some(&["a"]), &[], line).unwrap(), [text]);
    }

    #[test]
    fn conditions_see_strings_unescaped_and_missing_values_as_null() {
        let matches = |filter: &str, line: &str| {
            let filter: Where = serde_json::from_str(filter).unwrap();
            let mut columns = Columns::new(None, &[], &filter);
            columns.take(line.as_bytes(), &mut Page::new(1)).unwrap() == Taken::Row
        };
        assert!(matches(r#"{"a": "ä"}"#, r#"{"a":"\u00e4"}"#));
        assert!(matches(r#"{"a": null}"#, r#"{"b":1}"#));
        assert!(!matches(r#"{"a": {"gt": 2}}"#, r#"{"a":1.5}"#));
    }
}
