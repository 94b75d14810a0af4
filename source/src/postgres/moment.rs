//! Dates and times as PostgreSQL writes them with `DateStyle = ISO` and `TimeZone = UTC`.

/// Microseconds in a day.
const DAY: i64 = 86_400_000_000;

/// Days from 1970-01-01 to 2000-01-01, where PostgreSQL begins to count.
const EPOCH_DAYS: i64 = 10_957;

/// Appends a date, from days since 2000-01-01; the least and the greatest number are infinite.
pub(super) fn date(days: i32, out: &mut String) {
    match days {
        i32::MAX => out.push_str("infinity"),
        i32::MIN => out.push_str("-infinity"),
        days => {
            let year = day(i64::from(days), out);
            era(year, out);
        }
    }
}

/// Appends a time of day, from microseconds since midnight.
pub(super) fn time(microseconds: i64, out: &mut String) {
    let seconds = microseconds / 1_000_000;
    two(seconds / 3600, out);
    out.push(':');
    two(seconds / 60 % 60, out);
    out.push(':');
    two(seconds % 60, out);
    let mut fraction = microseconds % 1_000_000;
    if fraction != 0 {
        out.push('.');
        let mut unit = 100_000;
        while fraction != 0 {
            digit(fraction / unit, out);
            fraction %= unit;
            unit /= 10;
        }
    }
}

/// Appends a timestamp, from microseconds since 2000-01-01; `zone` follows the time.
pub(super) fn timestamp(microseconds: i64, zone: &str, out: &mut String) {
    match microseconds {
        i64::MAX => out.push_str("infinity"),
        i64::MIN => out.push_str("-infinity"),
        microseconds => {
            let year = day(microseconds.div_euclid(DAY), out);
            out.push(' ');
            time(microseconds.rem_euclid(DAY), out);
            out.push_str(zone);
            era(year, out);
        }
    }
}

/// Appends year, month and day; gives back the astronomical year, where 0 is 1 BC.
///
/// Counted in eras of 400 years that begin on the first of March, so that the leap day is the last.
fn day(days: i64, out: &mut String) -> i64 {
    let from_march_0 = days + EPOCH_DAYS + 719_468;
    let era = from_march_0.div_euclid(146_097);
    let day_of_era = from_march_0.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let shown = if year > 0 { year } else { 1 - year };
    if shown < 10_000 {
        two(shown / 100, out);
        two(shown % 100, out);
    } else {
        out.push_str(itoa::Buffer::new().format(shown));
    }
    out.push('-');
    two(month, out);
    out.push('-');
    two(day, out);
    year
}

fn era(year: i64, out: &mut String) {
    if year <= 0 {
        out.push_str(" BC");
    }
}

fn two(number: i64, out: &mut String) {
    digit(number / 10, out);
    digit(number % 10, out);
}

fn digit(number: i64, out: &mut String) {
    let digit = u32::try_from(number).ok().and_then(|number| char::from_digit(number, 10));
    out.push(digit.expect("callers divide down to one digit"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(microseconds: i64, expected: &str) {
        let mut out = String::new();
        timestamp(microseconds, "+00", &mut out);
        assert_eq!(out, expected);
    }

    #[test]
    fn timestamps_are_written_as_the_server_writes_them() {
        check(0, "2000-01-01 00:00:00+00");
        check(-1, "1999-12-31 23:59:59.999999+00");
        check(5_097_600_000_000 + 1_500_000, "2000-02-29 00:00:01.5+00");
        check(-63_113_904_000_000_000, "0001-01-01 00:00:00+00 BC");
        check(-63_113_904_000_000_000 - DAY, "0002-12-31 00:00:00+00 BC");
        check(i64::MAX, "infinity");
    }

    #[test]
    fn a_day_ends_at_twenty_four() {
        let mut out = String::new();
        time(DAY, &mut out);
        assert_eq!(out, "24:00:00");
    }
}
