//! Handing out: as many tasks as the window lets through, the owners in turn.

use std::time::Instant;

use fabric::queue::{Lane, Outgoing};
use futures::future::join_all;
use proto::id::RunId;
use proto::message::{BatchTask, Message, TaskId, TransportTask};

use super::Lead;
use crate::Coordinator;
use crate::run::lane_of;

impl Lead<'_> {
    /// Publishes what the windows let through. What cannot be published is taken back and comes with
    /// the next tick.
    pub(super) async fn hand_out(&mut self) {
        let mut tasks = Vec::new();
        let now = self.now();
        for nth in 0..self.lanes.each.len() {
            let lane = self.lanes.each[nth].lane;
            let mut room = self.lanes.each[nth].window.size().saturating_sub(self.under_way(lane));
            let mut idle = Vec::new();
            while room > 0 {
                let runs = &mut self.runs;
                let task = self.lanes.each[nth].turns.next(|id| {
                    let run = runs.get_mut(&id)?.run.as_mut()?;
                    let Some((task, attempt)) = run.take(now, lane) else {
                        idle.extend(run.next_due().map(|due| (due, id)));
                        return None;
                    };
                    Some((id, task, attempt))
                });
                let Some(task) = task else { break };
                tasks.push(task);
                room -= 1;
            }
            // Whoever has nothing to give now is asked again when something happens to it, or a
            // wait of its is over.
            for (due, id) in idle {
                self.lanes.wake(due, id);
            }
        }
        if !tasks.is_empty() {
            self.publish(tasks).await;
        }
    }

    /// Publishes tasks side by side, for each confirmation takes a round trip.
    async fn publish(&mut self, tasks: Vec<(RunId, TaskId, u32)>) {
        let messages: Vec<_> = tasks
            .into_iter()
            .filter_map(|(id, task, attempt)| {
                Some((id, task, attempt, self.message(id, task, attempt)?))
            })
            .collect();
        let queue = &self.coordinator.queue;
        let published = join_all(messages.into_iter().map(
            |(id, task, attempt, (lane, body, trace))| async move {
                let (message, began) = (Outgoing { body, trace }, Instant::now());
                let published = queue.publish(lane, message).await;
                metrics::histogram!("longshore_publish_seconds", "lane" => lane.as_str())
                    .record(began.elapsed().as_secs_f64());
                (id, task, attempt, published)
            },
        ))
        .await;
        let mut failed = 0;
        for (id, task, attempt, result) in published {
            let Err(error) = result else {
                self.note_handed_out(id, task, attempt).await;
                continue;
            };
            if failed == 0 {
                tracing::warn!(error = &error as &dyn std::error::Error, "task not handed out");
            }
            failed += 1;
            if let Some(active) = self.runs.get_mut(&id) {
                if let Some(run) = &mut active.run {
                    run.give_back(task);
                }
                self.lanes.add(&active.head.owner, id);
            }
        }
    }

    /// A task as a message, with the trace that its run is in by now.
    fn message(
        &mut self,
        run: RunId,
        task: TaskId,
        attempt: u32,
    ) -> Option<(Lane, Vec<u8>, Option<String>)> {
        let Coordinator { ambient, settings, .. } = self.coordinator;
        let active = self.runs.get_mut(&run)?;
        active.chapter.turn(ambient.now(), settings.longest_trace);
        let body = match task {
            TaskId::Run => return None,
            TaskId::Batch(_) | TaskId::Compaction(_) => {
                let is_last = attempt >= settings.attempts;
                BatchTask { run, work: active.work(task)?, attempt, is_last }.encode()
            }
            TaskId::Assembly(transport) | TaskId::Delivery(transport) => {
                TransportTask { run, transport, attempt }.encode()
            }
        };
        Some((lane_of(task), body, fabric::trace::of(active.chapter.span())))
    }
}
