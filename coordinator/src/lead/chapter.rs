//! The traces of a run: first that of the request which started it, later ones of its own.
//!
//! Collectors take a trace for something that ends soon, and whoever looks at one wants to see all of it. A run may
//! take hours and a hundred thousand tasks: what is handed out long after the request belongs to another trace,
//! which begins with an `export` of its own and is linked to the request.

use std::time::Duration;

use jiff::Timestamp;
use proto::id::RunId;
use proto::run::Start;
use tracing::Span;
use tracing::field::Empty;

/// What of a run is in one trace.
pub(super) struct Chapter {
    run: RunId,
    /// The context of the request that started the run.
    request: Option<String>,
    began: Timestamp,
    /// What its tasks are part of.
    span: Span,
}

impl Chapter {
    /// Where a run is that began so: in the trace of the request, unless that took too long.
    pub(super) fn of(run: RunId, start: &Start, now: Timestamp, longest: Duration) -> Self {
        let (request, began) = (start.trace.clone(), start.at);
        let mut chapter = Self { run, request, began, span: Span::none() };
        if chapter.is_over(now, longest) {
            chapter.begin(now);
        } else {
            chapter.span = span(run);
            fabric::trace::continue_from(&chapter.span, chapter.request.as_deref());
            fabric::trace::tell(&chapter.span);
        }
        chapter
    }

    /// Begins the next one where this one took too long.
    pub(super) fn turn(&mut self, now: Timestamp, longest: Duration) {
        if self.is_over(now, longest) {
            self.begin(now);
        }
    }

    pub(super) fn span(&self) -> &Span {
        &self.span
    }

    fn is_over(&self, now: Timestamp, longest: Duration) -> bool {
        let taken = Duration::try_from(now.duration_since(self.began)).unwrap_or_default();
        taken >= longest
    }

    fn begin(&mut self, now: Timestamp) {
        self.span = span(self.run);
        fabric::trace::link(&self.span, self.request.as_deref());
        fabric::trace::tell(&self.span);
        self.began = now;
    }
}

/// A span that is part of nothing yet.
fn span(run: RunId) -> Span {
    tracing::info_span!(
        parent: None, "export", export.id = %run.export, run = run.run, trace_id = Empty,
    )
}

#[cfg(test)]
mod tests {
    use proto::id::ExportId;
    use proto::run::Extent;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_run_is_in_the_trace_of_its_request_for_a_while_and_then_in_others_for_as_long() {
        let at = |minutes: i64| Timestamp::from_second(minutes * 60).unwrap();
        let longest = Duration::from_hours(1);
        let run = RunId { export: ExportId(Uuid::nil()), run: 1 };
        let start =
            Start { version: 1, at: at(0), due: None, extent: Extent::Changes, trace: None };
        let mut chapter = Chapter::of(run, &start, at(5), longest);
        for (now, began) in [(59, 0), (60, 60), (119, 60), (200, 200)] {
            chapter.turn(at(now), longest);
            assert_eq!(chapter.began, at(began), "{now}");
        }
        let taken_up = Chapter::of(run, &start, at(150), longest);
        assert_eq!(taken_up.began, at(150), "the request is long ago");
    }
}
