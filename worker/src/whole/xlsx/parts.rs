//! The parts of a workbook around its cells.

use std::fmt::Write;

use pack::xml;

use super::MAX_NAME;
use super::cell::letters;
use super::drawing::{self, MAX_DRAWINGS};

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";

/// A sheet that was written.
pub(super) struct Sheet {
    pub(super) name: String,
    pub(super) columns: usize,
    pub(super) rows: u32,
}

/// The kinds of parts. Sheets are the default, so that their number need not be known.
const OPEN_CONTENT_TYPES: &str = concat!(
    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n",
    "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">",
    "<Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>",
    "<Default Extension=\"xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/>",
    "<Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/>",
    "<Override PartName=\"/xl/styles.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml\"/>",
);

/// The kinds of parts of a workbook without pictures.
pub(super) fn content_types() -> String {
    format!("{OPEN_CONTENT_TYPES}</Types>")
}

/// The kinds of parts of a workbook with so many drawings.
pub(super) fn content_types_with(drawings: usize) -> String {
    let jpeg = "<Default Extension=\"jpeg\" ContentType=\"image/jpeg\"/>";
    let mut out = format!("{OPEN_CONTENT_TYPES}{jpeg}");
    (1..=drawings).for_each(|drawing| drawing::content_type(drawing, &mut out));
    out.push_str("</Types>");
    out
}

/// How long that may become, in bytes.
pub(super) fn most_content_types() -> usize {
    content_types_with(MAX_DRAWINGS).len()
}

/// Where the workbook is.
pub(super) const RELATIONS: &str = concat!(
    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n",
    "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">",
    "<Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/>",
    "</Relationships>",
);

/// Two styles: plain, and bold for headers.
pub(super) const STYLES: &str = concat!(
    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n",
    "<styleSheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">",
    "<fonts count=\"2\"><font><sz val=\"11\"/><name val=\"Calibri\"/></font>",
    "<font><b/><sz val=\"11\"/><name val=\"Calibri\"/></font></fonts>",
    "<fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill>",
    "<fill><patternFill patternType=\"gray125\"/></fill></fills>",
    "<borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders>",
    "<cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/></cellStyleXfs>",
    "<cellXfs count=\"2\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\"/>",
    "<xf numFmtId=\"0\" fontId=\"1\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyFont=\"1\"/></cellXfs>",
    "<cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles>",
    "</styleSheet>",
);

/// What a sheet begins with: its first row stays in sight.
const OPEN_SHEET: &str = concat!(
    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n",
    "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">",
    "<sheetViews><sheetView workbookViewId=\"0\">",
    "<pane ySplit=\"1\" topLeftCell=\"A2\" activePane=\"bottomLeft\" state=\"frozen\"/>",
    "<selection pane=\"bottomLeft\"/></sheetView></sheetViews>",
);

/// Appends what a sheet begins with; `edge` is that of the pictures in its first column.
pub(super) fn open_sheet(edge: Option<u16>, out: &mut Vec<u8>) {
    out.extend_from_slice(OPEN_SHEET.as_bytes());
    if let Some(edge) = edge {
        let width = drawing::column_width(edge);
        let column =
            format!("<cols><col min=\"1\" max=\"1\" width=\"{width}\" customWidth=\"1\"/></cols>");
        out.extend_from_slice(column.as_bytes());
    }
    out.extend_from_slice(b"<sheetData>");
}

/// Appends what a sheet ends with: its columns can be filtered, and pictures lie over it.
pub(super) fn close_sheet(sheet: &Sheet, has_pictures: bool, out: &mut Vec<u8>) {
    out.extend_from_slice(b"</sheetData>");
    if sheet.columns > 0 {
        let last = letters(sheet.columns - 1);
        let filter = format!("<autoFilter ref=\"A1:{last}{}\"/>", sheet.rows);
        out.extend_from_slice(filter.as_bytes());
    }
    if has_pictures {
        let drawing = format!("<drawing xmlns:r=\"{OFFICE}\" r:id=\"rId1\"/>");
        out.extend_from_slice(drawing.as_bytes());
    }
    out.extend_from_slice(b"</worksheet>");
}

/// Where a sheet lies, counted from 1.
pub(super) fn sheet_path(number: usize) -> String {
    format!("xl/worksheets/sheet{number}.xml")
}

/// The list of sheets, with what is filtered in them, which some programs look for here.
pub(super) fn workbook(sheets: &[Sheet]) -> Vec<u8> {
    let mut out =
        format!("{HEAD}<workbook xmlns=\"{MAIN}\" xmlns:r=\"{OFFICE}\"><sheets>").into_bytes();
    for (number, sheet) in (1..).zip(sheets) {
        out.extend_from_slice(b"<sheet name=\"");
        xml::attribute(&sheet.name, &mut out);
        let rest = format!("\" sheetId=\"{number}\" r:id=\"rId{number}\"/>");
        out.extend_from_slice(rest.as_bytes());
    }
    out.extend_from_slice(b"</sheets>");
    if sheets.iter().any(|sheet| sheet.columns > 0) {
        out.extend_from_slice(b"<definedNames>");
        for (number, sheet) in sheets.iter().enumerate().filter(|(_, sheet)| sheet.columns > 0) {
            let open = format!(
                "<definedName name=\"_xlnm._FilterDatabase\" localSheetId=\"{number}\" hidden=\"1\">'"
            );
            out.extend_from_slice(open.as_bytes());
            xml::content(&sheet.name.replace('\'', "''"), &mut out);
            let last = letters(sheet.columns - 1);
            let close = format!("'!$A$1:${last}${}</definedName>", sheet.rows);
            out.extend_from_slice(close.as_bytes());
        }
        out.extend_from_slice(b"</definedNames>");
    }
    out.extend_from_slice(b"</workbook>");
    out
}

/// Where the sheets and the styles are.
pub(super) fn workbook_relations(sheets: usize) -> String {
    let mut out = format!(
        "{HEAD}<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
    );
    for number in 1..=sheets {
        write!(
            out,
            "<Relationship Id=\"rId{number}\" Type=\"{OFFICE}/worksheet\" Target=\"worksheets/sheet{number}.xml\"/>"
        )
        .expect("a string takes everything");
    }
    let styles = sheets + 1;
    write!(
        out,
        "<Relationship Id=\"rId{styles}\" Type=\"{OFFICE}/styles\" Target=\"styles.xml\"/></Relationships>"
    )
    .expect("a string takes everything");
    out
}

/// What a table's sheet is called, the first one as the table; no two are called the same, whatever
/// the case.
pub(super) fn distinct(table: &str, nth: u32, sheets: &[Sheet]) -> String {
    let is_taken =
        |name: &str| sheets.iter().any(|sheet| sheet.name.to_lowercase() == name.to_lowercase());
    if nth == 1 && !is_taken(table) {
        return table.to_owned();
    }
    let names = (nth.max(2)..).map(|nth| {
        let suffix = format!(" {nth}");
        let stem: String = table.chars().take(MAX_NAME - suffix.len()).collect();
        format!("{stem}{suffix}")
    });
    names.into_iter().find(|name| !is_taken(name)).unwrap_or_default()
}
