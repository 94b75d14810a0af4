//! A fleet at work: its processes by name, its API, and what it left in the store.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

use fabric::record;
use fabric::store::Store;
use futures::TryStreamExt as _;
use proto::id::{ExportId, RunId};
use proto::key::{Key, Prefix};
use serde_json::Value;
use tempfile::TempDir;
use tests::{Api, Backends, Fleet, Program, free_port, sha256, until};

use super::bucket;

/// How long any export may take; a loaded machine is slow.
pub(crate) const DEADLINE: Duration = Duration::from_mins(3);

/// One fleet and its first owner, ann.
pub(crate) struct Crew {
    pub(crate) fleet: Fleet,
    /// Speaks with ann's token to the first coordinator.
    pub(crate) ann: Api,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) port: u16,
    programs: BTreeMap<String, Member>,
    _keys: TempDir,
}

/// A process, and how it was started.
struct Member {
    role: String,
    variables: Vec<(String, String)>,
    program: Program,
}

impl Crew {
    /// A fleet with a coordinator, an agent and so many workers, all of which serve.
    pub(crate) async fn working(backends: &Backends, sources: &Value, workers: u32) -> Self {
        let mut crew = Self::idle(backends, sources, "").await;
        crew.start("coordinator", "coordinator", &[]);
        crew.start("transport-agent", "agent", &[]);
        for worker in 1..=workers {
            crew.start("worker", &format!("worker-{worker}"), &[("LONGSHORE_WORKER__SLOTS", "2")]);
        }
        crew.ann.serves("/health/ready", DEADLINE).await.unwrap();
        crew
    }

    /// A fleet with a coordinator, an agent and a worker, all of which serve; `more` is added to its
    /// configuration.
    pub(crate) async fn configured(sources: &Value, more: &str) -> Self {
        let mut crew = Self::idle(&Backends::shared().await.unwrap(), sources, more).await;
        crew.start("coordinator", "coordinator", &[]);
        crew.start("transport-agent", "agent", &[]);
        crew.start("worker", "worker-1", &[("LONGSHORE_WORKER__SLOTS", "2")]);
        crew.ann.serves("/health/ready", DEADLINE).await.unwrap();
        crew
    }

    /// A fleet without processes; `more` is added to its configuration.
    pub(crate) async fn idle(backends: &Backends, sources: &Value, more: &str) -> Self {
        let keys = tempfile::tempdir().unwrap();
        let key = keys.path().join("link.key");
        fs::write(&key, "0123456789abcdef0123456789abcdef\n").unwrap();
        let port = free_port().unwrap();
        let config = format!("{}{more}", backends.config(port, &key, sources));
        let fleet = Fleet::new(&config).unwrap();
        let stranger = Api::new(&format!("http://127.0.0.1:{port}")).unwrap();
        let store = bucket::open(backends).await;
        let programs = BTreeMap::new();
        let mut crew = Self { fleet, ann: stranger, store, port, programs, _keys: keys };
        crew.ann = crew.owner("ann").await;
        crew
    }

    /// The API with a new token of an owner.
    pub(crate) async fn owner(&self, name: &str) -> Api {
        self.ann.with_token(&self.token(name).await)
    }

    /// A new token of an owner.
    pub(crate) async fn token(&self, owner: &str) -> String {
        let printed = self.fleet.run(&["token", "new", "--owner", owner]).await.unwrap();
        printed.trim().to_owned()
    }

    /// Starts a process under a name.
    pub(crate) fn start(&mut self, role: &str, name: &str, variables: &[(&str, &str)]) {
        let program = self.fleet.start(role, name, variables).unwrap();
        let kept = variables.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        let member = Member { role: role.to_owned(), variables: kept.collect(), program };
        self.programs.insert(name.to_owned(), member);
    }

    /// A process by its name.
    pub(crate) fn program(&mut self, name: &str) -> &mut Program {
        &mut self.programs.get_mut(name).unwrap().program
    }

