//! Ten thousand histories of a run, each decided by its seed.

use super::*;

/// Chance for the simulation: xorshift64*, so that a seed is a whole history.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % limit
    }
}

/// What outlives a coordinator in the simulation, and what is on its way to and from it.
struct World {
    chance: Chance,
    committed: BTreeSet<TaskId>,
    /// How often each transport was handed over to the other side.
    handed_over: BTreeMap<u32, u32>,
    /// Transports whose other side refuses, until somebody mends it.
    refused: BTreeSet<u32>,
    /// The transports that a coordinator has written down as failed.
    failed: BTreeSet<u32>,
    queue: Vec<(TaskId, u32)>,
    /// When the latest task of each lane was handed out that has come back.
    came_back: BTreeMap<Lane, Moment>,
    reports: Vec<(TaskId, u32, TaskResult)>,
}

impl World {
    /// A worker or an agent does a task from the queue, or fails to.
    fn work(&mut self) {
        let (task, attempt) = self.queue.swap_remove(self.chance.below(self.queue.len()));
        let is_refused =
            matches!(task, TaskId::Delivery(transport) if self.refused.contains(&transport));
        let result = match self.chance.below(10) {
            0..2 => TaskResult::Retry(broken()),
            2..4 if is_refused => TaskResult::Failed(broken()),
            _ if is_refused => TaskResult::Retry(broken()),
            _ => {
                // Whoever finds a receipt hands nothing over.
                if self.committed.insert(task)
                    && let TaskId::Delivery(transport) = task
                {
                    *self.handed_over.entry(transport).or_default() += 1;
                }
                done()
            }
        };
        self.reports.push((task, attempt, result));
    }

    /// The coordinator takes a report in, some of them twice, and records how transports end.
    fn report(&mut self, run: &mut Run, now: Moment, retries: Retries) {
        let index = self.chance.below(self.reports.len());
        let (task, attempt, result) = self.reports[index].clone();
        if self.chance.below(4) != 0 {
            self.reports.swap_remove(index);
        }
        self.take_in(run, task, attempt, &result, now, retries);
    }

    fn take_in(
        &mut self,
        run: &mut Run,
        task: TaskId,
        attempt: u32,
        result: &TaskResult,
        now: Moment,
        retries: Retries,
    ) {
        if let Some(handed_out) = run.handed_out_at(task, attempt) {
            let latest = self.came_back.entry(lane_of(task)).or_default();
            *latest = handed_out.max(*latest);
        }
        let change = run.report(task, attempt, result, now, retries);
        if let TaskId::Assembly(transport) | TaskId::Delivery(transport) = task
            && matches!(change, Change::Failed(_))
        {
            self.failed.insert(transport);
        }
    }

    /// A coordinator that begins anew, from what is kept.
    fn load(&self, batches: u32, transports: u32, now: Moment) -> Run {
        let mut run = Run::new(batches, transports, now);
        for task in &self.committed {
            if matches!(task, TaskId::Batch(_) | TaskId::Delivery(_)) {
                run.finish(*task, &ONE, 1000, now);
            }
        }
        for transport in &self.failed {
            run.failed_before(*transport, &broken());
        }
        run
    }

    /// Nothing is handed out of a transport whose end is known.
    fn hand_out(&mut self, run: &mut Run, now: Moment) {
        let known = run.transports.open();
        let lane = LANES[self.chance.below(LANES.len())];
        let Some((task, attempt)) = run.take(now, lane) else { return };
        if let TaskId::Assembly(transport) | TaskId::Delivery(transport) = task {
            assert!(known.contains(&transport), "{task} has come to its end");
        }
        self.queue.push((task, attempt));
    }

    /// The owner mends what refused, and wants the transport tried again.
    fn mend(&mut self, transport: u32) {
        self.refused.remove(&transport);
        self.failed.remove(&transport);
    }

