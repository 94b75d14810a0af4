//! How large a picture becomes.

use serde_json::{Map, Value, json};

use crate::definition::Size;
use crate::easydb::reading::Reading;

/// What a size is of.
pub(in crate::easydb) const KNOWN: [&str; 6] =
    ["dimension_max", "dimension_min", "width", "height", "cover", "contain"];

/// A size as it is asked for, key by key.
#[derive(Default)]
pub(super) struct Asked {
    pub(super) of: Option<String>,
    pub(super) edge: Option<u64>,
    pub(super) width: Option<u64>,
    pub(super) height: Option<u64>,
}

impl Asked {
    /// The size that is meant, of keys at these places.
    pub(super) fn size(
        self,
        place_of: impl Fn(&str) -> String,
        reading: &mut Reading,
    ) -> Option<Size> {
        let asked = self.of?;
        let Some(of) = KNOWN.into_iter().find(|known| *known == asked) else {
            let why = format!("{asked:?} is none of {}", KNOWN.join(", "));
            reading.wrong(&place_of("custom_size"), why);
            return None;
        };
        let mut pixels = |key: &str, given: Option<u64>| {
            let pixels = given.and_then(|given| u32::try_from(given).ok());
            let fits = pixels.filter(|pixels| (1..=65535).contains(pixels));
            if fits.is_none() {
                reading.wrong(&place_of(key), "1 to 65535 pixels are expected");
            }
            fits
        };
        let edge = "custom_size_pixel";
        match of {
            "dimension_max" => Some(Size::LongEdge(pixels(edge, self.edge)?)),
            "dimension_min" => Some(Size::ShortEdge(pixels(edge, self.edge)?)),
            "width" => Some(Size::Width(pixels(edge, self.edge.or(self.width))?)),
            "height" => Some(Size::Height(pixels(edge, self.edge.or(self.height))?)),
            "cover" | "contain" => {
                let width = pixels("custom_width_pixel", self.width.or(self.edge))?;
                let height = pixels("custom_height_pixel", self.height.or(self.edge))?;
                let both = [width, height];
                Some(if of == "cover" { Size::Cover(both) } else { Size::Contain(both) })
            }
            _ => None,
        }
    }
}

/// The size as documents show it; nothing is a picture's own.
pub(super) fn show(size: Option<&Size>, shown: &mut Map<String, Value>) {
    let (of, edges): (&str, &[u32]) = match size {
        None => ("", &[]),
        Some(Size::LongEdge(edge)) => ("dimension_max", std::slice::from_ref(edge)),
        Some(Size::ShortEdge(edge)) => ("dimension_min", std::slice::from_ref(edge)),
        Some(Size::Width(edge)) => ("width", std::slice::from_ref(edge)),
        Some(Size::Height(edge)) => ("height", std::slice::from_ref(edge)),
        Some(Size::Cover(edges)) => ("cover", edges),
        Some(Size::Contain(edges)) => ("contain", edges),
    };
    match edges {
        [edge] => {
            shown.insert("size".to_owned(), json!("custom"));
            shown.insert("custom_size".to_owned(), json!(of));
            shown.insert("custom_size_pixel".to_owned(), json!(edge));
        }
        [width, height] => {
            shown.insert("size".to_owned(), json!("custom"));
            shown.insert("custom_size".to_owned(), json!(of));
            shown.insert("custom_width_pixel".to_owned(), json!(width));
            shown.insert("custom_height_pixel".to_owned(), json!(height));
        }
        _ => drop(shown.insert("size".to_owned(), json!("keep"))),
    }
}
