//! A picture of the operator's laid over another.

use std::path::Path;

use proto::definition::{Position, Watermark};

use super::picture::{Kind, Picture, mixed};
use super::{Refusal, colour, decode, geometry};
use crate::assets::job::Job;

/// The picture in sRGB with the watermark over it.
pub(super) fn laid_over(
    picture: Picture,
    asked: &Watermark,
    path: &Path,
    job: &Job,
    cmyk: Option<&[u8]>,
) -> Result<Picture, Refusal> {
    let unreadable =
        |why: String| Refusal::Provided(format!("the watermark {:?}: {why}", asked.image));
    let bytes = std::fs::read(path).map_err(|error| unreadable(error.to_string()))?;
    let mark = decode::decode(&bytes, job).map_err(|refusal| unreadable(refusal.why()))?;
    let mark = colour::to_srgb(mark.picture, cmyk)?.grey_as_rgb();
    let mut picture = colour::to_srgb(picture, cmyk)?.grey_as_rgb();
    let mark = fitted(mark, asked, &picture);
    let (left, top) = corner(asked.position, &picture, &mark);
    let (under, over) = (picture.kind.channels(), mark.kind.channels());
    for y in 0..mark.height {
        for x in 0..mark.width {
            let from = (y as usize * mark.width as usize + x as usize) * over;
            let pixel = &mark.pixels[from..from + over];
            let seen = if mark.kind == Kind::Rgba { pixel[3] } else { 255 };
            let alpha = u32::from(seen) * u32::from(asked.opacity.min(100));
            let alpha = u8::try_from((alpha + 50) / 100).unwrap_or(u8::MAX);
            let place = (top + y) as usize * picture.width as usize + (left + x) as usize;
            let target = &mut picture.pixels[place * under..(place + 1) * under];
            match target {
                [colours @ .., seen] if picture.kind.has_alpha() => {
                    let under = *seen;
                    *seen = mixed(under, 255, alpha);
                    for (colour, over) in colours.iter_mut().zip(pixel) {
                        *colour = laid(*colour, under, *over, alpha);
                    }
                }
                colours => {
                    for (colour, over) in colours.iter_mut().zip(pixel) {
                        *colour = mixed(*colour, *over, alpha);
                    }
                }
            }
        }
    }
    Ok(picture)
}

/// A colour over another that is seen through itself: each counts as much as it is seen.
fn laid(under: u8, seen: u8, over: u8, alpha: u8) -> u8 {
    let (seen, alpha) = (u32::from(seen) * u32::from(255 - alpha), u32::from(alpha) * 255);
    let sum = u32::from(under) * seen + u32::from(over) * alpha;
    let all = seen + alpha;
    let mean = (sum + all / 2).checked_div(all).unwrap_or(u32::from(under));
    u8::try_from(mean).expect("a mean of bytes is a byte")
}

/// The watermark as wide as it is asked for, and no larger than the picture.
fn fitted(mark: Picture, asked: &Watermark, picture: &Picture) -> Picture {
    let wanted = match asked.scale {
        Some(percent) => u64::from(picture.width) * u64::from(percent) / 100,
        None => u64::from(mark.width.min(picture.width)),
    };
    let tall = u64::from(picture.height) * u64::from(mark.width) / u64::from(mark.height.max(1));
    let width = wanted.min(tall).max(1);
    let height = (u64::from(mark.height) * width / u64::from(mark.width.max(1))).max(1);
    let edge = |edge: u64, most: u32| u32::try_from(edge).unwrap_or(most).min(most);
    let (width, height) = (edge(width, picture.width), edge(height, picture.height));
    if (width, height) == (mark.width, mark.height) {
        return mark;
    }
    geometry::resized(mark, width, height)
}

/// Where its upper left corner lies: a fiftieth of the shorter edge from the picture's own, where
/// there is room.
fn corner(position: Position, picture: &Picture, mark: &Picture) -> (u32, u32) {
    let (free_x, free_y) = (picture.width - mark.width, picture.height - mark.height);
    let margin = picture.width.min(picture.height) / 50;
    let (near_x, near_y) = (margin.min(free_x), margin.min(free_y));
    match position {
        Position::TopLeft => (near_x, near_y),
        Position::TopRight => (free_x - near_x, near_y),
        Position::Centre => (free_x / 2, free_y / 2),
        Position::BottomLeft => (near_x, free_y - near_y),
        Position::BottomRight => (free_x - near_x, free_y - near_y),
    }
}
