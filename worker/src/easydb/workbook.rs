//! The workbook of a batch: its tables wait until the files that go along were fetched, for only then is it
//! known which of them its cells may name, and small pictures are fetched and made but once.

use std::sync::atomic::AtomicBool;

use proto::definition::Format;
use tokio::sync::mpsc;

use super::illustrator::Illustrator;
use super::silence::Silence;
use super::table::Tables;
use super::waiting::Waiting;
use super::writing::Desk;
use crate::error::BatchError;
use crate::spool::Ready;
use crate::warnings::Warnings;

/// What the name of its file ends with.
pub(super) const END: &str = ".xlsx";

/// Whether small pictures stand beside objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pictures {
    None,
    Shown,
}

/// A workbook that is yet to be written.
pub(super) struct Workbook {
    pub(super) tables: Tables,
    pub(super) pictures: Pictures,
}

impl Workbook {
    /// Writes it, for those who take what is `ready`; what is to be told goes to the warnings. Blocks.
    pub(super) fn written(
        self,
        desk: &Desk,
        silence: Silence,
        ready: &mpsc::Sender<Ready>,
        warnings: &mut Warnings,
    ) -> Result<Waiting, BatchError> {
        let (scratch, is_full) = (self.tables.scratch(), AtomicBool::new(false));
        let mut beside = match self.pictures {
            Pictures::Shown => Some(Illustrator::new(desk, &is_full, silence, ready)),
            Pictures::None => None,
        };
        let file = self.tables.xlsx(beside.as_mut());
        let file = file.map_err(|error| error.in_format(Format::Xlsx))?;
        if let Some(beside) = beside {
            warnings.append(beside.finish()?);
        }
        Ok(Waiting::of(scratch, file))
    }
}
