//! Records as pictures with shapes on them, whatever the format they are written in.
//!
//! Points become pixels, kinds become one of four; what a format cannot hold is for the format.

mod shape;

use indexmap::IndexSet;
use proto::definition::Dataset;
use proto::fault::{Code, Fault};
use source::page::{Kind, Row};

pub(crate) use self::shape::{Form, Shape};
use crate::render::Unrenderable;

/// Largest size and coordinate of a picture, in pixels: what readers hold in 32 bits.
const MOST_PIXELS: f64 = 2_147_483_647.0;

/// Most categories that are met in records. More are no categories but something else, and all are
/// held in memory.
const MOST_CATEGORIES: usize = 100_000;

/// A picture: its file and its size. Rows have them in the order of [`Dataset::fields`].
pub(crate) struct Picture<'p> {
    /// The name of its file, with its folder.
    pub(crate) path: String,
    pub(crate) width: f64,
    pub(crate) height: f64,
    shapes: &'p str,
}

impl<'p> Picture<'p> {
    /// The picture of a record.
    pub(crate) fn of(row: &Row<'p>, dataset: &Dataset) -> Result<Self, Unrenderable> {
        let (file, shapes) = (row.cell(0), row.cell(3));
        if file.text.is_empty() {
            return Err(Unrenderable::new(format!("the field {:?} is empty", dataset.file)));
        }
        let size = |column: usize, name: &str| {
            let number: Option<f64> = row.cell(column).text.parse().ok();
            // Formats write whole pixels, of which there is at least one.
            let number = number.filter(|number| (1.0..=MOST_PIXELS).contains(&number.round()));
            number.ok_or_else(|| Unrenderable::new(format!("the field {name:?} is no size")))
        };
        let shapes = match shapes.kind {
            Kind::Json => shapes.text,
            Kind::Null => "[]",
            Kind::Text if shapes.text.is_empty() => "[]",
            Kind::Text | Kind::Number | Kind::Bool => {
                let why = format!("the field {:?} is no list of shapes", dataset.shapes);
                return Err(Unrenderable::new(why));
            }
        };
        Ok(Self {
            path: format!("{}{}", dataset.folder.as_deref().unwrap_or_default(), file.text),
            width: size(1, &dataset.width)?,
            height: size(2, &dataset.height)?,
            shapes,
        })
    }

    /// Its shapes, in order, their points in pixels.
    pub(crate) fn shapes(&self, dataset: &Dataset) -> Result<Vec<Shape>, Unrenderable> {
        let mut shapes = shape::shapes(self.shapes, dataset)?;
        if !dataset.pixels {
            for (x, y) in shapes.iter_mut().flat_map(|shape| &mut shape.points) {
                (*x, *y) = (*x * self.width, *y * self.height);
            }
        }
        let mut points = shapes.iter().flat_map(|shape| &shape.points);
        if !points.all(|(x, y)| x.abs() <= MOST_PIXELS && y.abs() <= MOST_PIXELS) {
            let why = format!("a shape has a number in {:?} that is no place", dataset.points);
            return Err(Unrenderable::new(why));
        }
        Ok(shapes)
    }
}

/// The numbers of categories: those of the definition, or in the order in which they are met.
pub(crate) struct Categories {
    names: IndexSet<String>,
    is_closed: bool,
}

impl Categories {
    pub(crate) fn new(dataset: &Dataset) -> Self {
        let names = dataset.categories.iter().cloned().collect();
        Self { names, is_closed: !dataset.categories.is_empty() }
    }

    /// The number of a category, from 0; nothing where the definition does not know it, or there are
    /// more than [`MOST_CATEGORIES`].
    pub(crate) fn number(&mut self, name: &str) -> Option<usize> {
        let known = self.names.get_index_of(name);
        let takes_more = !self.is_closed && self.names.len() < MOST_CATEGORIES;
        if known.is_none() && takes_more && !name.is_empty() {
            return Some(self.names.insert_full(name.to_owned()).0);
        }
        known
    }

    /// All of them so far.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }
}

/// A length in pixels, to a hundredth.
pub(crate) fn hundredths(pixels: f64) -> f64 {
    // Adding 0 makes -0 a plain 0.
    (pixels * 100.0).round() / 100.0 + 0.0
}

/// What a format could not hold.
#[derive(Debug, Default)]
pub(crate) struct LeftOut {
    /// Shapes without a category that is known.
    pub(crate) category: u64,
    /// Shapes of a form that the format does not have.
    pub(crate) form: u64,
    /// Characters that became U+FFFD.
    pub(crate) characters: u64,
}

impl LeftOut {
    /// The same, as it is told.
    pub(crate) fn told(&self, format: &str) -> Option<Fault> {
        let mut what = Vec::new();
        if self.category + self.form > 0 {
            what.push(format!(
                "shapes were left out: {} of an unknown category, {} of a form that {format} does not have",
                self.category, self.form
            ));
        }
        if self.characters > 0 {
            what.push(format!("characters were replaced by U+FFFD: {}", self.characters));
        }
        (!what.is_empty()).then(|| Fault::new(Code::Unrenderable, what.join("; ")))
    }
}

#[cfg(test)]
mod tests {
    use source::page::Page;

    use super::*;

    fn picture(size: [&str; 2], points: &str) -> Result<Vec<Shape>, Unrenderable> {
        let mut page = Page::new(4);
        page.push(Kind::Text, "a.png");
        for size in size {
            page.push(Kind::Number, size);
        }
        page.push(Kind::Json, &format!("[{{\"points\": {points}}}]"));
        let dataset: Dataset = serde_json::from_str(r#"{"pixels": true}"#).unwrap();
        let row = page.rows().next().unwrap();
        Picture::of(&row, &dataset)?.shapes(&dataset)
    }

    #[test]
    fn sizes_and_places_that_no_format_can_hold_are_refused() {
        assert!(picture(["0.5", "2147483647"], "[[0, -1], [5, 2147483647]]").is_ok());
        for size in ["0.4", "0", "-1", "1e308", "1e999", "NaN"] {
            assert!(picture([size, "10"], "[[0, 0]]").is_err(), "{size}");
        }
        for points in ["[[1e308, 1]]", "[[1, -2147483648]]", "[[1e999, 1], [2, 3e999]]"] {
            assert!(picture(["10", "10"], points).is_err(), "{points}");
        }
    }

    #[test]
    fn categories_are_numbered_as_they_are_met_and_limited() {
        let mut open = Categories::new(&serde_json::from_str("{}").unwrap());
        for number in (0..MOST_CATEGORIES).chain([0, 7]) {
            assert_eq!(open.number(&format!("c{number}")), Some(number));
        }
        assert_eq!(open.number("one more"), None);
        let closed = r#"{"categories": ["a", "b"]}"#;
        let mut closed = Categories::new(&serde_json::from_str(closed).unwrap());
        assert_eq!([closed.number("b"), closed.number("c")], [Some(1), None]);
    }
}
