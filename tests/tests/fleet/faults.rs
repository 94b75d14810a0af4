//! A fleet with which all is well until it is broken, one way after the other, while Prometheus looks on.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::future::join_all;
use proto::id::RunId;
use serde_json::json;
use tempfile::TempDir;
use tests::{Backends, Kind, Receiver, Reply, Server, env, free_port, until};

use super::crew::{Crew, DEADLINE};
use super::load::Load;
use super::outages::on_store;
use super::posts::airports;
use super::prometheus::Prometheus;
use super::wipes::{purge, tell};

/// Where pages of records go.
const PAGES: &str = "/pages/";

/// The fleet: one process of each role, named after it.
pub(crate) struct Scene {
    crew: Crew,
    backends: Backends,
    /// Its store, which no other test has.
    store: Server,
    load: Load,
    prometheus: Prometheus,
    /// Where each process tells its numbers.
    metrics: BTreeMap<&'static str, String>,
    /// Takes what is delivered and what webhooks are told, unless it is away.
    receiver: Receiver,
    is_away: Arc<AtomicBool>,
    _data: TempDir,
}

impl Scene {
    /// A coordinator that leads, a worker and an agent, and no alert that fires.
    pub(crate) async fn quiet() -> Self {
        let store = Server::start(Kind::SeaweedFs).await.unwrap();
        let backends = on_store(&store).await;
        let is_away = Arc::new(AtomicBool::new(true));
        let answers = Arc::clone(&is_away);
        let receiver = Receiver::start(move |_, _| {
            let status = if answers.load(Ordering::SeqCst) { 503 } else { 200 };
            Reply::Status(status, String::new())
        })
        .await
        .unwrap();
        let more = format!(
            "[targets.api]\nkind = \"http\"\nmethod = \"POST\"\n\
             url = \"http://127.0.0.1:{port}{PAGES}{{page}}\"\n\
             [webhooks.hook]\nurl = \"http://127.0.0.1:{port}/hook\"\nexports = \"all\"\n\
             events = [\"run.failed\"]\ngive_up_after = \"1s\"\n",
            port = receiver.port
        );
        let (load, data) = (Load::small(), tempfile::tempdir().unwrap());
        let drawings = data.path().join("drawings.jsonl");
        fs::write(&drawings, "{\"file\":\"gone.svg\"}\n").unwrap();
        let mut sources = load.sources.clone();
        sources["drawings"] = json!({"kind": "jsonl", "path": drawings});
        let crew = Crew::idle(&backends, &sources, &more).await;
        let roles = ["coordinator", "worker", "transport-agent"];
        let listen = || format!("127.0.0.1:{}", free_port().unwrap());
        let metrics: BTreeMap<_, _> = roles.map(|role| (role, listen())).into();
        let watched: Vec<String> = metrics.values().cloned().collect();
        let prometheus = Prometheus::watching(&watched, crew.fleet.dir()).await;
        let mut scene = Self {
            crew,
            backends,
            store,
            load,
            prometheus,
            metrics,
            receiver,
            is_away,
            _data: data,
        };
        for role in roles {
            scene.start(role);
        }
        scene.prometheus.finds("longshore_leading == 1 and on() longshore_parked == 0").await;
        // That nobody led was true until then.
        scene.prometheus.rests(&["LongshoreNobodyLeads"]).await;
        assert_eq!(scene.prometheus.firing().await, BTreeSet::new());
        scene
    }

    /// The alerts that have fired, each on its fault.
    pub(crate) fn fired(&self) -> &BTreeSet<String> {
        self.prometheus.fired()
    }

    fn start(&mut self, role: &str) {
        let metrics = [("LONGSHORE_TELEMETRY__METRICS_LISTEN", self.metrics[role].as_str())];
        self.crew.start(role, role, &metrics);
    }

    /// A run fails for a file that is not there; who is to be told of it does not answer, nor does whom
    /// another run delivers to.
    pub(crate) async fn nobody_takes_what_is_sent(&mut self) {
        let outputs = json!([{"to": "media/", "from": "drawings", "assets": {"field": "file"}}]);
        self.crew.submit(&json!({"name": "Drawings", "outputs": outputs})).await;
        self.crew.submit(&airports()).await;
        self.receiver.saw(1, |request| request.path.starts_with(PAGES)).await.unwrap();
        self.prometheus.fires(&["LongshoreTasksFailed", "LongshoreNoticesLost"]).await;
    }

