//! Shapes, from the JSON that a record has for them.

use proto::definition::Dataset;
use source::walk::{Begun, Malformed, Nth, Walk, unescape};

use crate::render::Unrenderable;

/// What a shape is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A rectangle that stands upright.
    Box,
    /// A closed line.
    Polygon,
    /// An open line.
    Line,
    /// Points for themselves.
    Points,
}

/// A shape on a picture.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shape {
    pub(crate) form: Form,
    pub(crate) points: Vec<(f64, f64)>,
    /// Empty where it has none.
    pub(crate) category: String,
}

impl Shape {
    /// The rectangle around it: left, top, right, bottom.
    pub(crate) fn bounds(&self) -> [f64; 4] {
        let of = |f: fn(f64, f64) -> f64, start: f64, pick: fn(&(f64, f64)) -> f64| {
            self.points.iter().map(pick).fold(start, f)
        };
        [
            of(f64::min, f64::INFINITY, |point| point.0),
            of(f64::min, f64::INFINITY, |point| point.1),
            of(f64::max, f64::NEG_INFINITY, |point| point.0),
            of(f64::max, f64::NEG_INFINITY, |point| point.1),
        ]
    }

    /// How much of the picture it covers.
    pub(crate) fn area(&self) -> f64 {
        match self.form {
            Form::Box => {
                let [left, top, right, bottom] = self.bounds();
                (right - left) * (bottom - top)
            }
            Form::Polygon => {
                let next = self.points.iter().cycle().skip(1);
                let twice: f64 =
                    self.points.iter().zip(next).map(|(a, b)| a.0 * b.1 - b.0 * a.1).sum();
                (twice / 2.0).abs()
            }
            Form::Line | Form::Points => 0.0,
        }
    }
}

/// The shapes of a list.
pub(super) fn shapes(json: &str, dataset: &Dataset) -> Result<Vec<Shape>, Unrenderable> {
    let (mut walk, mut nth, mut shapes) = (Walk::new(json), Nth::First, Vec::new());
    if walk.begin()? != Begun::List {
        return Err(Unrenderable::new(format!("the field {:?} is no list", dataset.shapes)));
    }
    while walk.item(&mut nth)? {
        shapes.push(shape(walk.skip()?, dataset)?);
    }
    Ok(shapes)
}

fn shape(json: &str, dataset: &Dataset) -> Result<Shape, Unrenderable> {
    let found = find(json, &dataset.points)?.map(points).transpose()?;
    let Some(points) = found.flatten() else {
        let place = &dataset.points;
        let why = format!("a shape has no points in {place:?}, or one that is no pair of numbers");
        return Err(Unrenderable::new(why));
    };
    let kind = match &dataset.kind {
        Some(place) => text(json, place)?,
        None => String::new(),
    };
    Ok(Shape { form: form(&kind, points.len()), points, category: text(json, &dataset.category)? })
}

/// The form of a kind: by the last part of its name, whatever is between its words.
fn form(kind: &str, points: usize) -> Form {
    let last = kind.rsplit([':', '/', '.']).next().unwrap_or_default();
    let word: String =
        last.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    match (word.as_str(), points) {
        ("box" | "bbox" | "boundingbox" | "rectangle" | "rect", _) => Form::Box,
        ("polygon" | "segmentation" | "mask", _) => Form::Polygon,
        ("line" | "polyline" | "linestring", _) => Form::Line,
        ("point" | "points" | "keypoint" | "keypoints" | "skeleton", _) => Form::Points,
        (_, 1) => Form::Points,
        (_, 2) => Form::Box,
        (_, _) => Form::Polygon,
    }
}

/// The value at a place of a shape, as it is written: keys with dots between them.
fn find<'j>(json: &'j str, place: &str) -> Result<Option<&'j str>, Malformed> {
    let mut found = json;
    for wanted in place.split('.') {
        let (mut walk, mut nth, mut inner) = (Walk::new(found), Nth::First, None);
        if walk.begin()? != Begun::Object {
            return Ok(None);
        }
        while let Some(key) = walk.key(&mut nth)? {
            let value = walk.skip()?;
            if key == wanted {
                inner = Some(value);
            }
        }
        match inner {
            Some(inner) => found = inner,
            None => return Ok(None),
        }
    }
    Ok(Some(found))
}

/// The text at a place; empty where there is none.
fn text(json: &str, place: &str) -> Result<String, Malformed> {
    let Some(value) = find(json, place)? else { return Ok(String::new()) };
    Ok(match Walk::new(value).begin()? {
        Begun::Text(raw) => {
            let mut text = String::new();
            unescape(raw, |piece| text.push_str(piece))?;
            text
        }
        Begun::Number(scalar) | Begun::Bool(scalar) => scalar.to_owned(),
        Begun::Null | Begun::Object | Begun::List => String::new(),
    })
}

/// The points of a list, or of their numbers in a row. Nothing where one of them is no pair of numbers:
/// left out or taken for another, it would move all that come after it.
fn points(json: &str) -> Result<Option<Vec<(f64, f64)>>, Malformed> {
    let (mut walk, mut nth, mut points) = (Walk::new(json), Nth::First, Vec::new());
    if walk.begin()? != Begun::List {
        return Ok(None);
    }
    while walk.item(&mut nth)? {
        let point = if walk.is_before_nested() {
            point(&mut walk)?
        } else {
            let x = number(&mut walk)?;
            let y = if walk.item(&mut nth)? { number(&mut walk)? } else { None };
            x.zip(y)
        };
        match point {
            Some(point) => points.push(point),
            None => return Ok(None),
        }
    }
    Ok(if points.is_empty() { None } else { Some(points) })
}

