mod histories;

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

const LANES: [Lane; 3] = [Lane::Batches, Lane::Assemblies, Lane::Deliveries];

/// The next task of any lane.
fn take(run: &mut Run, now: Moment) -> Option<(TaskId, u32)> {
    LANES.into_iter().find_map(|lane| run.take(now, lane))
}

fn broken() -> Fault {
    Fault::new(Code::BrokenRecord, "broken")
}

#[test]
fn a_run_goes_from_batches_to_delivery() {
    let mut run = Run::new(2, 1, at(0));
    for ordinal in 0..2 {
        assert_eq!(take(&mut run, at(0)), Some((TaskId::Batch(ordinal), 1)));
    }
    assert_eq!(take(&mut run, at(0)), None);
    for ordinal in [1, 0] {
        let task = TaskId::Batch(ordinal);
        assert_eq!(run.report(task, 1, &done(), at(1), RETRIES), Change::Finished(task));
    }
    assert!(run.wants_compactions());
    run.compact([]);
    run.advance();
    assert_eq!(take(&mut run, at(1)), Some((TaskId::Assembly(0), 1)));
    run.report(TaskId::Assembly(0), 1, &done(), at(2), RETRIES);
    assert_eq!(take(&mut run, at(2)), Some((TaskId::Delivery(0), 1)));
    run.report(TaskId::Delivery(0), 1, &done(), at(3), RETRIES);
    assert_eq!(run.ending(), Some(Ending::Delivered));
    assert_eq!(run.counts(), Counts { batches: 2, records: 20, bytes: 200, warnings: 0 });
}

#[test]
fn what_is_outstanding_is_counted_by_lane_before_it_is_handed_out() {
    let mut run = Run::new(3, 2, at(0));
    let outstanding = |run: &Run| LANES.map(|lane| run.outstanding_in(lane));
    assert_eq!(outstanding(&run), [3, 0, 0]);
    for ordinal in 0..3 {
        take(&mut run, at(0));
        run.report(TaskId::Batch(ordinal), 1, &done(), at(1), RETRIES);
    }
    assert_eq!(outstanding(&run), [0, 0, 0]);
    run.compact([0]);
    assert_eq!(outstanding(&run), [1, 0, 0]);
    take(&mut run, at(1));
    run.report(TaskId::Compaction(0), 1, &done(), at(1), RETRIES);
    run.advance();
    assert_eq!(outstanding(&run), [0, 2, 0]);
    take(&mut run, at(1));
    run.report(TaskId::Assembly(0), 1, &done(), at(2), RETRIES);
    assert_eq!(outstanding(&run), [0, 1, 1]);
}

#[test]
fn of_a_run_that_failed_only_what_is_under_way_is_outstanding() {
    let mut run = Run::new(9, 1, at(0));
    take(&mut run, at(0));
    take(&mut run, at(0));
    run.report(TaskId::Batch(0), 1, &TaskResult::Failed(broken()), at(1), RETRIES);
    assert_eq!(run.outstanding_in(Lane::Batches), 1);
}

#[test]
fn a_report_that_comes_twice_counts_once() {
    let mut run = Run::new(1, 1, at(0));
    take(&mut run, at(0));
    run.report(TaskId::Batch(0), 1, &done(), at(0), RETRIES);
    assert_eq!(run.report(TaskId::Batch(0), 1, &done(), at(0), RETRIES), Change::Nothing);
    assert_eq!(run.counts().records, 10);
}

#[test]
fn a_failing_task_waits_longer_each_time_and_then_fails_the_run() {
    let mut run = Run::new(2, 1, at(0));
    let (task, _) = take(&mut run, at(0)).unwrap();
    let retry = TaskResult::Retry(broken());
    assert!(matches!(run.report(task, 1, &retry, at(0), RETRIES), Change::Retrying(_)));
    assert_eq!(take(&mut run, at(0)), Some((TaskId::Batch(1), 1)), "others go on meanwhile");
    assert_eq!(take(&mut run, at(1)), Some((task, 2)));
    run.report(task, 2, &retry, at(1), RETRIES);
    assert_eq!(take(&mut run, at(2)), None);
    assert_eq!(take(&mut run, at(3)), Some((task, 3)));
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
        if let Some((task, attempt)) = take(&mut run, now) {
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
    take(&mut run, at(0));
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
        assert_eq!(
            take(&mut run, at(1000 * u64::from(attempt))),
            Some((TaskId::Delivery(0), attempt))
        );
        let now = at(1000 * u64::from(attempt));
        run.report(TaskId::Delivery(0), attempt, &TaskResult::Retry(broken()), now, retries);
    }
    assert_eq!(take(&mut run, at(9001)), None);
    assert!(run.hurry(0) && !run.hurry(0));
    assert_eq!(take(&mut run, at(9001)), Some((TaskId::Delivery(0), 10)));
}

#[test]
fn a_late_failure_of_an_older_attempt_changes_nothing() {
    let mut run = Run::new(1, 1, at(0));
    take(&mut run, at(0));
    run.report(TaskId::Batch(0), 1, &TaskResult::Retry(broken()), at(0), RETRIES);
    take(&mut run, at(5));
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
    take(&mut run, at(0));
    run.report(TaskId::Batch(0), 1, &done(), at(0), RETRIES);
    run.compact([]);
    run.advance();
    run
}

#[test]
fn a_task_travels_in_its_lane_alone() {
    let mut run = Run::new(1, 1, at(0));
    assert_eq!(run.take(at(0), Lane::Deliveries), None);
    assert_eq!(run.take(at(0), Lane::Batches), Some((TaskId::Batch(0), 1)));
    let under_way = |run: &Run| LANES.map(|lane| run.under_way_in(lane));
    assert_eq!(under_way(&run), [1, 0, 0]);
    run.report(TaskId::Batch(0), 1, &done(), at(0), RETRIES);
    run.compact([]);
    run.advance();
    assert_eq!(run.take(at(0), Lane::Batches), None);
    assert_eq!(run.take(at(0), Lane::Assemblies), Some((TaskId::Assembly(0), 1)));
    assert_eq!(under_way(&run), [0, 1, 0]);
    run.give_back(TaskId::Assembly(0));
    assert_eq!(under_way(&run), [0, 0, 0]);
    assert_eq!(run.take(at(0), Lane::Assemblies), Some((TaskId::Assembly(0), 1)));
}

fn take_all(run: &mut Run, now: Moment) -> Vec<(TaskId, u32)> {
    std::iter::from_fn(|| take(run, now)).collect()
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
    assert_eq!(take(&mut run, at(3)), Some((TaskId::Delivery(2), 2)));
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
    assert_eq!(take(&mut run, at(9)), None);
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
