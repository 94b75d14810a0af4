//! The easydb dialect: export documents of easydb 5 and fylr, read into definitions and written back.
//!
//! Reading forgives what their clients get away with: keys that nobody knows and nulls are tolerated and
//! named in a warning, older shapes are taken and shown in the normal form from then on. What cannot be
//! meant is a [`Mistake`], and all of them are told at once.

mod mistake;
mod reading;
mod vocabulary;
mod nulls;
mod document;
mod meaning;
mod export;
mod fields;
mod tables;
mod files;
mod custom;
mod schedule;
mod transport;
mod place;
mod free;
mod instance;
mod profile;
#[cfg(test)]
mod tests;

pub use self::document::{Document, Kind, Read};
pub use self::free::{FreeHosts, FreePlace};
pub use self::instance::Instance;
pub use self::mistake::{Mistake, What};
pub use self::place::Places;
pub use self::profile::{Profiled, profiled};
pub use self::transport::{Way, WayKind};
pub use self::vocabulary::vocabulary;