    /// Tasks that were handed out are handed out again where nothing waits in their lane, or others
    /// came back that were handed out long after them. Some still wait all the same.
    fn look_after(&mut self, run: &mut Run, now: Moment, retries: Retries) {
        let under_way: Vec<_> = run.under_way().collect();
        for (task, attempt, handed_out) in under_way {
            let lane = lane_of(task);
            let waits = self.queue.iter().any(|(other, _)| lane_of(*other) == lane);
            let latest = self.came_back.get(&lane);
            let is_overtaken = latest.is_some_and(|latest| handed_out + at(20) <= *latest);
            if self.committed.contains(&task) {
                run.finish(task, &ONE, 1000, now);
            } else if is_overtaken || !waits {
                self.take_in(run, task, attempt, &TaskResult::Retry(broken()), now, retries);
            }
        }
        run.looked_after(now);
    }
}

/// Messages are lost, doubled, reordered; tasks fail; some transports are refused until their owner
/// mends it, while the others go on or afterwards; the coordinator dies and begins anew from what is
/// kept. Whatever happens, the run ends, every batch counts once and every transport is handed over
/// once.
fn simulate(seed: u64) {
    let mut chance = Chance(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let batches = u32::try_from(1 + chance.below(40)).unwrap();
    let transports = u32::try_from(1 + chance.below(4)).unwrap();
    let refused = (0..transports).filter(|_| chance.below(4) == 0).collect::<BTreeSet<u32>>();
    let mut world = World {
        chance,
        committed: BTreeSet::new(),
        handed_over: BTreeMap::new(),
        refused: refused.clone(),
        failed: BTreeSet::new(),
        queue: Vec::new(),
        came_back: BTreeMap::new(),
        reports: Vec::new(),
    };
    let mut now = at(0);
    let retries = Retries { attempts: 500, ..RETRIES };
    let mut run = Run::new(batches, transports, now);
    for _ in 0..40_000 {
        now += Duration::from_millis(200);
        match world.chance.below(12) {
            0..4 => world.hand_out(&mut run, now),
            4..7 if !world.queue.is_empty() => world.work(),
            7..10 if !world.reports.is_empty() => world.report(&mut run, now, retries),
            10 if world.chance.below(10) == 0 => {
                world.queue.clear();
                world.reports.clear();
            }
            11 if world.chance.below(20) == 0 => run = world.load(batches, transports, now),
            11 if world.chance.below(20) == 0 => {
                for transport in run.failed_transports() {
                    world.mend(transport);
                    assert!(run.resume(transport));
                }
            }
            _ => {}
        }
        if run.moved_at() + at(10) < now {
            world.look_after(&mut run, now, retries);
        }
        if run.wants_compactions() {
            run.compact(if batches > 10 { vec![0, 5] } else { vec![] });
        }
        run.advance();
        match run.ending() {
            None => {}
            Some(Ending::Delivered) => {
                assert_eq!(run.counts().records, 10 * u64::from(batches), "seed {seed}");
                for ordinal in 0..batches {
                    let batch = TaskId::Batch(ordinal);
                    assert!(world.committed.contains(&batch), "seed {seed}: {batch}");
                }
                let once: BTreeMap<u32, u32> = (0..transports).map(|all| (all, 1)).collect();
                assert_eq!(world.handed_over, once, "seed {seed}");
                return;
            }
            Some(Ending::Failed(faults)) => {
                let failed: BTreeSet<u32> =
                    faults.iter().map(|failed| failed.transport.unwrap()).collect();
                assert!(failed.is_subset(&refused), "seed {seed}: {failed:?} of {refused:?}");
                for transport in (0..transports).filter(|all| !failed.contains(all)) {
                    assert_eq!(world.handed_over.get(&transport), Some(&1), "seed {seed}");
                }
                for transport in failed {
                    world.mend(transport);
                }
                run = world.load(batches, transports, now);
            }
        }
    }
    panic!("seed {seed}: the run never ended");
}

#[test]
fn ten_thousand_histories_end_with_everything_delivered_once() {
    for seed in 0..10_000 {
        simulate(seed);
    }
}
