//! Promises about the events of an export.

use std::time::Duration;

use futures::future::join_all;
use proto::event::{Event, Happening};
use proto::run::Counts;
use tokio::time::Instant;

use super::super::{Board, EventId};
use super::export;

/// Longer than anything takes that must happen.
const PATIENCE: Duration = Duration::from_secs(20);

pub(super) fn event(run: u32) -> Event {
    let counts = Counts { batches: 1, records: u64::from(run), bytes: 3, warnings: 0 };
    let at = jiff::Timestamp::from_second(1_790_000_000).expect("a time");
    Event { at, run, what: Happening::Progress { counts } }
}

async fn runs_after(
    board: &dyn Board,
    after: Option<&EventId>,
    limit: usize,
    wait: Duration,
) -> Vec<u32> {
    let events = board.events(export(1), after, limit, wait).await.expect("the board answers");
    events.into_iter().map(|(_, event)| event.run).collect()
}

pub(super) async fn events_come_in_order_and_after_an_id(board: &dyn Board) {
    assert!(runs_after(board, None, 10, Duration::ZERO).await.is_empty());
    let mut ids = Vec::new();
    for run in 1..=5 {
        ids.push(board.tell(export(1), &event(run)).await.expect("the board answers"));
        board.tell(export(2), &event(100)).await.expect("the board answers");
    }
    let told = board.events(export(1), None, 10, Duration::ZERO).await.expect("the board answers");
    let expected: Vec<_> = ids.iter().cloned().zip((1..=5).map(event)).collect();
    assert_eq!(told, expected);
    assert_eq!(runs_after(board, None, 2, Duration::ZERO).await, [1, 2]);
    assert_eq!(runs_after(board, Some(&ids[1]), 2, Duration::ZERO).await, [3, 4]);
    assert_eq!(runs_after(board, Some(&ids[3]), 10, PATIENCE).await, [5]);
    assert!(runs_after(board, Some(&ids[4]), 10, Duration::ZERO).await.is_empty());
}

pub(super) async fn who_waits_is_woken(board: &dyn Board) {
    let last = board.tell(export(1), &event(1)).await.expect("the board answers");
    let began = Instant::now();
    let telling = async {
        // A board does not say that somebody waits: the others have this long to begin. One that begins
        // later finds the event there, and the promise is not seen to be broken.
        tokio::time::sleep(Duration::from_millis(100)).await;
        board.tell(export(2), &event(9)).await.expect("the board answers");
        board.tell(export(1), &event(2)).await.expect("the board answers");
    };
    // Many wait at once, each for itself.
    let waiting = join_all((0..32).map(|_| runs_after(board, Some(&last), 10, PATIENCE)));
    let (woken, ()) = tokio::join!(waiting, telling);
    assert_eq!(woken, vec![vec![2]; 32]);
    assert!(began.elapsed() < PATIENCE, "they are woken, not timed out");
    let began = Instant::now();
    let wait = Duration::from_millis(50);
    assert!(runs_after(board, Some(&board_last(board).await), 10, wait).await.is_empty());
    assert!(began.elapsed() >= wait, "who finds nothing has waited");
}

async fn board_last(board: &dyn Board) -> EventId {
    let events =
        board.events(export(1), None, 100, Duration::ZERO).await.expect("the board answers");
    events.into_iter().next_back().map(|(id, _)| id).expect("there are events")
}

pub(super) async fn an_unknown_id_replays_everything(board: &dyn Board, wipe: &impl AsyncFn()) {
    board.tell(export(1), &event(1)).await.expect("the board answers");
    let known_once = board.tell(export(1), &event(2)).await.expect("the board answers");
    let made_up = EventId("made up".to_owned());
    assert_eq!(runs_after(board, Some(&made_up), 10, Duration::ZERO).await, [1, 2]);
    let of_tomorrow = EventId("9999999999999-0".to_owned());
    assert_eq!(runs_after(board, Some(&of_tomorrow), 10, Duration::ZERO).await, [1, 2]);
    wipe().await;
    assert!(runs_after(board, Some(&known_once), 10, Duration::ZERO).await.is_empty());
    let telling = async {
        // As above: long enough for the other to wait.
        tokio::time::sleep(Duration::from_millis(100)).await;
        board.tell(export(1), &event(3)).await.expect("the board answers");
    };
    let (replayed, ()) = tokio::join!(runs_after(board, Some(&of_tomorrow), 10, PATIENCE), telling);
    assert_eq!(replayed, [3]);
}
