//! Where pixels are: turned, mirrored, cut, made smaller or larger.

use proto::definition::{Edge, Flip, Rotation, Size, Step};

use super::Refusal;
use super::picture::{Kind, Picture};
use super::resample::resample;

/// The picture as it is meant to be seen, by the orientation of EXIF, from 1 to 8.
pub(super) fn upright(picture: Picture, orientation: u16) -> Picture {
    match orientation {
        2 => flipped(picture, Flip::Horizontal),
        3 => rotated(picture, Rotation::Half),
        4 => flipped(picture, Flip::Vertical),
        5 => flipped(rotated(picture, Rotation::Quarter), Flip::Horizontal),
        6 => rotated(picture, Rotation::Quarter),
        7 => flipped(rotated(picture, Rotation::ThreeQuarters), Flip::Horizontal),
        8 => rotated(picture, Rotation::ThreeQuarters),
        _ => picture,
    }
}

/// One step of a conversion.
pub(super) fn step(picture: Picture, step: Step) -> Result<Picture, Refusal> {
    match step {
        Step::Rotate(rotation) => Ok(rotated(picture, rotation)),
        Step::Flip(flip) => Ok(flipped(picture, flip)),
        Step::Crop(part) => cropped(picture, part),
    }
}

fn rotated(picture: Picture, rotation: Rotation) -> Picture {
    let (width, height) = (picture.width, picture.height);
    match rotation {
        Rotation::Quarter => picture.rearranged(height, width, |x, y| (y, height - 1 - x)),
        Rotation::Half => picture.rearranged(width, height, |x, y| (width - 1 - x, height - 1 - y)),
        Rotation::ThreeQuarters => picture.rearranged(height, width, |x, y| (width - 1 - y, x)),
    }
}

fn flipped(picture: Picture, flip: Flip) -> Picture {
    let (width, height) = (picture.width, picture.height);
    match flip {
        Flip::Horizontal => picture.rearranged(width, height, |x, y| (width - 1 - x, y)),
        Flip::Vertical => picture.rearranged(width, height, |x, y| (x, height - 1 - y)),
    }
}

fn cropped(picture: Picture, part: Edge) -> Result<Picture, Refusal> {
    let width = picture.width.saturating_sub(part.left).min(part.width);
    let height = picture.height.saturating_sub(part.top).min(part.height);
    if width == 0 || height == 0 {
        let (width, height) = (picture.width, picture.height);
        return Err(Refusal::new(format!(
            "the part to cut out lies beyond its {width} by {height} pixels"
        )));
    }
    Ok(picture.rearranged(width, height, |x, y| (part.left + x, part.top + y)))
}

/// The picture in another size.
pub(super) fn sized(
    picture: Picture,
    size: Size,
    enlarge: bool,
    most_pixels: u64,
) -> Result<Picture, Refusal> {
    let (width, height) = (picture.width, picture.height);
    let by_width = |to: u32| (to, scaled(height, to, width));
    let by_height = |to: u32| (scaled(width, to, height), to);
    let is_wide = |[to_width, to_height]: [u32; 2]| {
        u64::from(width) * u64::from(to_height) > u64::from(height) * u64::from(to_width)
    };
    let (to_width, to_height) = match size {
        Size::Width(to) => by_width(to),
        Size::Height(to) => by_height(to),
        Size::LongEdge(to) if width >= height => by_width(to),
        Size::LongEdge(to) => by_height(to),
        Size::ShortEdge(to) if width >= height => by_height(to),
        Size::ShortEdge(to) => by_width(to),
        Size::Contain(to) if is_wide(to) => by_width(to[0]),
        Size::Contain(to) => by_height(to[1]),
        Size::Cover(to) if is_wide(to) => by_height(to[1]),
        Size::Cover(to) => by_width(to[0]),
    };
    let is_larger = to_width > width || to_height > height;
    let picture = if (is_larger && !enlarge) || (to_width, to_height) == (width, height) {
        picture
    } else if u64::from(to_width) * u64::from(to_height) > most_pixels {
        return Err(Refusal::new(format!(
            "it would have {to_width} by {to_height} pixels, and at most {most_pixels} are written"
        )));
    } else {
        resized(picture, to_width, to_height)
    };
    let Size::Cover([most_width, most_height]) = size else { return Ok(picture) };
    let (width, height) = (picture.width.min(most_width), picture.height.min(most_height));
    let (left, top) = ((picture.width - width) / 2, (picture.height - height) / 2);
    cropped(picture, Edge { left, top, width, height })
}

/// An edge as long as `to` is to `from`, rounded, at least a pixel.
fn scaled(edge: u32, to: u32, from: u32) -> u32 {
    let (edge, to, from) = (u64::from(edge), u64::from(to), u64::from(from.max(1)));
    u32::try_from((edge * to + from / 2) / from).unwrap_or(u32::MAX).max(1)
}

/// The picture with other edges.
pub(super) fn resized(picture: Picture, width: u32, height: u32) -> Picture {
    let pixels = match picture.kind {
        Kind::Grey => scaled_plain::<1>(&picture, [width, height]),
        Kind::Rgb => scaled_plain::<3>(&picture, [width, height]),
        Kind::Cmyk => scaled_plain::<4>(&picture, [width, height]),
        Kind::GreyAlpha => scaled_with_alpha::<2>(&picture, [width, height]),
        Kind::Rgba => scaled_with_alpha::<4>(&picture, [width, height]),
    };
    Picture { width, height, pixels, ..picture }
}

fn scaled_plain<const CHANNELS: usize>(picture: &Picture, to: [u32; 2]) -> Vec<u8> {
    let mut pixels = Vec::with_capacity(to[0] as usize * to[1] as usize * CHANNELS);
    resample(&picture.pixels, [picture.width, picture.height], to, |values: [f32; CHANNELS]| {
        pixels.extend(values.iter().map(|&value| byte(value)));
    });
    pixels
}

