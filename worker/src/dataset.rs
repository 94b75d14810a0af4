//! Records as pictures with shapes on them, whatever the format they are written in.
//!
//! Points become pixels, kinds become one of four; what a format cannot hold is for the format.

mod shape;

use proto::definition::Dataset;
use proto::fault::{Code, Fault};
use source::page::{Kind, Row};

pub(crate) use self::shape::{Form, Shape};
use crate::render::Unrenderable;

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
            let number = number.filter(|number| number.is_finite() && *number > 0.0);
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
        Ok(shapes)
    }
}

/// The numbers of categories: those of the definition, or in the order in which they are met.
pub(crate) struct Categories {
    names: Vec<String>,
    is_closed: bool,
}

impl Categories {
    pub(crate) fn new(dataset: &Dataset) -> Self {
        Self { names: dataset.categories.clone(), is_closed: !dataset.categories.is_empty() }
    }

    /// The number of a category, from 0; nothing where the definition does not know it.
    pub(crate) fn number(&mut self, name: &str) -> Option<usize> {
        let known = self.names.iter().position(|known| known == name);
        if known.is_none() && !self.is_closed && !name.is_empty() {
            self.names.push(name.to_owned());
            return Some(self.names.len() - 1);
        }
        known
    }

    /// All of them so far.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
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
