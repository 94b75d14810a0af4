//! What is done to a picture before it gets its size: turns, flips and cuts.

use serde_json::{Value, json};

use crate::definition::{Edge, Flip, Rotation, Step};
use crate::easydb::reading::Reading;
use crate::easydb::vocabulary::STEPS;

/// Turns and cuts: a list, taken in its order; one object, taken in the order turn, flip, cut.
pub(super) fn steps(place: &str, value: &Value, reading: &mut Reading) -> Vec<Step> {
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
            let known = STEPS.iter().filter_map(|key| Some((*key, map.get(*key)?)));
            let known: Vec<Step> =
                known.filter_map(|(key, value)| step_of(place, key, value, reading)).collect();
            map.keys()
                .filter(|key| !STEPS.contains(&key.as_str()))
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
        _ if !STEPS.contains(&key) => {
            reading.unknown(&place);
            None
        }
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
            let why = match serde_json::from_value::<Edge>(value.clone()) {
                Ok(edge) if edge.width > 0 && edge.height > 0 => return Some(Step::Crop(edge)),
                Ok(_) => "nothing is left of the picture",
                Err(_) => "left, top, width and height in pixels are expected",
            };
            reading.wrong(&place, why);
            None
        }
        _ => {
            reading.unknown(&place);
            None
        }
    }
}

/// A step as documents show it.
pub(super) fn shown(step: &Step) -> Value {
    match step {
        Step::Rotate(rotation) => json!({"rotate-z": u16::from(*rotation)}),
        Step::Flip(Flip::Vertical) => json!({"rotate-x": 180}),
        Step::Flip(Flip::Horizontal) => json!({"rotate-y": 180}),
        Step::Crop(edge) => json!({"crop": edge}),
    }
}
