//! Processes that are killed at any moment and start again: nothing is lost, nothing done twice.

use std::time::Duration;

use proto::id::RunId;
use proto::key::Key;
use tests::Backends;

use super::crew::Crew;
use super::load::Load;

/// How many exports are disturbed, each by five kills of every role.
const EXPORTS: u64 = 4;

#[tokio::test(flavor = "multi_thread")]
async fn sixty_kills_change_nothing() {
    let load = Load::large();
    let backends = Backends::shared().await.unwrap();
    let mut crew = Crew::working(&backends, &load.sources, 2).await;
    let expected = load.sha256(&crew.fleet).await;
    let mut chance = Chance(1);
    for _ in 0..EXPORTS {
        let run = crew.submit(&load.definition()).await;
        for kill in 0..5 {
            crew.reaches(run, kill * 10).await;
            for victim in ["worker-1", "coordinator"] {
                // Not a wait for something: the kill is to come at any moment.
                tokio::time::sleep(chance.moment()).await;
                crew.restart(victim).await;
            }
        }
        kill_agent(&mut crew, run, &mut chance).await;
        assert_eq!(crew.sha256(run).await, expected);
        crew.is_recorded_once(run).await;
    }
}

/// Kills the agent while it has something to do, which it has once the batches are finished.
async fn kill_agent(crew: &mut Crew, run: RunId, chance: &mut Chance) {
    let shown = crew.store.get(&Key::plan(run)).await.unwrap();
    let plan: serde_json::Value = serde_json::from_slice(&shown.0).unwrap();
    crew.reaches(run, usize::try_from(plan["batches"].as_u64().unwrap()).unwrap()).await;
    for _ in 0..5 {
        tokio::time::sleep(chance.moment()).await;
        crew.restart("agent").await;
    }
}

/// Moments that nobody chose, yet the same in every run of the test.
struct Chance(u64);

impl Chance {
    /// Up to 300 ms: about as long as a batch takes.
    fn moment(&mut self) -> Duration {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        Duration::from_millis((self.0 >> 33) % 300)
    }
}
