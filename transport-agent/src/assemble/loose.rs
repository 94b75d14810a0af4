//! A bag that is a tree: its payload lies in the segments and is read from there, so that its texts
//! alone are written, each as an object of its own.

use async_trait::async_trait;
use proto::archive::Volume;

use super::course::{Course, Texts};
use super::joiner::Joined;
use super::text::Text;
use crate::error::AgentError;

pub(super) struct Loose<'a> {
    course: &'a Course<'a>,
    texts: Vec<Volume>,
}

impl<'a> Loose<'a> {
    /// A bag of nothing yet.
    pub(super) fn new(course: &'a Course<'a>) -> Self {
        Self { course, texts: Vec::new() }
    }

    /// The texts, where all of them were laid down; else none is left.
    pub(super) async fn finish(
        self,
        laid: Result<(), AgentError>,
    ) -> Result<Vec<Volume>, AgentError> {
        match laid {
            Ok(()) => Ok(self.texts),
            Err(error) => {
                self.course.agent.delete_volumes(self.texts).await?;
                Err(error)
            }
        }
    }
}

#[async_trait]
impl Texts for Loose<'_> {
    async fn text(&mut self, path: &str, mut text: Text) -> Result<(), AgentError> {
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        let mut joiner = self.course.joiner(number).await?;
        let mut written = Ok(());
        for chunk in text.read() {
            written = match chunk {
                Ok(chunk) => joiner.write(chunk).await.map_err(AgentError::from),
                Err(error) => Err(error),
            };
            if written.is_err() {
                break;
            }
        }
        if let Err(error) = written {
            joiner.abort().await;
            return Err(error);
        }
        let Joined { key, len, crc32, .. } = joiner.finish(1, text.size()).await?;
        self.texts.push(Volume { name: path.to_owned(), key, len, crc32, sha256: None });
        Ok(())
    }

    /// Whoever lays the tree down makes its folders.
    async fn folder(&mut self, _path: &str) -> Result<(), AgentError> {
        Ok(())
    }
}
