//! Processes that are told to stop end by themselves, and leave nothing undone.

use tests::Backends;

use super::crew::Crew;
use super::load::Load;

#[tokio::test(flavor = "multi_thread")]
async fn processes_told_to_stop_under_load_end_well_and_lose_nothing() {
    let load = Load::large();
    let backends = Backends::shared().await.unwrap();
    let mut crew = Crew::working(&backends, &load.sources, 2).await;
    let expected = load.sha256(&crew.fleet).await;
    let run = crew.submit(&load.definition()).await;
    for (batches, name) in [(3, "worker-1"), (10, "coordinator"), (20, "worker-2")] {
        crew.reaches(run, batches).await;
        assert!(!crew.has_ended(run).await, "it was too fast to be disturbed");
        crew.drain(name).await;
    }
    crew.drain("agent").await;
    assert_eq!(crew.sha256(run).await, expected);
    crew.is_recorded_once(run).await;
}
