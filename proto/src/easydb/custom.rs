//! Versions of images that are made for the export: `"type": "custom"` and the conversion it means.

mod quality;
mod size;
mod steps;
mod preset;
mod profile;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

pub(super) use self::quality::WORDS as QUALITIES;
pub(super) use self::size::KNOWN as SIZES;
use super::instance::Instance;
use super::reading::Reading;
use super::vocabulary;
use crate::abridged;
use crate::definition::{Colour, Convert, ImageFormat, Metadata, MetadataName, Watermark};
use crate::image::Tag;

pub(super) const FORMATS: [(&str, ImageFormat); 7] = [
    ("keep", ImageFormat::Keep),
    ("jpeg", ImageFormat::Jpeg),
    ("jpg", ImageFormat::Jpeg),
    ("tiff", ImageFormat::Tiff),
    ("png", ImageFormat::Png),
    ("bmp", ImageFormat::Bmp),
    ("webp", ImageFormat::Webp),
];

pub(super) const COLOURS: [(&str, Colour); 5] = [
    ("keep", Colour::Keep),
    ("rgb", Colour::Rgb),
    ("cmyk", Colour::Cmyk),
    ("gray", Colour::Grey),
    ("grey", Colour::Grey),
];

pub(super) const METADATA: [(&str, MetadataName); 3] = [
    ("standard", MetadataName::Standard),
    ("keep", MetadataName::Keep),
    ("remove", MetadataName::Remove),
];

/// The conversion that a custom version asks for: by keys of its own, and by those in its `custom`, which count where
/// both say something of the same thing.
pub(super) fn convert(
    place: &str,
    map: &Map<String, Value>,
    instance: &Instance,
    reading: &mut Reading,
) -> Convert {
    let apart = map.get("custom").and_then(|keys| reading.map(&format!("{place}.custom"), keys));
    let own = map.iter().filter(|(key, _)| *key != "custom");
    let told = apart.into_iter().flatten().filter(|(_, value)| !value.is_null());
    let all: Map<String, Value> =
        own.chain(told).map(|(key, value)| (key.clone(), value.clone())).collect();
    let place_of = |key: &str| {
        // What is missing is missing where the others are.
        let is_apart = apart.is_some_and(|keys| match keys.get(key) {
            Some(told) => !told.is_null(),
            None => !map.contains_key(key),
        });
        if is_apart { format!("{place}.custom.{key}") } else { format!("{place}.{key}") }
    };
    let mut convert = Convert::of_texts(Metadata::default());
    let (mut is_custom_size, mut size) = (true, size::Asked::default());
    let mut profile = None;
    for (key, value) in &all {
        let place = place_of(key);
        match key.as_str() {
            _ if !vocabulary::VERSION.contains(&key.as_str()) => reading.unknown(&place),
            "type" | "version" => {}
            "format" => {
                convert.format = reading.word(&place, value, &FORMATS).unwrap_or_default();
            }
            // Clients send both, one of them null.
            "jpeg_quality" => {
                convert.quality = quality::named(&place, value, reading).or(convert.quality);
            }
            "quality" => {
                convert.quality = quality::percent(&place, value, reading).or(convert.quality);
            }
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
            "transform" => convert.steps = steps::steps(&place, value, reading),
            "watermark" => {
                if reading.flag(&place, value) {
                    convert.watermark = watermark(&place, instance, reading);
                }
            }
            "metadata" => {
                convert.metadata = metadata(&place, value, instance, reading).unwrap_or_default();
            }
            "dpi" => convert.dpi = dpi(&place, value, reading),
            "colorprofile" => profile = reading.text(&place, value),
            "custom_version_preset" => preset::check(&place, value, &all, reading),
            _ => reading.unknown(&place),
        }
    }
    if is_custom_size {
        convert.size = size.size(place_of, reading);
    }
    if let Some(profile) = profile {
        convert.colour =
            profile::colour(&place_of("colorprofile"), &profile, convert.colour, reading);
    }
    let is_jpeg = matches!(convert.format, ImageFormat::Jpeg | ImageFormat::Keep);
    if !is_jpeg && convert.quality.take().is_some() {
        reading.idle(&place_of("jpeg_quality"));
    }
    if convert.colour == Colour::Cmyk && !convert.format.may_hold_cmyk() {
        convert.colour = Colour::Keep;
        reading.idle(&place_of("colorspace"));
    }
    convert
}

