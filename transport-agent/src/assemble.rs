//! Assembling: from commit records to an archive that is whole and checked.

mod course;
mod joiner;
mod text;
mod directory;
mod zip;
mod tar;
mod bag;
mod loose;
mod seal;

use fabric::record;
use futures::TryStreamExt;
use pack::coding::Coding;
use pack::digest::MemberDigest;
use proto::archive::{Archive, BagTree, Volume};
use proto::definition::Packer;
use proto::id::RunId;
use proto::key::Key;
use proto::lay::{Container, Lay, Root};
use proto::plan::Plan;
use proto::tree::Tree;

use self::course::Course;
use self::joiner::Joined;
use self::loose::Loose;
use crate::Agent;
use crate::error::AgentError;

impl Agent {
    /// Makes a transport's archive, or finds it made.
    pub(crate) async fn assemble(&self, run: RunId, transport: u32) -> Result<(), AgentError> {
        // What else this process moves meanwhile is not this archive's.
        let alone = Self { store: self.store.counted(), ..self.clone() };
        alone.assemble_counted(run, transport).await
    }

    /// The same by a store that counts from 0.
    async fn assemble_counted(&self, run: RunId, transport: u32) -> Result<(), AgentError> {
        let key = Key::archive(run, transport);
        if record::exists(&*self.store, &key).await? {
            return Ok(self.forget_plain(run, transport).await?);
        }
        let plan: Plan = record::read(&*self.store, &Key::plan(run)).await?;
        let planned = plan.definition.transports.get(transport as usize);
        let planned = planned.ok_or(AgentError::NotPlanned { transport })?;
        let mut archive = match planned.encrypt() {
            None => self.pack(run, transport, &plan, planned.packer()).await?,
            Some(encrypt) => {
                let joined = match self.find_plain(run, transport).await? {
                    Some(joined) => joined,
                    None => {
                        let made = self.pack(run, transport, &plan, planned.packer()).await?;
                        self.keep_plain(run, made).await?
                    }
                };
                self.seal(run, encrypt, joined).await?
            }
        };
        archive.moved = self.store.moved();
        metrics::counter!("longshore_agent_moved_bytes_total").increment(archive.moved);
        tracing::info!(
            members = archive.members,
            len_bytes = archive.bytes,
            moved = archive.moved,
            "archive joined"
        );
        // Bundles are not of one agent: theirs are the same.
        record::settle(&*self.store, &key, archive, objects).await?;
        if planned.encrypt().is_some() {
            self.forget_plain(run, transport).await?;
        }
        Ok(())
    }

    /// Makes what a packer asks for, as anyone can read it.
    async fn pack(
        &self,
        run: RunId,
        transport: u32,
        plan: &Plan,
        packer: &Packer,
    ) -> Result<Archive, AgentError> {
        match packer.lay() {
            Some(lay) => self.join(run, transport, plan, packer.clone(), lay).await,
            None => self.files(run, transport, plan, packer.clone()).await,
        }
    }

    /// Joins the segments of a lay into an archive.
    async fn join(
        &self,
        run: RunId,
        transport: u32,
        plan: &Plan,
        packer: Packer,
        lay: Lay,
    ) -> Result<Archive, AgentError> {
        let course = Course::new(self, run, plan, transport, lay).await?;
        let mut archive: Box<dyn course::Container> = match Coding::of(lay.container) {
            None => Box::new(zip::Zip::begin(&course, packer.volume_bytes())),
            Some(coding) => Box::new(tar::Tar::begin(&course, coding).await?),
        };
        let mut laid = course.lay_down(&mut *archive).await;
        if let (Ok(()), Some(bag)) = (&laid, packer.bag()) {
            laid = bag::lay_down(&course, bag, &mut *archive).await;
        }
        if let Err(error) = laid {
            archive.abort().await;
            return Err(error);
        }
        let joined = archive.finish().await?;
        let keys: Vec<Key> = joined.iter().map(|volume| volume.key.clone()).collect();
        let members = joined.iter().map(|volume| volume.members).sum();
        let bytes = joined.iter().map(|volume| volume.bytes).sum();
        match self.check_all(&plan.definition.name, lay, joined).await {
            Ok(volumes) => {
                let bag = None;
                Ok(Archive {
                    transport,
                    packer,
                    volumes,
                    bag,
                    sealed: None,
                    members,
                    bytes,
                    moved: 0,
                })
            }
            Err(error) => {
                self.store.delete(&keys).await?;
                Err(error)
            }
        }
    }

    /// Names volumes, and checks each.
    async fn check_all(
        &self,
        name: &str,
        lay: Lay,
        joined: Vec<Joined>,
    ) -> Result<Vec<Volume>, AgentError> {
        let name = pack::bag::folder(name);
        let extension = lay.container.extension();
        let (is_alone, mut volumes) = (joined.len() == 1, Vec::with_capacity(joined.len()));
        for (number, Joined { key, len, crc32, tail, .. }) in (1..).zip(joined) {
            let name = if is_alone {
                format!("{name}.{extension}")
            } else {
                format!("{name}.{number}.{extension}")
            };
            let volume = Volume { name, key, len, crc32, sha256: None };
            volumes.push(self.check(volume, &tail).await?);
        }
        Ok(volumes)
    }

    /// Files one by one have nothing to join: they are read from the segments. They are only counted,
    /// and of a bag the texts are written.
    async fn files(
        &self,
        run: RunId,
        transport: u32,
        plan: &Plan,
        packer: Packer,
    ) -> Result<Archive, AgentError> {
        let Tree { files, bytes, .. } =
            tree::settle(&self.store, run, plan, &self.settings.scratch).await?;
        let (volumes, mut bag) = (Vec::new(), None);
        let (mut members, mut bytes) = (files, bytes);
        if let Some(wanted) = packer.bag() {
            let lay = Lay { container: Container::Zip, root: Root::Bag };
            let course = Course::new(self, run, plan, transport, lay).await?;
            let mut loose = Loose::new(&course);
            let laid = bag::lay_down(&course, wanted, &mut loose).await;
            let texts = loose.finish(laid).await?;
            members += texts.len() as u64;
            bytes += texts.iter().map(|text| text.len).sum::<u64>();
            bag = Some(BagTree { folder: pack::bag::folder(&plan.definition.name), texts });
        }
        Ok(Archive { transport, packer, volumes, bag, sealed: None, members, bytes, moved: 0 })
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
            let file = move || MemberDigest::of(std::fs::File::open(&path)?);
            let hashed = tokio::task::spawn_blocking(file).await.expect("hashing does not panic");
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
            return Err(damaged("it does not end as it was written".to_owned()));
        }
        Ok(volume)
    }
}

/// The objects that an archive is: its volumes, and the texts of its bag.
fn objects(archive: &Archive) -> Vec<Key> {
    let texts = archive.bag.iter().flat_map(|bag| &bag.texts);
    archive.volumes.iter().chain(texts).map(|volume| volume.key.clone()).collect()
}
