//! The board of a fleet, on Redis.
//!
//! Needs Redis 6.2 or later. Nothing here is the only copy of anything: what a run left expires
//! after [`LIFETIME`], and a server that forgets everything is filled again from the store.

mod link;
mod keys;
mod scripts;
mod bell;
mod deliveries;
mod workload;
mod events;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use proto::delivery::{Delivery, Moved};
use proto::event::Event;
use proto::id::{ExportId, Owner, RunId};
use proto::run::Counts;
use secrecy::SecretString;
use serde::de::DeserializeOwned;

use self::bell::Bell;
use self::keys::Keys;
use self::link::{Link, Question};
use self::scripts::Scripts;
use super::{Board, BoardError, EventId, Mark, ShownDelivery, Summary, Workload};

/// How long what belongs to a run or its events is kept after the last change.
const LIFETIME: Duration = Duration::from_hours(30 * 24);

/// Most batches marked by one script: the server does nothing else meanwhile.
const MARKS_AT_ONCE: usize = 1_000;

/// Where the server is, and how it is used.
#[derive(Debug, Clone)]
pub struct RedisConfig {
    /// `redis://` or `rediss://`, with user, password and database where there are any.
    pub url: SecretString,
    /// What keys begin with: fleets that share a server need different ones.
    pub namespace: String,
    /// How long any call may take, apart from waiting for events.
    pub deadline: Duration,
}

impl RedisConfig {
    /// The server at an address, used as usual: keys named `longshore:…`, 2 s for any call.
    pub fn at(url: SecretString) -> Self {
        Self { url, namespace: "longshore".to_owned(), deadline: Duration::from_secs(2) }
    }
}

/// Shows progress through Redis.
pub struct RedisBoard {
    link: Arc<Link>,
    keys: Keys,
    scripts: Scripts,
    bell: Bell,
}

impl RedisBoard {
    /// Connects once, so that a wrong address or password shows at once.
    pub async fn connect(config: RedisConfig) -> Result<Self, BoardError> {
        let link = Arc::new(Link::new(&config.url, config.deadline)?);
        let () = link.ask("connect", Question::Command(&redis::cmd("PING"))).await?;
        let keys = Keys::new(config.namespace);
        let bell = Bell::new(Arc::clone(&link), keys.bell());
        Ok(Self { link, keys, scripts: Scripts::new(), bell })
    }

    /// Deletes every key of the fleet.
    pub async fn wipe(&self) -> Result<(), BoardError> {
        let mut cursor = 0_u64;
        loop {
            let mut scan = redis::cmd("SCAN");
            scan.arg(cursor).arg("MATCH").arg(self.keys.every()).arg("COUNT").arg(1_000);
            let (next, found): (u64, Vec<String>) =
                self.link.ask("wipe", Question::Command(&scan)).await?;
            for key in found {
                self.delete("wipe", &[key]).await?;
            }
            if next == 0 {
                return Ok(());
            }
            cursor = next;
        }
    }

    async fn delete(&self, during: &'static str, keys: &[String]) -> Result<(), BoardError> {
        self.link.ask(during, Question::Command(redis::cmd("UNLINK").arg(keys))).await
    }

    async fn exists(&self, during: &'static str, key: &str) -> Result<bool, BoardError> {
        self.link.ask(during, Question::Command(redis::cmd("EXISTS").arg(key))).await
    }
}

#[async_trait]
impl Board for RedisBoard {
    async fn mark(&self, run: RunId, batches: &[Mark]) -> Result<(), BoardError> {
        for batches in batches.chunks(MARKS_AT_ONCE) {
            let mut call = self.scripts.mark.key(self.keys.marks(run));
            call.key(self.keys.counts(run)).arg(LIFETIME.as_secs());
            for Mark { ordinal, counts } in batches {
                let Counts { batches, records, bytes, warnings } = counts;
                call.arg(ordinal).arg(batches).arg(records).arg(bytes).arg(warnings);
            }
            let () = self.link.ask("mark batches", Question::Script(&call)).await?;
        }
        Ok(())
    }

    async fn counts(&self, run: RunId) -> Result<Option<Counts>, BoardError> {
        let key = self.keys.counts(run);
        let found: HashMap<String, u64> = self
            .link
            .ask("read counts", Question::Command(redis::cmd("HGETALL").arg(&key)))
            .await?;
        let count = |name: &str| found.get(name).copied().unwrap_or_default();
        Ok((!found.is_empty()).then(|| Counts {
            batches: count("batches"),
            records: count("records"),
            bytes: count("bytes"),
            warnings: count("warnings"),
        }))
    }

    async fn marked(&self, run: RunId) -> Result<Vec<u32>, BoardError> {
        let key = self.keys.marks(run);
        let bits: Vec<u8> =
            self.link.ask("read marks", Question::Command(redis::cmd("GET").arg(&key))).await?;
        // Redis counts the bits of a byte from its most significant one.
        let ordinals = (0..).zip(bits).flat_map(|(place, byte): (u32, u8)| {
            (0..8).filter(move |bit| byte << bit & 0x80 != 0).map(move |bit| place * 8 + bit)
        });
        Ok(ordinals.collect())
    }

    async fn show_part(
        &self,
        run: RunId,
        ordinal: u32,
        thousandths: u32,
    ) -> Result<(), BoardError> {
        let key = self.keys.parts(run);
        let mut setting = redis::pipe();
        setting.cmd("HSET").arg(&key).arg(ordinal).arg(thousandths).ignore();
        setting.cmd("EXPIRE").arg(&key).arg(LIFETIME.as_secs()).ignore();
        self.link.ask("show a part", Question::Pipeline(&setting)).await
    }

