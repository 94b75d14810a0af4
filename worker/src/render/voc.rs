//! Pascal VOC: an XML file for each picture, with a box around each shape in whole pixels, of which
//! the first one is 1.

use pack::xml;
use proto::definition::Dataset;
use proto::fault::Fault;
use source::page::Row;

use super::{Render, Unrenderable};
use crate::dataset::{Categories, Form, LeftOut, Picture};

/// Writes annotations.
pub(super) struct Voc {
    dataset: Dataset,
    categories: Categories,
    left_out: LeftOut,
}

impl Voc {
    pub(super) fn new(dataset: &Dataset) -> Self {
        Self {
            dataset: dataset.clone(),
            categories: Categories::new(dataset),
            left_out: LeftOut::default(),
        }
    }

    fn element(&mut self, name: &str, text: &str, out: &mut Vec<u8>) {
        out.extend_from_slice(format!("<{name}>").as_bytes());
        self.left_out.characters += xml::content(text, out);
        out.extend_from_slice(format!("</{name}>\n").as_bytes());
    }
}

impl Render for Voc {
    fn row(&mut self, row: &Row<'_>, out: &mut Vec<u8>) -> Result<(), Unrenderable> {
        self.record(row, out)
    }

    fn record(&mut self, row: &Row<'_>, out: &mut Vec<u8>) -> Result<(), Unrenderable> {
        let picture = Picture::of(row, &self.dataset)?;
        let shapes = picture.shapes(&self.dataset)?;
        let (folder, file) = picture.path.rsplit_once('/').unwrap_or(("", &picture.path));
        out.extend_from_slice(b"<annotation>\n");
        self.element("folder", folder, out);
        self.element("filename", file, out);
        let (width, height) = (picture.width.round(), picture.height.round());
        let size = format!(
            "<size><width>{width}</width><height>{height}</height><depth>3</depth></size>\n<segmented>0</segmented>\n"
        );
        out.extend_from_slice(size.as_bytes());
        for shape in shapes {
            if self.categories.number(&shape.category).is_none() {
                self.left_out.category += 1;
                continue;
            }
            if matches!(shape.form, Form::Line | Form::Points) {
                self.left_out.form += 1;
                continue;
            }
            let [left, top, right, bottom] = shape.bounds();
            let (left, right) = pixels(left, right, width);
            let (top, bottom) = pixels(top, bottom, height);
            out.extend_from_slice(b"<object>\n");
            self.element("name", &shape.category, out);
            let rest = format!(
                "<pose>Unspecified</pose><truncated>0</truncated><difficult>0</difficult>\n\
                 <bndbox><xmin>{left}</xmin><ymin>{top}</ymin><xmax>{right}</xmax><ymax>{bottom}</ymax></bndbox>\n\
                 </object>\n"
            );
            out.extend_from_slice(rest.as_bytes());
        }
        out.extend_from_slice(b"</annotation>\n");
        Ok(())
    }

    fn replaced(&self) -> Option<Fault> {
        self.left_out.told("Pascal VOC")
    }
}

/// The first and the last pixel of a span, counted from 1, within the picture.
fn pixels(start: f64, end: f64, size: f64) -> (f64, f64) {
    let first = (start.round() + 1.0).clamp(1.0, size);
    (first, end.round().clamp(first, size.max(first)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_pixels_that_are_there() {
        assert_eq!(pixels(0.0, 10.0, 100.0), (1.0, 10.0));
        assert_eq!(pixels(-5.0, 500.0, 100.0), (1.0, 100.0));
        assert_eq!(pixels(7.2, 7.3, 100.0), (8.0, 8.0));
    }
}
