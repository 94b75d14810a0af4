//! When something is due next. Pure: the clock is an argument.
//!
//! A minute on the clocks of a zone comes when they first show it or, where they are put forward over
//! it, when they first show a later one. So a time that does not exist comes at the moment of the
//! change, together with all others that do not, and a time that exists twice comes the first time.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use proto::definition::Times;

/// Days to look ahead: beyond any two 29ths of February, which may be eight years apart.
const LOOK_AHEAD: usize = 366 * 9;

/// The first time of any of these that is later than `after`.
pub(super) fn next(schedules: &[Times], after: Timestamp) -> Option<Timestamp> {
    schedules.iter().filter_map(|times| next_of(times, after)).min()
}

fn next_of(times: &Times, after: Timestamp) -> Option<Timestamp> {
    let now = times.zone().to_datetime(after);
    let mut date = now.date();
    for _ in 0..LOOK_AHEAD {
        if times.falls_on(date) {
            for time in times.of_day() {
                // Minutes before the present one have come. So may have later ones, where clocks
                // were put back.
                let is_past =
                    date == now.date() && (time.hour(), time.minute()) < (now.hour(), now.minute());
                if !is_past
                    && let Some(at) = comes(times.zone(), date.to_datetime(time))
                    && at > after
                {
                    return Some(at);
                }
            }
        }
        date = date.tomorrow().ok()?;
    }
    None
}

