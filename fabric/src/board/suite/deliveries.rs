//! Promises about transports.

use std::collections::BTreeMap;

use jiff::Timestamp;
use proto::delivery::{Delivery, Moved, Step};
use proto::fault::{Code, Fault};

use super::super::{Board, ShownDelivery};
use super::run_of;

fn delivery(steps: u32) -> Delivery {
    let mut delivery = Delivery::default();
    for attempt in 1..=steps {
        let fault = Fault::new(Code::StoreUnavailable, "away").hint("wait");
        delivery.note(Timestamp::UNIX_EPOCH, attempt, Step::Retrying { fault });
    }
    delivery
}

pub(super) async fn each_transport_is_shown_by_itself(board: &dyn Board) {
    let (run, other) = (run_of(1, 1), run_of(1, 2));
    assert_eq!(board.deliveries(run).await.expect("the board answers"), BTreeMap::new());
    board.show_delivery(run, 0, &delivery(1)).await.expect("the board answers");
    board.show_delivery(run, 12, &delivery(2)).await.expect("the board answers");
    board.show_delivery(run, 0, &delivery(3)).await.expect("the board answers");
    let moved = |bytes| Moved { bytes, of: 1 << 60 };
    // Agents may tell before whoever leads does.
    board.show_moved(run, 1, moved(5)).await.expect("the board answers");
    board.show_moved(run, 12, moved(1)).await.expect("the board answers");
    board.show_moved(run, 12, moved(1 << 59)).await.expect("the board answers");
    let expected = BTreeMap::from([
        (0, ShownDelivery { delivery: Some(delivery(3)), moved: None }),
        (1, ShownDelivery { delivery: None, moved: Some(moved(5)) }),
        (12, ShownDelivery { delivery: Some(delivery(2)), moved: Some(moved(1 << 59)) }),
    ]);
    assert_eq!(board.deliveries(run).await.expect("the board answers"), expected);
    assert_eq!(board.deliveries(other).await.expect("the board answers"), BTreeMap::new());
}

pub(super) async fn a_forgotten_run_has_no_deliveries(board: &dyn Board) {
    let (run, other) = (run_of(1, 1), run_of(1, 2));
    for run in [run, other] {
        board.show_delivery(run, 0, &delivery(1)).await.expect("the board answers");
    }
    board.forget_run(run).await.expect("the board answers");
    assert_eq!(board.deliveries(run).await.expect("the board answers"), BTreeMap::new());
    assert_eq!(board.deliveries(other).await.expect("the board answers").len(), 1);
}
