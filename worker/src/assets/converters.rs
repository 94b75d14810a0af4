//! The processes that convert images, a few for a worker: started when needed, used again and again,
//! and given up with the image that broke them.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use proto::definition::Convert;
use source::SourceError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::job::{Answer, Job};
use super::process::Process;
use crate::provided::{Lacking, provided, whereabouts};

/// How many times the processor time that an image may take is waited for it on the clock.
const PATIENCE: u64 = 10;

/// How images are converted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Images {
    /// The program whose command `convert-image` converts them: this one.
    pub program: PathBuf,
    /// How many are converted at once.
    pub at_once: u16,
    /// Most address space of a process that converts them, in bytes.
    pub memory_bytes: u64,
    /// How much processor time the conversion of one may take, in whole seconds.
    pub processor_seconds: u64,
    /// Longest file that is converted, in bytes.
    pub most_bytes: u64,
    /// Most pixels of a picture, read or written.
    pub most_pixels: u64,
    /// The ICC profile that CMYK is written with, and read with where it has none.
    pub cmyk_profile: Option<PathBuf>,
    /// The folder of the watermarks, each called as definitions call it, with `.png`.
    pub watermarks: Option<PathBuf>,
}

/// Converts images in processes of their own.
pub(crate) struct Converters {
    settings: Images,
    free: Arc<Semaphore>,
    idle: Mutex<Vec<Process>>,
}

/// An image that was converted.
pub(crate) struct Converted {
    /// The extension of its name, without the dot.
    pub(crate) extension: String,
    /// Its width and height in pixels.
    pub(crate) size: [u32; 2],
    /// Its bytes. The process takes no other image before they have come, and is ended where they
    /// are dropped before.
    pub(crate) bytes: BoxStream<'static, Result<Bytes, SourceError>>,
}

/// Why an image was not converted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConvertError {
    /// The image is not one that can be converted.
    #[error("{0}")]
    Refused(String),
    /// A watermark or a profile of the operator's cannot be used.
    #[error("{0}")]
    Unprovided(String),
    /// This worker has no such watermark.
    #[error("there is no watermark {0:?}")]
    WatermarkUnknown(String),
    /// A watermark may be there, and was not read.
    #[error("the watermark {name:?} was not read")]
    WatermarkUnread {
        /// What it is called.
        name: String,
        /// Why not.
        #[source]
        cause: io::Error,
    },
    /// The process ended that had converted others before, which may have had a part in that: a new
    /// one must tell whether the image is to blame.
    #[error("the process that converts images ended, after other images")]
    Worn,
    /// The image itself could not be fetched.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// No process can be had, or one was killed by somebody.
    #[error("the process that converts images ended")]
    Process(#[source] io::Error),
}

impl Converters {
    /// Starts none yet.
    pub(crate) fn new(settings: Images) -> Self {
        let free = Arc::new(Semaphore::new(usize::from(settings.at_once.max(1))));
        Self { settings, free, idle: Mutex::default() }
    }

    /// Converts an image, of which the beginning is read already, in whichever process is free.
    pub(crate) async fn convert(
        self: &Arc<Self>,
        convert: &Convert,
        written: Vec<(String, String)>,
        head: Vec<u8>,
        rest: BoxStream<'static, Result<Bytes, SourceError>>,
    ) -> Result<Converted, ConvertError> {
        let turn = self.turn().await;
        let job = self.job(convert, written)?;
        let process = self.process().await.map_err(ConvertError::Process)?;
        self.convert_in(process, turn, &job, head, rest).await
    }

    /// Converts an image in a process that has converted no other.
    pub(crate) async fn convert_anew(
        self: &Arc<Self>,
        convert: &Convert,
        written: Vec<(String, String)>,
        image: BoxStream<'static, Result<Bytes, SourceError>>,
    ) -> Result<Converted, ConvertError> {
        let turn = self.turn().await;
        let job = self.job(convert, written)?;
        let process = self.started().await.map_err(ConvertError::Process)?;
        self.convert_in(process, turn, &job, Vec::new(), image).await
    }

    async fn turn(&self) -> OwnedSemaphorePermit {
        Arc::clone(&self.free).acquire_owned().await.expect("nobody closes it")
    }

