//! CVAT XML 1.1 for pictures: an `image` element for each record, numbered in their order, and in it an
//! element for each shape.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use pack::xml;
use proto::definition::{Dataset, Thumbnails};
use proto::fault::Fault;
use source::page::Row;

use super::Whole;
use crate::dataset::{Categories, Form, LeftOut, Picture, Shape, hundredths};
use crate::rows::Refused;

/// A document under way.
pub(super) struct Cvat {
    dataset: Dataset,
    file: BufWriter<File>,
    categories: Categories,
    left_out: LeftOut,
    pictures: u64,
}

impl Cvat {
    pub(super) fn new(dataset: &Dataset, file: File) -> io::Result<Self> {
        let mut file = BufWriter::new(file);
        file.write_all(xml::DECLARATION.as_bytes())?;
        file.write_all(b"<annotations>\n<version>1.1</version>\n")?;
        let mut cvat = Self {
            dataset: dataset.clone(),
            file,
            categories: Categories::new(dataset),
            left_out: LeftOut::default(),
            pictures: 0,
        };
        cvat.labels()?;
        Ok(cvat)
    }

    /// The categories, where they are known beforehand.
    fn labels(&mut self) -> io::Result<()> {
        let mut out = Vec::new();
        for name in &self.dataset.categories {
            out.extend_from_slice(b"<label><name>");
            self.left_out.characters += xml::content(name, &mut out);
            out.extend_from_slice(b"</name><attributes></attributes></label>\n");
        }
        if out.is_empty() {
            return Ok(());
        }
        self.file.write_all(b"<meta><task><labels>\n")?;
        self.file.write_all(&out)?;
        self.file.write_all(b"</labels></task></meta>\n")
    }

    fn shape(&mut self, shape: &Shape, out: &mut Vec<u8>) {
        if self.categories.number(&shape.category).is_none() {
            self.left_out.category += 1;
            return;
        }
        let name = match shape.form {
            Form::Box => "box",
            Form::Polygon => "polygon",
            Form::Line => "polyline",
            Form::Points => "points",
        };
        out.extend_from_slice(format!("<{name} label=\"").as_bytes());
        self.left_out.characters += xml::attribute(&shape.category, out);
        let place = if shape.form == Form::Box {
            let [left, top, right, bottom] = shape.bounds().map(hundredths);
            format!("xtl=\"{left:.2}\" ytl=\"{top:.2}\" xbr=\"{right:.2}\" ybr=\"{bottom:.2}\"")
        } else {
            let point =
                |(x, y): &(f64, f64)| format!("{:.2},{:.2}", hundredths(*x), hundredths(*y));
            let points: Vec<String> = shape.points.iter().map(point).collect();
            format!("points=\"{}\"", points.join(";"))
        };
        let rest = format!("\" source=\"manual\" occluded=\"0\" {place} z_order=\"0\"></{name}>\n");
        out.extend_from_slice(rest.as_bytes());
    }
}

impl Whole for Cvat {
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
        let mut out = format!("<image id=\"{}\" name=\"", self.pictures).into_bytes();
        self.left_out.characters += xml::attribute(&picture.path, &mut out);
        let (width, height) = (picture.width.round(), picture.height.round());
        out.extend_from_slice(format!("\" width=\"{width}\" height=\"{height}\">\n").as_bytes());
        for shape in &shapes {
            self.shape(shape, &mut out);
        }
        out.extend_from_slice(b"</image>\n");
        self.file.write_all(&out)?;
        self.pictures += 1;
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(File, Option<Fault>), Refused> {
        self.file.write_all(b"</annotations>\n")?;
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        Ok((file, self.left_out.told("CVAT")))
    }
}
