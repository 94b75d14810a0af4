use std::collections::BTreeMap;

use proto::fault::Code;
use proto::message::TaskResult;

use super::*;

const RETRIES: Retries = Retries {
    attempts: 3,
    backoff: fabric::retry::Backoff { first: Duration::from_secs(1), most: Duration::from_secs(8) },
    deliver_for: Duration::ZERO,
    chance: 1.0,
};
const ONE: Counts = Counts { batches: 1, records: 10, bytes: 100, warnings: 0 };

fn at(seconds: u64) -> Moment {
    Duration::from_secs(seconds)
}

fn done() -> TaskResult {
    TaskResult::Done { counts: ONE, segment: 1000 }
}

fn broken() -> Fault {
    Fault::new(Code::BrokenRecord, "broken")
}

#[test]
fn a_run_goes_from_batches_to_delivery() {
    let mut run = Run::new(2, 1, at(0));
    for ordinal in 0..2 {
        assert_eq!(run.take(at(0)), Some((TaskId::Batch(ordinal), 1)));
    }
    assert_eq!(run.take(at(0)), None);
    for ordinal in [1, 0] {
        let task = TaskId::Batch(ordinal);
        assert_eq!(run.report(task, 1, &done(), at(1), RETRIES), Change::Finished(task));
    }
    assert!(run.wants_compactions());
    run.compact([]);
    run.advance();
    assert_eq!(run.take(at(1)), Some((TaskId::Assembly(0), 1)));
    run.report(TaskId::Assembly(0), 1, &done(), at(2), RETRIES);
    assert_eq!(run.take(at(2)), Some((TaskId::Delivery(0), 1)));
    run.report(TaskId::Delivery(0), 1, &done(), at(3), RETRIES);
    assert_eq!(run.ending(), Some(Ending::Delivered));
    assert_eq!(run.counts(), Counts { batches: 2, records: 20, bytes: 200, warnings: 0 });
}

#[test]
fn a_report_that_comes_twice_counts_once() {
    let mut run = Run::new(1, 1, at(0));
    run.take(at(0));
    run.report(TaskId::Batch(0), 1, &done(), at(0), RETRIES);
    assert_eq!(run.report(TaskId::Batch(0), 1, &done(), at(0), RETRIES), Change::Nothing);
    assert_eq!(run.counts().records, 10);
}

#[test]
fn a_failing_task_waits_longer_each_time_and_then_fails_the_run() {
    let mut run = Run::new(2, 1, at(0));
    let (task, _) = run.take(at(0)).unwrap();
    let retry = TaskResult::Retry(broken());
    assert!(matches!(run.report(task, 1, &retry, at(0), RETRIES), Change::Retrying(_)));
    assert_eq!(run.take(at(0)), Some((TaskId::Batch(1), 1)), "others go on meanwhile");
    assert_eq!(run.take(at(1)), Some((task, 2)));
    run.report(task, 2, &retry, at(1), RETRIES);
    assert_eq!(run.take(at(2)), None);
    assert_eq!(run.take(at(3)), Some((task, 3)));
    let Change::Failed(fault) = run.report(task, 3, &retry, at(3), RETRIES) else {
        panic!("must fail")
    };
    assert_eq!(fault.code, Code::AttemptsExhausted);
    assert_eq!(run.ending(), None, "batch 1 is still under way");
    run.report(TaskId::Batch(1), 1, &done(), at(3), RETRIES);
    assert!(matches!(run.ending(), Some(Ending::Failed(faults)) if faults.len() == 1));
}

/// Delivers to somebody who takes nothing before a moment: when it was tried, and how the run ended.
fn tried(taken_from: Moment, deliver_for: Duration) -> (Vec<Moment>, Ending) {
    let retries = Retries { deliver_for, ..RETRIES };
    let (mut run, mut now, mut tries) = (delivering(retries), at(0), Vec::new());
    loop {
        if let Some((task, attempt)) = run.take(now) {
            tries.push(now);
            let later = TaskResult::Retry(Fault::new(Code::MailUnavailable, "451 try later"));
            let result = if now < taken_from { later } else { done() };
            run.report(task, attempt, &result, now, retries);
        }
        if let Some(ending) = run.ending() {
            return (tries, ending);
        }
        now += Duration::from_secs(1);
    }
}

