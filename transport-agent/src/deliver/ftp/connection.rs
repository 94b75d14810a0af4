//! What an FTP server is asked, one command after the other. None is waited for longer than the server may
//! be silent.

use std::time::Duration;

use proto::target::FtpTarget;
use suppaftp::tokio::AsyncRustlsFtpStream;
use suppaftp::types::{FileType, Response};
use suppaftp::{FtpError, FtpResult, Status};
use tokio::time::Instant;

use super::dial::dial;
use super::reply::{is_no_login, is_unknown, judge, refusal, told};
use super::silence::within;
use crate::deliver::DeliveryError;
use crate::deliver::said::one_line;

/// How often a server is told that somebody is there while nothing is asked of it. Many end connections on
/// which nothing comes for a minute or five.
const STAY_EVERY: Duration = Duration::from_secs(30);

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
    /// It has it; what the server said to that.
    Done(String),
    /// It is gone from where it was.
    Gone,
    /// The server says that it will not.
    Refused(String),
}

/// A connection that somebody is signed in by.
pub(super) struct Connection<'t> {
    /// The target's name.
    pub(super) name: &'t str,
    pub(super) silence: Duration,
    pub(super) ftp: AsyncRustlsFtpStream,
    /// When the server was told last that somebody is there.
    stayed: Instant,
}

impl<'t> Connection<'t> {
    /// Connects to a target and signs in.
    pub(super) async fn open(
        name: &'t str,
        target: &FtpTarget,
        password: &str,
    ) -> Result<Self, DeliveryError> {
        let (silence, user) = (target.silence, target.user.as_str());
        let ftp = dial(target).await.map_err(|error| {
            let judged = judge(name, &error);
            // Whoever is refused before a word about files has no access as the target has it.
            let DeliveryError::Refused { what, .. } = &judged else { return judged };
            denied(name, user, what.clone())
        })?;
        let mut connection = Self { name, silence, ftp, stayed: Instant::now() };
        connection.sign_in(user, password).await?;
        connection.prepare().await.map_err(|error| judge(name, &error))?;
        Ok(connection)
    }

    /// Tells name and password, each by itself: with the number by which it refuses a wrong password a server
    /// says to the name that it has as many users as it takes, or that it never lets this one in.
    async fn sign_in(&mut self, user: &str, password: &str) -> Result<(), DeliveryError> {
        let greeted = [Status::LoggedIn, Status::NeedPassword];
        match self.say(&format!("USER {user}"), &greeted).await {
            Ok(reply) if reply.status == Status::LoggedIn => return Ok(()),
            Ok(_) => {}
            Err(error) if refusal(&error) == Some(530) => {
                let (target, user) = (self.name.to_owned(), user.to_owned());
                return Err(DeliveryError::NotNow { target, user, what: told(&error) });
            }
            Err(error) => return Err(self.kept_out(user, &error)),
        }
        let said = self.say(&format!("PASS {password}"), &[Status::LoggedIn]).await;
        said.map(drop).map_err(|error| self.kept_out(user, &error))
    }

    /// Why a user is not let in.
    fn kept_out(&self, user: &str, error: &FtpError) -> DeliveryError {
        match refusal(error) {
            Some(code) if is_no_login(code) => denied(self.name, user, told(error)),
            Some(_) | None => judge(self.name, error),
        }
    }

    async fn prepare(&mut self) -> FtpResult<()> {
        // Servers that know nothing of it take names as they come.
        match within(self.silence, self.ftp.opts("UTF8", Some("ON"))).await {
            Err(error) if refusal(&error).is_none() => return Err(error),
            Ok(()) | Err(_) => {}
        }
        within(self.silence, self.ftp.transfer_type(FileType::Binary)).await
    }

