//! The times of a schedule, as sets: which minutes, hours, days, months and weekdays.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

/// Every day of a month, as bits; bit 1 is the first.
pub(super) const EVERY_DAY: u64 = 0xffff_fffe;

/// Every month, as bits; bit 1 is January.
pub(super) const EVERY_MONTH: u16 = 0x1ffe;

/// Every day of the week, as bits; bit 0 is Sunday.
pub(super) const EVERY_WEEKDAY: u8 = 0x7f;

/// The most days that months have, January first.
const LONGEST: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// Minutes of days on the clocks of a zone. No set is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Times {
    pub(super) minutes: u64,
    pub(super) hours: u64,
    pub(super) days: u64,
    pub(super) months: u16,
    pub(super) weekdays: u8,
    /// Whether one of day and weekday is enough, as cron has it where both are given.
    pub(super) either: bool,
    pub(super) zone: TimeZone,
}

impl Times {
    /// Whose clocks count.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Whether a day is one of these.
    pub fn falls_on(&self, date: Date) -> bool {
        let day = self.days >> date.day().unsigned_abs() & 1 == 1;
        let weekday = date.weekday().to_sunday_zero_offset().unsigned_abs();
        let weekday = self.weekdays >> weekday & 1 == 1;
        self.months >> date.month().unsigned_abs() & 1 == 1
            && if self.either { day || weekday } else { day && weekday }
    }

    /// The times of such a day, ascending.
    pub fn of_day(&self) -> impl Iterator<Item = Time> {
        let hours = (0_i8..24).filter(|hour| self.hours >> hour & 1 == 1);
        hours.flat_map(|hour| {
            let minutes = (0_i8..60).filter(|minute| self.minutes >> minute & 1 == 1);
            minutes.map(move |minute| Time::constant(hour, minute, 0, 0))
        })
    }

    /// Whether there is any such day in the calendar.
    pub(super) fn ever(&self) -> bool {
        let months = (1..).zip(LONGEST).filter(|(month, _)| self.months >> month & 1 == 1);
        // Sooner or later every day of a month is each day of the week.
        self.either
            || months.into_iter().any(|(_, longest)| self.days & ((1 << (longest + 1)) - 2) != 0)
    }
}