    /// What a process has written since it was started the last time.
    pub(crate) fn said(&self, name: &str) -> String {
        self.programs[name].program.said().unwrap()
    }

    /// What all processes of a name have written.
    pub(crate) fn log(&self, name: &str) -> String {
        self.programs[name].program.log().unwrap()
    }

    /// Ends a process as a power failure would.
    pub(crate) async fn kill(&mut self, name: &str) {
        self.programs.remove(name).unwrap().program.kill().await.unwrap();
    }

    /// Ends a process as a power failure would, and starts it again at once.
    pub(crate) async fn restart(&mut self, name: &str) {
        let mut member = self.programs.remove(name).unwrap();
        member.program.kill().await.unwrap();
        self.start_again(name, &member);
    }

    /// Tells a process to stop, sees it end well with its tasks done, and starts it again.
    pub(crate) async fn drain(&mut self, name: &str) {
        let member = self.ended_well(name).await;
        self.start_again(name, &member);
    }

    /// Tells a process to stop, sees it end well with its tasks done, and goes on without it.
    pub(crate) async fn retire(&mut self, name: &str) {
        drop(self.ended_well(name).await);
    }

    async fn ended_well(&mut self, name: &str) -> Member {
        let mut member = self.programs.remove(name).unwrap();
        let status = member.program.terminate(DEADLINE).await.unwrap();
        let said = member.program.said().unwrap();
        assert!(status.success(), "{name} ended with {status}:\n{said}");
        assert!(!said.contains("grace is over"), "{name} gave up what it did:\n{said}");
        member
    }

    fn start_again(&mut self, name: &str, Member { role, variables, .. }: &Member) {
        let variables: Vec<_> =
            variables.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        self.start(role, name, &variables);
    }

    /// Waits until a coordinator has taken the lead so many times.
    pub(crate) async fn leads(&self, name: &str, times: usize) {
        until(&format!("lead of {name}"), DEADLINE, async || {
            Ok((self.led(name) >= times).then_some(()))
        })
        .await
        .unwrap();
    }

    /// How often a coordinator has taken the lead. Nothing but its log says so.
    pub(crate) fn led(&self, name: &str) -> usize {
        let log = self.log(name);
        log.lines().filter(|line| line.ends_with("coordinator::lead: leading")).count()
    }

    /// Sends a definition as ann.
    pub(crate) async fn submit(&self, definition: &Value) -> RunId {
        submit(&self.ann, definition).await
    }

    /// Waits until so many batches of a run of ann's are finished, or it has ended. Asked of the store
    /// again and again, for that goes on while the processes that could tell are killed.
    pub(crate) async fn reaches(&mut self, run: RunId, batches: usize) {
        until(&format!("run with {batches} batches"), DEADLINE, async || {
            self.all_run();
            let there = self.keys(Prefix::commits(run)).await.len() >= batches;
            Ok((there || self.has_ended(run).await).then_some(()))
        })
        .await
        .unwrap();
    }

    /// Waits until a transport's archive is recorded.
    pub(crate) async fn reaches_archive(&mut self, run: RunId, transport: u32) {
        until("archive", DEADLINE, async || {
            self.all_run();
            let key = Key::archive(run, transport);
            let there = record::exists(&*self.store, &key).await.unwrap_or(false);
            Ok((there || self.has_ended(run).await).then_some(()))
        })
        .await
        .unwrap();
    }

    /// Waits until a run of ann's is shown with a transport that has brought a part of its bytes to the
    /// other side.
    pub(crate) async fn shows_amid(&mut self, run: RunId, transport: usize) {
        let path = format!("/v1/exports/{}/runs/{}", run.export, run.run);
        until("delivery that is under way", DEADLINE, async || {
            self.all_run();
            let Ok(answer) = self.ann.get(&path).await else { return Ok(None) };
            let moved = &answer.body["transports"][transport]["moved"];
            let (bytes, of) = (moved["bytes"].as_u64(), moved["of"].as_u64());
            let is_amid = bytes.zip(of).is_some_and(|(bytes, of)| 0 < bytes && bytes < of);
            Ok(is_amid.then_some(()))
        })
        .await
        .unwrap();
    }

