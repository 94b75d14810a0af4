//! How much there is to do: one value, which Redis forgets by itself.

use std::time::Duration;

use super::link::Question;
use super::{RedisBoard, read};
use crate::board::{BoardError, Workload};

impl RedisBoard {
    pub(super) async fn set_workload(
        &self,
        workload: &Workload,
        lifetime: Duration,
    ) -> Result<(), BoardError> {
        let json = serde_json::to_string(workload).expect("a workload is plain numbers");
        let lifetime_ms = u64::try_from(lifetime.as_millis()).unwrap_or(u64::MAX).clamp(1, 1 << 52);
        let mut set = redis::cmd("SET");
        set.arg(self.keys.workload()).arg(json).arg("PX").arg(lifetime_ms);
        self.link.ask("show the workload", Question::Command(&set)).await
    }

    pub(super) async fn shown_workload(&self) -> Result<Option<Workload>, BoardError> {
        let during = "read the workload";
        let mut get = redis::cmd("GET");
        get.arg(self.keys.workload());
        let found: Option<String> = self.link.ask(during, Question::Command(&get)).await?;
        found.map(|json| read(during, &json)).transpose()
    }
}