/// A run whose only transport is joined.
fn delivering(retries: Retries) -> Run {
    let mut run = Run::new(0, 1, at(0));
    run.compact([]);
    run.advance();
    run.take(at(0));
    run.report(TaskId::Assembly(0), 1, &done(), at(0), retries);
    run
}

#[test]
fn a_delivery_that_is_put_off_for_an_hour_is_tried_again_at_growing_waits() {
    let (tries, ending) = tried(at(3600), Duration::from_hours(6));
    assert_eq!(ending, Ending::Delivered);
    let waits: Vec<u64> =
        tries.windows(2).map(|pair| pair[1].as_secs() - pair[0].as_secs()).collect();
    assert_eq!(waits[..11], [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900]);
    assert!(tries.last().unwrap() < &at(3600 + 900), "{tries:?}");
}

#[test]
fn a_delivery_that_never_gets_through_fails_when_its_time_is_over() {
    let (tries, ending) = tried(Moment::MAX, Duration::from_hours(6));
    let Ending::Failed(faults) = ending else { panic!("{tries:?}") };
    assert_eq!((faults[0].transport, faults[0].fault.code), (Some(0), Code::AttemptsExhausted));
    let last = *tries.last().unwrap();
    assert!((at(6 * 3600)..at(6 * 3600 + 900)).contains(&last), "{tries:?}");
    let (tries, ending) = tried(Moment::MAX, Duration::ZERO);
    assert!(matches!(ending, Ending::Failed(_)));
    assert_eq!(tries, [at(0), at(1), at(3)], "without time it is tried as often as any task");
}

#[test]
fn a_delivery_that_waits_is_tried_now_where_its_owner_wants_it() {
    let retries = Retries { deliver_for: Duration::from_hours(6), ..RETRIES };
    let mut run = delivering(retries);
    assert!(!run.hurry(0), "it does not wait");
    for attempt in 1..=9 {
        assert_eq!(run.take(at(1000 * u64::from(attempt))), Some((TaskId::Delivery(0), attempt)));
        let now = at(1000 * u64::from(attempt));
        run.report(TaskId::Delivery(0), attempt, &TaskResult::Retry(broken()), now, retries);
    }
    assert_eq!(run.take(at(9001)), None);
    assert!(run.hurry(0) && !run.hurry(0));
    assert_eq!(run.take(at(9001)), Some((TaskId::Delivery(0), 10)));
}

#[test]
fn a_late_failure_of_an_older_attempt_changes_nothing() {
    let mut run = Run::new(1, 1, at(0));
    run.take(at(0));
    run.report(TaskId::Batch(0), 1, &TaskResult::Retry(broken()), at(0), RETRIES);
    run.take(at(5));
    assert_eq!(
        run.report(TaskId::Batch(0), 1, &TaskResult::Failed(broken()), at(5), RETRIES),
        Change::Nothing
    );
    run.report(TaskId::Batch(0), 2, &done(), at(6), RETRIES);
    assert!(run.wants_compactions());
}

/// A run of one batch whose transports are about to be joined.
fn at_transports(transports: u32) -> Run {
    let mut run = Run::new(1, transports, at(0));
    run.take(at(0));
    run.report(TaskId::Batch(0), 1, &done(), at(0), RETRIES);
    run.compact([]);
    run.advance();
    run
}

fn take_all(run: &mut Run, now: Moment) -> Vec<(TaskId, u32)> {
    std::iter::from_fn(|| run.take(now)).collect()
}

