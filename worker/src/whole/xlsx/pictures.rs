//! The pictures of a sheet: kept in a scratch file while its rows are written, for the parts of an
//! archive come one after the other, and put behind it. Only where each stands is held in memory.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};

use super::super::beside::Thumbnail;
use super::super::zip::ZipFile;
use super::drawing::{self, Anchor};

/// Pictures on their way into a workbook.
pub(super) struct Pictures {
    scratch: File,
    /// Those of the sheet that is written.
    anchors: Vec<(Anchor, u32)>,
    /// How many sheets before it have some, and how many pictures they have.
    sheets: usize,
    before: usize,
}

impl Pictures {
    pub(super) fn new(scratch: File) -> Self {
        Self { scratch, anchors: Vec::new(), sheets: 0, before: 0 }
    }

    /// Takes the picture of a row, counted from 1.
    pub(super) fn take(&mut self, row: u32, picture: &Thumbnail) -> io::Result<()> {
        self.scratch.write_all(&picture.bytes)?;
        let (width, height) = (picture.width, picture.height);
        let len = u32::try_from(picture.bytes.len()).map_err(io::Error::other)?;
        self.anchors.push((Anchor { row, width, height }, len));
        Ok(())
    }

    /// Whether the sheet has any.
    pub(super) fn are_there(&self) -> bool {
        !self.anchors.is_empty()
    }

    /// How many sheets have some.
    pub(super) fn sheets(&self) -> usize {
        self.sheets + usize::from(self.are_there())
    }

    /// Puts those of a sheet that is written, counted from 1, behind it.
    pub(super) fn put(&mut self, sheet: usize, zip: &mut ZipFile) -> io::Result<()> {
        if self.anchors.is_empty() {
            return Ok(());
        }
        self.sheets += 1;
        let (number, first) = (self.sheets, self.before + 1);
        let relations = drawing::sheet_relations(number);
        zip.member(&drawing::sheet_relations_path(sheet), relations.as_bytes())?;
        zip.begin(&drawing::path(number))?;
        zip.write(drawing::OPEN.as_bytes())?;
        let mut part = String::new();
        for (nth, (anchor, _)) in (1..).zip(&self.anchors) {
            part.clear();
            drawing::anchor(nth, anchor, &mut part);
            zip.write(part.as_bytes())?;
        }
        zip.write(drawing::CLOSE.as_bytes())?;
        zip.begin(&drawing::relations_path(number))?;
        zip.write(drawing::OPEN_RELATIONS.as_bytes())?;
        for nth in 1..=self.anchors.len() {
            part.clear();
            drawing::relation(nth, first + nth - 1, &mut part);
            zip.write(part.as_bytes())?;
        }
        zip.write(drawing::CLOSE_RELATIONS.as_bytes())?;
        self.scratch.seek(SeekFrom::Start(0))?;
        let mut scratch = BufReader::new(&self.scratch);
        let mut bytes = Vec::new();
        for (number, (_, len)) in (first..).zip(&self.anchors) {
            bytes.resize(*len as usize, 0);
            scratch.read_exact(&mut bytes)?;
            zip.stored(&drawing::picture_path(number), &bytes)?;
        }
        self.before += self.anchors.len();
        self.anchors.clear();
        self.scratch.set_len(0)?;
        self.scratch.seek(SeekFrom::Start(0))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_that_waits_takes_as_much_memory_as_the_manual_says() {
        assert_eq!(size_of::<(Anchor, u32)>(), 16);
        let manual = include_str!("../../../../docs/formats/xlsx.md");
        assert!(manual.contains("16 bytes for each in memory"));
    }
}
