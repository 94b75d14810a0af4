//! Cron expressions: five fields of numbers, names, ranges, steps and lists, or `@daily` and the like.
//!
//! What is understood is what every cron understands. A schedule needs nothing of a library but
//! this: what happens where clocks are changed is decided with the zone, in the coordinator.

use jiff::tz::TimeZone;

use super::times::Times;

/// Why an expression is none.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum CronError {
    /// Not as many fields as there must be.
    #[error("a cron expression has five fields, and this has {0}")]
    Fields(usize),
    /// A word that stands for no expression.
    #[error("{0:?} is no name for times")]
    Nickname(String),
    /// Something that is no number, name or range.
    #[error("{text:?} cannot stand in the field for {field}")]
    Part { field: &'static str, text: String },
}

impl CronError {
    /// What to do about it.
    pub(super) fn hint(&self) -> &'static str {
        match self {
            Self::Fields(_) => {
                "minute, hour, day of the month, month, day of the week; a minute is the finest"
            }
            Self::Nickname(_) => "@hourly, @daily, @weekly, @monthly or @yearly",
            Self::Part { .. } => {
                "numbers, names such as mon or jan, ranges 1-5, steps */15, and lists of them"
            }
        }
    }
}

/// A field: what people call it, its least and greatest value, and names for values from the least.
struct Field {
    name: &'static str,
    least: u8,
    greatest: u8,
    names: &'static [&'static str],
}

const MINUTE: Field = Field { name: "the minute", least: 0, greatest: 59, names: &[] };
const HOUR: Field = Field { name: "the hour", least: 0, greatest: 23, names: &[] };
const DAY: Field = Field { name: "the day of the month", least: 1, greatest: 31, names: &[] };
const MONTH: Field = Field {
    name: "the month",
    least: 1,
    greatest: 12,
    names: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
};
/// Sunday is 0, and 7 as well.
const WEEKDAY: Field = Field {
    name: "the day of the week",
    least: 0,
    greatest: 7,
    names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
};

/// Reads an expression.
pub(super) fn parse(text: &str, zone: TimeZone) -> Result<Times, CronError> {
    let text = match text.trim() {
        nickname if nickname.starts_with('@') => spelled_out(nickname)?,
        text => text,
    };
    let fields: Vec<&str> = text.split_ascii_whitespace().collect();
    let &[minute, hour, day, month, weekday] = fields.as_slice() else {
        return Err(CronError::Fields(fields.len()));
    };
    let weekdays = WEEKDAY.bits(weekday)?;
    Ok(Times {
        minutes: MINUTE.bits(minute)?,
        hours: HOUR.bits(hour)?,
        days: DAY.bits(day)?,
        months: u16::try_from(MONTH.bits(month)?).expect("months are bits 1 to 12"),
        weekdays: u8::try_from((weekdays | weekdays >> 7) & 0x7f).expect("seven bits"),
        either: !day.starts_with('*') && !weekday.starts_with('*'),
        zone,
    })
}

fn spelled_out(nickname: &str) -> Result<&'static str, CronError> {
    match nickname {
        "@hourly" => Ok("0 * * * *"),
        "@daily" | "@midnight" => Ok("0 0 * * *"),
        "@weekly" => Ok("0 0 * * 0"),
        "@monthly" => Ok("0 0 1 * *"),
        "@yearly" | "@annually" => Ok("0 0 1 1 *"),
        other => Err(CronError::Nickname(other.to_owned())),
    }
}

impl Field {
    /// The values that a list names, as bits.
    fn bits(&self, list: &str) -> Result<u64, CronError> {
        list.split(',').try_fold(0, |bits, part| {
            let named = self.part(part).ok_or_else(|| CronError::Part {
                field: self.name,
                text: part.chars().take(40).collect(),
            })?;
            Ok(bits | named)
        })
    }

    fn part(&self, part: &str) -> Option<u64> {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(number(step).filter(|step| *step > 0)?)),
            None => (part, None),
        };
        let (first, last) = match range.split_once('-') {
            _ if range == "*" => (self.least, self.greatest),
            Some((first, last)) => (self.value(first)?, self.value(last)?),
            // From there on, where there is a step.
            None if step.is_some() => (self.value(range)?, self.greatest),
            None => (self.value(range)?, self.value(range)?),
        };
        // Weeks may end with a Sunday.
        let last = if last < first && last == 0 && self.greatest == 7 { 7 } else { last };
        if first > last {
            return None;
        }
        let values = (first..=last).step_by(usize::from(step.unwrap_or(1)));
        Some(values.fold(0, |bits, value| bits | 1 << value))
    }

    fn value(&self, text: &str) -> Option<u8> {
        let lower = text.to_ascii_lowercase();
        let named = (self.least..).zip(self.names).find(|(_, name)| **name == lower);
        let value = named.map_or_else(|| number(text), |(value, _)| Some(value))?;
        (self.least..=self.greatest).contains(&value).then_some(value)
    }
}

/// A number without a sign.
fn number(text: &str) -> Option<u8> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: (u64, u64, u64, u16, u8, bool)) {
        let times = parse(text, TimeZone::UTC).unwrap();
        let Times { minutes, hours, days, months, weekdays, either, .. } = times;
        assert_eq!((minutes, hours, days, months, weekdays, either), expected, "{text}");
    }

    const ANY_DAY: u64 = super::super::times::EVERY_DAY;
    const ANY_MONTH: u16 = super::super::times::EVERY_MONTH;

    #[test]
    fn numbers_names_ranges_steps_and_lists_mean_what_they_do_elsewhere() {
        check("0 3 * * 1-5", (1, 1 << 3, ANY_DAY, ANY_MONTH, 0b11_1110, false));
        check(
            "*/20 8-18/5 * jan,DEC *",
            (0x0100_0010_0001, 0x4_2100, ANY_DAY, 0x1002, 0x7f, false),
        );
        check(
            "5/25 0 1,15 * fri-sun",
            (1 << 5 | 1 << 30 | 1 << 55, 1, 0x8002, ANY_MONTH, 0b110_0001, true),
        );
        check("0 0 */10 * 7", (1, 1, 0x8020_0802, ANY_MONTH, 1, false));
        check("@weekly", (1, 1, ANY_DAY, ANY_MONTH, 1, false));
    }

    #[test]
    fn what_no_cron_understands_is_refused() {
        for text in [
            "",
            "* * * *",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * * 13 *",
            "* * * * 8",
            "5-1 * * * *",
            "*/0 * * * *",
            "1,,2 * * * *",
            "+1 * * * *",
            "* * L * *",
            "* * ? * *",
            "@reboot",
            "* * * * mon#2",
            "-1 * * * *",
            "99999 * * * *",
        ] {
            assert!(parse(text, TimeZone::UTC).is_err(), "{text:?}");
        }
    }
}
