//! Versions of images that are made for the export: `"type": "custom"` and the conversion it means.

use serde_json::{Map, Value, json};

use super::instance::Instance;
use super::reading::Reading;
use crate::definition::{
    Colour, Convert, Edge, Flip, ImageClass, ImageFormat, Metadata, MetadataName, Quality,
    QualityName, Rotation, Size, Step, Watermark,
};

const FORMATS: [(&str, ImageFormat); 7] = [
    ("keep", ImageFormat::Keep),
    ("jpeg", ImageFormat::Jpeg),
    ("jpg", ImageFormat::Jpeg),
    ("tiff", ImageFormat::Tiff),
    ("png", ImageFormat::Png),
    ("bmp", ImageFormat::Bmp),
    ("webp", ImageFormat::Webp),
];

const COLOURS: [(&str, Colour); 5] = [
    ("keep", Colour::Keep),
    ("rgb", Colour::Rgb),
    ("cmyk", Colour::Cmyk),
    ("gray", Colour::Grey),
    ("grey", Colour::Grey),
];

const METADATA: [(&str, MetadataName); 3] = [
    ("standard", MetadataName::Standard),
    ("keep", MetadataName::Keep),
    ("remove", MetadataName::Remove),
];

/// A conversion that changes nothing.
pub(super) fn plain() -> Convert {
    Convert {
        class: ImageClass::Image,
        format: ImageFormat::Keep,
        quality: None,
        colour: Colour::Keep,
        steps: Vec::new(),
        size: None,
        enlarge: false,
        watermark: None,
        metadata: Metadata::default(),
    }
}

/// The conversion that a custom version asks for.
pub(super) fn convert(
    place: &str,
    map: &Map<String, Value>,
    instance: &Instance,
    reading: &mut Reading,
) -> Convert {
    let mut convert = plain();
    let (mut is_custom_size, mut size) = (true, Asked::default());
    for (key, value) in map {
        let place = format!("{place}.{key}");
        match key.as_str() {
            "type" | "version" => {}
            "format" => {
                convert.format = reading.word(&place, value, &FORMATS).unwrap_or_default();
            }
            "jpeg_quality" => convert.quality = named(&place, value, reading),
            "quality" => convert.quality = percent(&place, value, reading),
            "colorspace" => {
                convert.colour = reading.word(&place, value, &COLOURS).unwrap_or_default();
            }
            "size" => {
                let words = [("keep", false), ("custom", true)];
                is_custom_size = reading.word(&place, value, &words).unwrap_or(false);
            }
            "custom_size" => size.of = reading.text(&place, value),
            "custom_size_pixel" => size.edge = reading.number(&place, value),
            "custom_width_pixel" => size.width = reading.number(&place, value),
            "custom_height_pixel" => size.height = reading.number(&place, value),
            "transform" => convert.steps = steps(&place, value, reading),
            "watermark" => {
                if reading.flag(&place, value) {
                    convert.watermark = watermark(&place, instance, reading);
                }
            }
            "metadata" => convert.metadata = metadata(&place, value, reading),
            "dpi" | "colorprofile" | "custom_version_preset" => {
                if !value.is_null() {
                    reading.idle(&place);
                }
            }
            _ => reading.unknown(&place),
        }
    }
    if is_custom_size {
        convert.size = size.size(place, reading);
    }
    let is_jpeg = matches!(convert.format, ImageFormat::Jpeg | ImageFormat::Keep);
    if !is_jpeg && convert.quality.take().is_some() {
        reading.idle(&format!("{place}.jpeg_quality"));
    }
    convert
}

/// What becomes of the texts in a file.
pub(super) fn metadata(place: &str, value: &Value, reading: &mut Reading) -> Metadata {
    let text = reading.id(place, value);
    let named = text
        .as_deref()
        .and_then(|text| METADATA.iter().find(|(name, _)| *name == text).map(|(_, meant)| *meant));
    match (named, text) {
        (Some(named), _) => Metadata::Named(named),
        (None, None) => Metadata::default(),
        // Profiles are the catalogue's own, and it tells nobody what is in them.
        (None, Some(_)) => {
            reading.warnings.push(format!("{place} names a profile; `standard` is taken instead"));
            Metadata::default()
        }
    }
}

fn watermark(place: &str, instance: &Instance, reading: &mut Reading) -> Option<Watermark> {
    let Some(image) = &instance.watermark else {
        reading.wrong(place, "no watermark is configured");
        return None;
    };
    let named = json!({"image": image});
    serde_json::from_value(named).ok()
}

fn named(place: &str, value: &Value, reading: &mut Reading) -> Option<Quality> {
    let words = [
        ("maximum", QualityName::Maximum),
        ("medium", QualityName::Medium),
        ("small", QualityName::Small),
    ];
    reading.word(place, value, &words).map(Quality::Named)
}

/// A quality as fylr has them: words that stand for a percentage, or the percentage.
fn percent(place: &str, value: &Value, reading: &mut Reading) -> Option<Quality> {
    let text = reading.id(place, value)?;
    let percent = match text.as_str() {
        "low" | "small" => Some(50),
        "medium" => Some(75),
        "high" => Some(85),
        "maximum" => Some(100),
        number => number.parse().ok().filter(|percent| (1..=100).contains(percent)),
    };
    if percent.is_none() {
        reading.wrong(place, "1 to 100, or low, small, medium, high, maximum");
    }
    percent.map(Quality::Percent)
}

