//! The way of a file to its place on an FTP server.

use proto::definition;
use proto::target::{FtpSecurity, FtpTarget};

use super::connection::{Connection, Renamed, There};
use super::put::Put;
use crate::deliver::folders::Folders;
use crate::deliver::names::below;
use crate::deliver::progress::Progress;
use crate::deliver::{Delivery, DeliveryError};
use crate::error::AgentError;
use crate::parcel::Parcel;

/// A server that one delivery is signed in to.
pub(super) struct Session<'d> {
    delivery: &'d Delivery<'d>,
    target: &'d FtpTarget,
    wanted: &'d definition::Ftp,
    connection: Connection<'d>,
    /// What the names of files under way begin with.
    mark: String,
    folders: Folders,
    /// Whether the next file may have been begun by an earlier try, which broke off in its first that
    /// had not arrived.
    may_be_begun: bool,
}

impl<'d> Session<'d> {
    /// Connects and signs in.
    pub(super) async fn open(
        delivery: &'d Delivery<'d>,
        target: &'d FtpTarget,
        wanted: &'d definition::Ftp,
        password: &str,
    ) -> Result<Self, DeliveryError> {
        let connection = Connection::open(&wanted.target, target, password).await?;
        let (mark, folders) = (delivery.mark(), Folders::default());
        Ok(Self { delivery, target, wanted, connection, mark, folders, may_be_begun: true })
    }

    /// Where things go, for people.
    pub(super) fn place(&self) -> String {
        let FtpTarget { host, port, user, security, .. } = self.target;
        let scheme = match security {
            FtpSecurity::Tls | FtpSecurity::Implicit => "ftps",
            FtpSecurity::None => "ftp",
        };
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        let path = self.path("");
        format!("{scheme}://{user}@{host}{port}/{}", path.trim_start_matches('/'))
    }

    /// Keeps the connection while other things are read.
    pub(super) async fn stay(&mut self) -> Result<(), DeliveryError> {
        self.connection.stay().await
    }

    /// Says goodbye. All is there already.
    pub(super) async fn end(self) {
        self.connection.end().await;
    }

    /// Whether a file is there with its length, as far as the server tells.
    pub(super) async fn has(&mut self, file: &Parcel) -> Result<bool, DeliveryError> {
        let path = self.path(&file.path);
        let there = self.connection.there(&path).await?;
        Ok(there == There::File(file.size) || there == There::Unknown)
    }

    /// Brings a file to its place, whole.
    pub(super) async fn send(
        &mut self,
        number: u64,
        file: &Parcel,
        progress: &mut Progress<'_>,
    ) -> Result<String, AgentError> {
        let below = self.below(&file.path);
        for folder in self.folders.above(&below) {
            let folder = self.resolve(folder.trim_end_matches('/'));
            self.connection.make_folder(&folder).await?;
        }
        let part = self.path(&format!("{}{number}", self.mark));
        match self.begun(&part).await? {
            // All of it came, and nobody was left to rename it.
            len if len == file.size && len > 0 => {}
            len if len < file.size => self.put(&part, file, len, progress).await?,
            _ => self.put(&part, file, 0, progress).await?,
        }
        if let There::File(len) = self.connection.there(&part).await?
            && len != file.size
        {
            self.connection.remove(&part).await?;
            return Err(self.damaged(file, "arrives with another length").into());
        }
        let whole = self.path(&file.path);
        let answer = match self.connection.rename(&part, &whole).await? {
            Renamed::Done(said) => said,
            // Two agents deliver the same at once, and the other one was faster.
            Renamed::Gone => {
                return Err(self.damaged(file, "is gone before it has its name").into());
            }
            Renamed::Refused(what) => {
                let what = format!("{}: {what}", file.path);
                let target = self.wanted.target.clone();
                return Err(DeliveryError::Refused { target, what }.into());
            }
        };
        if self.has(file).await? {
            return Ok(answer);
        }
        Err(self.damaged(file, "is not there, or has another length").into())
    }

    /// How much of a file is there from an earlier try, in bytes.
    async fn begun(&mut self, part: &str) -> Result<u64, DeliveryError> {
        if !std::mem::take(&mut self.may_be_begun) {
            return Ok(0);
        }
        Ok(match self.connection.there(part).await? {
            There::File(len) => len,
            There::Nothing | There::Unknown => 0,
        })
    }

    /// Sends a file from a place on. All of it is read, so that what is damaged in the store never
    /// arrives whole, however often it is gone on with.
    async fn put(
        &mut self,
        part: &str,
        file: &Parcel,
        start: u64,
        progress: &mut Progress<'_>,
    ) -> Result<(), AgentError> {
        let store = &self.delivery.agent.store;
        let put = self.connection.put(part, start, file.read(store).await?, progress).await?;
        if put == Put::OnlyWhole {
            // At the beginning every server begins.
            self.connection.put(part, 0, file.read(store).await?, progress).await?;
        }
        Ok(())
    }

    /// A path of the result below the target.
    fn below(&self, path: &str) -> String {
        below(&self.wanted.path, path)
    }

    fn path(&self, path: &str) -> String {
        self.resolve(&self.below(path))
    }

    fn resolve(&self, below: &str) -> String {
        match self.target.path.as_str() {
            "" => below.to_owned(),
            folder => format!("{}/{below}", folder.trim_end_matches('/')),
        }
    }

    fn damaged(&self, file: &Parcel, what: &str) -> DeliveryError {
        DeliveryError::damaged(&self.wanted.target, &file.path, what)
    }
}
