//! Whom the alerts wake: rules that fire on what they are for, in Prometheus as Debian has it.

use std::fs;
use std::path::Path;
use std::process::Command;

use tests::workspace;

use super::faults::Scene;
use super::prometheus::{alerts, rules_of_the_deployment};

fn promtool(arguments: &[&str], file: &Path) {
    let ended = Command::new("promtool").args(arguments).arg(file).output().unwrap();
    let said = [ended.stdout, ended.stderr].concat();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&said));
}

#[test]
fn every_alert_fires_on_the_series_it_is_for_and_none_while_all_is_well() {
    let series = workspace("tests/prometheus/alerts.yml");
    promtool(&["check", "rules"], &workspace("deploy/prometheus/rules.yml"));
    promtool(&["test", "rules"], &series);
    let series = fs::read_to_string(series).unwrap();
    for alert in alerts(&rules_of_the_deployment()) {
        let is_fired =
            series.contains(&format!("ALERTS{{alertname=\"{alert}\", alertstate=\"firing\""));
        assert!(is_fired, "no series makes {alert} fire");
    }
}

/// One fleet has all the faults, so that each does its harm while the next one is on its way.
#[tokio::test(flavor = "multi_thread")]
async fn every_alert_fires_on_the_fault_it_is_for_and_none_before() {
    let mut scene = Scene::quiet().await;
    scene.nobody_takes_what_is_sent().await;
    scene.a_message_is_set_aside_and_discarded().await;
    let waiting = scene.no_worker_is_left().await;
    scene.the_target_stays_away().await;
    scene.the_queues_are_emptied().await;
    scene.the_coordinator_dies_and_all_is_mended(waiting).await;
    scene.the_lease_does_not_hold().await;
    scene.the_store_dies().await;
    assert_eq!(*scene.fired(), alerts(&rules_of_the_deployment()), "an alert has no fault here");
}
