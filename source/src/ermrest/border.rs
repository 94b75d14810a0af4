//! Where a page begins: after a row, told by the values that rows are put in order by.

use std::collections::HashMap;

use proto::percent::encoded;
use serde_json::value::RawValue;

use super::query::Order;
use crate::page::Kind;
use crate::{SourceError, json};

/// The values of a row that rows are put in order by; nothing for one that has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Border(Vec<Option<String>>);

/// Why a row is no border.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unfit {
    /// A value has no spelling in addresses that means the same: it is a list or a document.
    Unspeakable,
    /// The row does not have the column.
    Absent { column: String },
}

impl Border {
    /// The one after a row, as it is written.
    pub(super) fn of(row: &str, order: &Order) -> Result<Self, Unfit> {
        let values: HashMap<String, &RawValue> = serde_json::from_str(row).unwrap_or_default();
        let value = |name: &str| {
            let absent = || Unfit::Absent { column: name.to_owned() };
            let raw = values.get(name).ok_or_else(absent)?;
            match json::cell(raw.get()).map_err(|_| Unfit::Unspeakable)? {
                (Kind::Null, _) => Ok(None),
                (Kind::Text | Kind::Number | Kind::Bool, text) => Ok(Some(text.into_owned())),
                (Kind::Json, _) => Err(Unfit::Unspeakable),
            }
        };
        order.columns().iter().map(|column| value(&column.name)).collect::<Result<_, _>>().map(Self)
    }

    /// The one after a row of a table, by the names of its columns; nothing stands for no value.
    pub(super) fn of_cells(
        names: &[String],
        cells: &[Option<String>],
        order: &Order,
    ) -> Result<Self, Unfit> {
        let value = |name: &String| {
            let place = names.iter().position(|known| known == name);
            let cell = place.and_then(|place| cells.get(place));
            cell.cloned().ok_or_else(|| Unfit::Absent { column: name.clone() })
        };
        order.columns().iter().map(|column| value(&column.name)).collect::<Result<_, _>>().map(Self)
    }

    /// As it stands in a plan.
    pub(super) fn text(&self) -> String {
        serde_json::to_string(&self.0).expect("texts are JSON")
    }

    /// The one of a plan.
    pub(super) fn parse(text: &str) -> Result<Self, SourceError> {
        serde_json::from_str(text).map(Self).map_err(|_| SourceError::Changed {
            what: "the plan says by something else than its key where a batch begins".to_owned(),
        })
    }

    /// As it stands in an address.
    pub(super) fn spelled(&self) -> String {
        let values = self.0.iter().map(|value| match value {
            None => "::null::".to_owned(),
            Some(text) => encoded(text),
        });
        values.collect::<Vec<_>>().join(",")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ermrest::query::Query;

    fn check(row: &str, expected: Result<&str, Unfit>) {
        let query = Query::parse("/attributegroup/s:t/a,b%20c;n:=cnt(*)").unwrap();
        let order = query.order().unwrap();
        let border = Border::of(row, &order);
        let spelled = border.as_ref().map(Border::spelled).map_err(Clone::clone);
        assert_eq!(spelled, expected.map(str::to_owned), "{row}");
        if let Ok(border) = border {
            assert_eq!(Border::parse(&border.text()).unwrap(), border);
        }
    }

    #[test]
    fn a_border_is_spelled_so_that_nothing_in_it_means_anything() {
        check(r#"{"a": "x,y)@", "b c": null}"#, Ok("x%2Cy%29%40,::null::"));
        check(r#"{"a": "", "b c": 1.50}"#, Ok(",1.50"));
        check(
            r#"{"b c": true, "a": "2026-11-21T01:34:30+00:00"}"#,
            Ok("2026-11-21T01%3A34%3A30%2B00%3A00,true"),
        );
        check(r#"{"a": [1], "b c": 1}"#, Err(Unfit::Unspeakable));
        check(r#"{"a": 1}"#, Err(Unfit::Absent { column: "b c".to_owned() }));
        assert!(Border::parse("20A").is_err());
    }
}
