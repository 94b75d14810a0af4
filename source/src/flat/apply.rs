//! Pages of records as pages of rows with the columns of the plan.

use std::ops::Range;

use proto::plan::Column;

use super::rules::{Field, Rule, Rules};
use super::scatter::{Taker, Value, scatter};
use super::tree::Tree;
use crate::page::{Halves, Kind, Met, Page, Row};
use crate::walk::{Malformed, Walk, unescape};

/// Takes the pages of a batch apart.
#[derive(Debug)]
pub struct Flattener {
    rules: Rules,
    tree: Tree,
    /// The column of each place, where it is one.
    columns: Vec<Option<usize>>,
    /// What stands between the values of a column that holds several.
    between: Vec<Option<String>>,
    /// The values of a row that are put together anew.
    texts: Texts,
    page: Option<Page>,
}

#[derive(Debug, Default)]
struct Texts {
    scratch: String,
    /// For each column, the values that stand in one cell.
    joined: Vec<String>,
    halves: Halves,
}

/// What a row has in a column.
#[derive(Debug, Clone)]
struct Found<'p> {
    kind: Kind,
    text: Text<'p>,
}

#[derive(Debug, Clone)]
enum Text<'p> {
    Page(&'p str),
    Scratch(Range<usize>),
    Joined,
}

impl Flattener {
    /// By the rules of the definition, into the columns of the plan.
    pub fn new(rules: Rules, columns: &[Column]) -> Self {
        let mut tree = Tree::new(rules.fields.len());
        let mut of_places = vec![None; tree.len()];
        let mut between = Vec::with_capacity(columns.len());
        for (number, column) in columns.iter().enumerate() {
            let field = column.field as usize;
            let node = tree.place(field, &column.path);
            of_places.resize(tree.len(), None);
            of_places[node] = Some(number);
            let is_joined = tree.is_joined(node);
            between.push(is_joined.then(|| rules.fields[field].rule.between().to_owned()));
        }
        let joined = vec![String::new(); columns.len()];
        let texts = Texts { joined, ..Texts::default() };
        Self { rules, tree, columns: of_places, between, texts, page: None }
    }

    /// Hands on the rows of a page, in pages of their own. What its rows have beyond the fields comes
    /// after the columns.
    pub fn rows<E: From<Malformed>>(
        &mut self,
        page: &Page,
        mut use_it: impl FnMut(&Page) -> Result<(), E>,
    ) -> Result<(), E> {
        let (fields, width) = (self.rules.fields.len(), self.between.len());
        let besides = page.width() - fields;
        let mut rows = self.page.take().unwrap_or_else(|| Page::new((width + besides).max(1)));
        rows.truncate(0);
        let none = Found { kind: Kind::Null, text: Text::Page("") };
        let mut found = vec![none.clone(); width];
        for row in page.rows() {
            found.fill(none.clone());
            self.row(&row, &mut found)?;
            let Halves { count, first } = &mut self.texts.halves;
            if *count > 0 && first.is_none() {
                *first = Some(Met { place: None, text: row.told(fields) });
            }
            for (number, Found { kind, text }) in found.iter().enumerate() {
                let text = match text {
                    Text::Page(text) => text,
                    Text::Scratch(range) => &self.texts.scratch[range.clone()],
                    Text::Joined => &self.texts.joined[number],
                };
                rows.push(*kind, text);
            }
            if width + besides == 0 {
                // A table without columns has rows all the same.
                rows.push(Kind::Null, "");
            }
            for cell in row.cells(page.width()).skip(fields) {
                rows.push(cell.kind, cell.text);
            }
            if rows.is_full() {
                use_it(&rows)?;
                rows.truncate(0);
            }
        }
        if !rows.is_empty() {
            use_it(&rows)?;
        }
        self.page = Some(rows);
        Ok(())
    }

    /// The halves of surrogate pairs that were replaced by U+FFFD so far.
    pub fn replaced(&self) -> &Halves {
        &self.texts.halves
    }

    fn row<'p>(&mut self, row: &Row<'p>, found: &mut [Found<'p>]) -> Result<(), Malformed> {
        self.texts.scratch.clear();
        let Self { rules, tree, columns, between, texts, .. } = self;
        let mut filling = Filling { tree, columns, between, texts, found };
        for (field, cell) in row.cells(rules.fields.len()).enumerate() {
            let Field { rule, .. } = &rules.fields[field];
            if cell.kind == Kind::Json && *rule != Rule::Whole {
                scatter(rule, field, &mut Walk::new(cell.text), &mut filling)?;
            } else {
                filling.take(field, Value::Cell(cell.kind, cell.text))?;
            }
        }
        Ok(())
    }
}

struct Filling<'f, 'p> {
    tree: &'f mut Tree,
    columns: &'f [Option<usize>],
    between: &'f [Option<String>],
    texts: &'f mut Texts,
    found: &'f mut [Found<'p>],
}

impl<'p> Taker<'p> for Filling<'_, 'p> {
    fn key(&mut self, node: usize, key: &str) -> Option<usize> {
        self.tree.key(node, key)
    }

    fn item(&mut self, node: usize, nth: u32) -> Option<usize> {
        self.tree.item(node, nth)
    }

    fn each(&mut self, node: usize) -> Option<usize> {
        self.tree.each(node)
    }

    fn take(&mut self, node: usize, value: Value<'p>) -> Result<(), Malformed> {
        let Some(number) = self.columns[node] else { return Ok(()) };
        let Texts { scratch, joined, halves } = &mut *self.texts;
        let found = &mut self.found[number];
        if let Some(between) = &self.between[number] {
            let joined = &mut joined[number];
            if matches!(value, Value::Cell(Kind::Null, _)) {
                return Ok(());
            }
            if found.kind == Kind::Null {
                *found = Found { kind: Kind::Text, text: Text::Joined };
                joined.clear();
            } else {
                joined.push_str(between);
            }
            match value {
                Value::Cell(_, text) => joined.push_str(text),
                Value::Escaped(raw) => {
                    halves.count += unescape(raw, |piece| joined.push_str(piece))?;
                }
            }
            return Ok(());
        }
        *found = match value {
            Value::Cell(kind, text) => Found { kind, text: Text::Page(text) },
            Value::Escaped(raw) => {
                let start = scratch.len();
                halves.count += unescape(raw, |piece| scratch.push_str(piece))?;
                Found { kind: Kind::Text, text: Text::Scratch(start..scratch.len()) }
            }
        };
        Ok(())
    }
}