    async fn convert_in(
        self: &Arc<Self>,
        mut process: Process,
        turn: OwnedSemaphorePermit,
        job: &Job,
        head: Vec<u8>,
        rest: BoxStream<'static, Result<Bytes, SourceError>>,
    ) -> Result<Converted, ConvertError> {
        match process.tell(job, head, rest).await {
            Ok(()) => {}
            Err(ConvertError::Process(error)) => {
                return Err(process.died(error, &self.settings).await);
            }
            Err(error) => return Err(error),
        }
        // What the image may take of the processor, its process sees to by itself. This is for a
        // machine that gives it none, which says nothing of the image.
        let most = Duration::from_secs(self.settings.processor_seconds.saturating_mul(PATIENCE));
        let answer = tokio::time::timeout(most, process.answer()).await;
        match answer.unwrap_or_else(|late| Err(io::Error::from(late))) {
            Ok(Answer::Converted { extension, size }) => {
                let bytes = converted(Arc::clone(self), process, turn);
                Ok(Converted { extension, size, bytes })
            }
            Ok(Answer::Refused(why)) => {
                self.keep(process);
                Err(ConvertError::Refused(why))
            }
            Ok(Answer::Unprovided(why)) => {
                self.keep(process);
                Err(ConvertError::Unprovided(why))
            }
            Err(error) => Err(process.died(error, &self.settings).await),
        }
    }

    /// What a process is told.
    fn job(&self, convert: &Convert, written: Vec<(String, String)>) -> Result<Job, ConvertError> {
        let watermark = convert.watermark.as_ref().map(|asked| self.watermark(&asked.image));
        let watermark = watermark.transpose()?;
        Ok(Job {
            convert: convert.clone(),
            written,
            watermark,
            cmyk_profile: self.settings.cmyk_profile.clone(),
            processor_seconds: self.settings.processor_seconds,
            most_bytes: self.settings.most_bytes,
            most_pixels: self.settings.most_pixels,
        })
    }

    /// Where a watermark is.
    fn watermark(&self, name: &str) -> Result<PathBuf, ConvertError> {
        let folder = self.settings.watermarks.as_deref();
        let path = provided(folder, &format!("{name}.png"), whereabouts);
        path.map_err(|lacking| match lacking {
            Lacking::Unknown => ConvertError::WatermarkUnknown(name.to_owned()),
            Lacking::Unread(cause) => {
                ConvertError::WatermarkUnread { name: name.to_owned(), cause }
            }
        })
    }

    fn keep(&self, mut process: Process) {
        process.used();
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(process);
    }

    /// One that waits for work, or a new one.
    async fn process(&self) -> io::Result<Process> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        match idle {
            Some(process) => Ok(process),
            None => self.started().await,
        }
    }

    /// A new process. It ends with the thread that starts it, so that one of those does which stay: whoever asks
    /// may be a thread that blocks, and ends when it has been idle for a while.
    async fn started(&self) -> io::Result<Process> {
        let settings = self.settings.clone();
        let starting = tokio::spawn(async move { Process::start(&settings) });
        starting.await.map_err(io::Error::other)?
    }
}

/// The frames of a converted image; the process waits for the next when they have come.
fn converted(
    converters: Arc<Converters>,
    process: Process,
    turn: OwnedSemaphorePermit,
) -> BoxStream<'static, Result<Bytes, SourceError>> {
    let frames =
        stream::try_unfold((converters, process, turn), |(converters, mut process, turn)| async {
            let frame = process.receive().await.map_err(|error| SourceError::Unavailable {
                what: format!("the process that converts images: {error}"),
            })?;
            if frame.is_empty() {
                converters.keep(process);
                return Ok(None);
            }
            Ok(Some((Bytes::from(frame), (converters, process, turn))))
        });
    frames.boxed()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use fabric::task::Verdict;
    use proto::message::TaskResult;

    use super::*;
    use crate::error::BatchError;

    #[test]
    fn a_watermark_that_cannot_be_read_now_is_not_taken_for_one_that_is_not_there() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("logo.png"), "").unwrap();
        fs::create_dir(dir.path().join("folder.png")).unwrap();
        let check = |folder: &Path, name: &str| {
            let converters = Converters::new(Images {
                program: PathBuf::new(),
                at_once: 1,
                memory_bytes: 1,
                processor_seconds: 1,
                most_bytes: 1,
                most_pixels: 1,
                cmyk_profile: None,
                watermarks: Some(folder.to_owned()),
            });
            let Err(error) = converters.watermark(name) else { return "there" };
            match BatchError::of_conversion(error, "a.png").verdict() {
                TaskResult::Failed(_) => "failed",
                TaskResult::Retry(_) => "again",
                done @ TaskResult::Done { .. } => panic!("{done:?}"),
            }
        };
        assert_eq!(check(dir.path(), "logo"), "there");
        assert_eq!(check(dir.path(), "missing"), "failed");
        assert_eq!(check(dir.path(), "folder"), "again");
        assert_eq!(check(&dir.path().join("unmounted"), "logo"), "again");
    }
}
