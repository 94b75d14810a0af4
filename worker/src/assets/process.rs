//! A process that converts images: started with nothing but its limit, spoken to by frames, and asked why
//! where it ended.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use rustix::process::Signal;
use source::SourceError;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::converters::{ConvertError, Images};
use super::job::{Answer, FRAME_BYTES, Job, frame_len};

/// A process that converts images.
pub(super) struct Process {
    child: Child,
    input: ChildStdin,
    output: ChildStdout,
    /// Whether it has converted nothing yet.
    is_new: bool,
}

impl Process {
    /// A new one.
    pub(super) fn start(settings: &Images) -> io::Result<Self> {
        let mut child = Command::new(&settings.program)
            .arg("convert-image")
            .arg(settings.memory_bytes.to_string())
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("a process without its pipes"));
        };
        Ok(Self { child, input, output, is_new: true })
    }

    /// Takes note that it has converted one.
    pub(super) fn used(&mut self) {
        self.is_new = false;
    }

    /// Sends a job and its image.
    pub(super) async fn tell(
        &mut self,
        job: &Job,
        head: Vec<u8>,
        mut rest: BoxStream<'static, Result<Bytes, SourceError>>,
    ) -> Result<(), ConvertError> {
        let job = serde_json::to_vec(job).expect("jobs are JSON");
        self.send(&job).await.map_err(ConvertError::Process)?;
        for part in head.chunks(FRAME_BYTES) {
            self.send(part).await.map_err(ConvertError::Process)?;
        }
        while let Some(chunk) = rest.next().await {
            for part in chunk?.chunks(FRAME_BYTES) {
                self.send(part).await.map_err(ConvertError::Process)?;
            }
        }
        self.send(&[]).await.map_err(ConvertError::Process)?;
        self.input.flush().await.map_err(ConvertError::Process)
    }

    async fn send(&mut self, frame: &[u8]) -> io::Result<()> {
        let len = u32::try_from(frame.len()).map_err(io::Error::other)?;
        self.input.write_all(&len.to_le_bytes()).await?;
        self.input.write_all(frame).await
    }

    /// What became of it.
    pub(super) async fn answer(&mut self) -> io::Result<Answer> {
        serde_json::from_slice(&self.receive().await?).map_err(io::Error::other)
    }

    /// The next frame.
    pub(super) async fn receive(&mut self) -> io::Result<Vec<u8>> {
        let mut len = [0; 4];
        self.output.read_exact(&mut len).await?;
        let mut frame = vec![0; frame_len(len)?];
        self.output.read_exact(&mut frame).await?;
        Ok(frame)
    }

    /// Why it has ended: an image that needs more than there may be makes it end itself, and does so
    /// every time; what somebody else did to it says nothing of the image.
    pub(super) async fn died(mut self, error: io::Error, settings: &Images) -> ConvertError {
        // One that is only confused is ended here; the status of one that has ended by itself stays.
        let ended = self.child.start_kill().map(|()| self.child.wait());
        let status = match ended {
            Ok(ended) => ended.await,
            Err(error) => Err(error),
        };
        let status = match status {
            Ok(status) => status,
            Err(error) => return ConvertError::Process(error),
        };
        if !self.is_new {
            return ConvertError::Worn;
        }
        match status.signal().and_then(Signal::from_named_raw) {
            Some(Signal::XCPU) => {
                let most = settings.processor_seconds;
                ConvertError::Refused(format!("it takes more than {most} s of processor time"))
            }
            Some(Signal::ABORT) => {
                let most = settings.memory_bytes;
                ConvertError::Refused(format!(
                    "it needs more than the {most} bytes of memory allowed"
                ))
            }
            Some(Signal::SEGV | Signal::BUS | Signal::ILL | Signal::FPE) => {
                ConvertError::Refused("it is broken in a way that ends the process".to_owned())
            }
            Some(_) | None => ConvertError::Process(error),
        }
    }
}
