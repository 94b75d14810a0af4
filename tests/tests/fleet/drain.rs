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

#[tokio::test(flavor = "multi_thread")]
async fn a_fleet_that_grows_to_four_workers_and_shrinks_to_one_again_loses_nothing() {
    let load = Load::large();
    let backends = Backends::shared().await.unwrap();
    let mut crew = Crew::working(&backends, &load.sources, 1).await;
    let expected = load.sha256(&crew.fleet).await;
    let run = crew.submit(&load.definition()).await;
    crew.reaches(run, 3).await;
    let others = ["worker-2", "worker-3", "worker-4"];
    for name in others {
        crew.start("worker", name, &[]);
    }
    crew.reaches(run, 20).await;
    assert!(!crew.has_ended(run).await, "it was too fast to be disturbed");
    for name in others {
        crew.retire(name).await;
    }
    assert_eq!(crew.sha256(run).await, expected);
    crew.is_recorded_once(run).await;
}
