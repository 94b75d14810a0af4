use super::*;

const RETRIES: Retries = Retries {
    attempts: 3,
    backoff: fabric::retry::Backoff { first: Duration::from_secs(1), most: Duration::from_secs(8) },
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

/// Messages are lost, doubled, reordered; tasks fail; the coordinator dies and begins anew from what
/// is committed. Whatever happens, every batch and delivery is committed and counted once.
fn simulate(seed: u64) {
    let mut chance = Chance(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let batches = u32::try_from(1 + chance.below(40)).unwrap();
    let transports = u32::try_from(1 + chance.below(3)).unwrap();
    let mut committed: BTreeSet<TaskId> = BTreeSet::new();
    let mut queue: Vec<(TaskId, u32)> = Vec::new();
    let mut reports: Vec<(TaskId, u32, TaskResult)> = Vec::new();
    let mut now = at(0);
    let retries = Retries { attempts: 500, ..RETRIES };
    let mut run = Run::new(batches, transports, now);
    for _ in 0..20_000 {
        now += Duration::from_millis(200);
        match chance.below(12) {
            0..4 => queue.extend(run.take(now)),
            4..7 if !queue.is_empty() => {
                let (task, attempt) = queue.swap_remove(chance.below(queue.len()));
                if chance.below(5) == 0 {
                    reports.push((task, attempt, TaskResult::Retry(broken())));
                } else {
                    committed.insert(task);
                    reports.push((task, attempt, done()));
                }
            }
            7..10 if !reports.is_empty() => {
                let index = chance.below(reports.len());
                let (task, attempt, result) = reports[index].clone();
                if chance.below(4) != 0 {
                    reports.swap_remove(index);
                }
                run.report(task, attempt, &result, now, retries);
            }
            10 if chance.below(10) == 0 => {
                queue.clear();
                reports.clear();
            }
            11 if chance.below(20) == 0 => {
                run = Run::new(batches, transports, now);
                for task in &committed {
                    if matches!(task, TaskId::Batch(_)) {
                        run.finish(*task, &ONE, 1000, now);
                    }
                }
            }
            _ => {}
        }
        if run.moved_at() + at(10) < now {
            let lost: Vec<(TaskId, u32)> = run.under_way().collect();
            for (task, attempt) in lost {
                if committed.contains(&task) {
                    run.finish(task, &ONE, 1000, now);
                } else if !queue.iter().any(|(other, _)| *other == task) {
                    run.report(task, attempt, &TaskResult::Retry(broken()), now, retries);
                }
            }
            run.looked_after(now);
        }
        if run.wants_compactions() {
            run.compact(if batches > 10 { vec![0, 5] } else { vec![] });
        }
        run.advance();
        if run.ending() == Some(Ending::Delivered) {
            let expected = Counts { batches: 1, ..ONE };
            assert_eq!(run.counts().records, expected.records * u64::from(batches), "seed {seed}");
            for ordinal in 0..batches {
                assert!(
                    committed.contains(&TaskId::Batch(ordinal)),
                    "seed {seed}: batch {ordinal}"
                );
            }
            for transport in 0..transports {
                assert!(
                    committed.contains(&TaskId::Delivery(transport)),
                    "seed {seed}: delivery {transport}"
                );
            }
            return;
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
