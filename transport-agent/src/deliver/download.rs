//! Download: the archive stays where it is, and a link leads to it until it expires.

use async_trait::async_trait;
use proto::archive::Unreached;
use proto::definition::TransportKind;

use super::{Deliver, Delivery};
use crate::error::AgentError;

/// Who gets a link: whoever has it.
const RECIPIENT: &str = "link";

pub(super) struct Download;

#[async_trait]
impl Deliver for Download {
    fn kind(&self) -> TransportKind {
        TransportKind::Download
    }

    async fn len_bytes(&self, _delivery: &Delivery<'_>) -> Result<Option<u64>, AgentError> {
        Ok(None)
    }

    async fn deliver(&self, delivery: &Delivery<'_>) -> Result<Vec<Unreached>, AgentError> {
        if delivery.is_done(RECIPIENT).await? {
            return Ok(Vec::new());
        }
        delivery.link().await?;
        delivery.done(RECIPIENT, RECIPIENT, None).await?;
        Ok(Vec::new())
    }
}
