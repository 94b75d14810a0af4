//! Pictures made smaller or larger: by the cubic of Catmull and Rom, first across rows, then along them.
//!
//! One row is made after the other, so that nothing is held but the picture itself and a row; sums are
//! made in a fixed order, by operations that IEEE 754 fixes, so that every processor comes to the same.

/// How far the cubic reaches to each side, in pixels of the smaller picture.
const REACH: f64 = 2.0;

/// What a new place of an edge is made of: the first old place, and the weights from there on.
struct Mix {
    first: usize,
    weights: Vec<f32>,
}

/// Makes the pixels of another size, of `CHANNELS` channels each, and hands them over row by row. What
/// comes may lie a little beyond what went in.
pub(super) fn resample<S: Copy + Into<f32>, const CHANNELS: usize>(
    pixels: &[S],
    [width, height]: [u32; 2],
    [to_width, to_height]: [u32; 2],
    mut put: impl FnMut([f32; CHANNELS]),
) {
    let columns = mixes(width, to_width);
    let len = width as usize * CHANNELS;
    let mut row = vec![0.0; len];
    for Mix { first, weights } in mixes(height, to_height) {
        row.fill(0.0);
        for (weight, from) in weights.iter().zip(pixels[first * len..].chunks_exact(len)) {
            for (sum, &value) in row.iter_mut().zip(from) {
                *sum += weight * value.into();
            }
        }
        let (pixels, _) = row.as_chunks::<CHANNELS>();
        for Mix { first, weights } in &columns {
            let mut sums = [0.0; CHANNELS];
            for (weight, pixel) in weights.iter().zip(&pixels[*first..]) {
                add(*weight, pixel, &mut sums);
            }
            put(sums);
        }
    }
}

/// Adds a pixel to sums. By places, not by iterators, of which each costs a call here where the compiler
/// does not see through them: ten million times for a photograph.
#[inline]
fn add<const CHANNELS: usize>(weight: f32, pixel: &[f32; CHANNELS], sums: &mut [f32; CHANNELS]) {
    for channel in 0..CHANNELS {
        sums[channel] += weight * pixel[channel];
    }
}

/// What every place of an edge of `to` pixels is made of, in one of `from`.
#[expect(
    clippy::cast_possible_truncation,
    reason = "weights in single precision are precise enough"
)]
fn mixes(from: u32, to: u32) -> Vec<Mix> {
    let ratio = f64::from(from) / f64::from(to);
    let spread = ratio.max(1.0);
    let mix = |place: u32| {
        let centre = (f64::from(place) + 0.5) * ratio;
        let first = place_of(centre - REACH * spread, from);
        let end = place_of(centre + REACH * spread + 1.0, from);
        let weight = |old: u32| cubic((f64::from(old) + 0.5 - centre) / spread);
        let sum: f64 = (first..end).map(weight).sum();
        let weights = (first..end).map(|old| (weight(old) / sum) as f32).collect();
        Mix { first: first as usize, weights }
    };
    (0..to).map(mix).collect()
}

/// The place that a coordinate lies in, at most the one behind the last.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "coordinates are at most a few pixels beyond edges, which are of 32 bits"
)]
fn place_of(at: f64, most: u32) -> u32 {
    (at.max(0.0) as u32).min(most)
}

/// The weight at a distance of the cubic that goes through its points (B 0, C 1/2).
fn cubic(distance: f64) -> f64 {
    let x = distance.abs();
    if x < 1.0 {
        (1.5 * x - 2.5) * x * x + 1.0
    } else if x < 2.0 {
        ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A row in another width.
    fn check(row: &[u8], expected: &[f32]) {
        let edge = |len: usize| u32::try_from(len).unwrap();
        let mut made = Vec::new();
        resample(row, [edge(row.len()), 1], [edge(expected.len()), 1], |[value]: [f32; 1]| {
            made.push(value);
        });
        let is_near = |(one, other): (&f32, &f32)| (one - other).abs() < 0.01;
        assert!(made.iter().zip(expected).all(is_near), "{row:?} becomes {made:?}");
    }

    #[test]
    fn rows_are_mixed_by_the_cubic() {
        check(&[7, 7, 7, 7, 7], &[7.0, 7.0]);
        check(&[9, 9], &[9.0; 7]);
        check(&[3, 250, 4], &[3.0, 250.0, 4.0]);
        check(&[0, 0, 100, 0, 0, 0], &[12.134, 42.366, -3.766]);
    }

    #[test]
    fn the_weights_of_every_place_are_one_together() {
        for (from, to) in [(1, 1), (1, 9), (9, 1), (4000, 1024), (3, 65535), (1000, 999)] {
            let mixes = mixes(from, to);
            assert_eq!(mixes.len(), to as usize);
            for Mix { first, weights } in mixes {
                let sum: f32 = weights.iter().sum();
                assert!((sum - 1.0).abs() < 1e-4, "{from} to {to}: {sum}");
                assert!(first + weights.len() <= from as usize, "{from} to {to}");
            }
        }
    }
}