/// A size as it is asked for, key by key.
#[derive(Default)]
struct Asked {
    of: Option<String>,
    edge: Option<u64>,
    width: Option<u64>,
    height: Option<u64>,
}

impl Asked {
    fn size(self, place: &str, reading: &mut Reading) -> Option<Size> {
        let of = self.of?;
        let mut pixels = |key: &str, given: Option<u64>| {
            let pixels = given.and_then(|given| u32::try_from(given).ok());
            let fits = pixels.filter(|pixels| (1..=65535).contains(pixels));
            if fits.is_none() {
                reading.wrong(&format!("{place}.{key}"), "1 to 65535 pixels are expected");
            }
            fits
        };
        let edge = "custom_size_pixel";
        match of.as_str() {
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
            _ => {
                let known = "dimension_max, dimension_min, width, height, cover or contain";
                reading.wrong(&format!("{place}.custom_size"), format!("{known} is expected"));
                None
            }
        }
    }
}

/// Turns and cuts: a list, taken in its order; one object, taken in the order turn, flip, cut.
fn steps(place: &str, value: &Value, reading: &mut Reading) -> Vec<Step> {
    match value {
        Value::Array(list) => (0..)
            .zip(list)
            .flat_map(|(index, step): (usize, &Value)| {
                let place = format!("{place}.{index}");
                let map = reading.map(&place, step).cloned().unwrap_or_default();
                map.iter()
                    .filter_map(|(key, value)| step_of(&place, key, value, reading))
                    .collect::<Vec<_>>()
            })
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            let Some(map) = reading.map(place, value) else { return Vec::new() };
            let order = ["rotate-z", "rotate-x", "rotate-y", "crop"];
            let known = order.iter().filter_map(|key| Some((*key, map.get(*key)?)));
            let known: Vec<Step> =
                known.filter_map(|(key, value)| step_of(place, key, value, reading)).collect();
            map.keys()
                .filter(|key| !order.contains(&key.as_str()))
                .for_each(|key| reading.unknown(&format!("{place}.{key}")));
            known
        }
    }
}

fn step_of(place: &str, key: &str, value: &Value, reading: &mut Reading) -> Option<Step> {
    let place = format!("{place}.{key}");
    let degrees = value.as_i64().map(|degrees| degrees.rem_euclid(360));
    match key {
        _ if value.is_null() => None,
        "rotate-z" => match degrees.map(|degrees| (degrees, u16::try_from(degrees))) {
            Some((0, _)) => None,
            Some((_, Ok(degrees))) => match Rotation::try_from(degrees) {
                Ok(rotation) => Some(Step::Rotate(rotation)),
                Err(why) => {
                    reading.wrong(&place, why);
                    None
                }
            },
            Some((_, Err(_))) | None => {
                reading.other_type(&place, "a number of degrees");
                None
            }
        },
        "rotate-x" | "rotate-y" => match degrees {
            Some(0) => None,
            // Turned over the horizontal axis, what was above is below.
            Some(180) if key == "rotate-x" => Some(Step::Flip(Flip::Vertical)),
            Some(180) => Some(Step::Flip(Flip::Horizontal)),
            Some(_) | None => {
                reading.wrong(&place, "pictures are turned over by 180 degrees");
                None
            }
        },
        "crop" => {
            let edge = serde_json::from_value::<Edge>(value.clone());
            if edge.is_err() {
                reading.wrong(&place, "left, top, width and height in pixels are expected");
            }
            edge.ok().map(Step::Crop)
        }
        _ => {
            reading.unknown(&place);
            None
        }
    }
}

/// A conversion as documents show it.
pub(super) fn shown(convert: &Convert) -> Value {
    let format = FORMATS.iter().find(|(_, format)| *format == convert.format);
    let colour = COLOURS.iter().find(|(_, colour)| *colour == convert.colour);
    let mut shown = Map::new();
    shown.insert("type".to_owned(), json!("custom"));
    shown.insert("format".to_owned(), json!(format.map(|(name, _)| name)));
    match convert.quality {
        Some(Quality::Named(name)) => drop(shown.insert("jpeg_quality".to_owned(), json!(name))),
        Some(Quality::Percent(percent)) => {
            shown.insert("quality".to_owned(), json!(percent.to_string()));
        }
        None => {}
    }
    shown.insert("colorspace".to_owned(), json!(colour.map(|(name, _)| name)));
    let (of, edges): (&str, &[u32]) = match &convert.size {
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
    if !convert.steps.is_empty() {
        let steps: Vec<Value> = convert.steps.iter().map(shown_step).collect();
        shown.insert("transform".to_owned(), json!(steps));
    }
    shown.insert("watermark".to_owned(), json!(convert.watermark.is_some()));
    shown.insert("metadata".to_owned(), json!(convert.metadata));
    Value::Object(shown)
}

fn shown_step(step: &Step) -> Value {
    match step {
        Step::Rotate(rotation) => json!({"rotate-z": u16::from(*rotation)}),
        Step::Flip(Flip::Vertical) => json!({"rotate-x": 180}),
        Step::Flip(Flip::Horizontal) => json!({"rotate-y": 180}),
        Step::Crop(edge) => json!({"crop": edge}),
    }
}
