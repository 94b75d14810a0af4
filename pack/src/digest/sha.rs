//! The digests called SHA, of whatever comes.

use std::fmt;

use aws_lc_rs::digest::{Algorithm, Context, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA512};
use proto::digest::hex;

/// One under way: AWS-LC's, which has code of its own for processors with and without instructions for SHA. On one
/// without, it is twice as fast as `sha2` with SHA-256.
#[derive(Clone)]
pub(super) struct Sha(Context);

impl Sha {
    pub(super) fn sha1() -> Self {
        Self::begin(&SHA1_FOR_LEGACY_USE_ONLY)
    }

    pub(super) fn sha256() -> Self {
        Self::begin(&SHA256)
    }

    pub(super) fn sha512() -> Self {
        Self::begin(&SHA512)
    }

    fn begin(algorithm: &'static Algorithm) -> Self {
        Self(Context::new(algorithm))
    }

    /// Takes in the next bytes.
    pub(super) fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    /// In lowercase hexadecimal.
    pub(super) fn finish(self) -> String {
        hex(self.0.finish().as_ref())
    }
}

impl fmt::Debug for Sha {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sha").field(self.0.algorithm()).finish()
    }
}