#[test]
fn a_transport_that_fails_fails_alone() {
    let mut run = at_transports(3);
    assert_eq!(take_all(&mut run, at(0)).len(), 3);
    let failed = TaskResult::Failed(broken());
    assert_eq!(
        run.report(TaskId::Assembly(1), 1, &failed, at(1), RETRIES),
        Change::Failed(broken())
    );
    for transport in [0, 2] {
        run.report(TaskId::Assembly(transport), 1, &done(), at(1), RETRIES);
    }
    let deliveries = [(TaskId::Delivery(0), 1), (TaskId::Delivery(2), 1)];
    assert_eq!(take_all(&mut run, at(1)), deliveries, "the others go on");
    run.report(TaskId::Delivery(0), 1, &done(), at(2), RETRIES);
    run.report(TaskId::Delivery(2), 1, &TaskResult::Retry(broken()), at(2), RETRIES);
    assert_eq!(run.ending(), None, "one still waits for another try");
    assert_eq!(run.take(at(3)), Some((TaskId::Delivery(2), 2)));
    run.report(TaskId::Delivery(2), 2, &done(), at(3), RETRIES);
    let Some(Ending::Failed(faults)) = run.ending() else { panic!("one failed") };
    assert_eq!(faults.iter().map(|failed| failed.transport).collect::<Vec<_>>(), [Some(1)]);
}

#[test]
fn a_transport_taken_up_again_is_the_only_one_handed_out() {
    let mut run = at_transports(2);
    run.finish(TaskId::Delivery(0), &Counts::default(), 0, at(0));
    take_all(&mut run, at(0));
    run.report(TaskId::Assembly(1), 1, &TaskResult::Failed(broken()), at(1), RETRIES);
    assert!(run.resume(1) && !run.resume(1) && !run.resume(0) && !run.resume(2));
    assert_eq!(take_all(&mut run, at(2)), [(TaskId::Assembly(1), 1)]);
    run.report(TaskId::Assembly(1), 1, &done(), at(2), RETRIES);
    take_all(&mut run, at(2));
    run.report(TaskId::Delivery(1), 1, &done(), at(2), RETRIES);
    assert_eq!(run.ending(), Some(Ending::Delivered));
}

#[test]
fn what_arrived_after_all_is_delivered_and_not_tried_again() {
    let mut run = at_transports(1);
    take_all(&mut run, at(0));
    run.report(TaskId::Assembly(0), 1, &done(), at(0), RETRIES);
    take_all(&mut run, at(0));
    run.report(TaskId::Delivery(0), 1, &TaskResult::Failed(broken()), at(1), RETRIES);
    let late = run.report(TaskId::Delivery(0), 1, &done(), at(2), RETRIES);
    assert_eq!(late, Change::Finished(TaskId::Delivery(0)));
    assert_eq!(run.ending(), Some(Ending::Delivered));
    assert_eq!(run.take(at(9)), None);
}

#[test]
fn transports_that_ended_before_are_left_as_they_are() {
    let mut run = Run::new(1, 3, at(0));
    run.finish(TaskId::Delivery(0), &Counts { warnings: 1, ..Counts::default() }, 0, at(0));
    run.failed_before(1, &broken());
    run.finish(TaskId::Batch(0), &ONE, 1000, at(0));
    run.compact([]);
    run.advance();
    assert_eq!(take_all(&mut run, at(0)), [(TaskId::Assembly(2), 1)]);
    assert_eq!(run.counts().warnings, 1, "whom the first did not reach");
}

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
        let Some((task, attempt)) = run.take(now) else { return };
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

    /// Tasks that were handed out and are nowhere are handed out again.
    fn look_after(&mut self, run: &mut Run, now: Moment, retries: Retries) {
        let lost: Vec<(TaskId, u32)> = run.under_way().collect();
        for (task, attempt) in lost {
            if self.committed.contains(&task) {
                run.finish(task, &ONE, 1000, now);
            } else if !self.queue.iter().any(|(other, _)| *other == task) {
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
