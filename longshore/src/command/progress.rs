//! Following a run on the board: a bar on a terminal, a line now and then elsewhere.

use std::io::IsTerminal;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytesize::ByteSize;
use fabric::board::{Board, under_way};
use fabric::record;
use fabric::store::{Store, StoreError};
use indicatif::{ProgressBar, ProgressStyle};
use proto::id::RunId;
use proto::key::Key;
use proto::run::{Counts, Outcome};

use crate::compose::Ground;
use crate::exit;

/// How often the board is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// How often a line is written where there is no terminal.
const LINE: Duration = Duration::from_secs(5);

/// A run that is followed.
pub(super) struct Progress {
    store: Arc<dyn Store>,
    board: Arc<dyn Board>,
    run: RunId,
    view: View,
    began: Instant,
}

/// How it is shown.
enum View {
    Bar(ProgressBar),
    Lines { next: Instant },
    Nothing,
}

impl Progress {
    pub(super) fn new(ground: &Ground, run: RunId, is_silent: bool) -> Self {
        let began = Instant::now();
        let view = if is_silent {
            View::Nothing
        } else if std::io::stderr().is_terminal() {
            View::Bar(bar())
        } else {
            View::Lines { next: began + LINE }
        };
        Self {
            store: Arc::clone(&ground.store),
            board: Arc::clone(&ground.board),
            run,
            view,
            began,
        }
    }

    /// Follows the run to its end.
    pub(super) async fn follow(mut self) -> Result<Outcome, StoreError> {
        let mut looks = tokio::time::interval(LOOK);
        loop {
            looks.tick().await;
            let shown = self.board.summary(self.run.export).await.ok().flatten();
            let counts = self.board.counts(self.run).await.ok().flatten().unwrap_or_default();
            let (batches, records) =
                shown.as_ref().map_or((None, None), |shown| (shown.batches, shown.records));
            let under_way = under_way(&*self.board, self.run).await;
            self.show(counts, under_way, batches, records);
            if shown.is_some_and(|shown| shown.run == self.run.run && shown.state.is_final())
                && let Some(outcome) = record::find(&*self.store, &Key::outcome(self.run)).await?
            {
                if let View::Bar(bar) = &self.view {
                    bar.finish_and_clear();
                }
                return Ok(outcome);
            }
        }
    }

    /// `under_way` is what unfinished batches come to, in thousandths of a batch.
    fn show(&mut self, counts: Counts, under_way: u64, batches: Option<u32>, records: Option<u64>) {
        match &mut self.view {
            View::Nothing => {}
            View::Bar(bar) => {
                bar.set_length(u64::from(batches.unwrap_or(0)).max(1) * 1000);
                bar.set_position(counts.batches * 1000 + under_way);
                bar.set_message(numbers(counts, records, self.began.elapsed()));
            }
            View::Lines { next } if Instant::now() >= *next => {
                *next += LINE;
                let of = batches.map_or_else(String::new, |batches| format!(" of {batches}"));
                let left = time_left(counts.batches, batches, self.began.elapsed());
                exit::say(&format!(
                    "{}{}{of} batches, {}{left}",
                    counts.batches,
                    tenths(under_way),
                    numbers(counts, records, self.began.elapsed())
                ));
            }
            View::Lines { .. } => {}
        }
    }
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::new(1);
    let style = ProgressStyle::with_template("{bar:30} {percent:>3}% {msg}, {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.set_style(style);
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

/// Records, bytes and rate.
fn numbers(counts: Counts, records: Option<u64>, elapsed: Duration) -> String {
    let of = records.map_or_else(String::new, |records| format!(" of {records}"));
    let rate = counts.bytes as f64 / elapsed.as_secs_f64().max(0.001);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rate for people"
    )]
    let rate = ByteSize::b(rate as u64);
    format!("{}{of} records, {}, {rate}/s", counts.records, ByteSize::b(counts.bytes))
}

/// What unfinished batches come to, behind the number of those that are finished.
fn tenths(under_way: u64) -> String {
    match under_way / 100 {
        0 => String::new(),
        tenths => format!(" and {}.{}", tenths / 10, tenths % 10),
    }
}

fn time_left(done: u64, batches: Option<u32>, elapsed: Duration) -> String {
    match batches {
        Some(batches) if done > 0 && u64::from(batches) > done => {
            let left = elapsed.mul_f64((u64::from(batches) - done) as f64 / done as f64);
            format!(", {} s left", left.as_secs())
        }
        _ => String::new(),
    }
}
