//! Which events are listed, or taken away.

use std::collections::HashMap;

use jiff::Timestamp;
use proto::id::Owner;

use super::super::Product;
use super::super::exports::number;
use super::super::trouble::Trouble;
use super::shape::{base_type, name};
use crate::easydb::{Happened, What};

/// What events must be to be wanted; without conditions, all are.
pub(super) struct Filter {
    product: Product,
    types: Vec<String>,
    base_types: Vec<String>,
    users: Vec<String>,
    /// Whether only events of others are asked for: of groups, or of users that are none of this instance.
    is_of_others: bool,
    export: Option<usize>,
    is_pollable: Option<bool>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
}

impl Filter {
    pub(super) fn read(query: &HashMap<String, String>, product: Product) -> Result<Self, Trouble> {
        let words = |key: &str| -> Vec<String> {
            let text = query.get(key).map(String::as_str).unwrap_or_default();
            let words = text.split([',', '|']).map(str::trim);
            words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
        };
        let time = |name: &'static str| {
            let text = query.get(name).map(|text| moment(text, name == "date_to")).transpose();
            text.map_err(|why| Trouble::Parameter { name, why })
        };
        let is_pollable = switch(query, "pollable")?;
        let kinds = words("user_type");
        let is_of_others = !words("group_id").is_empty()
            || (!kinds.is_empty() && !kinds.iter().any(|kind| kind == "easydb"));
        Ok(Self {
            product,
            types: words("type"),
            // fylr's clients write it in one word.
            base_types: [words("base_type"), words("basetype")].concat(),
            users: words("user_id"),
            is_of_others,
            export: number(query, "object_id")?,
            is_pollable,
            from: time("date_from")?,
            to: time("date_to")?,
        })
    }

    /// Whether an event of an owner is wanted.
    pub(super) fn fits(&self, happened: &Happened, owner: &Owner) -> bool {
        let among = |words: &[String], word: &str| {
            words.is_empty() || words.iter().any(|one| one.eq_ignore_ascii_case(word))
        };
        let is_pollable = self.product == Product::Easydb5 && happened.what.is_pollable();
        happened.what != What::Gone
            && !self.is_of_others
            && among(&self.types, name(happened, self.product))
            && among(&self.base_types, base_type(happened.what))
            && among(&self.users, owner.as_str())
            && self.export.is_none_or(|export| export as u64 == happened.number)
            && self.is_pollable.is_none_or(|wanted| wanted == is_pollable)
            && self.from.is_none_or(|from| from <= happened.at)
            && self.to.is_none_or(|to| happened.at <= to)
    }
}

/// Whether a parameter says yes or no; nothing where it says nothing.
pub(super) fn switch(
    query: &HashMap<String, String>,
    name: &'static str,
) -> Result<Option<bool>, Trouble> {
    match query.get(name).map(String::as_str) {
        None | Some("") => Ok(None),
        Some("1" | "true") => Ok(Some(true)),
        Some("0" | "false") => Ok(Some(false)),
        Some(_) => Err(Trouble::Parameter { name, why: "true or false is expected".to_owned() }),
    }
}

/// A time, or a day: its beginning, or its end.
fn moment(text: &str, is_end: bool) -> Result<Timestamp, String> {
    if let Ok(day) = text.parse::<jiff::civil::Date>()
        && !text.contains(['T', ' '])
    {
        let day = if is_end { day.tomorrow().map_err(|error| error.to_string())? } else { day };
        let begin = day.to_zoned(jiff::tz::TimeZone::UTC).map_err(|error| error.to_string())?;
        let begin = begin.timestamp();
        let tick = jiff::SignedDuration::from_nanos(i64::from(is_end));
        return begin.checked_sub(tick).map_err(|error| error.to_string());
    }
    text.parse::<Timestamp>().map_err(|error| error.to_string())
}
