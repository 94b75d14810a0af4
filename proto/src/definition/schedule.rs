//! Schedules: when an export starts by itself, and what is wrong with a schedule that never does.
//!
//! A schedule is read once into [`Times`], which is valid; when the next of them comes is for the
//! coordinator, which has a clock. Zones are those of the database that is built in, so that every
//! coordinator agrees on them, whatever its machine has.

mod cron;
mod times;

use jiff::tz::{TimeZone, TimeZoneDatabase};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::times::Times;
use crate::fault::{Code, Fault};

/// When an export starts by itself: a cron expression, or the days and times.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Five fields as cron has them: minute, hour, day of the month, month, day of the week.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1000))]
    pub cron: Option<String>,
    /// Only on these days of the week; left out, on any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 7))]
    pub weekdays: Option<Vec<Weekday>>,
    /// Only on these days of the month, and on the weekdays where both are given; left out, on any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 31), inner(range(min = 1, max = 31)))]
    pub days: Option<Vec<u8>>,
    /// At these hours; left out, at midnight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 24), inner(range(min = 0, max = 23)))]
    pub hours: Option<Vec<u8>>,
    /// At these minutes of each hour; left out, at the full hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 60), inner(range(min = 0, max = 59)))]
    pub minutes: Option<Vec<u8>>,
    /// Whose clocks count, as the IANA names it, such as `Europe/Berlin`; UTC unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100))]
    pub zone: Option<String>,
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "they are what they are called")]
pub enum Weekday {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

impl Weekday {
    /// The day as a bit, Sunday the lowest.
    fn bit(self) -> u8 {
        1 << match self {
            Self::Sun => 0,
            Self::Mon => 1,
            Self::Tue => 2,
            Self::Wed => 3,
            Self::Thu => 4,
            Self::Fri => 5,
            Self::Sat => 6,
        }
    }
}

impl Schedule {
    /// The times that are meant, or what is wrong, with places relative to the schedule's own.
    pub fn times(&self) -> Result<Times, Fault> {
        let zone = self.zone()?;
        let Some(cron) = &self.cron else { return Ok(self.given(zone)) };
        for (key, is_given) in [
            ("weekdays", self.weekdays.is_some()),
            ("days", self.days.is_some()),
            ("hours", self.hours.is_some()),
            ("minutes", self.minutes.is_some()),
        ] {
            if is_given {
                return Err(Fault::new(
                    Code::InvalidValue,
                    format!("`{key}` does not go with `cron`"),
                )
                .at(format!("/{key}"))
                .hint("say it in the cron expression, or make two schedules"));
            }
        }
        let times = cron::parse(cron, zone).map_err(|error| {
            Fault::new(Code::InvalidValue, error.to_string()).at("/cron").hint(error.hint())
        })?;
        if times.ever() {
            return Ok(times);
        }
        Err(Fault::new(Code::InvalidValue, "this schedule never comes")
            .at("/cron")
            .hint("no month that it names has such a day"))
    }

    fn given(&self, zone: TimeZone) -> Times {
        let bits = |values: &Option<Vec<u8>>, default: u64| {
            values.as_ref().map_or(default, |values| {
                values.iter().fold(0, |bits, value| bits | 1_u64 << (value % 64))
            })
        };
        let weekdays = self.weekdays.as_ref();
        Times {
            minutes: bits(&self.minutes, 1),
            hours: bits(&self.hours, 1),
            days: bits(&self.days, times::EVERY_DAY),
            months: times::EVERY_MONTH,
            weekdays: weekdays.map_or(times::EVERY_WEEKDAY, |days| {
                days.iter().fold(0, |bits, day| bits | day.bit())
            }),
            either: false,
            zone,
        }
    }

    fn zone(&self) -> Result<TimeZone, Fault> {
        zone(self.zone.as_deref()).map_err(|fault| fault.at("/zone"))
    }
}

/// The zone of a name of the IANA; UTC where none is named.
pub(super) fn zone(name: Option<&str>) -> Result<TimeZone, Fault> {
    let Some(name) = name else { return Ok(TimeZone::UTC) };
    TimeZoneDatabase::bundled().get(name).map_err(|_| {
        Fault::new(Code::InvalidValue, format!("there is no time zone {name:?}"))
            .hint("a name of the IANA database, such as Europe/Berlin or UTC")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(json: &str) -> (String, String) {
        let schedule: Schedule = serde_json::from_str(json).unwrap();
        let fault = schedule.times().unwrap_err();
        (fault.place.unwrap_or_default(), fault.message)
    }

    #[test]
    fn a_schedule_that_never_comes_is_refused() {
        let never = ("/cron".to_owned(), "this schedule never comes".to_owned());
        assert_eq!(refused(r#"{"cron": "0 3 30 2 *"}"#), never);
        assert_eq!(refused(r#"{"cron": "0 3 31 4,6,9,11 *"}"#), never);
        for fine in ["0 3 29 2 *", "0 3 30 2 mon", "0 3 31 4,5 *"] {
            let schedule = Schedule { cron: Some(fine.to_owned()), ..Schedule::default() };
            assert!(schedule.times().is_ok(), "{fine}");
        }
    }

    #[test]
    fn seconds_are_refused_for_what_they_are() {
        let (place, message) = refused(r#"{"cron": "* * * * * *"}"#);
        assert_eq!(place, "/cron");
        assert_eq!(message, "a cron expression has five fields, and this has 6");
    }

    #[test]
    fn a_zone_that_is_nowhere_and_keys_that_do_not_go_together_are_refused() {
        assert_eq!(refused(r#"{"zone": "Europe/Bärlin"}"#).0, "/zone");
        assert_eq!(refused(r#"{"cron": "@daily", "hours": [3]}"#).0, "/hours");
    }

    #[test]
    fn zones_are_known_without_a_database_on_the_machine() {
        for zone in ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"] {
            let schedule = Schedule { zone: Some(zone.to_owned()), ..Schedule::default() };
            assert!(schedule.times().is_ok(), "{zone}");
        }
    }
}
