//! How transports are shown: one hash for each run, with a field or two for each transport.

use std::collections::{BTreeMap, HashMap};

use proto::id::RunId;
use serde::Serialize;

use super::link::Question;
use super::{LIFETIME, RedisBoard, read};
use crate::board::{BoardError, ShownDelivery};

/// What the field of a run's deliveries ends with that tells how much was moved.
const MOVED: &str = ".moved";

/// The field that tells how much of a transport's delivery was moved.
pub(super) fn moved(transport: u32) -> String {
    format!("{transport}{MOVED}")
}

impl RedisBoard {
    pub(super) async fn set_delivery(
        &self,
        run: RunId,
        field: &str,
        value: &impl Serialize,
    ) -> Result<(), BoardError> {
        let json = serde_json::to_string(value).expect("what a delivery shows is plain text");
        let key = self.keys.deliveries(run);
        let mut setting = redis::pipe();
        setting.cmd("HSET").arg(&key).arg(field).arg(json).ignore();
        setting.cmd("EXPIRE").arg(&key).arg(LIFETIME.as_secs()).ignore();
        self.link.ask("show a delivery", Question::Pipeline(&setting)).await
    }

    pub(super) async fn shown_deliveries(
        &self,
        run: RunId,
    ) -> Result<BTreeMap<u32, ShownDelivery>, BoardError> {
        let during = "read deliveries";
        let key = self.keys.deliveries(run);
        let found: HashMap<String, String> =
            self.link.ask(during, Question::Command(redis::cmd("HGETALL").arg(&key))).await?;
        let mut shown: BTreeMap<u32, ShownDelivery> = BTreeMap::new();
        for (field, json) in found {
            let (transport, is_moved) = match field.strip_suffix(MOVED) {
                Some(transport) => (transport, true),
                None => (field.as_str(), false),
            };
            let Ok(transport) = transport.parse() else { continue };
            let place = shown.entry(transport).or_default();
            if is_moved {
                place.moved = Some(read(during, &json)?);
            } else {
                place.delivery = Some(read(during, &json)?);
            }
        }
        Ok(shown)
    }
}
