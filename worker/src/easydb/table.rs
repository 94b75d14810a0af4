//! A table whose columns are known only once all rows are there: rows wait on disk as they come, and
//! columns in which none has a value are left out.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use pack::csv_field::CsvFields;
use proto::definition::{EasydbCsv, Generation, LineEnd, Options};
use source::page::{Kind, Page};

use super::cells::{Cell, Head};
use super::illustrator::Illustrator;
use super::waiting::{Many, Waiting};
use crate::rows::Refused;
use crate::whole::workbook;

/// The only column of a table of objects of which nothing is written, as fylr calls it.
const NO_COLUMNS: &str = "<no columns>";

/// What becomes of columns in which no row has a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Empty {
    Dropped,
    Kept,
}

/// The tables of a batch, one for each object type.
pub(super) struct Tables {
    generation: Generation,
    empty: Empty,
    scratch: Arc<Path>,
    by_type: BTreeMap<String, Table>,
}

struct Table {
    /// The columns by what they are, each with its number and whether a row has a value in it.
    columns: HashMap<Head, (u32, bool)>,
    rows: Many,
    /// Where the picture of each row is, for a workbook that shows them.
    pictures: Many,
}

impl Tables {
    pub(super) fn new(generation: Generation, empty: Empty, scratch: &Arc<Path>) -> Self {
        Self { generation, empty, scratch: Arc::clone(scratch), by_type: BTreeMap::new() }
    }

    /// Appends an object, and where its picture is.
    pub(super) fn push(
        &mut self,
        object_type: &str,
        picture: &str,
        cells: Vec<(Head, Cell)>,
    ) -> io::Result<()> {
        if !self.by_type.contains_key(object_type) {
            let rows = Many::new(Arc::clone(&self.scratch));
            let pictures = Many::new(Arc::clone(&self.scratch));
            let table = Table { columns: HashMap::new(), rows, pictures };
            self.by_type.insert(object_type.to_owned(), table);
        }
        let Some(table) = self.by_type.get_mut(object_type) else { return Ok(()) };
        let mut row = Vec::new();
        for (head, cell) in cells {
            let next = u32::try_from(table.columns.len()).map_err(io::Error::other)?;
            let (number, has_value) = table.columns.entry(head).or_insert((next, false));
            let kind = match cell.kind {
                Kind::Null => continue,
                Kind::Text => b't',
                Kind::Number => b'n',
                Kind::Bool => b'b',
                Kind::Json => b'j',
            };
            *has_value = true;
            row.extend_from_slice(&number.to_le_bytes());
            row.push(kind);
            row.extend_from_slice(&(cell.text.len() as u64).to_le_bytes());
            row.extend_from_slice(cell.text.as_bytes());
        }
        table.pictures.push(picture, &[])?;
        table.rows.push("", &row)
    }

    /// Where they wait.
    pub(super) fn scratch(&self) -> Arc<Path> {
        Arc::clone(&self.scratch)
    }

    /// A CSV file for each object type.
    pub(super) fn csv(self, csv: &EasydbCsv) -> io::Result<Vec<(String, Waiting)>> {
        let fields = CsvFields::new(&Options {
            delimiter: csv.delimiter.clone(),
            quote: csv.quote.clone(),
            escape: csv.escape.clone(),
            always_quote: Some(true),
            line_end: Some(LineEnd::Lf),
            ..Options::default()
        });
        let (generation, empty, scratch) = (self.generation, self.empty, self.scratch);
        let mut files = Vec::new();
        for (object_type, table) in self.by_type {
            let mut file = Waiting::new(Arc::clone(&scratch));
            let mut out = Vec::new();
            if csv.use_bom {
                out.extend_from_slice("\u{FEFF}".as_bytes());
            }
            let (names, places) = ordered(table.columns, generation, empty);
            if names.is_empty() {
                line(&fields, std::iter::once(NO_COLUMNS), &mut out);
                file.take(&mut out)?;
                files.push((object_type, file));
                continue;
            }
            line(&fields, names.iter().map(String::as_str), &mut out);
            let (mut rows, width) = (table.rows.read()?, names.len());
            while let Some((_, row)) = rows.next()? {
                let cells = cells(&row, &places, width)?;
                line(&fields, cells.iter().map(|(_, text)| *text), &mut out);
                file.take(&mut out)?;
            }
            file.take(&mut out)?;
            files.push((object_type, file));
        }
        Ok(files)
    }

