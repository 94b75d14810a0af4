//! XML that goes through a stylesheet as one document. The document is held in memory, for whoever
//! transforms it makes a tree of it anyway; one that is longer than that may be is refused as soon as it
//! is, before the rest is read.

use std::fs::File;
use std::io::Write;

use pack::frame::frame;
use proto::definition::{Format, Thumbnails};
use proto::fault::Fault;
use source::page::Row;

use super::Whole;
use crate::batch::Task;
use crate::render::{self, Render};
use crate::rows::Refused;
use crate::xslt::Stylesheet;

/// A document under way.
pub(super) struct Styled {
    stylesheet: Stylesheet,
    renderer: Box<dyn Render>,
    document: Vec<u8>,
    close: Vec<u8>,
    file: File,
}

impl Styled {
    pub(super) fn new(task: &Task, stylesheet: Stylesheet, file: File) -> Result<Self, Refused> {
        let (options, columns) = (&task.output.options, task.columns.as_deref());
        let frame = frame(Format::Xml, options, columns.unwrap_or_default());
        let renderer = render::renderer(Format::Xml, options, columns)?;
        Ok(Self { stylesheet, renderer, document: frame.open, close: frame.close, file })
    }
}

impl Whole for Styled {
    fn table(
        &mut self,
        _name: &str,
        _columns: &[String],
        _thumbnails: Option<&Thumbnails>,
    ) -> Result<(), Refused> {
        Ok(())
    }

    fn row(&mut self, row: &Row<'_>) -> Result<(), Refused> {
        let start = self.document.len();
        let document = &mut self.document;
        self.renderer.row(row, document).inspect_err(|_| document.truncate(start))?;
        Ok(self.stylesheet.takes(self.document.len() + self.close.len())?)
    }

    fn finish(mut self: Box<Self>) -> Result<(File, Option<Fault>), Refused> {
        self.document.extend_from_slice(&self.close);
        let result = self.stylesheet.apply(&self.document)?;
        self.file.write_all(&result)?;
        Ok((self.file, self.renderer.replaced()))
    }
}
