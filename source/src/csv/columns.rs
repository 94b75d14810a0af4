//! Which fields of a record are wanted, as what, and under which conditions.

use proto::filter::{Condition, Where};
use proto::source::CellType;

use super::split::Fields;
use crate::SourceError;
use crate::json::{self, Decoded};
use crate::page::{Kind, Page};

/// What a survey says of a cell that is none.
const NOT_AVAILABLE: &str = "NA";

/// The cells of a row, and the conditions it must meet.
#[derive(Debug)]
pub(super) struct Columns {
    /// How many fields a record has.
    known: Vec<String>,
    cells: Vec<Column>,
    filter: Vec<(Column, Condition)>,
}

#[derive(Debug, Clone, Copy)]
struct Column {
    place: usize,
    cell: CellType,
}

/// Whether a record is part of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// Its cells are in the page.
    Row,
    /// It does not meet the conditions.
    LeftOut,
}

/// Why a record is broken.
pub(super) type Broken = String;

impl Columns {
    /// The columns of fields and besides, found in a header.
    pub(super) fn new(
        header: &[String],
        types: &[(String, CellType)],
        fields: &[String],
        besides: &[String],
        filter: &Where,
    ) -> Result<Self, SourceError> {
        let column = |name: &String| {
            let place = header.iter().position(|field| field == name);
            let place = place.ok_or_else(|| unknown(name, header))?;
            let cell = types.iter().find(|(field, _)| field == name);
            Ok(Column { place, cell: cell.map_or(CellType::Text, |(_, cell)| *cell) })
        };
        let cells: Result<Vec<Column>, SourceError> =
            fields.iter().chain(besides).map(column).collect();
        let filter: Result<Vec<(Column, Condition)>, SourceError> =
            filter.iter().map(|(name, condition)| Ok((column(name)?, condition.clone()))).collect();
        Ok(Self { known: header.to_vec(), cells: cells?, filter: filter? })
    }

    /// How many cells a row has.
    pub(super) fn width(&self) -> usize {
        self.cells.len()
    }

    /// Puts a record's cells into a page, some of them only where it is broken.
    pub(super) fn take(&self, fields: Fields<'_>, page: &mut Page) -> Result<Taken, Broken> {
        if fields.len() != self.known.len() {
            return Err(format!(
                "the record has {} fields, the header {}",
                fields.len(),
                self.known.len()
            ));
        }
        for (column, condition) in &self.filter {
            let meets = self.cell(*column, fields, |kind, text, _| {
                condition.matches((kind != Kind::Null).then_some(text))
            })?;
            if !meets {
                return Ok(Taken::LeftOut);
            }
        }
        for column in &self.cells {
            self.cell(*column, fields, |kind, text, halves| {
                page.push(kind, text);
                page.replaced(halves);
            })?;
        }
        Ok(Taken::Row)
    }

    /// Hands a cell on as what its column holds, with how many halves of surrogate pairs were replaced.
    fn cell<T>(
        &self,
        column: Column,
        fields: Fields<'_>,
        on: impl FnOnce(Kind, &str, u64) -> T,
    ) -> Result<T, Broken> {
        let text = fields.get(column.place);
        let broken = |what: &str| {
            let shown: String = text.chars().take(100).collect();
            format!("{shown:?} in the field {:?} is {what}", self.known[column.place])
        };
        let is_null = text.is_empty() || text == NOT_AVAILABLE;
        match column.cell {
            CellType::Text => Ok(on(Kind::Text, text, 0)),
            CellType::Number if is_null => Ok(on(Kind::Null, "", 0)),
            CellType::Number if json::is_number(text) => Ok(on(Kind::Number, text, 0)),
            CellType::Number => Err(broken("no number")),
            CellType::Boolean if is_null => Ok(on(Kind::Null, "", 0)),
            CellType::Boolean if matches!(text, "true" | "false") => Ok(on(Kind::Bool, text, 0)),
            CellType::Boolean => Err(broken("neither true nor false")),
            CellType::Json if text.is_empty() => Ok(on(Kind::Null, "", 0)),
            CellType::Json => {
                let raw: &serde_json::value::RawValue = serde_json::from_str(text)
                    .map_err(|error| broken(&format!("no JSON: {error}")))?;
                if json::is_too_deep(raw.get()) {
                    return Err(broken("JSON nested too deep"));
                }
                let Decoded { kind, text, halves } = json::decoded(raw.get())
                    .map_err(|error| broken(&format!("no JSON: {error}")))?;
                Ok(on(kind, &text, halves))
            }
        }
    }
}

/// A field that the header does not name.
pub(super) fn unknown(field: &str, header: &[String]) -> SourceError {
    SourceError::UnknownField { field: field.to_owned(), known: proto::abridged::list(header) }
}

#[cfg(test)]
mod tests {
    use super::super::split::Splitter;
    use super::*;

    fn check(cell: CellType, text: &str, expected: Result<(Kind, &str), &str>) {
        let header = ["f".to_owned()];
        let types = [("f".to_owned(), cell)];
        let columns = Columns::new(&header, &types, &header, &[], &Where::new()).unwrap();
        let mut splitter = Splitter::new(b',');
        let quoted = format!("\"{}\"", text.replace('"', "\"\""));
        let fields = splitter.split(quoted.as_bytes(), true).unwrap();
        let mut page = Page::new(1);
        match columns.take(fields, &mut page) {
            Ok(_) => {
                let row = page.rows().next().unwrap();
                assert_eq!(Ok((row.cell(0).kind, row.cell(0).text)), expected);
            }
            Err(why) => assert_eq!(Err(why.as_str()), expected),
        }
    }

    #[test]
    fn cells_are_what_their_column_holds() {
        check(CellType::Text, "NA", Ok((Kind::Text, "NA")));
        check(CellType::Number, "NA", Ok((Kind::Null, "")));
        check(CellType::Number, "1e400", Ok((Kind::Number, "1e400")));
        check(CellType::Boolean, "true", Ok((Kind::Bool, "true")));
        check(CellType::Boolean, "", Ok((Kind::Null, "")));
        check(CellType::Json, "{\"a\": 1.0}", Ok((Kind::Json, "{\"a\": 1.0}")));
        check(CellType::Json, " \"x\" ", Ok((Kind::Text, "x")));
    }

    #[test]
    fn what_a_column_cannot_hold_is_named() {
        check(CellType::Number, "007", Err("\"007\" in the field \"f\" is no number"));
        check(
            CellType::Boolean,
            "yes",
            Err("\"yes\" in the field \"f\" is neither true nor false"),
        );
    }

    #[test]
    fn unknown_fields_are_told_with_the_known_ones() {
        let header = ["a".to_owned(), "b".to_owned()];
        let error = Columns::new(&header, &[], &["c".to_owned()], &[], &Where::new()).unwrap_err();
        assert_eq!(error.to_string(), "the source has no field \"c\"; it has a, b");
    }
}
