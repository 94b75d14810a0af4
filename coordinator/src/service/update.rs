//! Changing an export: another version of its definition, and its schedules with it.

use fabric::record::{self, Created};
use proto::definition::Definition;
use proto::fault::{Code, Fault};
use proto::id::{ExportId, Owner};
use proto::key::Key;
use proto::run::{Head, StoredDefinition};

use super::changed_meanwhile;
use crate::Coordinator;
use crate::accept::told;
use crate::secrets;

/// How many versions in a row may be left over from changes that came to nothing.
const LEFT_OVER: u32 = 100;

impl Coordinator {
    /// Gives an export another definition. A run under way goes on with the one it began with.
    ///
    /// With an expected version, an export in another one is left as it is: `version_mismatch`.
    pub async fn update(
        &self,
        owner: &Owner,
        export: ExportId,
        document: &str,
        expected: Option<u32>,
    ) -> Result<(), Vec<Fault>> {
        let mut definition = Definition::parse(document)?;
        let faults = self.check(&definition);
        if !faults.is_empty() {
            return Err(faults);
        }
        let one = |fault: Fault| vec![fault];
        let given = self.take_secrets(&mut definition).await.map_err(one)?;
        let (version, before) = self.before(owner, export, expected).await.map_err(one)?;
        let original = serde_json::from_str(document).expect("the definition was read from it");
        let stored = StoredDefinition {
            original: secrets::without(original, &given),
            secrets: self.seal_and_keep(&definition, &given, &before)?,
            definition,
            idempotency: None,
            longest_before: None,
        };
        // What is kept is of the version that was read, and of no other.
        let read = (!before.secrets.is_empty()).then_some(version);
        self.change(owner, export, &stored, expected.or(read)).await.map_err(one)
    }

    /// What is changed, and which version that is.
    async fn before(
        &self,
        owner: &Owner,
        export: ExportId,
        expected: Option<u32>,
    ) -> Result<(u32, StoredDefinition), Fault> {
        let head = self.head(owner, export).await?;
        if let Some(expected) = expected {
            check_version(&head, expected)?;
        }
        let key = Key::definition(export, head.version);
        Ok((head.version, record::read(&*self.store, &key).await.map_err(told)?))
    }

    /// The same of a definition that was read and checked.
    pub(crate) async fn change(
        &self,
        owner: &Owner,
        export: ExportId,
        stored: &StoredDefinition,
        expected: Option<u32>,
    ) -> Result<(), Fault> {
        let (before, tag) = self.head_to_change(owner, export).await?;
        if let Some(expected) = expected {
            check_version(&before, expected)?;
        }
        let old: StoredDefinition =
            record::read(&*self.store, &Key::definition(export, before.version))
                .await
                .map_err(told)?;
        let longest = self.longest_lifetime(export, before.version).await.map_err(told)?;
        let stored = &StoredDefinition { longest_before: Some(longest), ..stored.clone() };
        let head = Head {
            version: self.write_version(export, before.version, stored).await?,
            name: stored.definition.name.clone(),
            schedule: self.due_after_change(&before, &old.definition, &stored.definition),
            ..before.clone()
        };
        self.promise(&head).await.map_err(told)?;
        let key = Key::head(export);
        self.store.replace(&key, record::encode(&head), &tag).await.map_err(changed_meanwhile)?;
        self.kept_promise(&before, &head).await.map_err(told)?;
        if let Ok(Some(mut shown)) = self.board.summary(export).await {
            shown.name.clone_from(&head.name);
            self.show(&shown).await;
        }
        tracing::info!(export.id = %export, version = head.version, "export changed");
        Ok(())
    }

    /// Refuses an export that was changed since its head was read.
    pub(crate) async fn check_unchanged(&self, head: &Head) -> Result<(), Fault> {
        check_version(&self.head(&head.owner, head.id).await?, head.version)
    }

    /// Writes a definition as the next version. Versions are never written over: one that is there
    /// already belongs to a change that came to nothing, or that is faster than this one.
    async fn write_version(
        &self,
        export: ExportId,
        before: u32,
        stored: &StoredDefinition,
    ) -> Result<u32, Fault> {
        for version in (before + 1..).take(LEFT_OVER as usize) {
            let key = Key::definition(export, version);
            if record::create(&*self.store, &key, stored).await.map_err(told)? == Created::Now {
                return Ok(version);
            }
        }
        Err(Fault::new(Code::Conflict, "too many changes at the same moment").hint("try again"))
    }
}

fn check_version(head: &Head, expected: u32) -> Result<(), Fault> {
    if head.version == expected {
        return Ok(());
    }
    let message = format!("the export is in version {}, not {expected}", head.version);
    Err(Fault::new(Code::VersionMismatch, message).hint("get it again, and change that"))
}
