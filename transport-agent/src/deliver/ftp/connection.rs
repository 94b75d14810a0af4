//! What an FTP server is asked, one command after the other. None is waited for longer than the server may
//! be silent.

use std::time::Duration;

use bytes::{Buf, Bytes};
use fabric::store::StoreError;
use futures::TryStreamExt;
use futures::stream::BoxStream;
use proto::target::FtpTarget;
use suppaftp::tokio::{AsyncRustlsFtpStream, AsyncRustlsStream, TransferStream};
use suppaftp::types::FileType;
use suppaftp::{FtpError, FtpResult};
use tokio::io::AsyncWriteExt as _;

use super::dial::dial;
use super::reply::{is_no_login, is_unknown, judge, refusal, told};
use crate::deliver::DeliveryError;
use crate::deliver::progress::Progress;
use crate::error::AgentError;

/// Most bytes that are written at once, so that a slow line is no silent one.
const PIECE_BYTES: usize = 64 << 10;

/// What is there under a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum There {
    /// A file of this length.
    File(u64),
    /// Nothing, or nothing that has a length.
    Nothing,
    /// The server tells no lengths.
    Unknown,
}

/// What became of a file that was to get its name.
#[derive(Debug)]
pub(super) enum Renamed {
    /// It has it.
    Done,
    /// It is gone from where it was.
    Gone,
    /// The server says that it will not.
    Refused(String),
}

/// What became of bytes that were to be put behind others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Put {
    /// They are there.
    Done,
    /// The server goes on in no file.
    OnlyWhole,
}

/// A connection that somebody is signed in by.
pub(super) struct Connection<'t> {
    /// The target's name.
    name: &'t str,
    silence: Duration,
    ftp: AsyncRustlsFtpStream,
}

impl<'t> Connection<'t> {
    /// Connects to a target and signs in.
    pub(super) async fn open(
        name: &'t str,
        target: &FtpTarget,
        password: &str,
    ) -> Result<Self, DeliveryError> {
        let silence = target.silence;
        let ftp = within(silence, dial(target)).await.map_err(|error| judge(name, &error))?;
        let mut connection = Self { name, silence, ftp };
        let signed_in = within(silence, connection.ftp.login(target.user.as_str(), password)).await;
        signed_in.map_err(|error| match refusal(&error) {
            Some(code) if is_no_login(code) => DeliveryError::Denied {
                target: name.to_owned(),
                user: target.user.clone(),
                what: told(&error),
            },
            Some(_) | None => judge(name, &error),
        })?;
        connection.prepare().await.map_err(|error| judge(name, &error))?;
        Ok(connection)
    }

    async fn prepare(&mut self) -> FtpResult<()> {
        // Servers that know nothing of it take names as they come.
        match within(self.silence, self.ftp.opts("UTF8", Some("ON"))).await {
            Err(error) if refusal(&error).is_none() => return Err(error),
            Ok(()) | Err(_) => {}
        }
        within(self.silence, self.ftp.transfer_type(FileType::Binary)).await
    }

    /// Says goodbye.
    pub(super) async fn end(mut self) {
        if let Err(error) = within(self.silence, self.ftp.quit()).await {
            tracing::debug!(error = &error as &dyn std::error::Error, "no goodbye");
        }
    }

    /// What is there under a path.
    pub(super) async fn there(&mut self, path: &str) -> Result<There, DeliveryError> {
        match within(self.silence, self.ftp.size(path)).await {
            Ok(len) => Ok(There::File(len as u64)),
            Err(error) => match refusal(&error) {
                Some(code) if is_unknown(code) => Ok(There::Unknown),
                Some(500..) => Ok(There::Nothing),
                Some(_) | None => Err(judge(self.name, &error)),
            },
        }
    }

