//! Which part of the events that fit is meant, and in which order they come.

use std::collections::HashMap;
use std::ops::Range;

use super::super::exports::number;
use super::super::trouble::Trouble;
use super::MOST;

/// A part of the events that fit.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) limit: usize,
    pub(super) offset: usize,
    pub(super) order: Order,
}

/// In which order events come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// As they happened.
    OldestFirst,
    /// The other way round, as both products do unless asked otherwise.
    NewestFirst,
}

impl Page {
    pub(super) fn read(query: &HashMap<String, String>) -> Result<Self, Trouble> {
        let limit = number(query, "limit")?.filter(|limit| *limit > 0).unwrap_or(MOST).min(MOST);
        let offset = number(query, "offset")?.unwrap_or(0);
        let order = Order::read(query.get("sort").map_or("", String::as_str));
        let order = order.map_err(|why| Trouble::Parameter { name: "sort", why })?;
        Ok(Self { limit, offset, order })
    }

    /// The places of its events among all that fit, of which the oldest is the first; whoever wants the
    /// newest first has to know how many there are.
    pub(super) fn places(&self, total: u64) -> Range<u64> {
        let (from, most) = (self.offset as u64, self.limit as u64);
        match self.order {
            Order::OldestFirst => from..from.saturating_add(most),
            Order::NewestFirst => {
                let end = total.saturating_sub(from);
                end.saturating_sub(most)..end
            }
        }
    }
}

impl Order {
    /// The order of a list of fields, each with `.ASC` or `.DESC` behind it or neither. The first field decides: no two
    /// events have the same number, and by time they are listed in the order of these: what is told late stands where
    /// it was told.
    fn read(sort: &str) -> Result<Self, String> {
        let mut first = None;
        for part in sort.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (field, direction) = part.split_once('.').unwrap_or((part, "ASC"));
            if !["_id", "timestamp"].contains(&field) {
                return Err(format!(
                    "events are in the order of _id or timestamp, not of {field:?}"
                ));
            }
            let order = match direction {
                "ASC" => Self::OldestFirst,
                "DESC" => Self::NewestFirst,
                _ => return Err(format!("{direction:?} is neither ASC nor DESC")),
            };
            first = first.or(Some(order));
        }
        Ok(first.unwrap_or(Self::NewestFirst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_field_says_in_which_order_events_come() {
        for (sort, expected) in [
            ("", Ok(Order::NewestFirst)),
            ("_id", Ok(Order::OldestFirst)),
            ("_id.DESC", Ok(Order::NewestFirst)),
            ("timestamp.ASC, _id.DESC", Ok(Order::OldestFirst)),
            ("type.ASC,_id", Err("events are in the order of _id or timestamp, not of \"type\"")),
            ("_id,type", Err("events are in the order of _id or timestamp, not of \"type\"")),
            ("DESC", Err("events are in the order of _id or timestamp, not of \"DESC\"")),
            ("_id.UP", Err("\"UP\" is neither ASC nor DESC")),
        ] {
            assert_eq!(Order::read(sort), expected.map_err(str::to_owned), "{sort}");
        }
    }

    #[test]
    fn a_part_of_the_newest_is_counted_from_the_end() {
        let page = |limit, offset, order| Page { limit, offset, order };
        assert_eq!(page(2, 1, Order::OldestFirst).places(9), 1..3);
        assert_eq!(page(2, 1, Order::NewestFirst).places(9), 6..8);
        assert_eq!(page(9, 7, Order::NewestFirst).places(9), 0..2);
        assert_eq!(page(9, 10, Order::NewestFirst).places(9), 0..0);
    }
}
