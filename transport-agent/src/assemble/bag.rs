//! What makes a folder of files a bag: the digests of all of them, and texts about the whole.
//!
//! Digests come from the commit records. Those of a file that batches share cannot be put together
//! from theirs: such a file is read once, which is the one time that a payload is read to be joined.
//! Manifests wait in scratch files where they are long, and are never held.

use bytes::Bytes;
use futures::TryStreamExt;
use pack::bag;
use pack::digest::Digests;
use proto::definition::Bag;
use proto::digest::Algorithm;
use tree::File;

use super::course::{Container, Course};
use super::text::Text;
use crate::error::AgentError;

/// Lays down what the bag has besides its payload.
pub(super) async fn lay_down(
    course: &Course<'_>,
    bag: &Bag,
    archive: &mut dyn Container,
) -> Result<(), AgentError> {
    let (manifests, payload) = manifests(course, bag).await?;
    let mut tags = Tags { course, bag, lines: vec![Vec::new(); bag.algorithms.len()] };
    let mut info = Vec::new();
    let elements = bag.elements();
    let elements = elements.iter().map(|(label, value)| (label, *value));
    bag::info(elements, bag.date, payload, &mut info);
    tags.lay_down(bag::DECLARATION, bag::DECLARATION_TEXT.as_bytes().to_vec(), archive).await?;
    tags.lay_down(bag::INFO, info, archive).await?;
    for (algorithm, manifest) in manifests {
        tags.lay_down_text(&bag::manifest(algorithm), manifest, archive).await?;
    }
    tags.finish(archive).await
}

/// The manifests, and how much payload there is.
async fn manifests(
    course: &Course<'_>,
    bag: &Bag,
) -> Result<(Vec<(Algorithm, Text)>, bag::Oxum), AgentError> {
    let scratch = &course.agent.settings.scratch;
    let mut manifests: Vec<(Algorithm, Text)> =
        bag.algorithms.iter().map(|&algorithm| (algorithm, Text::new(scratch))).collect();
    let mut payload = bag::Oxum::default();
    let mut files = tree::files(course.store(), course.run, None);
    let mut line = Vec::new();
    while let Some(file) = files.try_next().await? {
        payload.files += 1;
        payload.bytes += file.size;
        let digests = digests(course, &file, &bag.algorithms).await?;
        let path = bag::payload(&file.path);
        for ((_, manifest), digest) in manifests.iter_mut().zip(&digests) {
            line.clear();
            bag::manifest_line(digest, &path, &mut line);
            manifest.write(&line)?;
        }
    }
    Ok((manifests, payload))
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
        archive: &mut dyn Container,
    ) -> Result<(), AgentError> {
        let mut text = Text::new(&self.course.agent.settings.scratch);
        text.write(&content)?;
        self.lay_down_text(path, text, archive).await
    }

    async fn lay_down_text(
        &mut self,
        path: &str,
        mut text: Text,
        archive: &mut dyn Container,
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
    async fn finish(self, archive: &mut dyn Container) -> Result<(), AgentError> {
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
