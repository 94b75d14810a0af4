//! Every metric that any role tells, with what it means: the `# HELP` lines of `/metrics`.
//!
//! Stages count under a name and know no more of it. What a number means to operators is said here, in the order
//! of the table in `docs/operations.md`, which has every name too.

use metrics::Unit;

/// A number that is told.
struct Metric {
    name: &'static str,
    kind: Kind,
    unit: Unit,
    /// What it means, with its unit: exposed names do not always say that.
    help: &'static str,
}

/// How a number changes.
enum Kind {
    /// It only rises.
    Counter,
    /// It rises and falls.
    Gauge,
    /// It is one of many, of which a summary is told.
    Summary,
}

const fn counter(name: &'static str, unit: Unit, help: &'static str) -> Metric {
    Metric { name, kind: Kind::Counter, unit, help }
}

const fn gauge(name: &'static str, help: &'static str) -> Metric {
    Metric { name, kind: Kind::Gauge, unit: Unit::Count, help }
}

const fn seconds(name: &'static str, help: &'static str) -> Metric {
    Metric { name, kind: Kind::Summary, unit: Unit::Seconds, help }
}

/// All of them.
const METRICS: &[Metric] = &[
    gauge("longshore_queue_waiting", "Tasks that wait in a lane of the queue, in tasks"),
    gauge(
        "longshore_tasks_outstanding",
        "Tasks of a lane that are not finished, handed out or not, in tasks",
    ),
    gauge(
        "longshore_oldest_task_seconds",
        "Time since the oldest task under way of a lane was handed out, in seconds",
    ),
    gauge(
        "longshore_stalled_seconds",
        "Time since a task of a lane finished while some are outstanding, in seconds",
    ),
    gauge("longshore_parked", "Messages that were set aside for a person, in messages"),
    gauge("longshore_leading", "Whether this coordinator leads, in leaders: 1 or 0"),
    counter(
        "longshore_leaderships_total",
        Unit::Count,
        "How often this coordinator began to lead, in times",
    ),
    gauge("longshore_tasks_under_way", "Tasks handed out and not heard of yet, in tasks"),
    seconds(
        "longshore_publish_seconds",
        "Time until the queue confirmed a task that was handed out, in seconds",
    ),
    counter(
        "longshore_tasks_finished_total",
        Unit::Count,
        "Batches, compactions, archives and deliveries that finished, in tasks",
    ),
    counter(
        "longshore_tasks_retried_total",
        Unit::Count,
        "Tries of tasks that failed and are made again, in tries",
    ),
    counter(
        "longshore_tasks_failed_total",
        Unit::Count,
        "Tasks that failed for good, each with its run or transport, in tasks",
    ),
    counter(
        "longshore_tasks_lost_total",
        Unit::Count,
        "Tasks that nobody worked on and that waited nowhere, in tasks",
    ),
    counter(
        "longshore_tasks_passed_over_total",
        Unit::Count,
        "Tasks that were taken while another was at them, in tasks",
    ),
    counter(
        "longshore_store_errors_total",
        Unit::Count,
        "Requests to stores and buckets that failed, in requests",
    ),
    counter("longshore_runs_ended_total", Unit::Count, "Runs by the state they ended in, in runs"),
    counter(
        "longshore_schedules_started_total",
        Unit::Count,
        "Due times for which a run was started, in runs",
    ),
    counter(
        "longshore_schedules_skipped_total",
        Unit::Count,
        "Due times without a run, for one was under way, in due times",
    ),
    counter(
        "longshore_notices_sent_total",
        Unit::Count,
        "Notices that webhooks answered, in notices",
    ),
    counter(
        "longshore_notices_lost_total",
        Unit::Count,
        "Notices that were given up, for no webhook answered in time, in notices",
    ),
    counter("longshore_records_total", Unit::Count, "Records read by workers, in records"),
    counter(
        "longshore_bytes_total",
        Unit::Bytes,
        "Records and assets made by workers, unpacked, in bytes",
    ),
    seconds("longshore_batch_seconds", "Time that a worker's task took, in seconds"),
    seconds(
        "longshore_batch_stage_seconds",
        "Time that each stage of making a batch took, in seconds",
    ),
    counter(
        "longshore_batches_failed_total",
        Unit::Count,
        "Tries of workers' tasks that failed, in tries",
    ),
    counter(
        "longshore_source_errors_total",
        Unit::Count,
        "Tries of workers' tasks that failed for what a source answered, in tries",
    ),
    seconds(
        "longshore_source_seconds",
        "Time that a source took to answer, by its kind and what it was asked for, in seconds",
    ),
    seconds("longshore_transport_seconds", "Time that joining or delivering took, in seconds"),
    counter(
        "longshore_transports_failed_total",
        Unit::Count,
        "Tries of joining or delivering that failed, in tries",
    ),
    counter(
        "longshore_agent_moved_bytes_total",
        Unit::Bytes,
        "What agents read from the store and wrote to it, in bytes",
    ),
    counter(
        "longshore_mails_sent_total",
        Unit::Count,
        "Mails that a server took, to recipients and to owners, in mails",
    ),
    counter(
        "longshore_owner_mails_lost_total",
        Unit::Count,
        "Mails to owners that were given up, for no server took them in time, in mails",
    ),
];

