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

    /// A polygon is a line of all its corners, anything else with an area the box around it.
    fn record(&mut self, row: &Row<'_>, out: &mut Vec<u8>) -> Result<(), Unrenderable> {
        let picture = Picture::of(row, &self.dataset)?;
        for shape in picture.shapes(&self.dataset)? {
            let Some(category) = self.categories.number(&shape.category) else {
                self.left_out.category += 1;
                continue;
            };
            let (width, height) = (picture.width, picture.height);
            let places: Vec<f64> = match shape.form {
                Form::Box => {
                    let [left, top, right, bottom] = shape.bounds();
                    let (x, y) = (f64::midpoint(left, right), f64::midpoint(top, bottom));
                    vec![x / width, y / height, (right - left) / width, (bottom - top) / height]
                }
                Form::Polygon => {
                    shape.points.iter().flat_map(|(x, y)| [x / width, y / height]).collect()
                }
                Form::Line | Form::Points => {
                    self.left_out.form += 1;
                    continue;
                }
            };
            out.extend_from_slice(category.to_string().as_bytes());
            for place in places {
                // Parts of a picture beyond its border are not in it.
                out.extend_from_slice(format!(" {:.6}", place.clamp(0.0, 1.0)).as_bytes());
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

    #[test]
    fn boxes_and_polygons_are_lines_of_parts() {
        let dataset: Dataset =
            serde_json::from_str(r#"{"categories": ["car", "boat"], "pixels": true}"#).unwrap();
        let mut yolo = Yolo::new(&dataset);
        let shapes = r#"[
            {"category": "boat", "points": [[10, 20], [30, 100]]},
            {"category": "car", "points": [[0, 0], [250, 0], [100, 100]]},
            {"category": "tree", "points": [[0, 0], [1, 1]]},
            {"category": "car", "points": [[5, 5]]}]"#;
        let page = page(&[&[
            (Kind::Text, "a.jpg"),
            (Kind::Number, "200"),
            (Kind::Number, "100"),
            (Kind::Json, shapes),
        ]]);
        assert_eq!(
            record(&mut yolo, &page),
            "1 0.100000 0.600000 0.100000 0.800000\n\
             0 0.000000 0.000000 1.000000 0.000000 0.500000 1.000000\n"
        );
        let told = yolo.replaced().unwrap().message;
        assert!(told.contains("1 of an unknown category, 1 of a form"), "{told}");
    }
}
