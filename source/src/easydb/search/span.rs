//! From something to something: numbers, dates of any precision, and texts.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::{Map, Value};

use super::refused;
use crate::SourceError;

/// A range with at least one end, both inclusive.
#[derive(Debug)]
pub(super) struct Range {
    from: Option<Bound>,
    to: Option<Bound>,
}

/// An end of a range.
#[derive(Debug)]
enum Bound {
    Number(f64),
    Text {
        text: String,
        /// The first and the last second of it, where it is a date.
        seconds: Option<(i64, i64)>,
    },
}

impl Range {
    /// As an element has it.
    pub(super) fn new(map: &Map<String, Value>) -> Result<Self, SourceError> {
        let bound = |key: &str| match map.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Number(number)) => Ok(number.as_f64().map(Bound::Number)),
            Some(Value::String(text)) => {
                Ok(Some(Bound::Text { text: text.clone(), seconds: seconds(text) }))
            }
            Some(other) => Err(refused(&format!("a range goes {key} {other}"))),
        };
        let (from, to) = (bound("from")?, bound("to")?);
        if from.is_none() && to.is_none() {
            return Err(refused("a range has neither \"from\" nor \"to\""));
        }
        Ok(Self { from, to })
    }

    /// Its ends among whole numbers, for a field that holds only such.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "what is beyond the ends of u64 is taken for them"
    )]
    pub(super) fn whole(&self) -> (u64, u64) {
        let number = |bound: &Bound| bound.number();
        let from = self.from.as_ref().and_then(number).map_or(0, |from| from.ceil() as u64);
        let to = self.to.as_ref().and_then(number).map_or(u64::MAX, |to| to.floor() as u64);
        (from, to)
    }

    /// Whether a value is in it, at least in part.
    pub(super) fn meets(&self, value: &Value) -> bool {
        match value {
            Value::Number(number) => number.as_f64().is_some_and(|number| {
                let at_least = |bound: &Bound| bound.number().is_some_and(|from| number >= from);
                let at_most = |bound: &Bound| bound.number().is_some_and(|to| number <= to);
                self.from.as_ref().is_none_or(at_least) && self.to.as_ref().is_none_or(at_most)
            }),
            Value::String(text) => self.meets_text(text, text),
            // A date, or a range of dates of which an end may be open.
            Value::Object(map) => {
                let text = |key: &str| map.get(key).and_then(Value::as_str);
                match (text("value"), text("from"), text("to")) {
                    (Some(value), _, _) => self.meets_text(value, value),
                    (None, None, None) => false,
                    (None, from, to) => {
                        self.meets_text(from.unwrap_or("-9999"), to.unwrap_or("9999"))
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Array(_) => false,
        }
    }

    /// Whether what begins with one text and ends with another is in it, at least in part: as dates where all
    /// are such, else as texts.
    fn meets_text(&self, first: &str, last: &str) -> bool {
        let (begin, end) = (seconds(first).map(|span| span.0), seconds(last).map(|span| span.1));
        let at_least = |bound: &Bound| match (bound, end) {
            (Bound::Text { seconds: Some((from, _)), .. }, Some(end)) => end >= *from,
            (Bound::Text { text, .. }, _) => last >= text.as_str(),
            (Bound::Number(from), _) => last.parse().is_ok_and(|number: f64| number >= *from),
        };
        let at_most = |bound: &Bound| match (bound, begin) {
            (Bound::Text { seconds: Some((_, to)), .. }, Some(begin)) => begin <= *to,
            (Bound::Text { text, .. }, _) => first <= text.as_str(),
            (Bound::Number(to), _) => first.parse().is_ok_and(|number: f64| number <= *to),
        };
        self.from.as_ref().is_none_or(at_least) && self.to.as_ref().is_none_or(at_most)
    }
}

impl Bound {
    fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text { text, .. } => text.parse().ok(),
        }
    }
}

/// The first and the last second of a date: of a year, a month, a day or a moment, in UTC where it names no
/// time zone.
fn seconds(text: &str) -> Option<(i64, i64)> {
    let second = |at: DateTime| Some(at.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second());
    let ends = |first: Date, after: Date| {
        Some((second(first.at(0, 0, 0, 0))?, second(after.at(0, 0, 0, 0))? - 1))
    };
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some((moment.as_second(), moment.as_second()));
    }
    if text.contains('T') {
        let at = second(text.parse::<DateTime>().ok()?)?;
        return Some((at, at));
    }
    let (sign, plain) = match text.strip_prefix('-') {
        Some(plain) => (-1, plain),
        None => (1, text),
    };
    let mut parts = plain.split('-');
    let year: i16 = parts.next().filter(|year| year.len() == 4)?.parse().ok()?;
    let month = parts.next().map(str::parse::<i8>).transpose().ok()?;
    let day = parts.next().map(str::parse::<i8>).transpose().ok()?;
    if parts.next().is_some() {
        return None;
    }
    let first = Date::new(sign * year, month.unwrap_or(1), day.unwrap_or(1)).ok()?;
    let after = match (month, day) {
        (None, _) => first.checked_add(1.year()),
        (Some(_), None) => first.checked_add(1.month()),
        (Some(_), Some(_)) => first.checked_add(1.day()),
    };
    // The last year there is has no year after it.
    ends(first, after.unwrap_or(Date::MAX))
}
