//! How well a picture is kept: a word of easydb, or a word or percentage of fylr.

use serde_json::{Map, Value, json};

use crate::definition::{Quality, QualityName};
use crate::easydb::reading::Reading;

/// What easydb calls them.
pub(in crate::easydb) const WORDS: [(&str, QualityName); 3] = [
    ("maximum", QualityName::Maximum),
    ("medium", QualityName::Medium),
    ("small", QualityName::Small),
];

/// A quality as easydb has them.
pub(super) fn named(place: &str, value: &Value, reading: &mut Reading) -> Option<Quality> {
    reading.word(place, value, &WORDS).map(Quality::Named)
}

/// A quality as fylr has them: words that stand for a percentage, or the percentage.
pub(super) fn percent(place: &str, value: &Value, reading: &mut Reading) -> Option<Quality> {
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

/// The quality as documents show it.
pub(super) fn show(quality: Option<Quality>, shown: &mut Map<String, Value>) {
    match quality {
        Some(Quality::Named(name)) => drop(shown.insert("jpeg_quality".to_owned(), json!(name))),
        Some(Quality::Percent(percent)) => {
            shown.insert("quality".to_owned(), json!(percent.to_string()));
        }
        None => {}
    }
}
