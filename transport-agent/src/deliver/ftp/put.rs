//! How the bytes of a file come to an FTP server, from a place on.

use bytes::{Buf, Bytes};
use fabric::store::StoreError;
use futures::TryStreamExt;
use futures::stream::BoxStream;
use suppaftp::tokio::{AsyncRustlsStream, TransferStream};
use suppaftp::{FtpError, FtpResult, Status};
use tokio::io::AsyncWriteExt as _;

use super::connection::Connection;
use super::reply::judge;
use super::silence::within;
use crate::deliver::DeliveryError;
use crate::deliver::progress::Progress;
use crate::error::AgentError;

/// Most bytes that are written at once, so that a slow line is no silent one.
const PIECE_BYTES: usize = 64 << 10;

/// What became of bytes that were to be put behind others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Put {
    /// They are there.
    Done,
    /// The server goes on in no file.
    OnlyWhole,
}

type Upload = TransferStream<AsyncRustlsStream>;

impl Connection<'_> {
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
                if stream.is_none() {
                    self.stay().await?;
                }
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
        let Some(mut stream) = stream else { return Ok(Put::OnlyWhole) };
        let ended = async { stream.shutdown().await.map_err(FtpError::ConnectionError) };
        if let Err(error) = within(self.silence, ended).await {
            return Err(self.broken(stream, &error).await.into());
        }
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
    ///
    /// The library's own end of a file tells that the connection for it broke, and nothing of what the
    /// server said; so does the next command after one that was dropped. The word is read before either.
    async fn broken(&mut self, stream: Upload, error: &FtpError) -> DeliveryError {
        let taken = [Status::ClosingDataConnection, Status::RequestedFileActionOk];
        let said = within(self.silence, self.ftp.read_response_in(&taken)).await;
        drop(stream);
        match said {
            Err(said @ FtpError::UnexpectedResponse(_)) => judge(self.name, &said),
            Ok(_) | Err(_) => judge(self.name, error),
        }
    }
}
