//! The server of a target, and the way of a file to its place there.

use proto::definition;
use proto::target::WebdavTarget;
use reqwest::Url;
use secrecy::SecretString;
use tokio::sync::Mutex;

use super::requests::Moved;
use crate::deliver::folders::Folders;
use crate::deliver::names::below;
use crate::deliver::progress::Progress;
use crate::deliver::steps::Steps;
use crate::deliver::web::{Access, Web};
use crate::deliver::{Delivery, DeliveryError};
use crate::error::AgentError;
use crate::parcel::Parcel;

/// The server of a target, for one delivery.
pub(super) struct Server<'d> {
    pub(super) web: Web<'d>,
    target: &'d WebdavTarget,
    wanted: &'d definition::Webdav,
    /// What the names of files under way begin with.
    mark: String,
    folders: Folders,
}

impl<'d> Server<'d> {
    /// Reads the credentials, unless a password is given; connects to nothing.
    pub(super) fn open(
        delivery: &'d Delivery<'d>,
        (target, given): (&'d WebdavTarget, Option<&SecretString>),
        wanted: &'d definition::Webdav,
    ) -> Result<Self, DeliveryError> {
        let access = Access {
            bearer_file: target.bearer_file.as_deref(),
            user: target.user.as_deref(),
            password_file: target.password_file.as_deref(),
            given,
        };
        let web = Web::open(delivery, &wanted.target, &access, target.deadline)?;
        Ok(Self { web, target, wanted, mark: delivery.mark(), folders: Folders::default() })
    }

    /// Where things go, for people.
    pub(super) fn place(&self) -> String {
        let url = self.url("");
        url.map_or_else(|_| self.target.url.clone(), |url| url.to_string())
    }

    /// Whether a file is there with its length.
    pub(super) async fn has(
        &self,
        steps: &mut Steps<'_>,
        file: &Parcel,
    ) -> Result<bool, AgentError> {
        let url = self.url(&file.path)?;
        self.web.ask(steps, || self.is_there(&url, file.size)).await
    }

    /// Brings a file to its place, whole; what the server said at the end.
    pub(super) async fn send(
        &mut self,
        steps: &mut Steps<'_>,
        number: u64,
        file: &Parcel,
        progress: &Mutex<Progress<'_>>,
    ) -> Result<String, AgentError> {
        let below = self.below(&file.path);
        for folder in self.folders.above(&below) {
            let url = self.resolve(folder)?;
            self.web.ask(steps, || self.make_folder(&url)).await?;
        }
        let (part, whole) = (self.url(&format!("{}{number}", self.mark))?, self.url(&file.path)?);
        self.web.ask(steps, || self.put(&part, file, progress)).await?;
        if self.wanted.options.verify
            && self.web.ask(steps, || self.crc32(&part, file.size)).await? != file.crc32
        {
            return Err(self.damaged(file, "has other content").into());
        }
        let answer = self.move_to(steps, file, &part, &whole).await?;
        // Servers have been met that read a name otherwise than they were told it.
        if self.has(steps, file).await? {
            return Ok(answer);
        }
        Err(self.damaged(file, "is not there, or has another length").into())
    }

    /// Moves a file to its place. A file that is there makes room, but a folder does not: with it would go
    /// whatever is in it.
    async fn move_to(
        &self,
        steps: &mut Steps<'_>,
        file: &Parcel,
        part: &Url,
        whole: &Url,
    ) -> Result<String, AgentError> {
        let mut moved = self.web.ask(steps, || self.relocate(part, whole, "F")).await?;
        if matches!(moved, Moved::Taken) {
            let in_the_way = match self.web.ask(steps, || self.is_folder(whole)).await? {
                Some(false) => None,
                Some(true) => Some("is a folder there"),
                None => Some("is there, and the server does not say whether it is a folder"),
            };
            if let Some(what) = in_the_way {
                let what = format!("{} {what}", file.path);
                let target = self.web.name.to_owned();
                return Err(DeliveryError::Refused { target, what }.into());
            }
            moved = self.web.ask(steps, || self.relocate(part, whole, "T")).await?;
        }
        match moved {
            Moved::Done(answer) => Ok(answer),
            // An answer was lost, and with it that it was done; or it was not, as is found out next.
            Moved::Gone => Ok(String::new()),
            Moved::Taken => Err(self.damaged(file, "comes and goes").into()),
        }
    }

    /// A path of the result below the target.
    fn below(&self, path: &str) -> String {
        below(&self.wanted.path, path)
    }

    fn url(&self, path: &str) -> Result<Url, DeliveryError> {
        self.resolve(&self.below(path))
    }

    fn resolve(&self, below: &str) -> Result<Url, DeliveryError> {
        self.target
            .url_of(below)
            .map_err(|what| DeliveryError::Unusable { target: self.web.name.to_owned(), what })
    }

    fn damaged(&self, file: &Parcel, what: &str) -> DeliveryError {
        DeliveryError::damaged(self.web.name, &file.path, what)
    }
}
