//! Colour spaces: by ICC profiles where there are some, by plain arithmetic where there are none.

use moxcms::{ColorProfile, DataColorSpace, Layout, RenderingIntent, TransformOptions};

use super::Refusal;
use super::picture::{Kind, Picture};

/// The picture in sRGB, without profile; grey stays grey, one channel of what would be three the same.
/// CMYK without a profile of its own that fits is taken to be in `cmyk`, and for plain ink where that is
/// nothing.
pub(super) fn to_srgb(picture: Picture, cmyk: Option<&[u8]>) -> Result<Picture, Refusal> {
    let own = picture.profile.as_deref().and_then(|own| known(own, picture.kind));
    let profile = match picture.kind {
        Kind::Cmyk => own.or_else(|| known(cmyk?, Kind::Cmyk)),
        Kind::Grey | Kind::GreyAlpha | Kind::Rgb | Kind::Rgba => own,
    };
    match (profile, picture.kind) {
        (Some(profile), Kind::Cmyk) => {
            let pixels = transformed(&picture, &profile, Layout::Rgba, &srgb(), Layout::Rgb)?;
            Ok(Picture { kind: Kind::Rgb, pixels, profile: None, ..picture })
        }
        (Some(profile), Kind::Rgb) => {
            let pixels = transformed(&picture, &profile, Layout::Rgb, &srgb(), Layout::Rgb)?;
            Ok(Picture { pixels, profile: None, ..picture })
        }
        (Some(profile), Kind::Rgba) => {
            let pixels = transformed(&picture, &profile, Layout::Rgba, &srgb(), Layout::Rgba)?;
            Ok(Picture { pixels, profile: None, ..picture })
        }
        (None, Kind::Cmyk) => {
            let pixels = picture.pixels.chunks_exact(4).flat_map(of_plain_ink).collect();
            Ok(Picture { kind: Kind::Rgb, pixels, profile: None, ..picture })
        }
        (Some(profile), Kind::Grey) => {
            let pixels = transformed(&picture, &profile, Layout::Gray, &srgb(), Layout::Rgb)?;
            let pixels = pixels.chunks_exact(3).map(|pixel| pixel[0]).collect();
            Ok(Picture { pixels, profile: None, ..picture })
        }
        (Some(profile), Kind::GreyAlpha) => {
            let pixels = transformed(&picture, &profile, Layout::GrayAlpha, &srgb(), Layout::Rgba)?;
            let pixels = pixels.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[3]]).collect();
            Ok(Picture { pixels, profile: None, ..picture })
        }
        (None, Kind::Grey | Kind::GreyAlpha | Kind::Rgb | Kind::Rgba) => {
            Ok(Picture { profile: None, ..picture })
        }
    }
}

/// The picture in grey: the luma of Rec. 709.
pub(super) fn to_grey(picture: Picture, cmyk: Option<&[u8]>) -> Result<Picture, Refusal> {
    let picture = to_srgb(picture, cmyk)?;
    let kind = match picture.kind {
        Kind::Grey | Kind::GreyAlpha | Kind::Cmyk => return Ok(picture),
        Kind::Rgb => Kind::Grey,
        Kind::Rgba => Kind::GreyAlpha,
    };
    let grey = |pixel: &[u8]| {
        let [red, green, blue] = [0, 1, 2].map(|channel| u32::from(pixel[channel]));
        let sum = 13_933 * red + 46_871 * green + 4_732 * blue;
        u8::try_from((sum + (1 << 15)) >> 16).unwrap_or(u8::MAX)
    };
    let mut pixels = Vec::with_capacity(picture.pixels.len() / 3);
    for pixel in picture.pixels.chunks_exact(picture.kind.channels()) {
        pixels.push(grey(pixel));
        pixels.extend_from_slice(&pixel[3..]);
    }
    Ok(Picture { kind, pixels, ..picture })
}

/// The picture in the CMYK of a profile, which it then carries; in plain ink without one.
pub(super) fn to_cmyk(picture: Picture, cmyk: Option<&[u8]>) -> Result<Picture, Refusal> {
    let is_meant = |own: &[u8]| cmyk.is_none_or(|profile| own == profile);
    let own = picture.profile.as_deref().filter(|own| known(own, picture.kind).is_some());
    if picture.kind == Kind::Cmyk && own.is_none_or(is_meant) {
        let profile = own.or(cmyk).map(<[u8]>::to_vec);
        return Ok(Picture { profile, ..picture });
    }
    let picture = to_srgb(picture, cmyk)?.on_white().grey_as_rgb();
    let Some(profile) = cmyk else {
        let pixels = picture.pixels.chunks_exact(3).flat_map(as_plain_ink).collect();
        return Ok(Picture { kind: Kind::Cmyk, pixels, ..picture });
    };
    let Some(parsed) = known(profile, Kind::Cmyk) else {
        return Err(Refusal::Provided("the configured profile is no profile of CMYK".to_owned()));
    };
    let pixels = transformed(&picture, &srgb(), Layout::Rgb, &parsed, Layout::Rgba)?;
    Ok(Picture { kind: Kind::Cmyk, pixels, profile: Some(profile.to_vec()), ..picture })
}

