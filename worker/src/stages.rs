//! How long the stages of a batch take, one after the other.

use std::time::Instant;

/// The stages of a batch that is being made. What does not end well is not told: its batch failed.
pub(crate) struct Stages {
    began: Instant,
}

impl Stages {
    /// Begins the first stage.
    pub(crate) fn begin() -> Self {
        Self { began: Instant::now() }
    }

    /// Tells how long a stage took, and begins the next one.
    pub(crate) fn ended(&mut self, stage: &'static str) {
        let now = Instant::now();
        let took = now.duration_since(self.began);
        self.began = now;
        metrics::histogram!("longshore_batch_stage_seconds", "stage" => stage)
            .record(took.as_secs_f64());
    }
}
