//! How long runs of an export are kept at the most, whichever version of its definition they were made by.

use std::time::Duration;

use fabric::record;
use fabric::store::StoreError;
use proto::id::ExportId;
use proto::key::Key;
use proto::run::StoredDefinition;

use crate::Coordinator;

impl Coordinator {
    /// The longest lifetime among the versions of an export's definition up to this one.
    ///
    /// A version says it of those before it, so that one is read however many there are. Those that an
    /// earlier release wrote do not say it, and are read back to one that does.
    pub(crate) async fn longest_lifetime(
        &self,
        export: ExportId,
        version: u32,
    ) -> Result<Duration, StoreError> {
        let mut longest = Duration::ZERO;
        for version in (1..=version).rev() {
            let key = Key::definition(export, version);
            let stored: Option<StoredDefinition> = record::find(&*self.store, &key).await?;
            let Some(stored) = stored else { continue };
            longest = longest.max(stored.definition.lifetime);
            if let Some(before) = stored.longest_before {
                return Ok(longest.max(before));
            }
        }
        Ok(longest)
    }
}