/// Whether this is an ICC profile that CMYK is read and written with.
pub fn is_cmyk_profile(profile: &[u8]) -> bool {
    known(profile, Kind::Cmyk).is_some()
}

fn srgb() -> ColorProfile {
    ColorProfile::new_srgb()
}

/// A profile, where it is one, and for pixels of this kind. One that is not is left aside, as all
/// programs do.
fn known(profile: &[u8], kind: Kind) -> Option<ColorProfile> {
    let parsed = ColorProfile::new_from_slice(profile).ok()?;
    let fits = match kind {
        // One that leads to Lab is unknown to the arithmetic; none has been seen.
        Kind::Grey | Kind::GreyAlpha => {
            parsed.color_space == DataColorSpace::Gray
                && parsed.pcs == DataColorSpace::Xyz
                && parsed.gray_trc.is_some()
        }
        Kind::Rgb | Kind::Rgba => parsed.color_space == DataColorSpace::Rgb,
        Kind::Cmyk => parsed.color_space == DataColorSpace::Cmyk,
    };
    fits.then_some(parsed)
}

fn transformed(
    picture: &Picture,
    from: &ColorProfile,
    from_layout: Layout,
    to: &ColorProfile,
    to_layout: Layout,
) -> Result<Vec<u8>, Refusal> {
    let options = TransformOptions {
        rendering_intent: RenderingIntent::RelativeColorimetric,
        ..TransformOptions::default()
    };
    let refusal = |error| Refusal::new(format!("its colours cannot be converted: {error}"));
    let transform =
        from.create_transform_8bit(from_layout, to, to_layout, options).map_err(refusal)?;
    let count = picture.pixels.len() / picture.kind.channels();
    let mut pixels = vec![0; count * to_layout.channels()];
    transform.transform(&picture.pixels, &mut pixels).map_err(refusal)?;
    Ok(pixels)
}

/// What is seen of ink without a profile: each takes away from white, black from all.
fn of_plain_ink(ink: &[u8]) -> [u8; 3] {
    let left = |ink: u8| 255 - u32::from(ink);
    let black = left(ink[3]);
    [0, 1, 2].map(|channel| {
        let value = (left(ink[channel]) * black + 127) / 255;
        u8::try_from(value).expect("a product of parts of 255 is one")
    })
}

/// The ink for a colour without a profile: as much black as can be.
fn as_plain_ink(colour: &[u8]) -> [u8; 4] {
    let light = colour.iter().copied().max().unwrap_or(0);
    let ink = |channel: usize| {
        let missing = u32::from(light - colour[channel]) * 255;
        let light = u32::from(light);
        u8::try_from((missing + light / 2).checked_div(light).unwrap_or(0)).unwrap_or(u8::MAX)
    };
    [ink(0), ink(1), ink(2), 255 - light]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_ink_and_back_is_the_same_colour() {
        for colour in [[0, 0, 0], [255, 255, 255], [200, 100, 50], [1, 2, 3], [255, 0, 0]] {
            let back = of_plain_ink(&as_plain_ink(&colour));
            let far = colour.iter().zip(back).map(|(one, other)| one.abs_diff(other)).max();
            assert!(far <= Some(1), "{colour:?} becomes {back:?}");
        }
    }

    #[test]
    fn a_profile_that_is_none_is_left_aside() {
        let picture = Picture {
            width: 1,
            height: 1,
            kind: Kind::Rgb,
            pixels: vec![1, 2, 3],
            profile: Some(b"no profile".to_vec()),
        };
        let converted = to_srgb(picture, None).unwrap();
        assert_eq!((converted.pixels, converted.profile), (vec![1, 2, 3], None));
    }

    #[test]
    fn ink_whose_own_profile_is_none_is_in_the_operators() {
        let operators = std::fs::read("/usr/share/color/icc/ghostscript/default_cmyk.icc").unwrap();
        let ink = |profile: Option<&[u8]>| Picture {
            width: 1,
            height: 1,
            kind: Kind::Cmyk,
            pixels: vec![0, 100, 200, 30],
            profile: profile.map(<[u8]>::to_vec),
        };
        let broken = || ink(Some(b"no profile"));
        let seen = to_srgb(broken(), Some(&operators)).unwrap();
        assert_eq!(seen, to_srgb(ink(None), Some(&operators)).unwrap());
        assert_ne!(seen, to_srgb(broken(), None).unwrap());
        assert_eq!(to_cmyk(broken(), Some(&operators)).unwrap(), ink(Some(&operators)));
        assert_eq!(to_cmyk(broken(), None).unwrap(), ink(None));
    }
}
