//! XLSX: a workbook of sheets, by ECMA-376.
//!
//! Written row by row, with texts where they stand, so that neither cells nor a list of texts are
//! held. A table that is longer than a sheet goes on in another.

mod cell;
mod parts;
mod drawing;
mod pictures;

use std::fs::File;
use std::io;

use proto::definition::{Output, Thumbnails};
use proto::fault::{Code, Fault};
use source::page::Row;

use self::cell::Cells;
use self::drawing::MAX_DRAWINGS;
use self::parts::Sheet;
use self::pictures::Pictures;
use super::Whole;
use super::beside::Beside;
use super::zip::{Room, ZipFile};
use crate::render::Unrenderable;
use crate::rows::Refused;

/// Most rows of a sheet, its header among them, and most columns:
/// <https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3>
const MAX_ROWS: u32 = 1_048_576;
const MAX_COLUMNS: usize = 16_384;

/// Most bytes of a sheet (3.5 GiB): members of 4 GiB have other headers, and no spreadsheet opens them.
const MAX_SHEET_BYTES: u64 = 7 << 29;

/// Most characters of a sheet's name.
const MAX_NAME: usize = 31;

/// How much of a sheet is gathered before it is compressed (64 KiB).
const CHUNK_BYTES: usize = 64 << 10;

/// A workbook under way.
pub(super) struct Xlsx {
    zip: ZipFile,
    sheets: Vec<Sheet>,
    cells: Cells,
    /// The table's name, and how many sheets it has so far.
    table: (String, u32),
    columns: Vec<String>,
    /// The edge of the pictures beside the table's records, and what stands beside the next one.
    edge: Option<u16>,
    beside: Beside,
    /// Where pictures may come: room for the kinds of parts, which drawings are among, and they.
    illustrated: Option<(Room, Pictures)>,
    /// Rows of the sheet so far, and bytes.
    rows: u32,
    bytes: u64,
    max_rows: u32,
    out: Vec<u8>,
}

impl Xlsx {
    /// A workbook in a file; `scratch` is for the pictures of one that may have some.
    pub(super) fn new(file: File, scratch: Option<File>) -> io::Result<Self> {
        let mut zip = ZipFile::new(file);
        let path = "[Content_Types].xml";
        let illustrated = match scratch {
            Some(scratch) => {
                let room = zip.leave_room(path, parts::most_content_types())?;
                Some((room, Pictures::new(scratch)))
            }
            None => {
                zip.member(path, parts::content_types().as_bytes())?;
                None
            }
        };
        zip.member("_rels/.rels", parts::RELATIONS.as_bytes())?;
        Ok(Self {
            zip,
            sheets: Vec::new(),
            cells: Cells::default(),
            table: (String::new(), 0),
            columns: Vec::new(),
            edge: None,
            beside: Beside::Nothing,
            illustrated,
            rows: 0,
            bytes: 0,
            max_rows: MAX_ROWS,
            out: Vec::new(),
        })
    }

    fn begin_sheet(&mut self) -> io::Result<()> {
        self.end_sheet()?;
        self.table.1 += 1;
        let name = parts::distinct(&self.table.0, self.table.1, &self.sheets);
        self.zip.begin(&parts::sheet_path(self.sheets.len() + 1))?;
        self.sheets.push(Sheet { name, columns: self.columns.len(), rows: 1 });
        parts::open_sheet(self.edge, &mut self.out);
        (self.rows, self.bytes) = (1, 0);
        self.cells.header(&self.columns, &mut self.out);
        Ok(())
    }

