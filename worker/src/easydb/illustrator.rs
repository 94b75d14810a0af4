//! Small pictures beside the objects of a workbook: of the file that stands for an object, fetched and made smaller
//! while the sheet is written.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::stream::{BoxStream, StreamExt};
use proto::commit::Warning;
use proto::definition::Thumbnails;
use source::asset::Assets;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::json::Json;
use super::silence::Silence;
use super::waiting::Many;
use super::writing::Desk;
use crate::Worker;
use crate::batch::Task;
use crate::error::BatchError;
use crate::laid::next_wanted;
use crate::rows::Refused;
use crate::spool::Ready;
use crate::warnings::Warnings;
use crate::whole::{Album, Beside, Looked, Seeking, Sought};

/// What the column is called, as fylr calls it.
const COLUMN: &str = "[thumbnail]";

/// The longer edge of a picture, in pixels.
const EDGE: u16 = 96;

/// The versions that a small picture is made of, the first that there is.
const VERSIONS: [&str; 4] = ["small", "preview", "current", "original"];

/// Finds small pictures for the rows of a workbook.
pub(super) struct Illustrator<'d> {
    pub(super) seeker: Seeker<'d>,
    pub(super) taken: Taken<'d>,
}

/// Looks for pictures.
pub(super) struct Seeker<'d> {
    worker: &'d Worker,
    task: &'d Task,
    assets: Assets,
    is_full: &'d AtomicBool,
    is_silent: Arc<AtomicBool>,
    pub(super) thumbnails: Thumbnails,
}

/// What a workbook has of pictures so far.
pub(super) struct Taken<'d> {
    task: &'d Task,
    album: Album,
    /// Whether it takes no more, for those who look.
    is_full: &'d AtomicBool,
    silence: Silence,
    /// Those who take the workbook.
    ready: &'d mpsc::Sender<Ready>,
    warnings: Warnings,
}

impl<'d> Illustrator<'d> {
    /// Of a workbook that is not full, as is said where it is. Who has asked the same server for files goes on
    /// knowing whether it answers.
    pub(super) fn new(
        Desk { worker, task, .. }: &'d Desk,
        is_full: &'d AtomicBool,
        silence: Silence,
        ready: &'d mpsc::Sender<Ready>,
    ) -> Self {
        let thumbnails = Thumbnails {
            field: String::new(),
            versions: Vec::new(),
            column: COLUMN.to_owned(),
            edge: EDGE,
        };
        let (album, warnings) = (Album::default(), Warnings::default());
        let is_silent = silence.lasts();
        let assets = worker.catalog.assets(&*task.source);
        let taken = Taken { task, album, is_full, silence, ready, warnings };
        Self { seeker: Seeker { worker, task, assets, is_full, is_silent, thumbnails }, taken }
    }

    /// What is to be told; an error where the last pictures did not come because none would. Blocks.
    pub(super) fn finish(self) -> Result<Warnings, BatchError> {
        let Taken { task, album, mut silence, mut warnings, .. } = self.taken;
        Handle::current().block_on(silence.end())?;
        let output = task.output.to.clone();
        warnings.extend(album.told().map(|fault| Warning {
            fault,
            output,
            subject: None,
            object: None,
            left_out: None,
        }));
        Ok(warnings)
    }
}

impl Seeker<'_> {
    /// Looks for the pictures of rows that wait by their places.
    pub(super) fn look(&self, places: Many) -> io::Result<BoxStream<'_, (String, Sought)>> {
        let mut places = places.read()?;
        // What cannot be read again ends the pictures, and the rows, which lie beside, with an error.
        let places = std::iter::from_fn(move || places.next().ok().flatten());
        let places = places.map(|(place, _)| place);
        let seeking = Seeking {
            task: self.task,
            assets: &self.assets,
            is_full: self.is_full,
            is_silent: &self.is_silent,
        };
        Ok(self.worker.look_for(seeking, self.thumbnails.convert(), places).boxed())
    }
}

impl Taken<'_> {
    /// What stands beside the next row; an error once nobody takes the workbook any more. Blocks.
    pub(super) fn next(
        &mut self,
        looked: &mut BoxStream<'_, (String, Sought)>,
    ) -> Result<Beside, Refused> {
        let sought = Handle::current().block_on(next_wanted(looked, self.ready));
        // Nobody takes it: whoever failed says so itself.
        let sought = sought.ok_or_else(|| io::Error::from(io::ErrorKind::BrokenPipe))?;
        self.take(sought).map_err(|error| Refused::Batch(error.into()))
    }

    fn take(&mut self, (place, (name, looked)): (String, Sought)) -> Result<Beside, BatchError> {
        let looked = match looked {
            Some(looked) if !self.album.is_full() => Some(self.waited_for(&place, looked)?),
            looked => looked,
        };
        let found = self.album.take(self.task.read.on_error, &self.task.output, name, looked);
        self.is_full.store(self.album.is_full(), Ordering::Relaxed);
        let (beside, warning) = found?;
        self.warnings.extend(warning);
        Ok(beside)
    }

    /// What was looked for, where nobody waits for it any longer. An error where its server went down.
    fn waited_for(
        &mut self,
        place: &str,
        looked: Result<Looked, BatchError>,
    ) -> Result<Result<Looked, BatchError>, BatchError> {
        let error = match looked {
            Ok(looked) => {
                self.silence.came(place);
                return Ok(Ok(looked));
            }
            Err(error) => error,
        };
        match self.task.missing(&error, place) {
            Some(missing) => {
                Handle::current().block_on(self.silence.goes_on(error))?;
                Ok(Err(missing.into()))
            }
            None => {
                self.silence.failed(place, &error);
                Ok(Err(error))
            }
        }
    }
}

/// Where the picture is that stands for an object: of its first file that is preferred, a small version.
pub(super) fn picture<'o>(object: &'o Json<'o>) -> Option<&'o str> {
    let own = object.text_of("_objecttype").and_then(|object_type| object.get(object_type));
    let fields = own.map(Json::entries).unwrap_or_default();
    let standard = object.at(&["_standard", "eas", "1"]);
    let mut lists = standard.into_iter().chain(fields.iter().map(|(_, value)| value));
    lists.find_map(|list| {
        let files = list.items().iter().filter(|file| file.get("versions").is_some());
        let is_preferred = |file: &&Json<'_>| file.get("preferred") != Some(&Json::Bool(false));
        let file = files.clone().find(is_preferred)?;
        let version = |name: &&str| file.at(&["versions", name]);
        let version = VERSIONS.iter().find_map(version)?;
        version.text_of("download_url").or_else(|| version.text_of("url"))
    })
}
