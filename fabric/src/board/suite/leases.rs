//! Promises about leases, and about what is shown for as long.

use std::time::Duration;

use tokio::time::Instant;

use super::super::{Board, LaneLoad, Workload};

const LONG: Duration = Duration::from_mins(1);
const SHORT: Duration = Duration::from_millis(200);

async fn lease(board: &dyn Board, holder: &str, lifetime: Duration) -> bool {
    board.lease("dispatch", holder, lifetime).await.expect("the board answers")
}

pub(super) async fn a_lease_belongs_to_one_holder(board: &dyn Board) {
    assert!(lease(board, "one", LONG).await);
    assert!(lease(board, "one", LONG).await, "the holder keeps it");
    assert!(!lease(board, "two", LONG).await);
    assert!(board.lease("another", "two", LONG).await.expect("the board answers"));
    board.release("dispatch", "two").await.expect("the board answers");
    assert!(!lease(board, "two", LONG).await, "only the holder gives it back");
    board.release("dispatch", "one").await.expect("the board answers");
    assert!(lease(board, "two", LONG).await);
}

pub(super) async fn a_lease_expires(board: &dyn Board) {
    let began = Instant::now();
    assert!(lease(board, "one", SHORT).await);
    while !lease(board, "two", LONG).await {
        assert!(began.elapsed() < LONG / 6, "it expires");
        // The time is the server's, which tells nobody that a lease has run out.
        tokio::time::sleep(SHORT / 10).await;
    }
    assert!(began.elapsed() >= SHORT, "not before its time");
    assert!(!lease(board, "one", LONG).await, "who lost it has to wait");
}

pub(super) async fn the_workload_is_told_for_a_while(board: &dyn Board) {
    let told = async || board.workload().await.expect("the board answers");
    assert_eq!(told().await, None);
    let batches = LaneLoad { outstanding: 1 << 40, under_way: 7 };
    let (large, none) = (Workload { batches, ..Workload::default() }, Workload::default());
    board.show_workload(&large, LONG).await.expect("the board answers");
    assert_eq!(told().await, Some(large));
    board.show_workload(&none, SHORT).await.expect("the board answers");
    let began = Instant::now();
    while told().await.is_some() {
        assert!(began.elapsed() < LONG / 6, "it is forgotten");
        // The time is the server's, which tells nobody that it has forgotten something.
        tokio::time::sleep(SHORT / 10).await;
    }
}