/// When a minute comes; nothing at the end of time.
fn comes(zone: &TimeZone, minute: DateTime) -> Option<Timestamp> {
    match zone.to_ambiguous_timestamp(minute).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(minute).ok(),
        AmbiguousOffset::Fold { before, .. } => before.to_timestamp(minute).ok(),
        AmbiguousOffset::Gap { before, .. } => {
            // As if the clocks had not been changed, this lies after the change.
            let unchanged = before.to_timestamp(minute).ok()?;
            let change =
                zone.preceding(Timestamp::from_second(unchanged.as_second() + 1).ok()?).next()?;
            Some(change.timestamp())
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proto::definition::{Schedule, Weekday};

    use super::*;

    fn cron(text: &str, zone: &str) -> Times {
        let (cron, zone) = (Some(text.to_owned()), Some(zone.to_owned()));
        Schedule { cron, zone, ..Schedule::default() }.times().unwrap()
    }

    /// The due times after a moment, as the zone's clocks show them.
    fn check(text: &str, zone: &str, after: &str, expected: &[&str]) {
        let times = cron(text, zone);
        let mut at: Timestamp = after.parse().unwrap();
        let mut found = Vec::new();
        for _ in expected {
            at = next(std::slice::from_ref(&times), at).unwrap();
            found.push(at.to_string());
        }
        assert_eq!(found, expected, "{text} {zone}");
    }

    #[test]
    fn a_time_that_does_not_exist_comes_once_at_the_change() {
        check(
            "30 2 * * *",
            "Europe/Berlin",
            "2026-03-28T01:30:00Z",
            &["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"],
        );
        check(
            "*/10 2 * * *",
            "Europe/Berlin",
            "2026-03-28T01:50:00Z",
            &["2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z"],
        );
        check(
            "*/30 * * * *",
            "Europe/Berlin",
            "2026-03-29T00:30:00Z",
            &["2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"],
        );
        check(
            "15 2 * * *",
            "America/New_York",
            "2026-03-07T08:00:00Z",
            &["2026-03-08T07:00:00Z", "2026-03-09T06:15:00Z"],
        );
        // Half an hour: from 02:00 to 02:30.
        check(
            "10 2 * * *",
            "Australia/Lord_Howe",
            "2026-10-03T00:00:00Z",
            &["2026-10-03T15:30:00Z", "2026-10-04T15:10:00Z"],
        );
    }

    #[test]
    fn a_time_that_exists_twice_comes_once() {
        check(
            "30 2 * * *",
            "Europe/Berlin",
            "2026-10-24T00:30:00Z",
            &["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"],
        );
        check(
            "30 1 * * *",
            "America/New_York",
            "2026-10-31T05:30:00Z",
            &["2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"],
        );
        // Half an hour: from 02:00 back to 01:30.
        check(
            "45 1 * * *",
            "Australia/Lord_Howe",
            "2026-04-03T15:00:00Z",
            &["2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z"],
        );
        check(
            "*/20 * * * *",
            "Europe/Berlin",
            "2026-10-25T00:30:00Z",
            &["2026-10-25T00:40:00Z", "2026-10-25T02:00:00Z"],
        );
    }

    #[test]
    fn a_day_that_a_zone_skips_comes_when_the_next_one_begins() {
        check("0 12 30 12 *", "Pacific/Apia", "2011-12-29T00:00:00Z", &["2011-12-30T10:00:00Z"]);
    }

    #[test]
    fn days_and_weekdays_go_together_as_cron_and_as_easydb_have_them() {
        check(
            "0 10 1-7 * sun",
            "UTC",
            "2026-11-02T10:00:00Z",
            &["2026-11-03T10:00:00Z", "2026-11-04T10:00:00Z"],
        );
        let first_sunday = Schedule {
            weekdays: Some(vec![Weekday::Sun]),
            days: Some((1..=7).collect()),
            hours: Some(vec![10]),
            ..Schedule::default()
        };
        let at = next(&[first_sunday.times().unwrap()], "2026-11-02T00:00:00Z".parse().unwrap());
        assert_eq!(at.unwrap().to_string(), "2026-12-06T10:00:00Z");
    }

    #[test]
    fn leap_days_come_however_far_they_are() {
        check("0 0 29 2 *", "UTC", "2096-03-01T00:00:00Z", &["2104-02-29T00:00:00Z"]);
    }

    #[test]
    fn several_schedules_come_one_after_the_other_and_once_at_the_same_time() {
        let both = [cron("0 3 * * *", "UTC"), cron("0 4 * * *", "Europe/Berlin")];
        let at = next(&both, "2026-11-01T03:00:00Z".parse().unwrap()).unwrap();
        assert_eq!(at.to_string(), "2026-11-02T03:00:00Z");
        assert_eq!(next(&both, at).unwrap().to_string(), "2026-11-03T03:00:00Z");
        assert_eq!(next(&[], at), None);
    }

    /// The same by walking: minute by minute, what the clocks show for the first time or leave out
    /// has come.
    fn walked(times: &Times, after: Timestamp, days: i64) -> Option<Timestamp> {
        const DAY: i64 = 24 * 60;
        let start = after.as_second().div_euclid(60) - 2 * DAY;
        let mut shown = times.zone().to_datetime(Timestamp::from_second(start * 60).unwrap());
        for minute in start..start + (days + 2) * DAY {
            let at = Timestamp::from_second(minute * 60).unwrap();
            let clock = times.zone().to_datetime(at);
            let mut comes = false;
            while shown < clock {
                shown = shown.checked_add(jiff::Span::new().minutes(1)).unwrap();
                comes |=
                    times.falls_on(shown.date()) && times.of_day().any(|time| time == shown.time());
            }
            if comes && at > after {
                return Some(at);
            }
        }
        None
    }

    const ZONES: [&str; 6] = [
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "America/St_Johns",
        "Africa/Casablanca",
    ];

    fn field(least: u8, greatest: u8) -> impl Strategy<Value = String> {
        let number = least..=greatest;
        prop_oneof![
            Just("*".to_owned()),
            number.clone().prop_map(|value| value.to_string()),
            (number, 1_u8..30).prop_map(|(first, step)| format!("{first}/{step}")),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn what_is_computed_is_what_walking_finds(
            fields in (field(0, 59), field(0, 4), field(1, 28), field(0, 6)),
            zone in 0..ZONES.len(),
            // Around the changes of spring and autumn, where mistakes would be.
            change in prop_oneof![Just(0_i64), Just(31), Just(190), Just(217)],
            year in 0_i64..8,
            second in 0_i64..20 * 24 * 3600,
        ) {
            let (minute, hour, day, weekday) = fields;
            let times = cron(&format!("{minute} {hour} {day} * {weekday}"), ZONES[zone]);
            // Begins on 2024-03-01.
            let after = 1_709_251_200 + (year * 365 + change) * 86_400 + second;
            let after = Timestamp::from_second(after).unwrap();
            let found = next(std::slice::from_ref(&times), after);
            match walked(&times, after, 8) {
                Some(at) => prop_assert_eq!(found, Some(at)),
                None => prop_assert!(found.unwrap() > after + jiff::SignedDuration::from_hours(7 * 24)),
            }
        }
    }
}