    /// A workbook with a sheet for each object type.
    pub(super) fn xlsx(self, mut beside: Option<&mut Illustrator<'_>>) -> Result<File, Refused> {
        let scratch = || tempfile::tempfile_in(&*self.scratch);
        let pictures = beside.is_some().then(scratch).transpose()?;
        let mut book = workbook(scratch()?, pictures)?;
        for (object_type, table) in self.by_type {
            let (names, places) = ordered(table.columns, self.generation, self.empty);
            let name: String = object_type.chars().take(31).collect();
            if names.is_empty() {
                book.table(&name, &[NO_COLUMNS.to_owned()], None)?;
                continue;
            }
            let mut pictures = match beside.as_deref_mut() {
                Some(Illustrator { seeker, taken }) => {
                    book.table(&name, &names, Some(&seeker.thumbnails))?;
                    Some((seeker.look(table.pictures)?, taken))
                }
                None => {
                    book.table(&name, &names, None)?;
                    None
                }
            };
            let (mut rows, width) = (table.rows.read()?, names.len());
            while let Some((_, row)) = rows.next()? {
                if let Some((looked, taken)) = &mut pictures {
                    book.beside(taken.next(looked)?);
                }
                let mut page = Page::new(width.max(1));
                for (kind, text) in cells(&row, &places, width)? {
                    page.push(kind, text);
                }
                for row in page.rows() {
                    book.row(&row)?;
                }
            }
        }
        Ok(book.finish()?.0)
    }
}

/// The names of the columns in their order, and the place of each by its number.
fn ordered(
    columns: HashMap<Head, (u32, bool)>,
    generation: Generation,
    empty: Empty,
) -> (Vec<String>, Vec<Option<usize>>) {
    let mut places = vec![None; columns.len()];
    let is_written = |has_value: bool| has_value || empty == Empty::Kept;
    let mut columns: Vec<(Head, u32)> = columns
        .into_iter()
        .filter(|(_, (_, has_value))| is_written(*has_value))
        .map(|(head, (number, _))| (head, number))
        .collect();
    columns.sort_unstable();
    if generation == Generation::Fylr {
        // Those of the system as they are; then by name, fields before rows.
        columns.sort_by(|((one, name), _), ((other, its), _)| {
            let section = |place: &[u32]| place.first().copied().unwrap_or_default();
            section(one).cmp(&section(other)).then_with(|| {
                if section(one) == 0 { std::cmp::Ordering::Equal } else { name.cmp(its) }
            })
        });
    }
    let mut names = Vec::with_capacity(columns.len());
    for ((_, name), number) in columns {
        places[number as usize] = Some(names.len());
        names.push(name);
    }
    (names, places)
}

/// The cells of a row that waited, in the order of the columns.
fn cells<'r>(
    mut row: &'r [u8],
    places: &[Option<usize>],
    width: usize,
) -> io::Result<Vec<(Kind, &'r str)>> {
    let damaged = || io::Error::from(io::ErrorKind::InvalidData);
    let mut cells = vec![(Kind::Null, ""); width];
    while !row.is_empty() {
        let (number, rest) = row.split_first_chunk::<4>().ok_or_else(damaged)?;
        let (kind, rest) = rest.split_first().ok_or_else(damaged)?;
        let (len, rest) = rest.split_first_chunk::<8>().ok_or_else(damaged)?;
        let len = usize::try_from(u64::from_le_bytes(*len)).map_err(io::Error::other)?;
        let (text, rest) = rest.split_at_checked(len).ok_or_else(damaged)?;
        row = rest;
        let kind = match kind {
            b'n' => Kind::Number,
            b'b' => Kind::Bool,
            b'j' => Kind::Json,
            _ => Kind::Text,
        };
        let place = places.get(u32::from_le_bytes(*number) as usize).copied().flatten();
        if let Some(cell) = place.and_then(|place| cells.get_mut(place)) {
            *cell = (kind, str::from_utf8(text).map_err(io::Error::other)?);
        }
    }
    Ok(cells)
}

fn line<'c>(fields: &CsvFields, cells: impl Iterator<Item = &'c str>, out: &mut Vec<u8>) {
    let start = out.len();
    for (nth, cell) in cells.enumerate() {
        if nth > 0 {
            fields.delimiter(out);
        }
        fields.text(cell, out);
    }
    fields.end_row(start, out);
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    /// What the CSV of two objects with these cells is.
    fn check(empty: Empty, cells: &[(Head, Cell)], expected: &str) {
        let folder = tempfile::tempdir().unwrap();
        let scratch: Arc<Path> = folder.path().into();
        let mut tables = Tables::new(Generation::Easydb, empty, &scratch);
        for _ in 0..2 {
            tables.push("ort", "", cells.to_vec()).unwrap();
        }
        let mut text = String::new();
        for (object_type, file) in tables.csv(&EasydbCsv::default()).unwrap() {
            assert_eq!(object_type, "ort");
            file.read().unwrap().read_to_string(&mut text).unwrap();
        }
        assert_eq!(text, expected);
    }

    #[test]
    fn a_table_of_which_nothing_is_written_says_so() {
        let cell = |name: &str, kind, text: &str| {
            ((vec![1], name.to_owned()), Cell { kind, text: text.to_owned() })
        };
        let nothing = "\"<no columns>\"\n";
        check(Empty::Dropped, &[], nothing);
        check(Empty::Kept, &[], nothing);
        let null = cell("a", Kind::Null, "");
        check(Empty::Dropped, std::slice::from_ref(&null), nothing);
        check(Empty::Kept, std::slice::from_ref(&null), "\"a\"\n\"\"\n\"\"\n");
        let both = [null, cell("b", Kind::Text, "x")];
        check(Empty::Dropped, &both, "\"b\"\n\"x\"\n\"x\"\n");
    }
}
