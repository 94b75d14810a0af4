//! What the dashboard and the alerts in `deploy` ask for: only numbers that are told.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::{Kind, METRICS, Metric};

/// A file of the workspace.
fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)).unwrap()
}

/// The names of metrics in a text.
fn named(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let is_metric =
        |word: &str| word.strip_prefix("longshore").is_some_and(|it| it.starts_with('_'));
    words.filter(|word| is_metric(word)).collect()
}

/// The names that a metric has on `/metrics`.
fn exposed(Metric { name, kind, .. }: &Metric) -> Vec<String> {
    let name = (*name).to_owned();
    match kind {
        Kind::Counter | Kind::Gauge => vec![name],
        Kind::Summary => vec![format!("{name}_sum"), format!("{name}_count"), name],
    }
}

#[test]
fn the_dashboard_and_the_alerts_ask_for_what_is_told() {
    let told: BTreeSet<String> = METRICS.iter().flat_map(exposed).collect();
    for path in ["deploy/grafana/longshore.json", "deploy/prometheus/rules.yml"] {
        let text = read(path);
        let asked = named(&text);
        assert!(!asked.is_empty());
        for name in asked {
            assert!(told.contains(name), "{path} asks for {name}, which nobody tells");
        }
    }
}

#[test]
fn the_dashboard_shows_every_metric() {
    let text = read("deploy/grafana/longshore.json");
    let dashboard: serde_json::Value = serde_json::from_str(&text).unwrap();
    let panels = dashboard["panels"].as_array().unwrap().iter();
    let targets = panels.flat_map(|panel| panel["targets"].as_array().unwrap());
    let queries: Vec<&str> = targets.map(|target| target["expr"].as_str().unwrap()).collect();
    for Metric { name, .. } in METRICS {
        assert!(queries.iter().any(|query| query.contains(name)), "{name} is in no panel");
    }
}

#[test]
fn every_alert_is_explained_in_the_manual() {
    let (rules, manual) = (read("deploy/prometheus/rules.yml"), read("docs/operations.md"));
    let alerts: Vec<&str> =
        rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    assert!(!alerts.is_empty());
    for alert in alerts {
        assert!(manual.contains(&format!("| `{alert}` |")), "{alert} is not explained");
    }
}
