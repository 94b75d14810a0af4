//! How rows are written as CSV, under the names that Python has for it.

use super::processor::Step;
use super::reading::{Reading, at};

/// How CSV is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    /// Whether the first line has the names of the columns.
    pub has_header: bool,
    /// What stands between cells.
    pub delimiter: u8,
    /// What stands at the end of a row.
    pub line_end: LineEnd,
    /// What has quotes around it.
    pub quotes: Quotes,
}

/// What stands at the end of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineEnd {
    /// A line feed.
    Lf,
    /// A carriage return and a line feed.
    CrLf,
}

/// What has quotes around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quotes {
    /// Cells that would be read otherwise without.
    Needed,
    /// Every cell.
    Always,
}

impl Default for Dialect {
    fn default() -> Self {
        Self { has_header: true, delimiter: b',', line_end: LineEnd::Lf, quotes: Quotes::Needed }
    }
}

impl Dialect {
    pub(super) fn read(step: &Step, reading: &mut Reading) -> Self {
        let mut dialect = Self::default();
        if let Some(name) = reading.text_of(&step.place, &step.params, "csv_dialect") {
            match named(&name) {
                Some((delimiter, line_end, quotes)) => {
                    dialect = Self { delimiter, line_end, quotes, ..dialect };
                }
                None => {
                    let message = format!("there is no dialect {name:?}");
                    let hint = "write excel, excel-tab, unix or unix_tab, or leave it out";
                    reading.failed(&at(&step.place, "csv_dialect"), message, hint);
                }
            }
        }
        let has_header = reading.switch_of(&step.place, &step.params, "include_header");
        Self { has_header: has_header.unwrap_or(true), ..dialect }
    }
}

fn named(name: &str) -> Option<(u8, LineEnd, Quotes)> {
    match name {
        "unix_dialect" => Some((b',', LineEnd::Lf, Quotes::Needed)),
        "excel" => Some((b',', LineEnd::CrLf, Quotes::Needed)),
        "excel-tab" => Some((b'\t', LineEnd::CrLf, Quotes::Needed)),
        "unix" => Some((b',', LineEnd::Lf, Quotes::Always)),
        "unix_tab" => Some((b'\t', LineEnd::Lf, Quotes::Always)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn dialect(params: &Value) -> (Dialect, usize) {
        let mut reading = Reading::default();
        let params = params.as_object().unwrap().clone();
        let step = Step { name: "json2csv", params, place: "/p".to_owned() };
        let dialect = Dialect::read(&step, &mut reading);
        (dialect, reading.mistakes.len())
    }

    #[test]
    fn dialects_have_the_names_that_python_knows() {
        let usual = Dialect::default();
        assert_eq!(dialect(&json!({})), (usual, 0));
        assert_eq!(dialect(&json!({"csv_dialect": "unix_dialect"})), (usual, 0));
        let expected = Dialect { delimiter: b'\t', line_end: LineEnd::CrLf, ..usual };
        assert_eq!(dialect(&json!({"csv_dialect": "excel-tab"})), (expected, 0));
        let expected = Dialect { has_header: false, quotes: Quotes::Always, ..usual };
        let given = json!({"csv_dialect": "unix", "include_header": "false"});
        assert_eq!(dialect(&given), (expected, 0));
        assert_eq!(dialect(&json!({"csv_dialect": "nope"})), (usual, 1));
    }
}
