//! YOLO: a text for each picture with a line for each shape, its category's number and its place in
//! parts of the picture. What the numbers stand for is in a file of its own, which is all text around
//! no records: `pack::frame`'s.

use proto::definition::Dataset;
use proto::fault::Fault;
use source::page::Row;

use super::{Render, Unrenderable};
use crate::dataset::{Categories, Form, LeftOut, Picture};

/// Writes labels.
pub(super) struct Yolo {
    dataset: Dataset,
    categories: Categories,
    left_out: LeftOut,
}

impl Yolo {
    pub(super) fn new(dataset: &Dataset) -> Self {
        Self {
            dataset: dataset.clone(),
            categories: Categories::new(dataset),
            left_out: LeftOut::default(),
        }
    }
}

impl Render for Yolo {
    /// The file of names has no records.
    fn row(&mut self, _row: &Row<'_>, _out: &mut Vec<u8>) -> Result<(), Unrenderable> {
        Ok(())
    }

    /// A line of centre and size for each box, or of corners for each shape where one is a polygon:
    /// readers tell by a text's longest line which of the two its numbers are.
    fn record(&mut self, row: &Row<'_>, out: &mut Vec<u8>) -> Result<(), Unrenderable> {
        let picture = Picture::of(row, &self.dataset)?;
        let mut shapes = Vec::new();
        for shape in picture.shapes(&self.dataset)? {
            match (self.categories.number(&shape.category), shape.form) {
                (None, _) => self.left_out.category += 1,
                (Some(_), Form::Line | Form::Points) => self.left_out.form += 1,
                // Two corners would be taken for a centre and a size.
                (Some(_), Form::Polygon) if shape.points.len() < 3 => self.left_out.form += 1,
                (Some(category), Form::Box | Form::Polygon) => shapes.push((category, shape)),
            }
        }
        let has_polygons = shapes.iter().any(|(_, shape)| shape.form == Form::Polygon);
        for (category, shape) in shapes {
            let [left, top, right, bottom] = shape.bounds();
            out.extend_from_slice(category.to_string().as_bytes());
            let places = match shape.form {
                Form::Box if has_polygons => {
                    vec![(left, top), (right, top), (right, bottom), (left, bottom)]
                }
                Form::Box => {
                    let centre = (f64::midpoint(left, right), f64::midpoint(top, bottom));
                    vec![centre, (right - left, bottom - top)]
                }
                Form::Polygon | Form::Line | Form::Points => shape.points,
            };
            for (x, y) in places {
                // Parts of a picture beyond its border are not in it.
                let [x, y] = [x / picture.width, y / picture.height].map(|at| at.clamp(0.0, 1.0));
                out.extend_from_slice(format!(" {x:.6} {y:.6}").as_bytes());
            }
            out.push(b'\n');
        }
        Ok(())
    }

    fn replaced(&self) -> Option<Fault> {
        self.left_out.told("YOLO")
    }
}

#[cfg(test)]
mod tests {
    use source::page::Kind;

    use super::super::testing::{page, record};
    use super::*;

    fn check(shapes: &str, expected: &str) -> Option<Fault> {
        let dataset: Dataset =
            serde_json::from_str(r#"{"categories": ["car", "boat"], "pixels": true}"#).unwrap();
        let mut yolo = Yolo::new(&dataset);
        let page = page(&[&[
            (Kind::Text, "a.jpg"),
            (Kind::Number, "200"),
            (Kind::Number, "100"),
            (Kind::Json, shapes),
        ]]);
        assert_eq!(record(&mut yolo, &page), expected);
        yolo.replaced()
    }

    #[test]
    fn boxes_are_lines_of_centre_and_size() {
        let told = check(
            r#"[{"category": "boat", "points": [[10, 20], [30, 100]]},
                {"category": "tree", "points": [[0, 0], [1, 1]]},
                {"category": "car", "points": [[5, 5]]}]"#,
            "1 0.100000 0.600000 0.100000 0.800000\n",
        );
        let told = told.unwrap().message;
        assert!(told.contains("1 of an unknown category, 1 of a form"), "{told}");
    }

    #[test]
    fn beside_a_polygon_boxes_are_their_corners() {
        let told = check(
            r#"[{"category": "boat", "points": [[10, 20], [30, 100]]},
                {"category": "car", "points": [[0, 0], [250, 0], [100, 100]]}]"#,
            "1 0.050000 0.200000 0.150000 0.200000 0.150000 1.000000 0.050000 1.000000\n\
             0 0.000000 0.000000 1.000000 0.000000 0.500000 1.000000\n",
        );
        assert_eq!(told, None);
    }

    #[test]
    fn a_polygon_of_two_corners_is_none() {
        let dataset: Dataset =
            serde_json::from_str(r#"{"categories": ["car"], "kind": "kind"}"#).unwrap();
        let mut yolo = Yolo::new(&dataset);
        let shape = r#"[{"category": "car", "kind": "polygon", "points": [[0, 0], [1, 1]]}]"#;
        let size = (Kind::Number, "1");
        let page = page(&[&[(Kind::Text, "a.jpg"), size, size, (Kind::Json, shape)]]);
        assert_eq!(record(&mut yolo, &page), "");
        assert!(yolo.replaced().unwrap().message.contains("1 of a form"));
    }
}
