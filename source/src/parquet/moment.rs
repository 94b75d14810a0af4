//! Days and times as RFC 3339 spells them, with as many digits of a second as it takes.

use std::fmt::Write as _;

use jiff::Span;
use jiff::civil::{Date, Time};

use super::form::{Unit, Zone};

/// The day that days are counted from.
const EPOCH: Date = Date::constant(1970, 1, 1);

/// Seconds of a day.
const DAY: i128 = 86_400;

/// Why a number is no moment.
const TOO_FAR: &str = "a time before the year -9999 or after 9999";

/// Appends a day.
pub(super) fn date(days: i64, out: &mut String) -> Result<(), String> {
    write!(out, "{}", day(days)?).expect("text can always be written to");
    Ok(())
}

/// Appends a time of day.
pub(super) fn time(count: i64, unit: Unit, out: &mut String) -> Result<(), String> {
    let nanoseconds = i128::from(count) * nanoseconds(unit);
    let time = of_day(nanoseconds).filter(|_| nanoseconds < DAY * 1_000_000_000);
    let time = time.ok_or("a time of day before 0 or after 24 hours")?;
    write!(out, "{time}").expect("text can always be written to");
    Ok(())
}

/// Appends a moment.
pub(super) fn timestamp(
    count: i64,
    unit: Unit,
    zone: Zone,
    out: &mut String,
) -> Result<(), String> {
    moment(i128::from(count) * nanoseconds(unit), zone, out)
}

/// Appends a moment, counted in nanoseconds.
pub(super) fn moment(nanoseconds: i128, zone: Zone, out: &mut String) -> Result<(), String> {
    let whole = DAY * 1_000_000_000;
    let days = i64::try_from(nanoseconds.div_euclid(whole)).map_err(|_| TOO_FAR)?;
    let time = of_day(nanoseconds.rem_euclid(whole)).ok_or(TOO_FAR)?;
    write!(out, "{}T{time}", day(days)?).expect("text can always be written to");
    if zone == Zone::Utc {
        out.push('Z');
    }
    Ok(())
}

fn day(days: i64) -> Result<Date, String> {
    let span = Span::new().try_days(days).map_err(|_| TOO_FAR)?;
    EPOCH.checked_add(span).map_err(|_| TOO_FAR.to_owned())
}

fn of_day(nanoseconds: i128) -> Option<Time> {
    let nanoseconds = u64::try_from(nanoseconds).ok()?;
    let seconds = nanoseconds / 1_000_000_000;
    let hour = i8::try_from(seconds / 3600).ok()?;
    let minute = i8::try_from(seconds / 60 % 60).ok()?;
    let second = i8::try_from(seconds % 60).ok()?;
    Time::new(hour, minute, second, i32::try_from(nanoseconds % 1_000_000_000).ok()?).ok()
}

fn nanoseconds(unit: Unit) -> i128 {
    match unit {
        Unit::Milliseconds => 1_000_000,
        Unit::Microseconds => 1_000,
        Unit::Nanoseconds => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(count: i64, unit: Unit, zone: Zone, expected: Result<&str, &str>) {
        let mut out = String::new();
        let written = timestamp(count, unit, zone, &mut out).map(|()| out.as_str());
        assert_eq!(written, expected.map_err(str::to_owned));
    }

    #[test]
    fn moments_keep_their_unit_and_their_zone() {
        check(0, Unit::Milliseconds, Zone::Utc, Ok("1970-01-01T00:00:00Z"));
        check(-1, Unit::Nanoseconds, Zone::Local, Ok("1969-12-31T23:59:59.999999999"));
        check(1_500, Unit::Milliseconds, Zone::Local, Ok("1970-01-01T00:00:01.5"));
        check(253_402_300_799_999, Unit::Milliseconds, Zone::Utc, Ok("9999-12-31T23:59:59.999Z"));
        check(i64::MAX, Unit::Nanoseconds, Zone::Utc, Ok("2262-04-11T23:47:16.854775807Z"));
        check(i64::MAX, Unit::Milliseconds, Zone::Utc, Err(TOO_FAR));
    }

    #[test]
    fn days_and_times_stand_alone() {
        let mut out = String::new();
        date(2_932_896, &mut out).unwrap();
        time(86_399_999_999, Unit::Microseconds, &mut out).unwrap();
        assert_eq!(out, "9999-12-3123:59:59.999999");
        assert!(date(i64::from(i32::MAX), &mut out).is_err());
        assert!(time(-1, Unit::Nanoseconds, &mut out).is_err());
        assert!(time(86_400_000, Unit::Milliseconds, &mut out).is_err());
    }
}