/// Tells the recorder that is installed what every metric means.
pub(super) fn describe() {
    for Metric { name, kind, unit, help } in METRICS {
        match kind {
            Kind::Counter => metrics::describe_counter!(*name, *unit, *help),
            Kind::Gauge => metrics::describe_gauge!(*name, *unit, *help),
            Kind::Summary => metrics::describe_histogram!(*name, *unit, *help),
        }
    }
    // Who is to notice the first error needs a number that it rises from.
    metrics::counter!("longshore_store_errors_total").increment(0);
}

#[cfg(test)]
mod deployed;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::{Path, PathBuf};

    use metrics_exporter_prometheus::PrometheusBuilder;

    use super::*;

    /// The workspace.
    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
    }

    /// The names that a source file counts under.
    fn counted(source: &str) -> Vec<String> {
        let after = source.split("\"longshore_").skip(1);
        let names = after.filter_map(|rest| rest.split_once('"')).map(|(name, _)| name);
        let is_name = |name: &&str| name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        names.filter(is_name).map(|name| format!("longshore_{name}")).collect()
    }

    /// The names that everything below a folder counts under, but for this file.
    fn counted_below(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                counted_below(&path, found);
            } else if !path.ends_with("telemetry/metric.rs") {
                found.extend(counted(&fs::read_to_string(&path).unwrap_or_default()));
            }
        }
    }

    #[test]
    fn every_metric_that_a_stage_counts_is_described_here_and_in_the_manual() {
        let mut found = BTreeSet::new();
        for stage in ["fabric", "coordinator", "worker", "transport-agent", "longshore"] {
            counted_below(&root().join(stage).join("src"), &mut found);
        }
        // The one place of `source` that counts: a hidden field of ERMrest is called much like a metric.
        found.extend(counted(&fs::read_to_string(root().join("source/src/timed.rs")).unwrap()));
        let described: BTreeSet<String> = METRICS.iter().map(|one| one.name.to_owned()).collect();
        assert_eq!(described, found);
        let manual = fs::read_to_string(root().join("docs/operations.md")).unwrap();
        let (_, section) = manual.split_once("\n## Metrics\n").unwrap();
        let (section, _) = section.split_once("\n## ").unwrap();
        for name in described {
            let is_there =
                section.contains(&format!("`{name}`")) || section.contains(&format!("`{name}{{"));
            assert!(is_there, "{name} is not in the table of docs/operations.md");
        }
    }

    #[test]
    fn what_is_told_has_a_line_of_help_with_its_unit() {
        let recorder = PrometheusBuilder::new().build_recorder();
        metrics::with_local_recorder(&recorder, || {
            describe();
            for Metric { name, kind, .. } in METRICS {
                match kind {
                    Kind::Counter => metrics::counter!(*name).increment(1),
                    Kind::Gauge => metrics::gauge!(*name).set(1.0),
                    Kind::Summary => metrics::histogram!(*name).record(1.0),
                }
            }
        });
        let text = recorder.handle().render();
        for Metric { name, unit, help, .. } in METRICS {
            assert!(text.contains(&format!("# HELP {name} {help}\n# TYPE {name} ")), "{text}");
            let unit = if *unit == Unit::Count { ", in " } else { unit.as_str() };
            assert!(help.contains(unit), "{help} has no unit");
        }
    }
}
