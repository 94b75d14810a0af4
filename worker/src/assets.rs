//! Assets: which file a record means, of what class it is, what it becomes.

pub(crate) mod reference;
pub(crate) mod choice;
pub(crate) mod class;
mod process;
pub(crate) mod converters;
mod conversion;
mod job;
mod child;
mod image;

pub use self::child::convert_images;
pub use self::converters::Images;
pub use self::image::is_cmyk_profile;
