//! The keys of all records, in the order of their first appearance: the columns of a table.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use super::{Key, line_text};

/// Most keys that are gathered; as many as a definition may name.
const MAX_KEYS: usize = 10_000;

/// Keys, gathered from record after record.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    names: Vec<String>,
    places: HashMap<String, usize>,
    /// The keys of the last record: most often, the next one has the same in the same order.
    order: Vec<usize>,
}

impl Keys {
    /// Adds the keys of a line. One that is no JSON object adds nothing: whoever reads it will tell.
    /// Errs with [`MAX_KEYS`] where there are more.
    pub(crate) fn add(&mut self, line: &[u8]) -> Result<(), usize> {
        let Ok(text) = line_text(line) else { return Ok(()) };
        let mut parser = serde_json::Deserializer::from_str(text);
        let Ok(new) = parser.deserialize_map(&mut *self) else { return Ok(()) };
        for name in new {
            if !self.places.contains_key(&name) {
                if self.names.len() == MAX_KEYS {
                    return Err(MAX_KEYS);
                }
                self.places.insert(name.clone(), self.names.len());
                self.names.push(name);
            }
        }
        Ok(())
    }

    /// The keys, in the order of their first appearance.
    pub(crate) fn into_names(self) -> Vec<String> {
        self.names
    }
}

impl<'de> Visitor<'de> for &mut Keys {
    /// Keys that were not known yet.
    type Value = Vec<String>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut new = Vec::new();
        let mut nth = 0;
        while let Some(Key(key)) = map.next_key()? {
            self.meet(nth, key, &mut new);
            nth += 1;
            map.next_value::<IgnoredAny>()?;
        }
        Ok(new)
    }
}

impl Keys {
    fn meet(&mut self, nth: usize, key: Cow<'_, str>, new: &mut Vec<String>) {
        if self.order.get(nth).is_some_and(|&place| self.names[place] == key) {
            return;
        }
        let Some(&place) = self.places.get(&*key) else {
            new.push(key.into_owned());
            return;
        };
        if nth < self.order.len() {
            self.order[nth] = place;
        } else if nth == self.order.len() {
            self.order.push(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lines: &[&str], expected: &[&str]) {
        let mut keys = Keys::default();
        for line in lines {
            keys.add(line.as_bytes()).unwrap();
        }
        assert_eq!(keys.into_names(), expected);
    }

    #[test]
    fn keys_stand_in_the_order_of_their_first_appearance() {
        check(
            &[r#"{"b":1,"a":{"z":2}}"#, r#"{"a":1,"c":[],"b":1,"\u0064":1}"#],
            &["b", "a", "c", "d"],
        );
    }

    #[test]
    fn broken_lines_add_nothing() {
        check(&[r#"{"a":1"#, "[1]", "nonsense", r#"{"b":1}"#], &["b"]);
    }

    #[test]
    fn keys_without_end_are_refused() {
        let mut keys = Keys::default();
        let results: Vec<_> =
            (0..=MAX_KEYS).map(|nth| keys.add(format!("{{\"k{nth}\":1}}").as_bytes())).collect();
        assert_eq!(results.last(), Some(&Err(MAX_KEYS)));
        assert!(results[..MAX_KEYS].iter().all(Result::is_ok));
    }
}