    /// Makes a folder. One that is there is refused as one that cannot be made; what is put there tells.
    pub(super) async fn make_folder(&mut self, path: &str) -> Result<(), DeliveryError> {
        match within(self.silence, self.ftp.mkdir(path)).await {
            Err(error) if matches!(refusal(&error), Some(421) | None) => {
                Err(judge(self.name, &error))
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Puts bytes there, without the first ones, behind as many that are there.
    ///
    /// They are written to their place and not appended: what of an earlier connection still comes is the
    /// same bytes for the same place.
    pub(super) async fn put(
        &mut self,
        path: &str,
        start: u64,
        mut bytes: BoxStream<'static, Result<Bytes, StoreError>>,
        progress: &mut Progress<'_>,
    ) -> Result<Put, AgentError> {
        let (mut stream, mut sent) = (None, 0);
        while let Some(mut chunk) = bytes.try_next().await? {
            let there = usize::try_from(start.saturating_sub(sent)).unwrap_or(usize::MAX);
            sent += chunk.len() as u64;
            chunk.advance(there.min(chunk.len()));
            if chunk.is_empty() {
                continue;
            }
            // Opened only now: servers end connections on which nothing comes.
            let mut open = match stream.take() {
                Some(open) => open,
                None => match self.open_file(path, start).await? {
                    Some(open) => open,
                    None => return Ok(Put::OnlyWhole),
                },
            };
            match self.write(&mut open, &chunk).await {
                Ok(()) => stream = Some(open),
                Err(error) => return Err(self.broken(open, &error).await.into()),
            }
            progress.under_way(sent).await;
        }
        let stream = match stream {
            Some(stream) => Some(stream),
            // An empty file is one, too.
            None => self.open_file(path, start).await?,
        };
        let Some(stream) = stream else { return Ok(Put::OnlyWhole) };
        let finished = within(self.silence, stream.finish()).await;
        finished.map_err(|error| judge(self.name, &error))?;
        Ok(Put::Done)
    }

    /// A connection for a file from a place on; nothing where the server begins at the beginning only.
    async fn open_file(&mut self, path: &str, start: u64) -> Result<Option<Upload>, DeliveryError> {
        let Ok(offset) = usize::try_from(start) else { return Ok(None) };
        let opened = async {
            self.ftp.resume_transfer(offset).await?;
            self.ftp.put_with_stream(path).await
        };
        match within(self.silence, opened).await {
            Ok(stream) => Ok(Some(stream)),
            Err(error) if start > 0 && self.said_no(&error).is_ok() => Ok(None),
            Err(error) => Err(judge(self.name, &error)),
        }
    }

    async fn write(&self, stream: &mut Upload, chunk: &[u8]) -> FtpResult<()> {
        for piece in chunk.chunks(PIECE_BYTES) {
            let written =
                async { stream.write_all(piece).await.map_err(FtpError::ConnectionError) };
            within(self.silence, written).await?;
        }
        Ok(())
    }

    /// Why a file was not taken to its end: the server's word, if it gives one.
    async fn broken(&self, stream: Upload, error: &FtpError) -> DeliveryError {
        match within(self.silence, stream.finish()).await {
            Err(said @ FtpError::UnexpectedResponse(_)) => judge(self.name, &said),
            Ok(()) | Err(_) => judge(self.name, error),
        }
    }

    /// Renames a file, over one that is there or not, but over no folder.
    pub(super) async fn rename(
        &mut self,
        part: &str,
        whole: &str,
    ) -> Result<Renamed, DeliveryError> {
        let refused = match within(self.silence, self.ftp.rename(part, whole)).await {
            Ok(()) => return Ok(Renamed::Done),
            Err(error) => self.said_no(&error)?,
        };
        if self.there(part).await? == There::Nothing {
            return Ok(Renamed::Gone);
        }
        // There are servers that rename over nothing.
        if self.there(whole).await? == There::Nothing {
            return Ok(Renamed::Refused(refused));
        }
        self.remove(whole).await?;
        match within(self.silence, self.ftp.rename(part, whole)).await {
            Ok(()) => Ok(Renamed::Done),
            Err(error) => Ok(Renamed::Refused(self.said_no(&error)?)),
        }
    }

    /// What the server said, where that is a refusal for good.
    fn said_no(&self, error: &FtpError) -> Result<String, DeliveryError> {
        let judged = judge(self.name, error);
        let DeliveryError::Refused { what, .. } = &judged else { return Err(judged) };
        Ok(what.clone())
    }

    /// Takes a file away; one that is not there is.
    pub(super) async fn remove(&mut self, path: &str) -> Result<(), DeliveryError> {
        match within(self.silence, self.ftp.rm(path)).await {
            Err(error) if refusal(&error).is_none() => Err(judge(self.name, &error)),
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

type Upload = TransferStream<AsyncRustlsStream>;

/// Waits for the other side no longer than it may be silent.
async fn within<T>(silence: Duration, what: impl Future<Output = FtpResult<T>>) -> FtpResult<T> {
    let silent = |_| {
        let what = format!("nothing came or went for {silence:?}");
        FtpError::ConnectionError(std::io::Error::new(std::io::ErrorKind::TimedOut, what))
    };
    tokio::time::timeout(silence, what).await.map_err(silent)?
}
