//! What makes a folder of files a bag: the digests of all of them, and texts about the whole.
//!
//! Digests come from the commit records. Those of a file that batches share cannot be put together
//! from theirs: such a file is read once, which is the one time that a payload is read to be joined.
//! Manifests wait in scratch files where they are long, and are never held.

mod research;

use bytes::Bytes;
use futures::TryStreamExt;
use pack::bag;
use pack::digest::Digests;
use proto::commit::RemoteFile;
use proto::definition::Bag;
use proto::digest::Algorithm;
use tree::File;

use self::research::Research;
use super::course::{Course, Texts};
use super::text::Text;
use crate::error::AgentError;

/// Lays down what the bag has besides its payload.
pub(super) async fn lay_down(
    course: &Course<'_>,
    bag: &Bag,
    archive: &mut dyn Texts,
) -> Result<(), AgentError> {
    let Listed { manifests, fetch, research, payload, is_bare } = listed(course, bag).await?;
    if bag.strict && payload.files == 0 {
        return Err(AgentError::EmptyBag);
    }
    if is_bare {
        // Without the folder of its payload it is no bag.
        archive.folder(&course.path("")).await?;
    }
    let mut tags = Tags { course, bag, lines: vec![Vec::new(); bag.algorithms.len()] };
    let mut info = Vec::new();
    let elements = bag.elements();
    let elements = elements.iter().map(|(label, value)| (label, *value));
    let facts = bag::Facts { bagging_date: bag.date, payload };
    let order = if bag.sorted { bag::Order::Sorted } else { bag::Order::Given };
    bag::info(elements, facts, order, &mut info);
    let declaration = bag::declaration(bag.version).into_bytes();
    tags.lay_down(bag::DECLARATION, declaration, archive).await?;
    tags.lay_down(bag::INFO, info, archive).await?;
    for (algorithm, manifest) in manifests {
        tags.lay_down_text(&bag::manifest(algorithm), manifest, archive).await?;
    }
    if fetch.size() > 0 {
        tags.lay_down_text(bag::FETCH, fetch, archive).await?;
    }
    if let Some(research) = research {
        tags.lay_down_text(bag::RESEARCH_OBJECT, research.end()?, archive).await?;
    }
    tags.finish(archive).await
}

/// What the texts of a bag say of its payload.
struct Listed<'b> {
    manifests: Vec<(Algorithm, Text)>,
    /// The files that are yet to be fetched.
    fetch: Text,
    /// What is said of them for programs.
    research: Option<Research<'b>>,
    payload: bag::Oxum,
    /// Whether no file of the payload is in the archive.
    is_bare: bool,
}

/// Lists the payload: the files of the archive in its order, then those that stay where they are.
async fn listed<'b>(course: &'b Course<'_>, bag: &'b Bag) -> Result<Listed<'b>, AgentError> {
    let scratch = &course.agent.settings.scratch;
    let manifests = bag.algorithms.iter().map(|&algorithm| (algorithm, Text::new(scratch)));
    let mut listed = Listed {
        manifests: manifests.collect(),
        fetch: Text::new(scratch),
        research: Research::begin(course, bag)?,
        payload: bag::Oxum::default(),
        is_bare: true,
    };
    let mut files = tree::files(course.store(), course.run, None);
    while let Some(file) = files.try_next().await? {
        let digests = digests(course, &file, &bag.algorithms).await?;
        let digests: Vec<_> = digests.into_iter().map(Some).collect();
        let path = bag::payload(&file.path);
        listed.add(&path, file.size, &digests)?;
        if let Some(research) = &mut listed.research {
            research.file(&path, &digests)?;
        }
        listed.is_bare = false;
    }
    let mut remote = tree::remote_files(course.store(), course.run, course.plan, &course.tree);
    let mut line = Vec::new();
    while let Some(RemoteFile { path, url, size, mut digests, original: _ }) =
        remote.try_next().await?
    {
        let of = |algorithm| digests.remove(algorithm);
        let digests: Vec<Option<String>> = bag.algorithms.iter().map(of).collect();
        let path = bag::payload(&path);
        listed.add(&path, size, &digests)?;
        line.clear();
        bag::fetch_line(&url, Some(size), &path, &mut line);
        listed.fetch.write(&line)?;
        if let Some(research) = &mut listed.research {
            research.remote_file(&path, &digests, &url)?;
        }
    }
    Ok(listed)
}

