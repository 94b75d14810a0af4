//! Whom the alerts wake: rules that fire on what they are for, in Prometheus as Debian has it.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tests::{Api, Backends, Program, env, free_port, until, workspace};

use super::crew::{Crew, DEADLINE};

fn promtool(arguments: &[&str], file: &Path) {
    let ended = Command::new("promtool").args(arguments).arg(file).output().unwrap();
    let said = [ended.stdout, ended.stderr].concat();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&said));
}

#[test]
fn every_alert_fires_on_the_series_it_is_for_and_none_while_all_is_well() {
    let (rules, series) =
        (workspace("deploy/prometheus/rules.yml"), workspace("tests/prometheus/alerts.yml"));
    promtool(&["check", "rules"], &rules);
    promtool(&["test", "rules"], &series);
    let (rules, series) = (fs::read_to_string(rules).unwrap(), fs::read_to_string(series).unwrap());
    for alert in rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")) {
        let is_fired =
            series.contains(&format!("ALERTS{{alertname=\"{alert}\", alertstate=\"firing\""));
        assert!(is_fired, "no series makes {alert} fire");
    }
}

/// Prometheus that looks at one process every second, and where its API is.
fn prometheus(folder: &Path, watched: &str) -> (Program, Api) {
    let config = json!({
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [workspace("deploy/prometheus/rules.yml")],
        "scrape_configs": [{"job_name": "fleet", "static_configs": [{"targets": [watched]}]}],
    });
    // JSON is YAML.
    let file = folder.join("prometheus.yml");
    fs::write(&file, config.to_string()).unwrap();
    let address = format!("127.0.0.1:{}", free_port().unwrap());
    let arguments = [
        format!("--config.file={}", file.display()),
        format!("--storage.tsdb.path={}", folder.join("prometheus").display()),
        format!("--web.listen-address={address}"),
    ];
    let program =
        Program::start("prometheus", folder, Path::new("prometheus"), arguments, &[]).unwrap();
    (program, Api::new(&format!("http://{address}")).unwrap())
}

/// A coordinator that leads and a worker, with which all is well, and the Prometheus that watches the former.
async fn watched(backends: &Backends, sources: &Value) -> (Crew, Program, Api) {
    let mut crew = Crew::idle(backends, sources, "").await;
    let watched = format!("127.0.0.1:{}", free_port().unwrap());
    let metrics = [("LONGSHORE_TELEMETRY__METRICS_LISTEN", watched.as_str())];
    crew.start("coordinator", "coordinator", &metrics);
    crew.start("worker", "worker-1", &[]);
    crew.ann.serves("/health/ready", DEADLINE).await.unwrap();
    let (mut program, alerts) = prometheus(crew.fleet.dir(), &watched);
    alerts.serves("/-/ready", DEADLINE).await.unwrap();
    // Its numbers came, and it leads: of the rest nothing is wrong.
    let asked =
        "/api/v1/query?query=longshore_leading%20==%201%20and%20on()%20longshore_parked%20==%200";
    until("numbers of the lead", DEADLINE, async || {
        program.still_runs()?;
        Ok(alerts.get(asked).await?.body["data"]["result"][0].is_object().then_some(()))
    })
    .await
    .unwrap();
    assert_eq!(firing(&alerts).await.unwrap(), Vec::<String>::new());
    (crew, program, alerts)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_fails_fires_an_alert() {
    let backends = Backends::shared().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let records = folder.path().join("drawings.jsonl");
    fs::write(&records, "{\"file\":\"gone.svg\"}\n").unwrap();
    let sources = json!({"drawings": {"kind": "jsonl", "path": records}});
    let (crew, _prometheus, alerts) = watched(&backends, &sources).await;
    let outputs = json!([{"to": "media/", "from": "drawings", "assets": {"field": "file"}}]);
    crew.submit(&json!({"name": "Drawings", "outputs": outputs})).await;
    fires(&alerts, &["LongshoreTasksFailed"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_set_aside_fires_an_alert_until_it_is_discarded() {
    let backends = Backends::shared().await.unwrap();
    let (crew, _prometheus, alerts) = watched(&backends, &json!({})).await;
    let (management, name) = (env::amqp_management().unwrap(), backends.namespace.name());
    let publish = format!("{management}/api/exchanges/{name}/amq.default/publish");
    let message = json!({
        "properties": {}, "routing_key": format!("{name}.batches"), "payload": "not a task",
        "payload_encoding": "string",
    });
    let sent = reqwest::Client::new().post(&publish).json(&message).send().await.unwrap();
    assert!(sent.status().is_success(), "{}", sent.status());
    fires(&alerts, &["LongshoreParked"]).await;

    let token = ["token", "new", "--owner", "ops", "--admin"];
    let ops = crew.ann.with_token(crew.fleet.run(&token).await.unwrap().trim());
    let parked = ops.get("/v1/parked").await.unwrap().body;
    let id = parked["parked"][0]["id"].as_str().unwrap();
    assert_eq!(ops.delete(&format!("/v1/parked/{id}")).await.unwrap().status, 204);
    fires(&alerts, &[]).await;
}

/// Waits until these alerts fire, and no other.
async fn fires(alerts: &Api, expected: &[&str]) {
    until(&format!("alerts {expected:?}"), DEADLINE, async || {
        Ok((firing(alerts).await? == expected).then_some(()))
    })
    .await
    .unwrap();
}

/// The alerts that fire.
async fn firing(alerts: &Api) -> anyhow::Result<Vec<String>> {
    let told = alerts.get("/api/v1/alerts").await?.body;
    let all = told["data"]["alerts"].as_array().cloned().unwrap_or_default();
    let firing = all.iter().filter(|alert| alert["state"] == "firing");
    Ok(firing
        .filter_map(|alert| alert["labels"]["alertname"].as_str())
        .map(str::to_owned)
        .collect())
}
