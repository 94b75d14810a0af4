//! A picture in memory: 8 bits a channel, row by row from the top.

/// What the channels of a pixel are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Grey,
    GreyAlpha,
    Rgb,
    Rgba,
    /// Ink: 0 is none of it.
    Cmyk,
}

impl Kind {
    pub(super) fn channels(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::GreyAlpha => 2,
            Self::Rgb => 3,
            Self::Rgba | Self::Cmyk => 4,
        }
    }

    pub(super) fn has_alpha(self) -> bool {
        matches!(self, Self::GreyAlpha | Self::Rgba)
    }
}

/// A picture: `width * height` pixels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Picture {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) kind: Kind,
    pub(super) pixels: Vec<u8>,
    /// The ICC profile of its colours; where there is none, sRGB is meant, or plain ink.
    pub(super) profile: Option<Vec<u8>>,
}

impl Picture {
    /// The same pixels in other places: that of a new place `(x, y)` comes from `origin(x, y)`.
    pub(super) fn rearranged(
        self,
        width: u32,
        height: u32,
        origin: impl Fn(u32, u32) -> (u32, u32),
    ) -> Self {
        let channels = self.kind.channels();
        let mut pixels = Vec::with_capacity(width as usize * height as usize * channels);
        for y in 0..height {
            for x in 0..width {
                let (from_x, from_y) = origin(x, y);
                let start = (from_y as usize * self.width as usize + from_x as usize) * channels;
                pixels.extend_from_slice(&self.pixels[start..start + channels]);
            }
        }
        Self { width, height, pixels, ..self }
    }

    /// The same on white, without alpha.
    pub(super) fn on_white(self) -> Self {
        let kind = match self.kind {
            Kind::GreyAlpha => Kind::Grey,
            Kind::Rgba => Kind::Rgb,
            Kind::Grey | Kind::Rgb | Kind::Cmyk => return self,
        };
        let colours = kind.channels();
        let mut pixels = Vec::with_capacity(self.pixels.len() / (colours + 1) * colours);
        for pixel in self.pixels.chunks_exact(colours + 1) {
            let alpha = pixel[colours];
            pixels.extend(pixel[..colours].iter().map(|&colour| mixed(255, colour, alpha)));
        }
        Self { kind, pixels, ..self }
    }

    /// The same as RGB, with alpha where it has some. Colours are not looked at: ink stays ink.
    pub(super) fn grey_as_rgb(self) -> Self {
        let kind = match self.kind {
            Kind::Grey => Kind::Rgb,
            Kind::GreyAlpha => Kind::Rgba,
            Kind::Rgb | Kind::Rgba | Kind::Cmyk => return self,
        };
        let mut pixels = Vec::with_capacity(self.pixels.len() * 3);
        for pixel in self.pixels.chunks_exact(self.kind.channels()) {
            pixels.extend_from_slice(&[pixel[0]; 3]);
            pixels.extend_from_slice(&pixel[1..]);
        }
        Self { kind, pixels, profile: None, ..self }
    }
}

/// A value over another, as opaque as `alpha` says.
pub(super) fn mixed(under: u8, over: u8, alpha: u8) -> u8 {
    let (under, over, alpha) = (u32::from(under), u32::from(over), u32::from(alpha));
    let sum = over * alpha + under * (255 - alpha);
    u8::try_from((sum + 127) / 255).expect("a mean of bytes is a byte")
}
