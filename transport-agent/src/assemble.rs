//! Assembling: from commit records to an archive that is whole and checked.

mod directory;
mod joiner;
mod zip;

use fabric::record::{self, Created};
use fabric::store::{Store, StoreError};
use futures::TryStreamExt;
use pack::digest::MemberDigest;
use pack::name::sanitise;
use proto::archive::{Archive, Volume};
use proto::definition::Packer;
use proto::id::RunId;
use proto::key::{Key, Prefix};
use proto::plan::Plan;
use proto::tree::Tree;

use self::joiner::Joined;
use crate::Agent;
use crate::error::AgentError;

/// How many bytes of a file are hashed at a time (1 MiB).
const CHUNK_BYTES: usize = 1 << 20;

impl Agent {
    /// Makes a transport's archive, or finds it made.
    pub(crate) async fn assemble(&self, run: RunId, transport: u32) -> Result<(), AgentError> {
        let key = Key::archive(run, transport);
        if record::exists(&*self.store, &key).await? {
            return Ok(());
        }
        let plan: Plan = record::read(&*self.store, &Key::plan(run)).await?;
        let packer = plan
            .definition
            .transports
            .get(transport as usize)
            .map(|transport| *transport.packer())
            .ok_or(AgentError::NotPlanned { transport })?;
        let before = self.store.moved();
        let mut archive = match packer {
            Packer::Zip => self.zip(run, transport, &plan).await?,
            Packer::None => self.files(run, transport, &plan).await?,
        };
        archive.moved = self.store.moved().saturating_sub(before);
        metrics::counter!("longshore_agent_moved_bytes_total").increment(archive.moved);
        tracing::info!(
            members = archive.members,
            len_bytes = archive.bytes,
            moved = archive.moved,
            "archive joined"
        );
        if record::create(&*self.store, &key, &archive).await? == Created::Before {
            let ours: Vec<Key> = archive.volumes.into_iter().map(|volume| volume.key).collect();
            self.store.delete(&ours).await?;
        }
        Ok(())
    }

    /// Joins the segments into one ZIP archive.
    async fn zip(&self, run: RunId, transport: u32, plan: &Plan) -> Result<Archive, AgentError> {
        let attempt = self.ambient.id().simple().to_string();
        let key = Key::volume(run, transport, 0, &attempt);
        let Joined { len, crc32, members, bytes, tail } = zip::join(self, run, plan, &key).await?;
        let name = format!("{}.zip", sanitise(&plan.definition.name.replace(['/', '\\'], "_")));
        let volume = Volume { name, key, len, crc32, sha256: None };
        let checked = self.check(volume, &tail).await;
        if let (Err(_), key) = (&checked, Key::volume(run, transport, 0, &attempt)) {
            self.store.delete(&[key]).await?;
        }
        let volumes = vec![checked?];
        Ok(Archive { transport, packer: Packer::Zip, volumes, members, bytes, moved: 0 })
    }

    /// Files one by one have nothing to join: they are read from the segments. They are only counted.
    async fn files(&self, run: RunId, transport: u32, plan: &Plan) -> Result<Archive, AgentError> {
        let Tree { files, bytes, .. } = tree::settle(&self.store, run, plan).await?;
        Ok(Archive {
            transport,
            packer: Packer::None,
            volumes: Vec::new(),
            members: files,
            bytes,
            moved: 0,
        })
    }

    /// Compares what lies in the store with what was laid down, before anyone sees it: wholly where
    /// the store's files can be read in place, else its length and its end.
    async fn check(&self, volume: Volume, tail: &[u8]) -> Result<Volume, AgentError> {
        let damaged = |what: String| AgentError::Damaged { what };
        let entry = self.store.head(&volume.key).await?;
        if entry.len != volume.len {
            return Err(damaged(format!(
                "{} bytes were laid down, {} are there",
                volume.len, entry.len
            )));
        }
        if let Some(path) = self.store.local_path(&volume.key) {
            let hashed = tokio::task::spawn_blocking(move || hash(&path))
                .await
                .expect("hashing does not panic");
            let (crc32, sha256) = hashed.map_err(AgentError::Scratch)?;
            if crc32 != volume.crc32 {
                return Err(damaged(format!("CRC-32 {crc32:08x} instead of {:08x}", volume.crc32)));
            }
            return Ok(Volume { sha256: Some(sha256), ..volume });
        }
        let start = volume.len - tail.len() as u64;
        let chunks: Vec<bytes::Bytes> = self
            .store
            .read(&volume.key, start..volume.len, Some(&entry.tag))
            .await?
            .try_collect()
            .await?;
        if chunks.concat() != tail {
            return Err(damaged("its central directory does not end as it was written".to_owned()));
        }
        Ok(volume)
    }
}

/// CRC-32 and SHA-256 of a file.
fn hash(path: &std::path::Path) -> std::io::Result<(u32, String)> {
    use std::io::Read;

    let mut file = std::fs::File::open(path)?;
    let mut digest = MemberDigest::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        match file.read(&mut chunk)? {
            0 => return Ok(digest.finish()),
            len => digest.update(&chunk[..len]),
        }
    }
}

/// The records of segments packed together, by their first batch.
async fn compactions(
    store: &std::sync::Arc<dyn Store>,
    run: RunId,
) -> Result<std::collections::BTreeMap<u32, proto::commit::Compaction>, StoreError> {
    let mut found = std::collections::BTreeMap::new();
    let mut keys = record::keys(store, Prefix::compactions(run));
    while let Some(key) = keys.try_next().await? {
        let compaction: proto::commit::Compaction = record::read(&**store, &key).await?;
        found.insert(compaction.first, compaction);
    }
    Ok(found)
}
