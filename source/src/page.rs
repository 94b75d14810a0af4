//! Rows on their way: cells as the text the source wrote, in one buffer for a whole page.
//!
//! No value is parsed that need not be: numbers keep their spelling, documents stay text, and a
//! page of a thousand rows is three allocations.

/// About how many bytes of cells make a page (256 KiB). A page is passed on once it is larger.
pub const PAGE_BYTES: usize = 256 << 10;

/// Most characters of a record that are told.
const TOLD_CHARS: usize = 1000;

/// Some rows of the same width.
#[derive(Debug, Clone, Default)]
pub struct Page {
    width: usize,
    text: String,
    cells: Vec<Placed>,
    halves: Halves,
    /// In which rows, and how many in each.
    halved: Vec<(usize, u64)>,
    /// How many there are in the row under way.
    under_way: u64,
}

/// Halves of surrogate pairs, which are no characters, that became U+FFFD.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Halves {
    /// How many.
    pub count: u64,
    /// Where the first was met.
    pub first: Option<Met>,
}

/// A record that was met with something in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Met {
    /// Where it stands in the source, where that is known.
    pub place: Option<String>,
    /// Its text, cut at 1,000 characters.
    pub text: String,
}

impl Halves {
    /// Adds others, which were met later.
    pub fn add(&mut self, later: &Self) {
        self.count += later.count;
        if self.first.is_none() {
            self.first.clone_from(&later.first);
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Placed {
    kind: Kind,
    end: u32,
}

/// What a cell's text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// No value; the text is empty.
    Null,
    /// Text.
    Text,
    /// A number in JSON's spelling.
    Number,
    /// `true` or `false`.
    Bool,
    /// A JSON object or array.
    Json,
}

/// A cell: what it is, and its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell<'p> {
    /// What the text is.
    pub kind: Kind,
    /// The text, as the source wrote it.
    pub text: &'p str,
}

impl Page {
    /// An empty page of rows with `width` cells, at least one.
    pub fn new(width: usize) -> Self {
        assert!(width > 0, "a row has a cell");
        let text = String::with_capacity(PAGE_BYTES + PAGE_BYTES / 4);
        Self { width, text, ..Self::default() }
    }

    /// Appends a cell; every `width` of them are a row.
    pub fn push(&mut self, kind: Kind, text: &str) {
        self.text.push_str(text);
        let end = u32::try_from(self.text.len()).expect("pages are passed on long before 4 GiB");
        self.cells.push(Placed { kind, end });
    }

    /// Counts halves of surrogate pairs in the cell that was put there last. They count once the row is
    /// whole and [`Page::met`] is called.
    pub fn replaced(&mut self, halves: u64) {
        self.under_way += halves;
    }

    /// Counts what was replaced in the row that was put there last, and takes note of its record where it
    /// is the first of the page.
    pub fn met(&mut self, record: impl FnOnce() -> Met) {
        let count = std::mem::take(&mut self.under_way);
        if count > 0 {
            self.halved.push((self.len().saturating_sub(1), count));
            self.halves.add(&Halves { count, first: None });
            self.halves.first.get_or_insert_with(record);
        }
    }

    /// How many halves of surrogate pairs were replaced in a row.
    pub fn halves_in(&self, row: usize) -> u64 {
        let found = self.halved.binary_search_by_key(&row, |(row, _)| *row);
        found.map_or(0, |place| self.halved[place].1)
    }

    /// What was replaced on the way into its cells.
    pub fn halves(&self) -> &Halves {
        &self.halves
    }

    /// Takes back cells of a row that was not finished, or the last whole row.
    pub fn truncate(&mut self, rows: usize) {
        self.under_way = 0;
        self.cells.truncate(rows * self.width);
        self.text.truncate(self.cells.last().map_or(0, |cell| cell.end as usize));
    }

    /// How many cells a row has.
    pub fn width(&self) -> usize {
        self.width
    }

    /// How many whole rows there are.
    pub fn len(&self) -> usize {
        self.cells.len().checked_div(self.width).unwrap_or(0)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many bytes of text it holds.
    pub fn text_len(&self) -> usize {
        self.text.len()
    }

    /// Whether it is time to pass it on.
    pub fn is_full(&self) -> bool {
        self.text.len() >= PAGE_BYTES || self.cells.len() >= PAGE_BYTES / 4
    }

    /// The rows, in order.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        (0..self.len()).map(|row| Row { page: self, first: row * self.width })
    }
}

/// A row of a page.
#[derive(Debug, Clone, Copy)]
pub struct Row<'p> {
    page: &'p Page,
    first: usize,
}

impl<'p> Row<'p> {
    /// A cell by its column; panics beyond the row's width.
    pub fn cell(&self, column: usize) -> Cell<'p> {
        assert!(column < self.page.width, "the row has {} cells", self.page.width);
        let at = self.first + column;
        let start = if at == 0 { 0 } else { self.page.cells[at - 1].end as usize };
        let Placed { kind, end } = self.page.cells[at];
        Cell { kind, text: &self.page.text[start..end as usize] }
    }

    /// The first `width` cells as a person is told of them: one after the other, cut at 1,000
    /// characters.
    pub fn told(&self, width: usize) -> String {
        let cells: Vec<&str> = self.cells(width).map(|cell| cell.text).collect();
        cells.join(" ").chars().take(TOLD_CHARS).collect()
    }

    /// The first `width` cells, in order.
    pub fn cells(&self, width: usize) -> impl Iterator<Item = Cell<'p>> {
        let row = *self;
        (0..width).map(move |column| row.cell(column))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_come_back_as_they_went_in() {
        let mut page = Page::new(2);
        page.push(Kind::Number, "0.0");
        page.push(Kind::Null, "");
        page.push(Kind::Text, "ä");
        page.push(Kind::Bool, "true");
        let rows: Vec<Vec<Cell<'_>>> = page.rows().map(|row| row.cells(2).collect()).collect();
        assert_eq!(rows[0][0], Cell { kind: Kind::Number, text: "0.0" });
        assert_eq!(rows[0][1], Cell { kind: Kind::Null, text: "" });
        assert_eq!(rows[1][0].text, "ä");
        page.truncate(1);
        assert_eq!((page.len(), page.text_len()), (1, 3));
    }
}
