//! A fleet with the configuration of the operations manual, and with the rights that it says are enough.

use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use tests::{Api, Program, env, free_port, until};

use super::block::block;
use super::line::{lines, words};
use super::shell::Shell;
use super::site::{PASSWORD, Site};
use super::targets::secret;

/// The blocks of commands of `operations.md` that are run here.
pub(super) const BLOCKS: &[&str] = &["Rights on RabbitMQ", ROLES, "Tokens", "Parked messages"];

/// The block that starts a fleet.
const ROLES: &str = "Starting, draining, upgrading";

const DEADLINE: Duration = Duration::from_mins(2);

/// The port of an address.
fn port(address: &str) -> u16 {
    let (_, rest) = address.rsplit_once(':').unwrap();
    rest.split('/').next().unwrap().parse().unwrap()
}

/// A user of RabbitMQ with the rights of the manual; the address of a virtual host for them.
async fn queue(site: &Site) -> String {
    let name = site.namespace.name();
    site.namespace.amqp().await.unwrap();
    let management = env::amqp_management().unwrap();
    let made = reqwest::Client::new()
        .put(format!("{management}/api/users/{name}"))
        .json(&json!({"password": PASSWORD, "tags": ""}))
        .send()
        .await
        .unwrap();
    assert!(made.status().is_success(), "{}", made.status());
    let port = port(&env::amqp().unwrap());
    // The node, its secret and its port mapper are those that `tests/setup/servers/rabbitmq.sh` makes.
    let program = format!(
        "rabbitmqctl() {{ HOME=$PWD ERL_EPMD_PORT={mapper} /usr/lib/rabbitmq/bin/rabbitmqctl \
         -n longshore{port}@localhost --erlang-cookie LONGSHORE{port} \"$@\"; }}\n",
        mapper = port + 3,
    );
    let commands = block("operations.md", "Rights on RabbitMQ").text;
    let shell = Shell::new(&site.desk, "", &[("VHOST", name), ("USER", name)]);
    shell.run(&format!("{program}{commands}"));
    format!("amqp://{name}:{PASSWORD}@127.0.0.1:{port}/{name}")
}

/// A user of Redis with the rights of the manual; the address for them.
fn board() -> String {
    let port = port(&env::redis().unwrap());
    let rights = block("operations.md", "Rights on Redis").text.replace("PASSWORD", PASSWORD);
    let ended = Command::new("redis-cli")
        .args(["-p", &port.to_string()])
        .args(rights.split_whitespace())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&ended.stdout).trim(), "OK", "{ended:?}");
    format!("redis://longshore:{PASSWORD}@127.0.0.1:{port}/0")
}

/// The fleet.
struct Members {
    site: Site,
    programs: Vec<Program>,
}