    fn end_sheet(&mut self) -> io::Result<()> {
        let number = self.sheets.len();
        let Some(sheet) = self.sheets.last_mut() else { return Ok(()) };
        sheet.rows = self.rows;
        let pictures = self.illustrated.as_mut().map(|(_, pictures)| pictures);
        let has_pictures = pictures.is_some_and(|pictures| pictures.are_there());
        parts::close_sheet(sheet, has_pictures, &mut self.out);
        self.flush()?;
        match &mut self.illustrated {
            Some((_, pictures)) => pictures.put(number, &mut self.zip),
            None => Ok(()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.zip.write(&self.out)?;
        self.bytes += self.out.len() as u64;
        self.out.clear();
        Ok(())
    }
}

impl Whole for Xlsx {
    fn table(
        &mut self,
        name: &str,
        columns: &[String],
        thumbnails: Option<&Thumbnails>,
    ) -> Result<(), Refused> {
        let before = thumbnails.map(|thumbnails| thumbnails.column.clone());
        let has_pictures = usize::from(before.is_some());
        let columns: Vec<String> = before.into_iter().chain(columns.iter().cloned()).collect();
        if columns.len() > MAX_COLUMNS {
            let why = format!("a sheet has at most {MAX_COLUMNS} columns, not {}", columns.len());
            return Err(Unrenderable::new(why).into());
        }
        self.table = (name.to_owned(), 0);
        self.cells.columns(columns.len(), has_pictures);
        self.columns = columns;
        self.edge = thumbnails.map(|thumbnails| thumbnails.edge);
        Ok(self.begin_sheet()?)
    }

    fn beside(&mut self, beside: Beside) {
        self.beside = beside;
    }

    fn row(&mut self, row: &Row<'_>) -> Result<(), Refused> {
        if self.rows >= self.max_rows || self.bytes >= MAX_SHEET_BYTES {
            self.begin_sheet()?;
        }
        self.rows += 1;
        let beside = std::mem::replace(&mut self.beside, Beside::Nothing);
        self.cells.row(self.rows, &beside, row, &mut self.out);
        if let (Beside::Picture(picture), Some((_, pictures))) = (&beside, &mut self.illustrated) {
            pictures.take(self.rows, picture)?;
            if pictures.sheets() > MAX_DRAWINGS {
                let why = format!("pictures are beside records of more than {MAX_DRAWINGS} sheets");
                return Err(Refused::TooLarge { why });
            }
        }
        if self.out.len() >= CHUNK_BYTES {
            self.flush()?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(File, Option<Fault>), Refused> {
        self.end_sheet()?;
        if let Some((room, pictures)) = &self.illustrated {
            self.zip.fill(room, parts::content_types_with(pictures.sheets()).as_bytes())?;
        }
        self.zip.member("xl/styles.xml", parts::STYLES.as_bytes())?;
        self.zip.member("xl/workbook.xml", &parts::workbook(&self.sheets))?;
        self.zip.member(
            "xl/_rels/workbook.xml.rels",
            parts::workbook_relations(self.sheets.len()).as_bytes(),
        )?;
        Ok((self.zip.finish()?, self.cells.replaced()))
    }
}

/// What the sheets of an output are called: as its options say, or as its file is.
pub(super) fn sheet_name(output: &Output) -> String {
    if let Some(name) = &output.options.sheet {
        return name.clone();
    }
    let file = output.to.rsplit('/').next().unwrap_or_default();
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let allowed = |c: char| if c.is_control() || "[]:*?/\\'".contains(c) { '_' } else { c };
    let name: String = stem.chars().map(allowed).take(MAX_NAME).collect();
    if name.trim().is_empty() || name.eq_ignore_ascii_case("history") {
        return "Sheet".to_owned();
    }
    name
}

/// What is told of cells that were written otherwise.
fn told(replaced: u64, cut: u64) -> Option<Fault> {
    let mut what = Vec::new();
    if replaced > 0 {
        what.push(format!("characters that XML cannot hold were replaced by U+FFFD: {replaced}"));
    }
    if cut > 0 {
        what.push(format!("texts were cut to what a cell holds, 32,767 characters: {cut}"));
    }
    (!what.is_empty()).then(|| Fault::new(Code::Unrenderable, what.join("; ")))
}

#[cfg(test)]
mod tests;
