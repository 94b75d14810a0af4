//! Promises about finished batches.

use std::collections::BTreeMap;

use futures::future::join_all;
use proto::run::Counts;

use super::super::{Board, Mark};
use super::run_of;

fn mark(ordinal: u32) -> Mark {
    let counts =
        Counts { batches: 1, records: 10, bytes: 1 << 40, warnings: u64::from(ordinal % 2) };
    Mark { ordinal, counts }
}

pub(super) async fn a_batch_marked_twice_counts_once(board: &dyn Board) {
    let run = run_of(1, 1);
    assert_eq!(board.counts(run).await.expect("the board answers"), None);
    board.mark(run, &[mark(0), mark(1), mark(1)]).await.expect("the board answers");
    board.mark(run, &[mark(1), mark(2)]).await.expect("the board answers");
    let expected = Counts { batches: 3, records: 30, bytes: 3 << 40, warnings: 1 };
    assert_eq!(board.counts(run).await.expect("the board answers"), Some(expected));
    assert_eq!(board.counts(run_of(1, 2)).await.expect("the board answers"), None);
    board.mark(run_of(1, 2), &[]).await.expect("the board answers");
    assert_eq!(board.counts(run_of(1, 2)).await.expect("the board answers"), None);
}

pub(super) async fn marks_at_once_count_once(board: &dyn Board) {
    let run = run_of(1, 1);
    let marks: Vec<Mark> = (0..5_000).map(mark).collect();
    // Each batch is reported by two workers, in overlapping heaps.
    let heaps = (0..5_000).step_by(250).map(|first| &marks[first..(first + 500).min(5_000)]);
    for marked in join_all(heaps.map(|heap| board.mark(run, heap))).await {
        marked.expect("the board answers");
    }
    let counts = board.counts(run).await.expect("the board answers").expect("the run is known");
    assert_eq!(
        counts,
        Counts { batches: 5_000, records: 50_000, bytes: 5_000 << 40, warnings: 2_500 }
    );
    assert!(board.marked(run).await.expect("the board answers").into_iter().eq(0..5_000));
}

pub(super) async fn marked_ordinals_ascend(board: &dyn Board) {
    let run = run_of(1, 1);
    assert!(board.marked(run).await.expect("the board answers").is_empty());
    let ordinals = [70_000, 0, 63, 64, 7, 8, 1_000_000];
    board.mark(run, &ordinals.map(mark)).await.expect("the board answers");
    let marked = board.marked(run).await.expect("the board answers");
    assert_eq!(marked, [0, 7, 8, 63, 64, 70_000, 1_000_000]);
}

pub(super) async fn a_forgotten_run_is_as_if_it_never_was(board: &dyn Board) {
    let (run, other) = (run_of(1, 1), run_of(1, 2));
    for run in [run, other] {
        board.mark(run, &[mark(3)]).await.expect("the board answers");
        board.stop(run).await.expect("the board answers");
    }
    board.forget_run(run).await.expect("the board answers");
    board.forget_run(run).await.expect("the board answers");
    assert_eq!(board.counts(run).await.expect("the board answers"), None);
    assert!(board.marked(run).await.expect("the board answers").is_empty());
    assert!(!board.is_stopped(run).await.expect("the board answers"));
    assert_eq!(board.marked(other).await.expect("the board answers"), [3]);
    board.mark(run, &[mark(3)]).await.expect("the board answers");
    assert_eq!(
        board.counts(run).await.expect("the board answers").map(|counts| counts.batches),
        Some(1)
    );
}

pub(super) async fn parts_of_batches_are_shown_anew(board: &dyn Board) {
    let (run, other) = (run_of(1, 1), run_of(1, 2));
    let parts = async |run| board.parts(run).await.expect("the board answers");
    assert_eq!(parts(run).await, BTreeMap::new());
    for (ordinal, thousandths) in [(0, 10), (70_000, 999), (0, 250), (0, 125)] {
        board.show_part(run, ordinal, thousandths).await.expect("the board answers");
    }
    board.show_part(other, 0, 1000).await.expect("the board answers");
    assert_eq!(parts(run).await, BTreeMap::from([(0, 125), (70_000, 999)]));
    board.forget_run(run).await.expect("the board answers");
    assert_eq!(parts(run).await, BTreeMap::new());
    assert_eq!(parts(other).await, BTreeMap::from([(0, 1000)]));
}

pub(super) async fn a_run_is_stopped_alone(board: &dyn Board) {
    board.stop(run_of(1, 1)).await.expect("the board answers");
    board.stop(run_of(1, 1)).await.expect("the board answers");
    assert!(board.is_stopped(run_of(1, 1)).await.expect("the board answers"));
    assert!(!board.is_stopped(run_of(1, 2)).await.expect("the board answers"));
    assert!(!board.is_stopped(run_of(2, 1)).await.expect("the board answers"));
}
