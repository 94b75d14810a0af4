//! Processes that are killed at any moment and start again: nothing is lost and nothing done twice, in
//! any packing.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;

use proto::id::RunId;
use proto::key::{Key, Prefix};
use serde_json::Value;
use tests::{Backends, until};

use super::crew::{Crew, DEADLINE};
use super::packings::Packings;
use super::wipes::tell;

/// How often each role is killed while it is at something; agents, while they are at each packing.
const KILLS: usize = 20;

/// What the moments come from; another seed is another test.
const SEED: u64 = 1;

/// Everybody says when a task begins and ends, and does not wait long for a lead that is dead.
const VARIABLES: [(&str, &str); 4] = [
    ("LONGSHORE_TELEMETRY__LOG", "info,fabric::task=debug"),
    ("LONGSHORE_COORDINATOR__LEASE", "500ms"),
    ("LONGSHORE_WORKER__SLOTS", "2"),
    // Every transport at once.
    ("LONGSHORE_AGENT__SLOTS", "14"),
];

#[tokio::test(flavor = "multi_thread")]
async fn twenty_kills_of_each_role_at_work_change_no_packing() {
    let packings = Packings::new();
    let backends = Backends::shared().await.unwrap();
    let mut crew = Crew::idle(&backends, &packings.load.sources, &packings.targets()).await;
    for (role, name) in [
        ("coordinator", "coordinator"),
        ("worker", "worker-1"),
        ("worker", "worker-2"),
        ("transport-agent", "agent"),
    ] {
        crew.start(role, name, &VARIABLES);
    }
    crew.ann.serves("/health/ready", DEADLINE).await.unwrap();
    let undisturbed = crew.submit(&packings.definition("undisturbed")).await;
    let expected = packings.fetched(&mut crew, undisturbed, "undisturbed").await;

    let mut kills = Kills::new(&backends);
    for life in 0.. {
        if kills.are_enough() {
            break;
        }
        crew.ann.serves("/health/ready", DEADLINE).await.unwrap();
        let folder = format!("life-{life}");
        let run = crew.submit(&packings.definition(&folder)).await;
        kills.disturb(&mut crew, run).await;
        let made = packings.fetched(&mut crew, run, &folder).await;
        assert!(made == expected, "seed {SEED}, {kills:?}: {made:#?} instead of {expected:#?}");
        crew.is_recorded_once(run).await;
    }
    println!("{kills:?}");
}

/// How often who was killed while at something.
#[derive(Debug)]
struct Kills {
    coordinator: usize,
    workers: usize,
    /// While the agent packed or delivered it, for each packing.
    agent: Vec<(String, usize)>,
    chance: u64,
    redis: String,
    namespace: String,
}

impl Kills {
    fn new(backends: &Backends) -> Self {
        let agent = Packings::names().into_iter().map(|name| (name, 0)).collect();
        let (redis, namespace) = (backends.redis.clone(), backends.namespace.name().to_owned());
        Self { coordinator: 0, workers: 0, agent, chance: SEED, redis, namespace }
    }

    fn are_enough(&self) -> bool {
        let fewest = self.agent.iter().map(|(_, kills)| *kills).min();
        self.coordinator.min(self.workers) >= KILLS && fewest >= Some(KILLS)
    }

    /// Kills who is at work on a run, one after the other, until each was killed often enough or
    /// there is no more for it to do.
    async fn disturb(&mut self, crew: &mut Crew, run: RunId) {
        // Half of the coordinator's are left for when the batches are finished.
        while self.workers < KILLS || self.coordinator < KILLS / 2 {
            if !has_batches_left(crew, run).await {
                break;
            }
            if self.workers < KILLS {
                let name = ["worker-1", "worker-2"][self.workers % 2];
                self.workers += self.kill(crew, run, name).await.len().min(1);
            }
            if self.coordinator < KILLS / 2 {
                self.coordinator += self.kill(crew, run, "coordinator").await.len();
            }
        }
        while !self.are_enough() && !crew.has_ended(run).await {
            for task in self.kill(crew, run, "agent").await {
                self.agent[transport(&task)].1 += 1;
            }
            if self.coordinator < KILLS {
                self.coordinator += self.kill(crew, run, "coordinator").await.len();
            }
        }
    }

    /// Kills a process a moment after it has begun something, and starts it again; what it was at. It
    /// is spared once there is nothing for it to do.
    async fn kill(&mut self, crew: &mut Crew, run: RunId, name: &str) -> BTreeSet<String> {
        let is_worker = name.starts_with("worker");
        until(&format!("{name} at work"), DEADLINE, async || {
            let is_idle = is_worker && !has_batches_left(crew, run).await;
            let is_over = is_idle || crew.has_ended(run).await;
            Ok((is_over || !under_way(&crew.said(name)).is_empty()).then_some(()))
        })
        .await
        .unwrap();
        // Not a wait for something: the kill is to come at any moment.
        tokio::time::sleep(self.moment()).await;
        let under_way = under_way(&crew.said(name));
        if under_way.is_empty() || crew.has_ended(run).await {
            return BTreeSet::new();
        }
        if name != "coordinator" {
            self.forget(run, &under_way).await;
        }
        crew.restart(name).await;
        under_way
    }

    /// Takes away the leases of tasks, as if the seconds had passed by which they outlive their holder:
    /// each kill would be waited for otherwise.
    async fn forget(&self, run: RunId, spans: &BTreeSet<String>) {
        let mut command = "DEL".to_owned();
        for span in spans {
            let field = |name: &str| {
                let (_, value) = span.split_once(&format!(" {name}="))?;
                value.split(' ').next()
            };
            let tasks = match field("transport") {
                Some(number) => vec![format!("assembly-{number}"), format!("delivery-{number}")],
                None => vec![field("task").unwrap().to_owned()],
            };
            for task in tasks {
                write!(command, " {}:lease:task/{run}/{task}", self.namespace).unwrap();
            }
        }
        tell(&self.redis, &command).await;
    }

    /// Up to 300 ms: about as long as a batch or an archive takes.
    fn moment(&mut self) -> Duration {
        self.chance = self.chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        Duration::from_millis((self.chance >> 33) % 300)
    }
}

/// What a process was at when it wrote the end of its log: its tasks by their spans, or the lead.
fn under_way(log: &str) -> BTreeSet<String> {
    let mut under_way = BTreeSet::new();
    for line in log.lines() {
        let (before, message) = line.rsplit_once(": ").unwrap_or(("", line));
        let span = before.split_once('{').and_then(|(_, span)| span.split_once('}'));
        let span = span.map_or("", |(span, _)| span);
        match message {
            "task begun" | "leading" => under_way.insert(span.to_owned()),
            "task done" | "another coordinator leads" => under_way.remove(span),
            _ => false,
        };
    }
    under_way
}

/// The transport of an agent's task.
fn transport(span: &str) -> usize {
    let (_, number) = span.split_once(" transport=").unwrap();
    number.split(' ').next().unwrap().parse().unwrap()
}

async fn has_batches_left(crew: &Crew, run: RunId) -> bool {
    let Ok((plan, _)) = crew.store.get(&Key::plan(run)).await else { return true };
    let plan: Value = serde_json::from_slice(&plan).unwrap();
    (crew.keys(Prefix::commits(run)).await.len() as u64) < plan["batches"].as_u64().unwrap()
}
