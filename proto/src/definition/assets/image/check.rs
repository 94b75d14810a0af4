//! The rules of a conversion that its schema cannot say.

use super::{Colour, Convert, ImageFormat, Quality, Size, Step};
use crate::definition::assets::metadata::Tags;
use crate::fault::{Code, Fault};
use crate::image::Tag;

impl Convert {
    /// What the schema cannot say of it.
    pub(in crate::definition) fn mistakes(&self, place: &str) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut refuse = |key: &str, why: String, hint: &str| {
            let fault = Fault::new(Code::InvalidValue, why).at(format!("{place}/{key}"));
            faults.push(if hint.is_empty() { fault } else { fault.hint(hint) });
        };
        if self.quality.is_some() && !matches!(self.format, ImageFormat::Jpeg | ImageFormat::Keep) {
            refuse("quality", "only JPEG has a quality".to_owned(), "leave it out");
        }
        if matches!(self.quality, Some(Quality::Percent(percent)) if !(1..=100).contains(&percent))
        {
            refuse("quality", "a quality is 1 to 100".to_owned(), "or maximum, medium, small");
        }
        if self.dpi == Some(0) {
            refuse("dpi", "an inch has 1 to 65535 pixels".to_owned(), "such as 300");
        }
        if self.colour == Colour::Cmyk && !self.format.may_hold_cmyk() {
            let why = "only JPEG and TIFF hold CMYK".to_owned();
            refuse("colour", why, "\"format\": \"jpeg\" or \"tiff\"");
        }
        for (index, step) in self.steps.iter().enumerate() {
            if let Step::Crop(part) = step
                && (part.width == 0 || part.height == 0)
            {
                let why = "nothing is left of the picture".to_owned();
                refuse(&format!("steps/{index}/crop"), why, "");
            }
        }
        let edges: &[u32] = match &self.size {
            Some(Size::Cover(edges) | Size::Contain(edges)) => edges,
            Some(
                Size::LongEdge(edge)
                | Size::ShortEdge(edge)
                | Size::Width(edge)
                | Size::Height(edge),
            ) => std::slice::from_ref(edge),
            None => &[],
        };
        if !edges.iter().all(|edge| (1..=65535).contains(edge)) {
            refuse("size", "an edge has 1 to 65535 pixels".to_owned(), "");
        }
        if let Some(watermark) = &self.watermark {
            let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
            if watermark.image.is_empty() || !watermark.image.chars().all(is_name) {
                let why = "the name has other signs than letters, digits, `-` and `_`".to_owned();
                refuse("watermark/image", why, "");
            }
            if !(1..=100).contains(&watermark.opacity) {
                refuse("watermark/opacity", "an opacity is 1 to 100 percent".to_owned(), "");
            }
            if watermark.scale.is_some_and(|scale| !(1..=100).contains(&scale)) {
                refuse("watermark/scale", "a width is 1 to 100 percent".to_owned(), "");
            }
        }
        for (field, tags) in self.metadata.mapped() {
            for (index, tag) in tags.names().iter().enumerate() {
                if let Err(why) = Tag::parse(tag) {
                    let key = match tags {
                        Tags::One(_) => format!("metadata/{field}"),
                        Tags::Several(_) => format!("metadata/{field}/{index}"),
                    };
                    refuse(&key, why, "docs/definition.md lists the tags");
                }
            }
        }
        faults
    }
}
