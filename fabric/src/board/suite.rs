//! What every board promises, as one test for all of them.
//!
//! Panics where a promise is broken. The board must belong to the suite alone; it is wiped between
//! promises with the given `wipe`.

mod marks;
mod deliveries;
mod lists;
mod events;
mod leases;

use proto::id::{ExportId, Owner, RunId};
use uuid::Uuid;

use super::{Board, BoardError};

/// Checks every promise, one after the other.
pub async fn run(board: &dyn Board, wipe: impl AsyncFn() -> Result<(), BoardError>) {
    let wipe = async || wipe().await.expect("the board can be wiped");
    wipe().await;
    marks::a_batch_marked_twice_counts_once(board).await;
    wipe().await;
    marks::marks_at_once_count_once(board).await;
    wipe().await;
    marks::marked_ordinals_ascend(board).await;
    wipe().await;
    marks::a_forgotten_run_is_as_if_it_never_was(board).await;
    wipe().await;
    marks::parts_of_batches_are_shown_anew(board).await;
    wipe().await;
    marks::a_run_is_stopped_alone(board).await;
    wipe().await;
    deliveries::each_transport_is_shown_by_itself(board).await;
    wipe().await;
    deliveries::a_forgotten_run_has_no_deliveries(board).await;
    wipe().await;
    lists::the_newest_export_is_listed_first(board).await;
    wipe().await;
    lists::an_export_shown_anew_changes_in_place(board).await;
    wipe().await;
    lists::a_removed_export_is_nowhere(board).await;
    wipe().await;
    events::events_come_in_order_and_after_an_id(board).await;
    wipe().await;
    events::who_waits_is_woken(board).await;
    wipe().await;
    events::an_unknown_id_replays_everything(board, &wipe).await;
    wipe().await;
    leases::a_lease_belongs_to_one_holder(board).await;
    wipe().await;
    leases::a_lease_expires(board).await;
    wipe().await;
    leases::the_workload_is_told_for_a_while(board).await;
    wipe().await;
    a_wiped_board_is_not_complete(board, &wipe).await;
    wipe().await;
}

async fn a_wiped_board_is_not_complete(board: &dyn Board, wipe: &impl AsyncFn()) {
    let is_complete = async || board.is_complete().await.expect("the board answers");
    assert!(!is_complete().await);
    board.set_complete().await.expect("the board answers");
    board.set_complete().await.expect("the board answers");
    assert!(is_complete().await);
    wipe().await;
    assert!(!is_complete().await);
}

fn export(number: u128) -> ExportId {
    ExportId(Uuid::from_u128(number))
}

fn run_of(number: u128, run: u32) -> RunId {
    RunId { export: export(number), run }
}

fn owner(name: &str) -> Owner {
    Owner::try_from(name.to_owned()).expect("an owner's name")
}
