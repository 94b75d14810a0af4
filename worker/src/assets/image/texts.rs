//! The texts in an image's file: what was there, and what is written.

use proto::definition::{Metadata, MetadataName};
use proto::image::Tag;

use super::exif::Exif;
use super::{iptc, xmp};

/// The texts of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Texts {
    pub(super) exif: Option<Exif>,
    /// The packet.
    pub(super) xmp: Option<Vec<u8>>,
    /// The records.
    pub(super) iptc: Option<Vec<u8>>,
}

impl Texts {
    /// How the picture is turned, from 1 (upright) to 8.
    pub(super) fn orientation(&self) -> u16 {
        self.exif.as_ref().and_then(Exif::orientation).unwrap_or(1)
    }

    /// What is written of them, and of the texts for tags. Pictures are upright by then.
    pub(super) fn become_of(self, metadata: &Metadata, written: &[(String, String)]) -> Self {
        match metadata {
            Metadata::Named(MetadataName::Keep) => {
                Self { exif: self.exif.map(Exif::upright), ..self }
            }
            Metadata::Named(MetadataName::Remove) => Self::default(),
            // XMP may repeat what EXIF tells of places and devices, and IPTC says what people wrote.
            Metadata::Named(MetadataName::Standard) => {
                Self { exif: self.exif.and_then(Exif::descriptive), xmp: None, iptc: self.iptc }
            }
            Metadata::Mapped(_) => Self::of(written),
        }
    }

    /// The texts for tags; those without a text are not written.
    fn of(written: &[(String, String)]) -> Self {
        let (mut exif, mut properties, mut data_sets) = (Exif::default(), Vec::new(), Vec::new());
        for (tag, text) in written.iter().filter(|(_, text)| !text.is_empty()) {
            match Tag::parse(tag) {
                Ok(Tag::Xmp { prefix, namespace, name }) => {
                    properties.push(xmp::Property { prefix, namespace, name, text });
                }
                Ok(Tag::Iptc { number, most_bytes, is_list }) => {
                    data_sets.push(iptc::DataSet { number, most_bytes, is_list, text });
                }
                Ok(Tag::Exif { number }) => exif.set_text(number, text),
                // A definition with such a tag is refused.
                Err(_) => {}
            }
        }
        Self {
            exif: (exif != Exif::default()).then_some(exif),
            xmp: (!properties.is_empty()).then(|| xmp::packet(&properties)),
            iptc: (!data_sets.is_empty()).then(|| iptc::records(&data_sets)),
        }
    }
}
