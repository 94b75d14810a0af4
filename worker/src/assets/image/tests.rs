//! Conversions, judged by ImageMagick and ExifTool.

mod desk;
mod formats;
mod colours;
mod shapes;
mod kinds;
mod texts;
mod refused;
