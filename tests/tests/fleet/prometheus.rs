//! Prometheus as Debian has it, with the rules of the deployment, beside a fleet of a test.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use regex::{Captures, Regex};
use serde_json::json;
use tests::{Api, Program, free_port, until, workspace};

use super::crew::DEADLINE;

/// How much shorter everything is that the rules wait for: an hour of theirs is six seconds here.
const HASTE: u32 = 600;

/// Prometheus, and which alerts have fired.
pub(crate) struct Prometheus {
    program: Program,
    api: Api,
    fired: BTreeSet<String>,
}

impl Prometheus {
    /// Starts one that looks at these processes every second, with its files in a folder.
    pub(crate) async fn watching(watched: &[String], folder: &Path) -> Self {
        let rules = folder.join("rules.yml");
        fs::write(&rules, hasty(&rules_of_the_deployment())).unwrap();
        let config = json!({
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [rules],
            "scrape_configs": [{"job_name": "fleet", "static_configs": [{"targets": watched}]}],
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
        let api = Api::new(&format!("http://{address}")).unwrap();
        api.serves("/-/ready", DEADLINE).await.unwrap();
        Self { program, api, fired: BTreeSet::new() }
    }

    /// Waits until a query finds something.
    pub(crate) async fn finds(&mut self, query: &str) {
        let Self { program, api, .. } = self;
        let path = format!("/api/v1/query?query={}", query.replace(' ', "%20"));
        until(query, DEADLINE, async || {
            program.still_runs()?;
            let answer = api.get(&path).await?.body;
            Ok(answer["data"]["result"][0].is_object().then_some(()))
        })
        .await
        .unwrap();
    }

    /// Waits until all of these alerts fire.
    pub(crate) async fn fires(&mut self, alerts: &[&str]) {
        self.fires_amid(alerts, async || {}).await;
    }

    /// Waits until all of these alerts fire, while something happens again and again.
    pub(crate) async fn fires_amid(&mut self, alerts: &[&str], mut fault: impl AsyncFnMut()) {
        let Self { program, api, fired } = self;
        until(&format!("alerts {alerts:?}"), DEADLINE, async || {
            program.still_runs()?;
            fault().await;
            let firing = firing(api).await?;
            Ok(alerts.iter().all(|alert| firing.contains(*alert)).then_some(()))
        })
        .await
        .unwrap();
        fired.extend(alerts.iter().map(|alert| (*alert).to_owned()));
    }

    /// Waits until none of these alerts fires.
    pub(crate) async fn rests(&mut self, alerts: &[&str]) {
        let Self { program, api, .. } = self;
        until(&format!("end of the alerts {alerts:?}"), DEADLINE, async || {
            program.still_runs()?;
            let firing = firing(api).await?;
            Ok((!alerts.iter().any(|alert| firing.contains(*alert))).then_some(()))
        })
        .await
        .unwrap();
    }

    /// The alerts that fire now.
    pub(crate) async fn firing(&self) -> BTreeSet<String> {
        firing(&self.api).await.unwrap()
    }

    /// The alerts that were waited for, and fired.
    pub(crate) fn fired(&self) -> &BTreeSet<String> {
        &self.fired
    }
}

/// The text of the rules that are deployed.
pub(crate) fn rules_of_the_deployment() -> String {
    fs::read_to_string(workspace("deploy/prometheus/rules.yml")).unwrap()
}

/// The names of the alerts among rules.
pub(crate) fn alerts(rules: &str) -> BTreeSet<String> {
    let names = rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: "));
    names.map(str::to_owned).collect()
}

/// Rules with two kinds of numbers divided alike: how long an alert is pending, and the seconds that something
/// may last. What is asked for, and everything else that is compared, stays as it is deployed.
fn hasty(rules: &str) -> String {
    let pending = Regex::new(r"(?m)^( +for: )(\d+)m$").unwrap();
    let lasting = Regex::new(r"(?m)(_seconds\S*\) > )(\d+)$").unwrap();
    let number = |found: &Captures<'_>| -> u32 { found[2].parse().unwrap() };
    let rules = pending.replace_all(rules, |found: &Captures<'_>| {
        format!("{}{}ms", &found[1], number(found) * 60_000 / HASTE)
    });
    let rules = lasting.replace_all(&rules, |found: &Captures<'_>| {
        format!("{}{}", &found[1], f64::from(number(found)) / f64::from(HASTE))
    });
    rules.into_owned()
}

/// The alerts that fire.
async fn firing(api: &Api) -> anyhow::Result<BTreeSet<String>> {
    let told = api.get("/api/v1/alerts").await?.body;
    let all = told["data"]["alerts"].as_array().cloned().unwrap_or_default();
    let firing = all.iter().filter(|alert| alert["state"] == "firing");
    Ok(firing
        .filter_map(|alert| alert["labels"]["alertname"].as_str())
        .map(str::to_owned)
        .collect())
}

#[test]
fn of_a_rule_only_times_are_shorter_here() {
    let check = |rule: &str, expected: &str| assert_eq!(hasty(rule), expected);
    check("        for: 5m", "        for: 500ms");
    check("expr: max(a_seconds{lane=\"b|c\"}) > 900", "expr: max(a_seconds{lane=\"b|c\"}) > 1.5");
    check(
        "expr: max by (d) (a_seconds{e=~\"b\"}) > 3600",
        "expr: max by (d) (a_seconds{e=~\"b\"}) > 6",
    );
    let counted = "expr: sum by (role) (increase(errors_total[10m])) > 5";
    check(counted, counted);
}
