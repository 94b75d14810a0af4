//! The parts of a workbook that place pictures: each within a cell of the first column, so that it goes
//! with its row, also where rows are sorted or hidden by a filter.

use std::fmt::Write;

/// Most sheets that have pictures, for all kinds of parts are listed before the first sheet.
pub(super) const MAX_DRAWINGS: usize = 256;

/// How many pixels there are around a picture.
const MARGIN: u32 = 2;

/// EMU, in which drawings are measured, of a pixel: 914,400 an inch of 96 pixels.
const EMU: u32 = 9525;

/// A picture's size in pixels, and its row, counted from 1.
pub(super) struct Anchor {
    pub(super) row: u32,
    pub(super) width: u32,
    pub(super) height: u32,
}

pub(super) const OPEN: &str = concat!(
    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n",
    "<xdr:wsDr xmlns:xdr=\"http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing\"",
    " xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\"",
    " xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\">",
);

pub(super) const CLOSE: &str = "</xdr:wsDr>";

pub(super) const OPEN_RELATIONS: &str = concat!(
    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n",
    "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">",
);

pub(super) const CLOSE_RELATIONS: &str = "</Relationships>";

/// How high the row of a picture is, in hundredths of a point; a pixel is three quarters of one.
pub(super) fn row_height(height: u32) -> u32 {
    (height + 2 * MARGIN) * 75
}

/// How wide the column of pictures of this edge is, in characters of 7 pixels.
pub(super) fn column_width(edge: u16) -> u32 {
    ((u32::from(edge) + 2 * MARGIN).div_ceil(7) + 1).max(10)
}

/// Appends the place of a sheet's nth picture.
pub(super) fn anchor(nth: usize, anchor: &Anchor, out: &mut String) {
    let Anchor { row, width, height } = anchor;
    let row = row - 1;
    let [near, right, below] = [0, *width, *height].map(|pixels| (MARGIN + pixels) * EMU);
    let [cx, cy] = [width, height].map(|pixels| pixels * EMU);
    let id = nth + 1;
    write!(
        out,
        "<xdr:twoCellAnchor editAs=\"twoCell\">\
         <xdr:from><xdr:col>0</xdr:col><xdr:colOff>{near}</xdr:colOff><xdr:row>{row}</xdr:row><xdr:rowOff>{near}</xdr:rowOff></xdr:from>\
         <xdr:to><xdr:col>0</xdr:col><xdr:colOff>{right}</xdr:colOff><xdr:row>{row}</xdr:row><xdr:rowOff>{below}</xdr:rowOff></xdr:to>\
         <xdr:pic><xdr:nvPicPr><xdr:cNvPr id=\"{id}\" name=\"Picture {nth}\"/><xdr:cNvPicPr><a:picLocks noChangeAspect=\"1\"/></xdr:cNvPicPr></xdr:nvPicPr>\
         <xdr:blipFill><a:blip r:embed=\"rId{nth}\"/><a:stretch><a:fillRect/></a:stretch></xdr:blipFill>\
         <xdr:spPr><a:xfrm><a:off x=\"0\" y=\"0\"/><a:ext cx=\"{cx}\" cy=\"{cy}\"/></a:xfrm><a:prstGeom prst=\"rect\"><a:avLst/></a:prstGeom></xdr:spPr>\
         </xdr:pic><xdr:clientData/></xdr:twoCellAnchor>"
    )
    .expect("a string takes everything");
}

/// Appends which picture of the workbook a drawing's nth one is.
pub(super) fn relation(nth: usize, picture: usize, out: &mut String) {
    write!(
        out,
        "<Relationship Id=\"rId{nth}\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/image\" Target=\"../media/image{picture}.jpeg\"/>"
    )
    .expect("a string takes everything");
}

/// Where a sheet's drawing is.
pub(super) fn sheet_relations(drawing: usize) -> String {
    format!(
        "{OPEN_RELATIONS}<Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/drawing\" Target=\"../drawings/drawing{drawing}.xml\"/>{CLOSE_RELATIONS}"
    )
}

/// Appends what a kind of part a drawing is.
pub(super) fn content_type(drawing: usize, out: &mut String) {
    write!(
        out,
        "<Override PartName=\"/{}\" ContentType=\"application/vnd.openxmlformats-officedocument.drawing+xml\"/>",
        path(drawing)
    )
    .expect("a string takes everything");
}

pub(super) fn sheet_relations_path(sheet: usize) -> String {
    format!("xl/worksheets/_rels/sheet{sheet}.xml.rels")
}

pub(super) fn path(drawing: usize) -> String {
    format!("xl/drawings/drawing{drawing}.xml")
}

pub(super) fn relations_path(drawing: usize) -> String {
    format!("xl/drawings/_rels/drawing{drawing}.xml.rels")
}

pub(super) fn picture_path(picture: usize) -> String {
    format!("xl/media/image{picture}.jpeg")
}
