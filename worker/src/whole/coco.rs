//! COCO: one JSON document with pictures, then shapes, then categories, numbered in the order of the
//! records. Shapes wait in a scratch file of their own until the pictures are all there.

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};

use proto::definition::{Dataset, Thumbnails};
use proto::fault::Fault;
use source::page::Row;

use super::Whole;
use crate::dataset::{Categories, Form, LeftOut, Picture, Shape, hundredths};
use crate::rows::Refused;

/// A document under way.
pub(super) struct Coco {
    dataset: Dataset,
    pictures: BufWriter<File>,
    shapes: BufWriter<File>,
    categories: Categories,
    left_out: LeftOut,
    last_picture: u64,
    last_shape: u64,
}

impl Coco {
    pub(super) fn new(dataset: &Dataset, pictures: File, shapes: File) -> io::Result<Self> {
        let mut pictures = BufWriter::new(pictures);
        pictures.write_all(b"{\"images\":[")?;
        Ok(Self {
            dataset: dataset.clone(),
            pictures,
            shapes: BufWriter::new(shapes),
            categories: Categories::new(dataset),
            left_out: LeftOut::default(),
            last_picture: 0,
            last_shape: 0,
        })
    }

    fn shape(&mut self, shape: &Shape) -> io::Result<()> {
        let Some(category) = self.categories.number(&shape.category) else {
            self.left_out.category += 1;
            return Ok(());
        };
        let corners: Vec<f64> = match shape.form {
            Form::Box => {
                let [left, top, right, bottom] = shape.bounds();
                vec![left, top, right, top, right, bottom, left, bottom]
            }
            // Fewer corners than three enclose nothing, and readers refuse them.
            Form::Polygon if shape.points.len() > 2 => {
                shape.points.iter().flat_map(|(x, y)| [*x, *y]).collect()
            }
            Form::Polygon | Form::Line | Form::Points => {
                self.left_out.form += 1;
                return Ok(());
            }
        };
        let corners: Vec<f64> = corners.into_iter().map(hundredths).collect();
        let [left, top, right, bottom] = shape.bounds();
        let bounds = [left, top, right - left, bottom - top].map(hundredths);
        let between = if self.last_shape > 0 { "," } else { "" };
        self.last_shape += 1;
        write!(
            self.shapes,
            "{between}\n{{\"id\":{},\"image_id\":{},\"category_id\":{},\"bbox\":{},\"area\":{},\"segmentation\":[{}],\"iscrowd\":0}}",
            self.last_shape,
            self.last_picture,
            category + 1,
            numbers(&bounds),
            hundredths(shape.area()),
            numbers(&corners),
        )
    }
}

impl Whole for Coco {
    fn table(
        &mut self,
        _name: &str,
        _columns: &[String],
        _thumbnails: Option<&Thumbnails>,
    ) -> Result<(), Refused> {
        Ok(())
    }

    fn row(&mut self, row: &Row<'_>) -> Result<(), Refused> {
        let picture = Picture::of(row, &self.dataset)?;
        let shapes = picture.shapes(&self.dataset)?;
        let between = if self.last_picture > 0 { "," } else { "" };
        self.last_picture += 1;
        write!(
            self.pictures,
            "{between}\n{{\"id\":{},\"file_name\":{},\"width\":{},\"height\":{}}}",
            self.last_picture,
            json(&picture.path),
            picture.width.round(),
            picture.height.round(),
        )?;
        for shape in &shapes {
            self.shape(shape)?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(File, Option<Fault>), Refused> {
        self.pictures.write_all(b"\n],\n\"annotations\":[")?;
        let mut shapes = self.shapes.into_inner().map_err(io::IntoInnerError::into_error)?;
        shapes.seek(SeekFrom::Start(0))?;
        io::copy(&mut shapes, &mut self.pictures)?;
        self.pictures.write_all(b"\n],\n\"categories\":[")?;
        for (number, name) in (1..).zip(self.categories.names()) {
            let between = if number > 1 { "," } else { "" };
            write!(self.pictures, "{between}\n{{\"id\":{number},\"name\":{}}}", json(name))?;
        }
        self.pictures.write_all(b"\n]}\n")?;
        let file = self.pictures.into_inner().map_err(io::IntoInnerError::into_error)?;
        Ok((file, self.left_out.told("COCO")))
    }
}

fn numbers(numbers: &[f64]) -> String {
    let texts: Vec<String> = numbers.iter().map(f64::to_string).collect();
    format!("[{}]", texts.join(","))
}

fn json(text: &str) -> String {
    serde_json::to_string(text).expect("texts are JSON")
}
