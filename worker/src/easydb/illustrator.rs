//! Small pictures beside the objects of a workbook: of the file that stands for an object, fetched and made smaller
//! while the sheet is written.

use std::io;

use futures::stream::{BoxStream, StreamExt};
use proto::commit::Warning;
use proto::definition::Thumbnails;
use source::asset::Assets;
use tokio::runtime::Handle;

use super::json::Json;
use super::waiting::Many;
use super::writing::Desk;
use crate::Worker;
use crate::batch::Task;
use crate::rows::Refused;
use crate::whole::{Album, Beside, Sought};

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
    assets: Assets,
    pub(super) thumbnails: Thumbnails,
}

/// What a workbook has of pictures so far.
pub(super) struct Taken<'d> {
    task: &'d Task,
    album: Album,
    warnings: Vec<Warning>,
}

impl<'d> Illustrator<'d> {
    pub(super) fn new(Desk { worker, task, .. }: &'d Desk) -> Self {
        let thumbnails = Thumbnails {
            field: String::new(),
            versions: Vec::new(),
            column: COLUMN.to_owned(),
            edge: EDGE,
        };
        let assets = worker.catalog.assets(&*task.source);
        let taken = Taken { task, album: Album::default(), warnings: Vec::new() };
        Self { seeker: Seeker { worker, assets, thumbnails }, taken }
    }

    /// What is to be told.
    pub(super) fn told(self) -> Vec<Warning> {
        let Taken { task, album, mut warnings } = self.taken;
        let output = task.output.to.clone();
        warnings.extend(album.told().map(|fault| Warning {
            fault,
            output,
            subject: None,
            object: None,
        }));
        warnings
    }
}

impl Seeker<'_> {
    /// Looks for the pictures of rows that wait by their places.
    pub(super) fn look(&self, places: Many) -> io::Result<BoxStream<'_, Sought>> {
        let mut places = places.read()?;
        // What cannot be read again ends the pictures, and the rows, which lie beside, with an error.
        let places = std::iter::from_fn(move || places.next().ok().flatten());
        let places = places.map(|(place, _)| place);
        Ok(self.worker.look_for(&self.assets, self.thumbnails.convert(), places).boxed())
    }
}

impl Taken<'_> {
    /// What stands beside the next row. Blocks.
    pub(super) fn next(&mut self, looked: &mut BoxStream<'_, Sought>) -> Result<Beside, Refused> {
        let sought = Handle::current().block_on(looked.next());
        let sought = sought.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))?;
        let (name, looked) = sought;
        let found = self.album.take(self.task.read.on_error, &self.task.output, name, looked);
        let (beside, warning) = found.map_err(|error| Refused::Picture(error.into()))?;
        self.warnings.extend(warning);
        Ok(beside)
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
