//! How far a run is beyond its finished batches.

use proto::id::RunId;

use super::Board;

/// What the batches of a run come to that are under way, in thousandths of a batch, as far as the board shows it.
pub async fn under_way(board: &dyn Board, run: RunId) -> u64 {
    let Ok(parts) = board.parts(run).await else { return 0 };
    if parts.is_empty() {
        return 0;
    }
    let marked = board.marked(run).await.unwrap_or_default();
    let is_under_way = |ordinal: &u32| marked.binary_search(ordinal).is_err();
    let parts = parts.iter().filter(|(ordinal, _)| is_under_way(ordinal));
    parts.map(|(_, thousandths)| u64::from((*thousandths).min(1000))).sum()
}
