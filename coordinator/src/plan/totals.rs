//! What a plan has of all its outputs together.

use source::Survey;

/// Counts, as far as they are known, and what must live as long as the run.
pub(super) struct Totals {
    pub(super) records: Option<u64>,
    pub(super) bytes: Option<u64>,
    pub(super) holds: Vec<Box<dyn Send + Sync>>,
}

impl Totals {
    /// Of no outputs.
    pub(super) fn new() -> Self {
        Self { records: Some(0), bytes: Some(0), holds: Vec::new() }
    }

    /// Adds what a survey found.
    pub(super) fn add(&mut self, survey: &mut Survey) {
        self.holds.extend(survey.hold.take());
        self.records = self.records.zip(survey.records).map(|(all, one)| all + one);
        self.bytes = self.bytes.zip(survey.bytes).map(|(all, one)| all + one);
    }
}
