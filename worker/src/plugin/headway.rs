//! How far a plugin is, by what it says and by the entries that it was given. It has no clock: what is shown of it
//! changes by whole percents, so that a plugin that tells of each entry is no load for anybody.

use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;

/// How many thousandths make a step that is shown.
const STEP: u32 = 10;

/// How far it is, told by whoever knows something of it and watched by whoever shows it.
#[derive(Debug, Default)]
pub(super) struct Headway {
    known: Mutex<Known>,
    shown: watch::Sender<u32>,
}

/// What is known.
#[derive(Debug, Default)]
struct Known {
    /// How many datasets this process exports.
    datasets: usize,
    /// How many of them it has left behind.
    left: usize,
    /// The one that it is at.
    current: Option<Current>,
    /// What it says, from 0 to 1.
    said: f64,
}

#[derive(Debug)]
struct Current {
    dataset: String,
    /// How many entries its record tells of.
    entries: Option<u64>,
    given: u64,
}

impl Headway {
    /// That of a process for so many datasets.
    pub(super) fn over(datasets: usize) -> Self {
        let known = Known { datasets, ..Known::default() };
        Self { known: Mutex::new(known), shown: watch::Sender::default() }
    }

    /// How far it is, in thousandths, whenever that is a percent more.
    pub(super) fn watch(&self) -> watch::Receiver<u32> {
        self.shown.subscribe()
    }

    /// The plugin says how far it is, from 0 to 1.
    pub(super) fn says(&self, part: f64) {
        self.learn(|known| known.said = known.said.max(part.clamp(0.0, 1.0)));
    }

    /// The plugin was given a dataset, whose record may tell how many entries it has.
    pub(super) fn at_dataset(&self, dataset: &str, entries: Option<u64>) {
        self.learn(|known| {
            let current = known.at(dataset);
            current.entries = entries.or(current.entries);
        });
    }

    /// The plugin was given so many entries of a dataset.
    pub(super) fn given(&self, dataset: &str, entries: u64) {
        self.learn(|known| known.at(dataset).given += entries);
    }

    fn learn(&self, learn: impl FnOnce(&mut Known)) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        learn(&mut known);
        let step = known.thousandths() / STEP * STEP;
        self.shown.send_if_modified(|shown| {
            let is_further = step > *shown;
            *shown = step.max(*shown);
            is_further
        });
    }
}

impl Known {
    /// The dataset that it is at; all others that it was at are behind it.
    fn at(&mut self, dataset: &str) -> &mut Current {
        if self.current.as_ref().is_some_and(|current| current.dataset != dataset) {
            self.left += 1;
            self.current = None;
        }
        self.current.get_or_insert_with(|| Current {
            dataset: dataset.to_owned(),
            entries: None,
            given: 0,
        })
    }

    fn thousandths(&self) -> u32 {
        let of_current = self.current.as_ref().map_or(0.0, Current::part);
        let datasets = self.datasets.max(1) as f64;
        let part = ((self.left as f64 + of_current) / datasets).clamp(self.said, 1.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is between 0 and 1000"
        )]
        let thousandths = (part * 1000.0) as u32;
        thousandths
    }
}

impl Current {
    /// How much of it was given, from 0 to 1. A plugin may ask for some entries alone, or for all of them twice.
    fn part(&self) -> f64 {
        match self.entries {
            Some(entries) if entries > 0 => (self.given as f64 / entries as f64).min(1.0),
            Some(_) | None => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(headway: &Headway) -> u32 {
        *headway.watch().borrow()
    }

    #[test]
    fn entries_and_datasets_add_up() {
        let headway = Headway::over(2);
        headway.at_dataset("a", Some(400));
        assert_eq!(shown(&headway), 0);
        headway.given("a", 100);
        assert_eq!(shown(&headway), 120);
        headway.given("a", 900);
        assert_eq!(shown(&headway), 500);
        headway.at_dataset("b", None);
        headway.given("b", 1000);
        assert_eq!(shown(&headway), 500, "nobody knows how many there are");
    }

    #[test]
    fn what_the_plugin_says_counts_where_it_is_more_and_nothing_goes_back() {
        let headway = Headway::over(1);
        headway.says(0.25);
        assert_eq!(shown(&headway), 250);
        headway.at_dataset("a", Some(10));
        headway.given("a", 1);
        headway.says(0.1);
        headway.says(f64::NAN);
        assert_eq!(shown(&headway), 250);
        headway.given("a", 4);
        assert_eq!(shown(&headway), 500);
        headway.says(7.0);
        assert_eq!(shown(&headway), 1000);
    }

    #[test]
    fn less_than_a_percent_more_is_not_shown() {
        let headway = Headway::over(1);
        let mut watched = headway.watch();
        headway.at_dataset("a", Some(1000));
        let mut times = 0;
        for _ in 0..1000 {
            headway.given("a", 1);
            if watched.has_changed().unwrap() {
                times += 1;
                watched.borrow_and_update();
            }
        }
        assert_eq!(times, 100);
    }
}
