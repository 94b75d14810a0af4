//! Telling what others did with an export's files.

use fabric::store::StoreError;
use jiff::Timestamp;
use proto::run::Head;
use serde_json::Value;

use super::{Each, Happened, What};
use crate::Coordinator;

/// What is said of all of it to tell it from what happens once.
const OF: &str = "fetched";

impl Coordinator {
    /// Tells that something of an export of the dialect was fetched; of any other, nothing. Whoever calls
    /// it twice tells it twice.
    pub(crate) async fn chronicle_fetched(
        &self,
        head: &Head,
        what: What,
        at: Timestamp,
        (info, each): (Value, Each),
    ) -> Result<(), StoreError> {
        let Some(number) = head.number else { return Ok(()) };
        let info = info.as_object().cloned().unwrap_or_default();
        let (of, export, version, each) = (OF.to_owned(), head.id, head.version, Some(each));
        let happened = Happened { what, of, at, export, number, version, info, each };
        self.chronicle.append(&head.owner, &happened).await?;
        Ok(())
    }
}