/// The point that comes next: `[x, y]` or `{"x": …, "y": …}`.
fn point(walk: &mut Walk<'_>) -> Result<Option<(f64, f64)>, Malformed> {
    let (mut nth, mut x, mut y) = (Nth::First, None, None);
    match walk.begin()? {
        Begun::List => {
            let mut count = 0;
            while walk.item(&mut nth)? {
                (x, y) = (y, number(walk)?);
                count += 1;
            }
            if count != 2 {
                return Ok(None);
            }
        }
        Begun::Object => {
            while let Some(key) = walk.key(&mut nth)? {
                match key {
                    "x" => x = number(walk)?,
                    "y" => y = number(walk)?,
                    _ => {
                        walk.skip()?;
                    }
                }
            }
        }
        Begun::Text(_) | Begun::Number(_) | Begun::Bool(_) | Begun::Null => {}
    }
    Ok(x.zip(y))
}

/// The number that comes next; nothing where it is something else.
fn number(walk: &mut Walk<'_>) -> Result<Option<f64>, Malformed> {
    Ok(match Walk::new(walk.skip()?).begin()? {
        // What is too large for it becomes infinite, and is refused with its picture.
        Begun::Number(number) => number.parse().ok(),
        Begun::Object | Begun::List | Begun::Text(_) | Begun::Bool(_) | Begun::Null => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(dataset: &str, json: &str, expected: (Form, &[(f64, f64)], &str)) {
        let dataset: Dataset = serde_json::from_str(dataset).unwrap();
        let found = shape(json, &dataset).unwrap();
        assert_eq!((found.form, found.points.as_slice(), found.category.as_str()), expected);
    }

    #[test]
    fn shapes_are_found_where_the_definition_says() {
        check(
            r#"{"kind": "dimensions.type", "points": "dimensions.points", "category": "annotation.category"}"#,
            r#"{"dimensions": {"type": "idah-image:bounding-box", "points": [[0.1, 0.2], [0.5, 0.75]]}, "annotation": {"category": "c\u0061r"}}"#,
            (Form::Box, &[(0.1, 0.2), (0.5, 0.75)], "car"),
        );
        check(
            "{}",
            r#"{"points": [{"y": 2, "x": 1, "z": 9}, {"x": 3, "y": 4}, {"x": 5, "y": 6}], "category": null}"#,
            (Form::Polygon, &[(1.0, 2.0), (3.0, 4.0), (5.0, 6.0)], ""),
        );
        check("{}", r#"{"points": [1, 2, 3, 4]}"#, (Form::Box, &[(1.0, 2.0), (3.0, 4.0)], ""));
        check("{}", r#"{"points": [[1, -2e1]]}"#, (Form::Points, &[(1.0, -20.0)], ""));
    }

    #[test]
    fn kinds_are_known_by_their_last_word() {
        for (kind, expected) in [
            ("idah-image:bounding-box", Form::Box),
            ("Bounding_Box", Form::Box),
            ("polygon", Form::Polygon),
            ("x/poly-line", Form::Line),
            ("keypoints", Form::Points),
            ("", Form::Polygon),
        ] {
            assert_eq!(form(kind, 3), expected, "{kind}");
        }
    }

    #[test]
    fn points_that_are_none_are_refused() {
        let dataset: Dataset = serde_json::from_str("{}").unwrap();
        assert!(shape("{}", &dataset).is_err());
        for points in [
            "null",
            "\"x\"",
            "1",
            "[]",
            "[1]",
            "[1, 2, 3]",
            "[1, null, 3, 4]",
            "[1, [2, 3], 4]",
            "[[1, null], [2, 3], [4, null]]",
            "[[10, 20, 2], [30, 40, 2]]",
            "[[1, 2], [3]]",
            "[[1, 2], []]",
            "[[1, 2], null]",
            "[[1, \"2\"], [3, 4]]",
            "[[1, true], [3, 4]]",
            "[[[1, 2]], [[3, 4]]]",
            r#"[{"x": 1, "y": 2}, {"x": 3}]"#,
            r#"[{"x": 1, "y": 2}, {"x": [3, 4], "y": [5, 6]}]"#,
            r#"[{"x": 1, "y": null}, {"x": 3, "y": 4}]"#,
        ] {
            let json = format!("{{\"points\": {points}}}");
            assert!(shape(&json, &dataset).is_err(), "{json}");
        }
        assert!(shapes("{}", &dataset).is_err());
    }

    #[test]
    fn bounds_and_areas_are_those_of_geometry() {
        let triangle = Shape {
            form: Form::Polygon,
            points: vec![(0.0, 0.0), (4.0, 0.0), (0.0, 3.0)],
            category: String::new(),
        };
        assert_eq!(format!("{:?}", triangle.bounds()), "[0.0, 0.0, 4.0, 3.0]");
        assert!((triangle.area() - 6.0).abs() < 1e-9);
    }
}
