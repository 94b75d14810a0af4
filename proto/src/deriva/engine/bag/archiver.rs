//! What a bag is packed with.

/// The archivers, by the names in configurations.
pub(super) const ARCHIVERS: [(&str, Archiver); 5] = [
    ("zip", Archiver::Zip),
    ("tgz", Archiver::Tgz),
    ("tar", Archiver::Tar),
    ("bz2", Archiver::Bz2),
    ("xz", Archiver::Xz),
];

/// What a bag is packed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Archiver {
    /// ZIP.
    Zip,
    /// A tar, through gzip.
    Tgz,
    /// A tar.
    Tar,
    /// A tar, through bzip2.
    Bz2,
    /// A tar, through xz.
    Xz,
}

impl Archiver {
    /// The extension of what it packs, which is its name as well.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Zip => "zip",
            Self::Tgz => "tgz",
            Self::Tar => "tar",
            Self::Bz2 => "bz2",
            Self::Xz => "xz",
        }
    }
}
