//! Promises about the lists of exports.

use std::time::Duration;

use proto::id::{ExportId, Owner};
use proto::run::State;

use super::super::{Board, Summary};
use super::events::event;
use super::{export, owner};

fn summary(number: u128, owner: &Owner) -> Summary {
    Summary {
        id: export(number),
        owner: owner.clone(),
        name: format!("Export № {number}"),
        run: 1,
        state: State::Processing,
        batches: Some(7),
        records: None,
    }
}

async fn ids(
    board: &dyn Board,
    owner: Option<&Owner>,
    before: Option<ExportId>,
    limit: usize,
) -> Vec<u128> {
    let listed = board.list(owner, before, limit).await.expect("the board answers");
    listed.into_iter().map(|summary| summary.id.0.as_u128()).collect()
}

pub(super) async fn the_newest_export_is_listed_first(board: &dyn Board) {
    let (ann, bob) = (owner("ann@example.org"), owner("bob"));
    assert!(ids(board, None, None, 10).await.is_empty());
    for number in [3, 1, 5] {
        board.show(&summary(number, &ann)).await.expect("the board answers");
    }
    for number in [4, 2] {
        board.show(&summary(number, &bob)).await.expect("the board answers");
    }
    assert_eq!(ids(board, None, None, 10).await, [5, 4, 3, 2, 1]);
    assert_eq!(ids(board, Some(&ann), None, 10).await, [5, 3, 1]);
    assert_eq!(ids(board, Some(&ann), Some(export(5)), 10).await, [3, 1]);
    assert_eq!(ids(board, Some(&bob), Some(export(4)), 1).await, [2]);
    assert_eq!(ids(board, None, Some(export(5)), 2).await, [4, 3]);
    assert!(ids(board, None, None, 0).await.is_empty());
    assert!(ids(board, Some(&owner("carol")), None, 10).await.is_empty());
}

pub(super) async fn an_export_shown_anew_changes_in_place(board: &dyn Board) {
    let ann = owner("ann");
    assert_eq!(board.summary(export(1)).await.expect("the board answers"), None);
    board.show(&summary(1, &ann)).await.expect("the board answers");
    let done = Summary { state: State::Done, records: Some(u64::MAX), ..summary(1, &ann) };
    board.show(&done).await.expect("the board answers");
    assert_eq!(board.summary(export(1)).await.expect("the board answers").as_ref(), Some(&done));
    assert_eq!(board.list(Some(&ann), None, 10).await.expect("the board answers"), [done]);
}

pub(super) async fn a_removed_export_is_nowhere(board: &dyn Board) {
    let ann = owner("ann");
    for number in [1, 2] {
        board.show(&summary(number, &ann)).await.expect("the board answers");
        board.tell(export(number), &event(1)).await.expect("the board answers");
    }
    board.remove(&ann, export(1)).await.expect("the board answers");
    board.remove(&ann, export(1)).await.expect("the board answers");
    assert_eq!(board.summary(export(1)).await.expect("the board answers"), None);
    assert_eq!(ids(board, Some(&ann), None, 10).await, [2]);
    assert_eq!(ids(board, None, None, 10).await, [2]);
    let left = board.events(export(1), None, 10, Duration::ZERO).await.expect("the board answers");
    assert!(left.is_empty());
    let kept = board.events(export(2), None, 10, Duration::ZERO).await.expect("the board answers");
    assert_eq!(kept.len(), 1);
}