    /// Whether a run's end is in the store.
    pub(crate) async fn has_ended(&self, run: RunId) -> bool {
        record::exists(&*self.store, &Key::outcome(run)).await.unwrap_or(false)
    }

    /// Waits for the end of a run of ann's; the run as the API shows it. Asked again and again, for
    /// a stream of events would break with its coordinator.
    pub(crate) async fn ended(&mut self, run: RunId) -> Value {
        let path = format!("/v1/exports/{}/runs/{}", run.export, run.run);
        until("ended run", DEADLINE, async || {
            self.all_run();
            let Ok(answer) = self.ann.get(&path).await else { return Ok(None) };
            let has_ended = answer.status.is_success() && !answer.body["ended"].is_null();
            Ok(has_ended.then_some(answer.body))
        })
        .await
        .unwrap()
    }

    /// The SHA-256 of a run's first volume, fetched by its signed link once the run is done.
    pub(crate) async fn sha256(&mut self, run: RunId) -> String {
        let shown = self.ended(run).await;
        assert_eq!(shown["state"], "done", "{shown:#}");
        let url = shown["downloads"][0]["volumes"][0]["url"].as_str().unwrap().to_owned();
        let file = self.fleet.dir().join("download.zip");
        self.ann.download(&url, &file).await.unwrap();
        sha256(&file).unwrap()
    }

    /// Asserts that each batch has a commit record, and each transport an archive and a receipt: their
    /// keys leave no room for two.
    pub(crate) async fn is_recorded_once(&mut self, run: RunId) {
        let shown = self.ended(run).await;
        let commits = self.listed(Prefix::commits(run)).await;
        assert_eq!(commits.len() as u64, shown["batches"].as_u64().unwrap_or(0), "{shown:#}");
        assert_eq!(shown["finished"]["batches"], shown["batches"], "{shown:#}");
        let transports = shown["transports"].as_array().unwrap().len();
        for transport in (0..).take(transports) {
            assert!(record::exists(&*self.store, &Key::archive(run, transport)).await.unwrap());
        }
        assert_eq!(self.listed(Prefix::receipts(run)).await.len(), transports);
        let downloads = shown["downloads"].as_array().unwrap().len();
        assert_eq!(self.listed(Prefix::links(run)).await.len(), downloads);
        self.is_closed().await;
    }

    /// Waits until no run is open: a mark goes a moment after the end of its run is there to be seen.
    pub(crate) async fn is_closed(&self) {
        until("end of all that follows from a run", DEADLINE, async || {
            Ok(self.listed(Prefix::open()).await.is_empty().then_some(()))
        })
        .await
        .unwrap();
    }

    /// What lies below a prefix in the store, as soon as it answers.
    async fn listed(&self, prefix: Prefix) -> Vec<Key> {
        until("answer of the store", DEADLINE, async || {
            Ok(record::keys(&self.store, prefix.clone()).try_collect().await.ok())
        })
        .await
        .unwrap()
    }

    /// What lies below a prefix in the store; nothing while it does not answer.
    pub(crate) async fn keys(&self, prefix: Prefix) -> Vec<Key> {
        record::keys(&self.store, prefix).try_collect().await.unwrap_or_default()
    }

    fn all_run(&mut self) {
        for member in self.programs.values_mut() {
            member.program.still_runs().unwrap();
        }
    }
}

/// Sends a definition with somebody's token; its first run.
pub(crate) async fn submit(api: &Api, definition: &Value) -> RunId {
    let made = api.post("/v1/exports", definition).await.unwrap();
    assert_eq!(made.status, 201, "{:#}", made.body);
    let export: ExportId = made.body["id"].as_str().unwrap().parse().unwrap();
    RunId { export, run: 1 }
}
