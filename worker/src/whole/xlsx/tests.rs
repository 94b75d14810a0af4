//! Sheets and their borders.

use std::io::{Read, Seek, SeekFrom};

use proto::definition::Output;
use source::page::{Kind, Page};

use super::super::beside::Thumbnail;
use super::*;

/// The names of the sheets, and how many rows each has.
fn sheets(max_rows: u32, tables: &[(&str, usize)]) -> Vec<(String, u32)> {
    let mut xlsx = Xlsx::new(tempfile::tempfile().unwrap(), None).unwrap();
    xlsx.max_rows = max_rows;
    let mut page = Page::new(1);
    page.push(Kind::Number, "1");
    for (name, rows) in tables {
        xlsx.table(name, &["n".to_owned()], None).unwrap();
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
        let mut xlsx = Xlsx::new(tempfile::tempfile().unwrap(), None).unwrap();
        xlsx.table("t", &["n".to_owned()], None).unwrap();
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
    let mut xlsx = Xlsx::new(tempfile::tempfile().unwrap(), None).unwrap();
    let columns = vec![String::new(); MAX_COLUMNS + 1];
    assert!(matches!(xlsx.table("t", &columns, None), Err(Refused::Unrenderable(_))));
}

/// A workbook of sheets of three rows, and what each row has beside it.
fn illustrated(beside: &[Beside]) -> Vec<u8> {
    let scratch = || tempfile::tempfile().unwrap();
    let mut xlsx = Xlsx::new(scratch(), Some(scratch())).unwrap();
    xlsx.max_rows = 3;
    let thumbnails = serde_json::from_str(r#"{"field": "file", "edge": 40}"#).unwrap();
    xlsx.table("t", &["n".to_owned()], Some(&thumbnails)).unwrap();
    let mut page = Page::new(1);
    page.push(Kind::Number, "7");
    for beside in beside {
        xlsx.beside(beside.clone());
        xlsx.row(&page.rows().next().unwrap()).unwrap();
    }
    let (mut file, _) = Box::new(xlsx).finish().unwrap();
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0)).unwrap();
    file.read_to_end(&mut bytes).unwrap();
    bytes
}

#[test]
fn pictures_stand_in_the_sheet_of_their_row() {
    let picture = |byte| {
        let bytes = vec![byte; 100];
        Beside::Picture(Thumbnail { bytes, width: 40, height: 30 })
    };
    let beside =
        [Beside::Nothing, picture(1), Beside::Name("b.pdf".to_owned()), picture(2), picture(3)];
    let bytes = illustrated(&beside);
    assert_eq!(bytes, illustrated(&beside));
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &bytes).unwrap();
    let read = |part: &str| {
        let mut unzip = std::process::Command::new("unzip");
        let said = unzip.arg("-p").arg(file.path()).arg(part).output().unwrap();
        String::from_utf8_lossy(&said.stdout).into_owned()
    };
    assert!(
        read("xl/worksheets/sheet1.xml").contains(
            "<row r=\"3\" ht=\"25.50\" customHeight=\"1\"><c r=\"B3\"><v>7</v></c></row>"
        )
    );
    assert!(read("xl/worksheets/sheet2.xml").contains("b.pdf</t></is></c><c r=\"B2\"><v>7</v>"));
    let rows = |part: &str| -> Vec<String> {
        let drawing = read(part);
        let after = drawing.split("<xdr:from>").skip(1);
        after.map(|from| from.split(['>', '<']).nth(10).unwrap().to_owned()).collect()
    };
    assert_eq!(rows("xl/drawings/drawing1.xml"), ["2"]);
    assert_eq!(rows("xl/drawings/drawing2.xml"), ["2"]);
    assert_eq!(rows("xl/drawings/drawing3.xml"), ["1"]);
    for (nth, byte) in [(1, "\u{1}"), (2, "\u{2}"), (3, "\u{3}")] {
        assert_eq!(read(&format!("xl/media/image{nth}.jpeg")), byte.repeat(100));
        let relations = read(&format!("xl/drawings/_rels/drawing{nth}.xml.rels"));
        assert!(relations.contains(&format!("Target=\"../media/image{nth}.jpeg\"")));
        let relations = read(&format!("xl/worksheets/_rels/sheet{nth}.xml.rels"));
        assert!(relations.contains(&format!("Target=\"../drawings/drawing{nth}.xml\"")));
    }
    let kinds = read("[[]Content_Types].xml");
    assert!(kinds.contains("<Override PartName=\"/xl/drawings/drawing3.xml\""));
    assert!(!kinds.contains("drawing4.xml"));
}

#[test]
fn there_is_room_for_the_kinds_of_all_parts() {
    let most = parts::content_types_with(MAX_DRAWINGS).len();
    assert_eq!(parts::most_content_types(), most);
    assert!(most < 64 << 10);
}