impl Members {
    /// Starts a role, by its line of the manual.
    fn start(&mut self, role: &str, variables: &[(&str, &str)]) {
        let lines = lines(&block("operations.md", ROLES));
        let line = lines.iter().find(|line| words(line).iter().any(|word| word == role)).unwrap();
        self.programs.push(Shell::new(&self.site.desk, "", variables).start(role, line));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fleet_runs_by_the_configuration_and_the_rights_of_the_manual() {
    let site = Site::prepared(&[]).await;
    secret(&site.desk, "queue", &queue(&site).await);
    secret(&site.desk, "board", &board());
    site.desk.write("fleet.toml", site.config());
    let metrics = format!("127.0.0.1:{}", free_port().unwrap());
    let url = site.url.clone();
    let mut fleet = Members { site, programs: Vec::new() };
    fleet.start("coordinator", &[("LONGSHORE_TELEMETRY__METRICS_LISTEN", &metrics)]);
    fleet.start("worker", &[]);
    fleet.start("transport-agent", &[]);
    let api = Api::new(&url).unwrap();
    api.serves("/health/ready", DEADLINE).await.unwrap();

    let api = tokens(&fleet.site, &api).await;
    let example = block("definition.md", "The definition").json();
    let made = api.post("/v1/exports", &example).await.unwrap();
    assert_eq!(made.status, 201, "{:#}", made.body);
    let run = format!("/v1/exports/{}/runs/1", made.body["id"].as_str().unwrap());
    let run = until("end of the run", DEADLINE, async || {
        let run = api.get(&run).await?.body;
        Ok(run["ended"].is_string().then_some(run))
    })
    .await
    .unwrap();
    assert_eq!(run["state"], "done", "{run:#}");
    downloads_come_from_the_store(&fleet.site, &run).await;
    is_watched(&fleet, &metrics).await;
    parked_messages(&fleet.site, &api).await;
}

/// Makes tokens as the manual says; the API with that of the administrator.
async fn tokens(site: &Site, api: &Api) -> Api {
    let block = block("operations.md", "Tokens").text;
    let shell = |id: &str| Shell::new(&site.desk, "", &[("ID", id)]);
    let said: Vec<String> = block.lines().take(3).map(|line| shell("").run(line)).collect();
    let [ann, ops, list] = <[String; 3]>::try_from(said).unwrap();
    let (ann, ops) = (api.with_token(ann.trim()), api.with_token(ops.trim()));
    assert_eq!(ann.get("/v1/exports").await.unwrap().status, 200);
    assert_eq!(ann.get("/v1/parked").await.unwrap().status, 404);
    assert_eq!(ops.get("/v1/parked").await.unwrap().status, 200);
    let line = list.lines().find(|line| line.contains("  ann  ")).unwrap();
    let id = line.split(' ').next().unwrap();
    shell(id).run(block.lines().nth(3).unwrap());
    let left = shell("").run(block.lines().nth(2).unwrap());
    assert!(!left.contains("  ann  ") && left.contains("  ops  "), "{left}");
    ops
}

/// What the configuration says of links: where they begin, and that the store serves what they lead to.
async fn downloads_come_from_the_store(site: &Site, run: &Value) {
    let link = run["downloads"][0]["volumes"][0]["url"].as_str().unwrap();
    assert!(link.starts_with(&site.url), "{link}");
    let unfollowed = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let answer = unfollowed.build().unwrap().get(link).send().await.unwrap();
    let place = answer.headers()["location"].to_str().unwrap();
    assert!(place.starts_with(&site.server.endpoint), "{place}");
    assert!(place.contains(&format!("/{}/store/", site.namespace.name())), "{place}");
}

/// What the configuration says of logs, metrics and traces.
async fn is_watched(fleet: &Members, metrics: &str) {
    let metrics = Api::new(&format!("http://{metrics}")).unwrap();
    until("run in the metrics", DEADLINE, async || {
        let text = metrics.get("/metrics").await?.body;
        let ended = "longshore_runs_ended_total{";
        Ok(text.as_str().unwrap_or_default().contains(ended).then_some(()))
    })
    .await
    .unwrap();
    fleet.site.receiver.saw(1, |request| request.path == "/v1/traces").await.unwrap();
    let log = fleet.programs[0].log().unwrap();
    let mut lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    assert!(lines.any(|line| line["fields"]["message"].is_string()), "{log}");
}

/// Sets messages aside that nobody can read, and does with them what the manual says.
async fn parked_messages(site: &Site, api: &Api) {
    let management = env::amqp_management().unwrap();
    let publish =
        format!("{management}/api/exchanges/{}/amq.default/publish", site.namespace.name());
    for text in ["not a task", "neither"] {
        let message = json!({
            "properties": {}, "routing_key": "longshore.batches", "payload": text,
            "payload_encoding": "string",
        });
        let sent = reqwest::Client::new().post(&publish).json(&message).send().await.unwrap();
        assert!(sent.status().is_success(), "{}", sent.status());
    }
    let parked = async || {
        let parked = api.get("/v1/parked").await?.body;
        let of = |message: &Value| message["id"].as_str().unwrap_or_default().to_owned();
        let parked = parked["parked"].as_array().map(|all| all.iter().map(of).collect());
        anyhow::Ok(parked.unwrap_or_else(Vec::new))
    };
    let found = until("parked messages", DEADLINE, async || {
        Ok(Some(parked().await?).filter(|found| found.len() == 2))
    })
    .await
    .unwrap();
    let admin = api.token().unwrap();
    let usual = [("LONGSHORE_URL", site.url.as_str()), ("LONGSHORE_TOKEN", admin)];
    let lines = block("operations.md", "Parked messages").text;
    let mut said = String::new();
    for (line, id) in lines.lines().zip(["", &found[0], &found[1]]) {
        let variables = [&usual[..], &[("ID", id)]].concat();
        said.push_str(&Shell::new(&site.desk, "", &variables).run(line));
    }
    assert!(found.iter().all(|id| said.contains(id.as_str())), "{found:?} are not in {said}");
    let discarded = json!({"discarded": found[1]}).to_string();
    assert!(said.contains(&discarded), "{said}");
    // What was put back is set aside once more, under another name or the same; the other one is gone.
    until("discarded message", DEADLINE, async || {
        Ok((!parked().await?.contains(&found[1])).then_some(()))
    })
    .await
    .unwrap();
}
