//! Reports taken in: what each changes, and what it does not.

use std::time::Duration;

use fabric::retry::Backoff;
use proto::fault::{Code, Fault};
use proto::message::{TaskId, TaskResult};
use proto::run::{BatchFault, Counts};

use super::{Change, Moment, Retries, Run};

/// Longest wait between tries of a delivery: what has been away for hours is back this soon.
const LONGEST_DELIVERY_WAIT: Duration = Duration::from_mins(15);

impl Run {
    /// Takes a report in.
    pub(crate) fn report(
        &mut self,
        task: TaskId,
        attempt: u32,
        result: &TaskResult,
        now: Moment,
        retries: Retries,
    ) -> Change {
        match result {
            TaskResult::Done { counts, segment } => self.finish(task, counts, *segment, now),
            TaskResult::Retry(fault) => self.retry(task, attempt, fault, now, retries),
            TaskResult::Failed(fault) => self.fail(task, attempt, fault, now),
        }
    }

    /// Marks a task as finished, however that came to be known.
    pub(crate) fn finish(
        &mut self,
        task: TaskId,
        counts: &Counts,
        segment: u64,
        now: Moment,
    ) -> Change {
        let known = match task {
            TaskId::Run => false,
            TaskId::Batch(ordinal) => ordinal < self.batches && self.finished.set(ordinal),
            TaskId::Compaction(_) | TaskId::Assembly(_) => self.open.remove(&task),
            // Whoever says so has seen the receipts, whatever became of other tries.
            TaskId::Delivery(transport) => self.transports.deliver(transport),
        };
        if !known {
            return Change::Nothing;
        }
        self.tasks.forget(task);
        self.moved_at = now;
        match task {
            TaskId::Batch(ordinal) => {
                self.counts.add(counts);
                self.segments[ordinal as usize] = u32::try_from(segment).unwrap_or(u32::MAX);
                if counts.warnings > 0 {
                    self.warned.push(ordinal);
                }
            }
            TaskId::Assembly(transport) => self.begin(TaskId::Delivery(transport)),
            TaskId::Delivery(transport) => {
                self.counts.warnings += counts.warnings;
                if counts.warnings > 0 {
                    self.unreached.insert(transport);
                }
                self.close(transport);
            }
            TaskId::Run | TaskId::Compaction(_) => {}
        }
        Change::Finished(task)
    }

    fn retry(
        &mut self,
        task: TaskId,
        attempt: u32,
        fault: &Fault,
        now: Moment,
        retries: Retries,
    ) -> Change {
        if self.tasks.handed_out_at(task, attempt).is_none() {
            return Change::Nothing;
        }
        if attempt >= retries.attempts && !self.has_time(task, now, retries) {
            let remedy = match task {
                TaskId::Assembly(_) | TaskId::Delivery(_) => {
                    "when the cause is mended, retry the transport"
                }
                TaskId::Run | TaskId::Batch(_) | TaskId::Compaction(_) => {
                    "when the cause is mended, retry the run"
                }
            };
            let fault = Fault::new(
                Code::AttemptsExhausted,
                format!("tried {attempt} times, last: {} [{}]", fault.message, fault.code),
            )
            .hint(fault.hint.clone().unwrap_or_else(|| remedy.to_owned()));
            return self.fail(task, attempt, &fault, now);
        }
        self.moved_at = now;
        let backoff = match task {
            TaskId::Delivery(_) => Backoff { most: LONGEST_DELIVERY_WAIT, ..retries.backoff },
            TaskId::Run | TaskId::Batch(_) | TaskId::Compaction(_) | TaskId::Assembly(_) => {
                retries.backoff
            }
        };
        let due = now + backoff.after(attempt, retries.chance);
        self.tasks.delay(task, attempt + 1, due);
        Change::Retrying(fault.clone())
    }

    /// Whether a delivery may be tried again, however often it was.
    fn has_time(&self, task: TaskId, now: Moment, retries: Retries) -> bool {
        let TaskId::Delivery(transport) = task else { return false };
        let began = self.delivering.get(&transport);
        began.is_some_and(|began| now < *began + retries.deliver_for)
    }

    fn fail(&mut self, task: TaskId, attempt: u32, fault: &Fault, now: Moment) -> Change {
        if self.tasks.handed_out_at(task, attempt).is_none() {
            return Change::Nothing;
        }
        self.tasks.forget(task);
        self.moved_at = now;
        let batch = match task {
            TaskId::Run => None,
            TaskId::Batch(ordinal) | TaskId::Compaction(ordinal) => Some(ordinal),
            TaskId::Assembly(transport) | TaskId::Delivery(transport) => {
                self.transports.fail(transport, fault.clone());
                self.close(transport);
                return Change::Failed(fault.clone());
            }
        };
        self.faults.push(BatchFault { batch, transport: None, fault: fault.clone() });
        Change::Failed(fault.clone())
    }

    /// Forgets the tasks of a transport that has come to its end.
    fn close(&mut self, transport: u32) {
        self.delivering.remove(&transport);
        for task in [TaskId::Assembly(transport), TaskId::Delivery(transport)] {
            self.open.remove(&task);
            self.tasks.forget(task);
        }
    }
}
