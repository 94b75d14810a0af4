//! Promises about leases.

use std::time::Duration;

use tokio::time::Instant;

use super::super::Board;

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