    async fn parts(&self, run: RunId) -> Result<BTreeMap<u32, u32>, BoardError> {
        let key = self.keys.parts(run);
        self.link.ask("read parts", Question::Command(redis::cmd("HGETALL").arg(&key))).await
    }

    async fn show_delivery(
        &self,
        run: RunId,
        transport: u32,
        delivery: &Delivery,
    ) -> Result<(), BoardError> {
        self.set_delivery(run, &transport.to_string(), delivery).await
    }

    async fn show_moved(&self, run: RunId, transport: u32, moved: Moved) -> Result<(), BoardError> {
        self.set_delivery(run, &deliveries::moved(transport), &moved).await
    }

    async fn deliveries(&self, run: RunId) -> Result<BTreeMap<u32, ShownDelivery>, BoardError> {
        self.shown_deliveries(run).await
    }

    async fn forget_run(&self, run: RunId) -> Result<(), BoardError> {
        let keys = [
            self.keys.marks(run),
            self.keys.counts(run),
            self.keys.parts(run),
            self.keys.deliveries(run),
            self.keys.stop(run),
        ];
        self.delete("forget a run", &keys).await
    }

    async fn stop(&self, run: RunId) -> Result<(), BoardError> {
        let mut set = redis::cmd("SET");
        set.arg(self.keys.stop(run)).arg(1).arg("EX").arg(LIFETIME.as_secs());
        self.link.ask("stop a run", Question::Command(&set)).await
    }

    async fn is_stopped(&self, run: RunId) -> Result<bool, BoardError> {
        self.exists("ask whether a run shall stop", &self.keys.stop(run)).await
    }

    async fn show(&self, summary: &Summary) -> Result<(), BoardError> {
        let json = serde_json::to_string(summary).expect("a summary is plain text");
        let mut call = self.scripts.show.key(self.keys.list(None));
        call.key(self.keys.list(Some(&summary.owner))).key(self.keys.summaries());
        call.arg(summary.id.to_string()).arg(json);
        self.link.ask("show an export", Question::Script(&call)).await
    }

    async fn summary(&self, export: ExportId) -> Result<Option<Summary>, BoardError> {
        let during = "read a summary";
        let mut get = redis::cmd("HGET");
        get.arg(self.keys.summaries()).arg(export.to_string());
        let found: Option<String> = self.link.ask(during, Question::Command(&get)).await?;
        found.map(|json| read(during, &json)).transpose()
    }

    async fn list(
        &self,
        owner: Option<&Owner>,
        before: Option<ExportId>,
        limit: usize,
    ) -> Result<Vec<Summary>, BoardError> {
        let during = "list exports";
        let upper = before.map_or_else(|| "+".to_owned(), |before| format!("({before}"));
        let mut call = self.scripts.list.key(self.keys.list(owner));
        call.key(self.keys.summaries()).arg(upper).arg(i64::try_from(limit).unwrap_or(i64::MAX));
        let found: Vec<String> = self.link.ask(during, Question::Script(&call)).await?;
        found.iter().map(|json| read(during, json)).collect()
    }

    async fn remove(&self, owner: &Owner, export: ExportId) -> Result<(), BoardError> {
        let during = "remove an export";
        let mut call = self.scripts.remove.key(self.keys.list(None));
        call.key(self.keys.list(Some(owner))).key(self.keys.summaries()).arg(export.to_string());
        let () = self.link.ask(during, Question::Script(&call)).await?;
        self.delete(during, &[self.keys.events(export)]).await
    }

    async fn tell(&self, export: ExportId, event: &Event) -> Result<EventId, BoardError> {
        self.tell_event(export, event).await
    }

    async fn events(
        &self,
        export: ExportId,
        after: Option<&EventId>,
        limit: usize,
        wait: Duration,
    ) -> Result<Vec<(EventId, Event)>, BoardError> {
        self.events_after(export, after, limit, wait).await
    }

    async fn lease(
        &self,
        name: &str,
        holder: &str,
        lifetime: Duration,
    ) -> Result<bool, BoardError> {
        let lifetime_ms = u64::try_from(lifetime.as_millis()).unwrap_or(u64::MAX).clamp(1, 1 << 52);
        let mut call = self.scripts.lease.key(self.keys.lease(name));
        call.arg(holder).arg(lifetime_ms);
        // One that is not kept lets its task be begun elsewhere.
        self.link.insist("take a lease", Question::Script(&call)).await
    }

    async fn release(&self, name: &str, holder: &str) -> Result<(), BoardError> {
        let mut call = self.scripts.release.key(self.keys.lease(name));
        call.arg(holder);
        self.link.ask("release a lease", Question::Script(&call)).await
    }

    async fn show_workload(
        &self,
        workload: &Workload,
        lifetime: Duration,
    ) -> Result<(), BoardError> {
        self.set_workload(workload, lifetime).await
    }

    async fn workload(&self) -> Result<Option<Workload>, BoardError> {
        self.shown_workload().await
    }

    async fn is_complete(&self) -> Result<bool, BoardError> {
        self.exists("ask whether the board is complete", &self.keys.complete()).await
    }

    async fn set_complete(&self) -> Result<(), BoardError> {
        let key = self.keys.complete();
        self.link
            .ask("complete the board", Question::Command(redis::cmd("SET").arg(&key).arg(1)))
            .await
    }
}

fn read<T: DeserializeOwned>(during: &'static str, json: &str) -> Result<T, BoardError> {
    serde_json::from_str(json).map_err(|source| BoardError::Unreadable { during, source })
}
