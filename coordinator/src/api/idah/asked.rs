//! What a request asks of a list: conditions, and which page. Pure.

use proto::fault::{Code, Fault};
use serde_json::Value;
use url::form_urlencoded;

use super::filter::Condition;

/// Most resources of a page.
const MOST: usize = 200;

/// How many it has where nobody says.
const USUAL: usize = 50;

/// What is asked.
#[derive(Debug, PartialEq)]
pub(super) struct Asked {
    conditions: Vec<Condition>,
    /// Parameters that mean nothing here, which count for nothing in lists.
    pub(super) unknown: Vec<String>,
    /// Which page, from 1.
    number: usize,
    /// How many resources a page has.
    pub(super) size: usize,
}

impl Asked {
    /// Reads a query about resources with these fields.
    pub(super) fn read(query: Option<&str>, fields: &[&str]) -> Result<Self, Fault> {
        let mut asked =
            Self { conditions: Vec::new(), unknown: Vec::new(), number: 1, size: USUAL };
        let mut filters: Vec<(String, Vec<String>)> = Vec::new();
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            match &*name {
                "page[number]" | "page" => asked.number = number(&name, &value)?,
                "page[size]" => asked.size = number(&name, &value)?.min(MOST),
                _ => {
                    let key = key(&name);
                    match filters.iter_mut().find(|(known, _)| known == key) {
                        Some((_, values)) => values.push(value.into_owned()),
                        None => filters.push((key.to_owned(), vec![value.into_owned()])),
                    }
                }
            }
        }
        for (key, values) in filters {
            match Condition::of(&key, &values, fields) {
                Some(condition) => asked.conditions.push(condition),
                None => asked.unknown.push(key),
            }
        }
        Ok(asked)
    }

    /// Whether it says which resources are meant, and nothing of that is unknown.
    pub(super) fn is_certain(&self) -> bool {
        !self.conditions.is_empty() && self.unknown.is_empty()
    }

    /// Whether a resource is meant.
    pub(super) fn fits(&self, resource: &Value) -> bool {
        self.conditions.iter().all(|condition| condition.is_met(resource))
    }

    /// How many resources are before its page.
    pub(super) fn before(&self) -> usize {
        (self.number - 1).saturating_mul(self.size)
    }

    /// The same as a list of all that it means.
    pub(super) fn of_all(self, most: usize) -> Self {
        Self { number: 1, size: most, ..self }
    }
}

/// What a parameter is about: `filter[status__in][]`, `filter[status__in]` and `status__in[]` are `status__in`.
fn key(name: &str) -> &str {
    let name = name.strip_suffix("[]").unwrap_or(name);
    name.strip_prefix("filter[").and_then(|name| name.strip_suffix(']')).unwrap_or(name)
}

fn number(name: &str, value: &str) -> Result<usize, Fault> {
    let number = value.parse::<u32>().ok().filter(|number| *number > 0);
    let number = number.and_then(|number| usize::try_from(number).ok());
    number.ok_or_else(|| {
        Fault::new(Code::InvalidValue, format!("{value:?} is no whole number from 1"))
            .at(name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(query: &str) -> Asked {
        Asked::read(Some(query), &["id", "status"]).unwrap()
    }

    #[test]
    fn filters_are_written_in_any_of_the_ways_of_clients() {
        let job = |status: &str| json!({"id": "1", "attributes": {"status": status}});
        for query in [
            "status__in=running,pending",
            "status__in[]=running&status__in[]=pending",
            "filter[status__in][]=running&filter%5Bstatus__in%5D%5B%5D=pending",
        ] {
            let asked = read(query);
            assert!(asked.is_certain(), "{query}");
            assert!(asked.fits(&job("running")) && asked.fits(&job("pending")), "{query}");
            assert!(!asked.fits(&job("completed")), "{query}");
        }
    }

    #[test]
    fn what_is_unknown_is_told_and_is_nothing_to_delete_by() {
        let asked = read("colour=red&status=running&sort=-id");
        assert_eq!(asked.unknown, ["colour", "sort"]);
        assert!(!asked.is_certain());
        assert!(!read("").is_certain());
    }

    #[test]
    fn pages_are_numbered_from_1_and_bounded() {
        let asked = read("page[number]=3&page%5Bsize%5D=20");
        assert_eq!((asked.before(), asked.size), (40, 20));
        assert_eq!((read("").before(), read("page[size]=9999").size), (0, MOST));
        for query in ["page[number]=0", "page[size]=x", "page=-1"] {
            assert!(Asked::read(Some(query), &[]).is_err(), "{query}");
        }
    }
}