impl Listed<'_> {
    /// Lists a file of the payload in each manifest whose digest of it is known; that is every one but
    /// in bags of version 0.97.
    fn add(&mut self, path: &str, size: u64, digests: &[Option<String>]) -> Result<(), AgentError> {
        self.payload.files += 1;
        self.payload.bytes = self.payload.bytes.saturating_add(size);
        let mut line = Vec::new();
        for ((_, manifest), digest) in self.manifests.iter_mut().zip(digests) {
            let Some(digest) = digest else { continue };
            line.clear();
            bag::manifest_line(digest, path, &mut line);
            manifest.write(&line)?;
        }
        Ok(())
    }
}

/// The digests of a file, one for each algorithm: those that are known, or of all its bytes.
async fn digests(
    course: &Course<'_>,
    file: &File,
    algorithms: &[Algorithm],
) -> Result<Vec<String>, AgentError> {
    let known = |algorithm: &Algorithm| match algorithm {
        Algorithm::Sha256 => file.sha256.clone(),
        other @ (Algorithm::Md5 | Algorithm::Sha1 | Algorithm::Sha512) => {
            file.digests.get(other).cloned()
        }
    };
    if let Some(known) = algorithms.iter().map(known).collect() {
        return Ok(known);
    }
    let mut digests = Digests::new(algorithms);
    let mut content = file.read(course.store(), 0..file.size).await?;
    while let Some(chunk) = content.try_next().await? {
        digests = updated(digests, chunk).await;
    }
    Ok(digests.finish().into_iter().map(|(_, digest)| digest).collect())
}

/// Hashes away from the threads that serve everybody.
async fn updated(mut digests: Digests, chunk: Bytes) -> Digests {
    let hashing = tokio::task::spawn_blocking(move || {
        digests.update(&chunk);
        digests
    });
    hashing.await.expect("hashing does not panic")
}

/// The texts of a bag, and the lines of its tag manifests.
struct Tags<'b> {
    course: &'b Course<'b>,
    bag: &'b Bag,
    lines: Vec<Vec<u8>>,
}

impl Tags<'_> {
    async fn lay_down(
        &mut self,
        path: &str,
        content: Vec<u8>,
        archive: &mut dyn Texts,
    ) -> Result<(), AgentError> {
        let mut text = Text::new(&self.course.agent.settings.scratch);
        text.write(&content)?;
        self.lay_down_text(path, text, archive).await
    }

    async fn lay_down_text(
        &mut self,
        path: &str,
        mut text: Text,
        archive: &mut dyn Texts,
    ) -> Result<(), AgentError> {
        let mut digests = Digests::new(&self.bag.algorithms);
        for chunk in text.read() {
            digests = updated(digests, chunk?).await;
        }
        for ((_, digest), lines) in digests.finish().into_iter().zip(&mut self.lines) {
            bag::manifest_line(&digest, path, lines);
        }
        archive.text(&self.path(path), text).await
    }

    /// Lays the tag manifests down, which no manifest names.
    async fn finish(self, archive: &mut dyn Texts) -> Result<(), AgentError> {
        for (algorithm, lines) in self.bag.algorithms.iter().zip(&self.lines) {
            let mut text = Text::new(&self.course.agent.settings.scratch);
            text.write(lines)?;
            archive.text(&self.path(&bag::tag_manifest(*algorithm)), text).await?;
        }
        Ok(())
    }

    fn path(&self, path: &str) -> String {
        format!("{}/{path}", bag::folder(&self.course.plan.definition.name))
    }
}
