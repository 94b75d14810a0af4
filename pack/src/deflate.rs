//! Deflate in the three ways an export needs it, and back again.
//!
//! A member that fits in memory goes through [`Compressor`], a large one through [`Stream`], and a
//! batch's part of a member that spans batches through [`ShareWriter`]. What is compressed already
//! is recognised by [`worth_deflating`] and stored. Equal content gives equal bytes, however it was
//! cut into calls.

mod member;
mod probe;
mod steady;
mod stream;
mod share;
mod inflate;

pub use self::inflate::{Corrupt, Inflater, Progress, Step};
pub use self::member::{Compressor, Packed};
pub use self::probe::worth_deflating;
pub use self::share::{END_OF_SHARES, ShareWriter, stored_block};
pub use self::stream::Stream;
