//! Times as records of IDAH have them, `2026-01-14 10:23:18 +0000`, and as conditions write them. Pure.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use serde_json::Value;

/// How IDAH writes them.
const FORM: &str = "%Y-%m-%d %H:%M:%S%.f %z";

/// The moment that a text says: a time of RFC 3339, of IDAH, or of no zone, which is UTC; or a day, which is its
/// beginning.
pub fn moment(text: &str) -> Option<Timestamp> {
    let time = text.parse::<Timestamp>().ok();
    let of_idah = || strtime::parse(FORM, text).ok()?.to_timestamp().ok();
    let begin = || text.parse::<Date>().ok().map(|day| day.at(0, 0, 0, 0));
    let of_no_zone = || {
        let civil = text.parse::<DateTime>().ok().or_else(begin)?;
        Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp())
    };
    time.or_else(of_idah).or_else(of_no_zone)
}

/// A value, or those of a list, as texts whose order is that of time; what is no time stays as it is.
pub(super) fn in_time(value: &Value) -> Value {
    match value {
        Value::String(text) => {
            moment(text).map_or_else(|| value.clone(), |moment| format!("{moment:.9}").into())
        }
        Value::Array(list) => list.iter().map(in_time).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use serde_json::value::RawValue;

    use super::*;
    use crate::datasets::{Filter, RecordKind};

    #[test]
    fn times_are_read_as_they_are_written_anywhere() {
        for (text, expected) in [
            ("2026-01-14T10:23:18Z", Some("2026-01-14T10:23:18Z")),
            ("2026-01-14T12:23:18.5+02:00", Some("2026-01-14T10:23:18.5Z")),
            ("2026-01-14 10:23:18 +0000", Some("2026-01-14T10:23:18Z")),
            ("2026-01-14 12:23:18.25 +0200", Some("2026-01-14T10:23:18.25Z")),
            ("2026-01-14T10:23:18.123", Some("2026-01-14T10:23:18.123Z")),
            ("2026-01-14", Some("2026-01-14T00:00:00Z")),
            ("yesterday", None),
            ("7", None),
        ] {
            let read = moment(text).map(|moment| moment.to_string());
            assert_eq!(read.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn conditions_on_times_are_about_moments_however_they_are_written() {
        let entry = json!({"updated_at": "2026-01-14 10:23:18 +0000", "created_at": "soon"});
        let entry = RawValue::from_string(entry.to_string()).unwrap();
        for (filter, expected) in [
            (json!({"updated_at__gt": "2026-01-14T10:00:00Z"}), true),
            (json!({"updated_at__lt": "2026-01-14T10:23:18.5Z"}), true),
            (json!({"updated_at__lte": "2026-01-14T12:23:18+02:00"}), true),
            (json!({"updated_at": ["2026-01-14T10:23:18Z", "2026"]}), true),
            (json!({"updated_at__gte": "2026-01-15"}), false),
            (json!({"updated_at__prefix": "2026-01-14 10"}), true),
            (json!({"created_at__eq": "soon", "created_at__neq": "2026-01-14"}), true),
        ] {
            let conditions = Filter(filter.as_object().unwrap().clone());
            assert_eq!(conditions.accepts(RecordKind::Entry, &entry), expected, "{filter}");
        }
    }
}
