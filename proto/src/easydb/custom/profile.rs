//! The profile that colours are written by, by its name: sRGB is one that everybody has.

use crate::abridged;
use crate::definition::Colour;
use crate::easydb::reading::Reading;

/// What names of sRGB begin with, in small letters.
const SRGB: &str = "srgb";

/// The colour space that a profile means beside the one that is asked for. Of other profiles than sRGB nobody here
/// has the file: the operator has that of CMYK.
pub(super) fn colour(place: &str, profile: &str, colour: Colour, reading: &mut Reading) -> Colour {
    let is_srgb = profile.to_ascii_lowercase().starts_with(SRGB);
    match colour {
        Colour::Keep | Colour::Rgb if is_srgb => Colour::Rgb,
        Colour::Keep | Colour::Rgb | Colour::Cmyk | Colour::Grey => {
            let name = abridged::text(profile);
            let why = "which is not here; colours are written as `colorspace` says";
            reading.tolerate(place, format_args!("names the profile {name:?}, {why}"));
            colour
        }
    }
}