    /// Tells the server now and then that somebody is there; to be called while nothing is asked of it.
    pub(super) async fn stay(&mut self) -> Result<(), DeliveryError> {
        if self.stayed.elapsed() < STAY_EVERY {
            return Ok(());
        }
        self.stayed = Instant::now();
        match within(self.silence, self.ftp.noop()).await {
            Err(error) if matches!(refusal(&error), Some(421) | None) => {
                Err(judge(self.name, &error))
            }
            Ok(()) | Err(_) => Ok(()),
        }
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

    /// Renames a file, over one that is there or not, but over no folder. What is there makes room only
    /// where it is in the way: where nothing may be renamed it stays.
    pub(super) async fn rename(
        &mut self,
        part: &str,
        whole: &str,
    ) -> Result<Renamed, DeliveryError> {
        if let Some(refused) = self.rename_from(part).await? {
            return Ok(match self.there(part).await? {
                There::Nothing => Renamed::Gone,
                There::File(_) | There::Unknown => Renamed::Refused(refused),
            });
        }
        let refused = match self.rename_to(whole).await? {
            Ok(said) => return Ok(Renamed::Done(said)),
            Err(refused) => refused,
        };
        if self.there(part).await? == There::Nothing {
            return Ok(Renamed::Gone);
        }
        // There are servers that rename over nothing.
        if self.there(whole).await? == There::Nothing {
            return Ok(Renamed::Refused(refused));
        }
        self.remove(whole).await?;
        Ok(match self.rename_from(part).await? {
            Some(refused) => Renamed::Refused(refused),
            None => self.rename_to(whole).await?.map_or_else(Renamed::Refused, Renamed::Done),
        })
    }

    /// Says what is to be renamed; what the server said, where it refuses.
    async fn rename_from(&mut self, part: &str) -> Result<Option<String>, DeliveryError> {
        let said = self.say(&format!("RNFR {part}"), &[Status::RequestFilePending]).await;
        said.err().map(|error| self.said_no(&error)).transpose()
    }

    /// Says how it is to be called; what the server said, whether it does that or refuses.
    async fn rename_to(&mut self, whole: &str) -> Result<Result<String, String>, DeliveryError> {
        // There are servers that answer everything with 200.
        let done = [Status::RequestedFileActionOk, Status::CommandOk];
        match self.say(&format!("RNTO {whole}"), &done).await {
            Ok(response) => Ok(Ok(one_line(&response.body))),
            Err(error) => Ok(Err(self.said_no(&error)?)),
        }
    }

    /// Takes a file away; one that is not there is.
    pub(super) async fn remove(&mut self, path: &str) -> Result<(), DeliveryError> {
        match within(self.silence, self.ftp.rm(path)).await {
            Err(error) if refusal(&error).is_none() => Err(judge(self.name, &error)),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// What the server said, where that is a refusal for good.
    pub(super) fn said_no(&self, error: &FtpError) -> Result<String, DeliveryError> {
        let judged = judge(self.name, error);
        let DeliveryError::Refused { what, .. } = &judged else { return Err(judged) };
        Ok(what.clone())
    }

    async fn say(&mut self, command: &str, expected: &[Status]) -> FtpResult<Response> {
        within(self.silence, self.ftp.custom_command(command, expected)).await
    }
}

fn denied(target: &str, user: &str, what: String) -> DeliveryError {
    DeliveryError::Denied { target: target.to_owned(), user: user.to_owned(), what }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn a_server_of_which_nothing_is_asked_is_told_now_and_then_that_somebody_is_there() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let (mut stream, mut said) = (BufReader::new(stream), String::new());
            stream.get_mut().write_all(b"220 Here\r\n").await.unwrap();
            stream.read_line(&mut said).await.unwrap();
            // It need not know of such a thing.
            stream.get_mut().write_all(b"502 What?\r\n").await.unwrap();
            stream.read_to_string(&mut said).await.unwrap();
            said
        });
        let ftp = AsyncRustlsFtpStream::connect(address).await.unwrap();
        let silence = Duration::from_secs(10);
        let mut connection = Connection { name: "far", silence, ftp, stayed: Instant::now() };
        connection.stay().await.unwrap();
        connection.stayed -= STAY_EVERY;
        connection.stay().await.unwrap();
        connection.stay().await.unwrap();
        drop(connection);
        assert_eq!(server.await.unwrap(), "NOOP\r\n");
    }
}
