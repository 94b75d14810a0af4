//! Sheets and their borders.

use std::io::{Read, Seek, SeekFrom};

use proto::definition::Output;
use source::page::{Kind, Page};

use super::*;

/// The names of the sheets, and how many rows each has.
fn sheets(max_rows: u32, tables: &[(&str, usize)]) -> Vec<(String, u32)> {
    let mut xlsx = Xlsx::new(tempfile::tempfile().unwrap()).unwrap();
    xlsx.max_rows = max_rows;
    let mut page = Page::new(1);
    page.push(Kind::Number, "1");
    for (name, rows) in tables {
        xlsx.table(name, &["n".to_owned()]).unwrap();
        for _ in 0..*rows {
            xlsx.row(&page.rows().next().unwrap()).unwrap();
        }
    }
    xlsx.end_sheet().unwrap();
    xlsx.sheets.iter().map(|sheet| (sheet.name.clone(), sheet.rows)).collect()
}

#[test]
fn a_table_that_is_longer_than_a_sheet_goes_on_in_another() {
    let named = |names: &[(&str, u32)]| -> Vec<(String, u32)> {
        names.iter().map(|(name, rows)| ((*name).to_owned(), *rows)).collect()
    };
    assert_eq!(sheets(4, &[("a", 0)]), named(&[("a", 1)]));
    assert_eq!(sheets(4, &[("a", 3)]), named(&[("a", 4)]));
    assert_eq!(sheets(4, &[("a", 7)]), named(&[("a", 4), ("a 2", 4), ("a 3", 2)]));
    assert_eq!(
        sheets(4, &[("a 2", 1), ("A", 4), ("a", 1)]),
        named(&[("a 2", 2), ("A", 4), ("A 3", 2), ("a 4", 2)])
    );
}

#[test]
fn a_sheet_is_called_as_its_file_where_nothing_else_is_said() {
    let name = |to: &str| {
        let json = serde_json::json!({"to": to, "from": "s", "format": "xlsx"});
        sheet_name(&serde_json::from_value::<Output>(json).unwrap())
    };
    assert_eq!(name("a/flights.xlsx"), "flights");
    assert_eq!(name("it's [x].xlsx"), "it_s _x_");
    assert_eq!(name("history.xlsx"), "Sheet");
    assert_eq!(name(&format!("{}.xlsx", "n".repeat(50))).len(), 31);
}

#[test]
fn the_same_rows_give_the_same_bytes() {
    let bytes = || {
        let mut xlsx = Xlsx::new(tempfile::tempfile().unwrap()).unwrap();
        xlsx.table("t", &["n".to_owned()]).unwrap();
        let (mut file, replaced) = Box::new(xlsx).finish().unwrap();
        assert_eq!(replaced, None);
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(0)).unwrap();
        file.read_to_end(&mut bytes).unwrap();
        bytes
    };
    assert_eq!(bytes(), bytes());
    assert!(bytes().starts_with(b"PK\x03\x04"));
}

#[test]
fn more_columns_than_a_sheet_has_are_refused() {
    let mut xlsx = Xlsx::new(tempfile::tempfile().unwrap()).unwrap();
    let columns = vec![String::new(); MAX_COLUMNS + 1];
    assert!(matches!(xlsx.table("t", &columns), Err(Refused::Unrenderable(_))));
}