/// How many pixels an inch has; nothing where nothing is said.
fn dpi(place: &str, value: &Value, reading: &mut Reading) -> Option<u16> {
    let given = reading.number(place, value)?;
    let dpi = u16::try_from(given).ok().filter(|dpi| *dpi > 0);
    if dpi.is_none() {
        reading.wrong(place, "1 to 65535 pixels an inch are expected");
    }
    dpi
}

/// What becomes of the texts in a file; nothing where nothing is said. Profiles are those of the installation: the
/// operator's, and what its catalogue was asked for.
pub(super) fn metadata(
    place: &str,
    value: &Value,
    instance: &Instance,
    reading: &mut Reading,
) -> Option<Metadata> {
    if value.is_object() {
        // As definitions have them.
        let Ok(mapped) = serde_json::from_value::<Metadata>(value.clone()) else {
            reading.wrong(place, "fields and the tags that they go to are expected");
            return None;
        };
        for (field, tags) in mapped.mapped() {
            for why in tags.names().iter().filter_map(|tag| Tag::parse(tag).err()) {
                reading.wrong(&format!("{place}.{field}"), why);
            }
        }
        return Some(mapped);
    }
    let text = reading.id(place, value)?;
    let named = METADATA.iter().find(|(name, _)| *name == text);
    let known = named.map(|(_, name)| Metadata::Named(*name));
    let profile = instance.metadata.get(&text);
    if let Some(profile) = profile.filter(|_| known.is_none()) {
        reading.profiles.insert(text.clone(), profile.clone());
    }
    let known = known.or_else(|| profile.cloned());
    if known.is_none() {
        let name = abridged::text(&text);
        let why = "which neither the configuration nor the catalogue has";
        reading.tolerate(
            place,
            format_args!("names the profile {name:?}, {why}; `standard` is taken instead"),
        );
    }
    known
}

/// The profiles of metadata that a document names which are none of those of an installation, by their ids.
pub(super) fn unknown_profiles(
    document: &Value,
    instance: &Instance,
    found: &mut BTreeSet<String>,
) {
    for item in document.as_array().into_iter().flatten() {
        unknown_profiles(item, instance, found);
    }
    for (key, value) in document.as_object().into_iter().flatten() {
        let id = value.as_u64().map(|number| number.to_string());
        let id = id.or_else(|| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned));
        match id.filter(|_| key == "metadata") {
            Some(id) => {
                let is_named = METADATA.iter().any(|(name, _)| *name == id);
                if !is_named && !instance.metadata.contains_key(&id) {
                    found.insert(id);
                }
            }
            None => unknown_profiles(value, instance, found),
        }
    }
}

/// What becomes of the texts in a file, as documents show it: a profile by its id.
pub(super) fn shown_metadata(metadata: &Metadata, profiles: &BTreeMap<String, Metadata>) -> Value {
    let profile = profiles.iter().find(|(_, profile)| *profile == metadata);
    profile.map_or_else(|| json!(metadata), |(id, _)| super::export::number(id))
}

fn watermark(place: &str, instance: &Instance, reading: &mut Reading) -> Option<Watermark> {
    let Some(image) = &instance.watermark else {
        reading.wrong(place, "no watermark is configured");
        return None;
    };
    let named = json!({"image": image});
    serde_json::from_value(named).ok()
}

/// A conversion as documents show it.
pub(super) fn shown(convert: &Convert, profiles: &BTreeMap<String, Metadata>) -> Value {
    let format = FORMATS.iter().find(|(_, format)| *format == convert.format);
    let colour = COLOURS.iter().find(|(_, colour)| *colour == convert.colour);
    let mut shown = Map::new();
    shown.insert("type".to_owned(), json!("custom"));
    shown.insert("format".to_owned(), json!(format.map(|(name, _)| name)));
    quality::show(convert.quality, &mut shown);
    shown.insert("colorspace".to_owned(), json!(colour.map(|(name, _)| name)));
    size::show(convert.size.as_ref(), &mut shown);
    if !convert.steps.is_empty() {
        let steps: Vec<Value> = convert.steps.iter().map(steps::shown).collect();
        shown.insert("transform".to_owned(), json!(steps));
    }
    shown.insert("watermark".to_owned(), json!(convert.watermark.is_some()));
    if let Some(dpi) = convert.dpi {
        shown.insert("dpi".to_owned(), json!(dpi));
    }
    shown.insert("metadata".to_owned(), shown_metadata(&convert.metadata, profiles));
    Value::Object(shown)
}