/// What cannot be seen has no part in the colours beside it.
fn scaled_with_alpha<const CHANNELS: usize>(picture: &Picture, to: [u32; 2]) -> Vec<u8> {
    let mut weighed = Vec::with_capacity(picture.pixels.len());
    for pixel in picture.pixels.chunks_exact(CHANNELS) {
        let alpha = u16::from(pixel[CHANNELS - 1]);
        weighed.extend(pixel[..CHANNELS - 1].iter().map(|&colour| u16::from(colour) * alpha));
        weighed.push(alpha * 255);
    }
    let mut pixels = Vec::with_capacity(to[0] as usize * to[1] as usize * CHANNELS);
    resample(&weighed, [picture.width, picture.height], to, |mut values: [f32; CHANNELS]| {
        let alpha = values[CHANNELS - 1];
        let seen = if alpha > 0.0 { 255.0 / alpha } else { 0.0 };
        for colour in &mut values[..CHANNELS - 1] {
            *colour *= seen;
        }
        values[CHANNELS - 1] = alpha / 255.0;
        pixels.extend(values.iter().map(|&value| byte(value)));
    });
    pixels
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "what is beyond a byte becomes the nearest one"
)]
fn byte(value: f32) -> u8 {
    (value + 0.5) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A grey picture of these rows.
    fn grey(rows: &[&[u8]]) -> Picture {
        Picture {
            width: u32::try_from(rows[0].len()).unwrap(),
            height: u32::try_from(rows.len()).unwrap(),
            kind: Kind::Grey,
            pixels: rows.concat(),
            profile: None,
        }
    }

    #[test]
    fn every_orientation_is_made_upright() {
        let expected: [&[&[u8]]; 9] = [
            &[&[1, 2, 3], &[4, 5, 6]],
            &[&[1, 2, 3], &[4, 5, 6]],
            &[&[3, 2, 1], &[6, 5, 4]],
            &[&[6, 5, 4], &[3, 2, 1]],
            &[&[4, 5, 6], &[1, 2, 3]],
            &[&[1, 4], &[2, 5], &[3, 6]],
            &[&[4, 1], &[5, 2], &[6, 3]],
            &[&[6, 3], &[5, 2], &[4, 1]],
            &[&[3, 6], &[2, 5], &[1, 4]],
        ];
        for (orientation, rows) in (0..).zip(expected) {
            let picture = grey(&[&[1, 2, 3], &[4, 5, 6]]);
            assert_eq!(upright(picture, orientation), grey(rows), "{orientation}");
        }
    }

    #[test]
    fn steps_are_done_in_their_order() {
        let picture = || grey(&[&[1, 2, 3], &[4, 5, 6]]);
        let part = Edge { left: 1, top: 0, width: 9, height: 1 };
        let done = step(picture(), Step::Crop(part)).unwrap();
        assert_eq!(step(done, Step::Rotate(Rotation::Quarter)), Ok(grey(&[&[2], &[3]])));
        let done = step(picture(), Step::Rotate(Rotation::Quarter)).unwrap();
        assert_eq!(step(done, Step::Crop(part)), Ok(grey(&[&[1]])));
        let beyond = Edge { left: 3, ..part };
        assert!(step(picture(), Step::Crop(beyond)).is_err());
    }

    #[test]
    fn sizes_keep_proportions() {
        let check = |size, enlarge, expected| {
            let (width, height) = (300, 200);
            let pixels = vec![7; 300 * 200];
            let picture = Picture { width, height, kind: Kind::Grey, pixels, profile: None };
            let sized = sized(picture, size, enlarge, 1 << 20).unwrap();
            assert_eq!((sized.width, sized.height), expected, "{size:?}");
            assert!(sized.pixels.iter().all(|&value| value == 7), "{size:?}");
        };
        check(Size::LongEdge(150), false, (150, 100));
        check(Size::ShortEdge(100), false, (150, 100));
        check(Size::Width(100), false, (100, 67));
        check(Size::Height(1), false, (2, 1));
        check(Size::Contain([100, 100]), false, (100, 67));
        check(Size::Contain([300, 50]), false, (75, 50));
        check(Size::Cover([100, 100]), false, (100, 100));
        check(Size::Cover([150, 50]), false, (150, 50));
        check(Size::Width(600), false, (300, 200));
        check(Size::Width(600), true, (600, 400));
        check(Size::Cover([400, 100]), false, (300, 100));
        check(Size::Cover([400, 400]), true, (400, 400));
    }

    #[test]
    fn nothing_is_made_larger_than_allowed() {
        let picture = grey(&[&[1, 2], &[3, 4]]);
        assert!(sized(picture.clone(), Size::Width(65535), true, 1000).is_err());
        // Nothing would be made of it, however many pixels it would have.
        assert_eq!(sized(picture.clone(), Size::Width(65535), false, 1000), Ok(picture.clone()));
        let cover = sized(picture, Size::Cover([65535, 1]), false, 1000);
        assert_eq!(cover, Ok(grey(&[&[1, 2]])));
    }

    #[test]
    fn what_cannot_be_seen_does_not_colour_what_is_beside_it() {
        let pixels = [[255, 255], [0, 0]].concat();
        let picture = Picture { width: 2, height: 1, kind: Kind::GreyAlpha, pixels, profile: None };
        let half = resized(picture, 1, 1);
        assert!(half.pixels[0] >= 254, "{:?}", half.pixels);
        assert!((120..136).contains(&half.pixels[1]), "{:?}", half.pixels);
    }
}
