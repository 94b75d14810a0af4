//! `_schedules` of an export document: plural keys and full names of days in the normal form, singular keys
//! and `mon` in older ones.

use serde_json::{Map, Value, json};

use super::instance::Instance;
use super::reading::Reading;
use super::vocabulary;
use crate::definition::{Schedule, Weekday};

const DAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Mon),
    ("tuesday", Weekday::Tue),
    ("wednesday", Weekday::Wed),
    ("thursday", Weekday::Thu),
    ("friday", Weekday::Fri),
    ("saturday", Weekday::Sat),
    ("sunday", Weekday::Sun),
];

/// The schedules of a document.
pub(super) fn schedules(
    place: &str,
    value: &Value,
    instance: &Instance,
    reading: &mut Reading,
) -> Vec<Schedule> {
    (0..)
        .zip(Reading::list(value))
        .filter_map(|(index, value): (usize, &Value)| {
            schedule(&format!("{place}.{index}"), value, instance, reading)
        })
        .collect()
}

fn schedule(
    place: &str,
    value: &Value,
    instance: &Instance,
    reading: &mut Reading,
) -> Option<Schedule> {
    let mut schedule = Schedule { zone: instance.zone.clone(), ..Schedule::default() };
    for (key, value) in reading.map(place, value)? {
        let place = format!("{place}.{key}");
        match key.as_str() {
            _ if !vocabulary::SCHEDULE.contains(&key.as_str()) => reading.unknown(&place),
            "weekdays" | "weekday" => schedule.weekdays = weekdays(&place, value, reading),
            "days_of_month" | "day_of_month" => {
                schedule.days = numbers(&place, value, (1, 31), reading);
            }
            "hours" | "hour" => schedule.hours = numbers(&place, value, (0, 23), reading),
            "minutes" | "minute" => schedule.minutes = numbers(&place, value, (0, 59), reading),
            "timezone" => {
                let zone = reading.text(&place, value);
                schedule.zone = zone.or(schedule.zone);
            }
            _ => reading.unknown(&place),
        }
    }
    if let Err(fault) = schedule.times() {
        reading.wrong(place, fault.message);
    }
    Some(schedule)
}

fn weekdays(place: &str, value: &Value, reading: &mut Reading) -> Option<Vec<Weekday>> {
    let mut days = Vec::new();
    for value in Reading::list(value) {
        let Some(name) = reading.text(place, value) else { continue };
        let name = name.to_ascii_lowercase();
        let day = DAYS.iter().find(|(day, _)| *day == name || day[..3] == name);
        match day {
            Some((_, day)) => days.push(*day),
            None => reading.wrong(place, format!("{name:?} is no day of the week")),
        }
    }
    days.dedup();
    (!days.is_empty()).then_some(days)
}

fn numbers(
    place: &str,
    value: &Value,
    (least, most): (u64, u64),
    reading: &mut Reading,
) -> Option<Vec<u8>> {
    let mut numbers = Vec::new();
    for value in Reading::list(value) {
        let Some(number) = reading.number(place, value) else { continue };
        match u8::try_from(number) {
            Ok(small) if (least..=most).contains(&number) => numbers.push(small),
            Ok(_) | Err(_) => {
                reading.wrong(place, format!("{number} is not within {least} to {most}"));
            }
        }
    }
    numbers.sort_unstable();
    numbers.dedup();
    (!numbers.is_empty()).then_some(numbers)
}

/// A schedule as documents show it.
pub(super) fn shown(schedule: &Schedule) -> Value {
    let mut shown = Map::new();
    if let Some(cron) = &schedule.cron {
        shown.insert("cron".to_owned(), json!(cron));
    }
    if let Some(days) = &schedule.weekdays {
        let name =
            |day: &Weekday| DAYS.iter().find(|(_, known)| known == day).map(|(name, _)| name);
        let names: Vec<_> = days.iter().filter_map(name).collect();
        shown.insert("weekdays".to_owned(), json!(names));
    }
    for (key, numbers) in [
        ("days_of_month", &schedule.days),
        ("hours", &schedule.hours),
        ("minutes", &schedule.minutes),
    ] {
        if let Some(numbers) = numbers {
            shown.insert(key.to_owned(), json!(numbers));
        }
    }
    if let Some(zone) = &schedule.zone {
        shown.insert("timezone".to_owned(), json!(zone));
    }
    Value::Object(shown)
}