    /// A message that nobody can read comes, and an administrator takes it away.
    pub(crate) async fn a_message_is_set_aside_and_discarded(&mut self) {
        let alerts = ["LongshoreParked"];
        self.prometheus.rests(&alerts).await;
        let (management, name) = (env::amqp_management().unwrap(), self.backends.namespace.name());
        let publish = format!("{management}/api/exchanges/{name}/amq.default/publish");
        let message = json!({
            "properties": {}, "routing_key": format!("{name}.batches"), "payload": "not a task",
            "payload_encoding": "string",
        });
        let sent = reqwest::Client::new().post(&publish).json(&message).send().await.unwrap();
        assert!(sent.status().is_success(), "{}", sent.status());
        self.prometheus.fires(&alerts).await;

        let token = ["token", "new", "--owner", "ops", "--admin"];
        let ops = self.crew.ann.with_token(self.crew.fleet.run(&token).await.unwrap().trim());
        let parked = ops.get("/v1/parked").await.unwrap().body;
        let id = parked["parked"][0]["id"].as_str().unwrap();
        assert_eq!(ops.delete(&format!("/v1/parked/{id}")).await.unwrap().status, 204);
        self.prometheus.rests(&alerts).await;
    }

    /// The only worker goes, and a run comes; that run.
    pub(crate) async fn no_worker_is_left(&mut self) -> RunId {
        let alerts = ["LongshoreStalled", "LongshoreQueueOld"];
        self.crew.retire("worker").await;
        self.prometheus.rests(&alerts).await;
        let run = self.crew.submit(&self.load.definition()).await;
        self.prometheus.fires(&alerts).await;
        run
    }

    /// What was tried before is tried again, and gets through no better.
    pub(crate) async fn the_target_stays_away(&mut self) {
        self.prometheus.fires(&["LongshoreDeliveriesFailing", "LongshoreDeliveriesStalled"]).await;
    }

    /// Tasks that were handed out, and that nobody has taken, vanish from the broker.
    pub(crate) async fn the_queues_are_emptied(&mut self) {
        let Self { prometheus, backends, .. } = self;
        let alerts = ["LongshoreTasksLost"];
        prometheus.rests(&alerts).await;
        prometheus.fires_amid(&alerts, async || purge(backends).await).await;
    }

    /// The only coordinator is killed; then everybody is back, and what stood still goes on to its end.
    pub(crate) async fn the_coordinator_dies_and_all_is_mended(&mut self, waiting: RunId) {
        let alerts = ["LongshoreNobodyLeads"];
        self.prometheus.rests(&alerts).await;
        self.crew.kill("coordinator").await;
        self.prometheus.fires(&alerts).await;
        self.is_away.store(false, Ordering::SeqCst);
        self.start("coordinator");
        self.start("worker");
        let shown = self.crew.ended(waiting).await;
        assert_eq!(shown["state"], "done", "{shown:#}");
        self.prometheus.rests(&alerts).await;
        let mended = ["LongshoreStalled", "LongshoreQueueOld", "LongshoreDeliveriesStalled"];
        self.prometheus.rests(&mended).await;
    }

    /// A stranger takes the lease of who leads, and loses it, again and again.
    pub(crate) async fn the_lease_does_not_hold(&mut self) {
        let Self { prometheus, backends, crew, .. } = self;
        let alerts = ["LongshoreLeadChanges"];
        prometheus.rests(&alerts).await;
        let lease = format!("{}:lease:leader", backends.namespace.name());
        let (take, free) = (format!("SET {lease} stranger"), format!("DEL {lease}"));
        let changes = async || {
            let (led, gave_way) = (crew.led("coordinator"), times_it_gave_way(crew));
            tell(&backends.redis, &take).await;
            until("coordinator that gives way", DEADLINE, async || {
                Ok((times_it_gave_way(crew) > gave_way).then_some(()))
            })
            .await
            .unwrap();
            tell(&backends.redis, &free).await;
            crew.leads("coordinator", led + 1).await;
        };
        prometheus.fires_amid(&alerts, changes).await;
    }

    /// The store is killed while everybody asks for it.
    pub(crate) async fn the_store_dies(&mut self) {
        let Self { prometheus, store, crew, .. } = self;
        let alerts = ["LongshoreStoreErrors"];
        prometheus.rests(&alerts).await;
        store.kill().await.unwrap();
        let asked = async || {
            for answer in join_all((0..8).map(|_| crew.ann.get("/health/ready"))).await {
                assert_eq!(answer.unwrap().status, 503);
            }
        };
        prometheus.fires_amid(&alerts, asked).await;
    }
}

/// How often the coordinator found that another one leads. Nothing but its log says so.
fn times_it_gave_way(crew: &Crew) -> usize {
    crew.log("coordinator").matches("another coordinator leads").count()
}
