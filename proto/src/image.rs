//! The tags that texts are written to in the files of images: `xmp:dc:title`, `iptc:ObjectName`,
//! `exif:Artist`.

/// A tag that a text can be written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag<'t> {
    /// A property of XMP.
    Xmp {
        /// The prefix of its namespace.
        prefix: &'t str,
        /// The namespace.
        namespace: &'static str,
        /// Its name.
        name: &'t str,
    },
    /// A data set of IPTC's application record (2).
    Iptc {
        /// Its number.
        number: u8,
        /// How many bytes of text it takes.
        most_bytes: usize,
        /// Whether there may be several.
        is_list: bool,
    },
    /// A text of EXIF's first directory.
    Exif {
        /// Its number.
        number: u16,
    },
}

/// The namespaces of XMP, by the prefixes that all programs use.
const NAMESPACES: &[(&str, &str)] = &[
    ("dc", "http://purl.org/dc/elements/1.1/"),
    ("xmp", "http://ns.adobe.com/xap/1.0/"),
    ("xmpRights", "http://ns.adobe.com/xap/1.0/rights/"),
    ("photoshop", "http://ns.adobe.com/photoshop/1.0/"),
    ("Iptc4xmpCore", "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"),
    ("Iptc4xmpExt", "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"),
    ("plus", "http://ns.useplus.org/ldf/xmp/1.0/"),
];

/// IPTC's data sets: name, number, bytes, and whether there may be several. From the IPTC-NAA
/// Information Interchange Model, version 4.2.
const DATA_SETS: &[(&str, u8, usize, bool)] = &[
    ("ObjectName", 5, 64, false),
    ("Category", 15, 3, false),
    ("SupplementalCategories", 20, 32, true),
    ("Keywords", 25, 64, true),
    ("SpecialInstructions", 40, 256, false),
    ("DateCreated", 55, 8, false),
    ("By-line", 80, 32, true),
    ("By-lineTitle", 85, 32, true),
    ("City", 90, 32, false),
    ("Sub-location", 92, 32, false),
    ("Province-State", 95, 32, false),
    ("Country-PrimaryLocationCode", 100, 3, false),
    ("Country-PrimaryLocationName", 101, 64, false),
    ("OriginalTransmissionReference", 103, 32, false),
    ("Headline", 105, 256, false),
    ("Credit", 110, 32, false),
    ("Source", 115, 32, false),
    ("CopyrightNotice", 116, 128, false),
    ("Contact", 118, 128, true),
    ("Caption-Abstract", 120, 2000, false),
    ("Writer-Editor", 122, 32, true),
];

/// EXIF's texts: name and number in the first directory.
const TEXTS: &[(&str, u16)] = &[
    ("DocumentName", 0x010d),
    ("ImageDescription", 0x010e),
    ("Make", 0x010f),
    ("Model", 0x0110),
    ("Software", 0x0131),
    ("ModifyDate", 0x0132),
    ("Artist", 0x013b),
    ("Copyright", 0x8298),
];

impl<'t> Tag<'t> {
    /// Reads a tag, or tells why it is none.
    pub fn parse(text: &'t str) -> Result<Self, String> {
        let unknown = |what: &str, known: &mut dyn Iterator<Item = &'static str>| {
            let known: Vec<&str> = known.collect();
            format!("{text:?} names no {what}; there are {}", known.join(", "))
        };
        match text.split_once(':') {
            Some(("xmp", rest)) => {
                let (prefix, name) = rest.split_once(':').unwrap_or(("", rest));
                let known = NAMESPACES.iter().find(|(known, _)| *known == prefix);
                let Some((_, namespace)) = known else {
                    return Err(unknown("namespace", &mut NAMESPACES.iter().map(|known| known.0)));
                };
                let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
                    && name.chars().all(|c| c.is_ascii_alphanumeric());
                if !is_name {
                    return Err(format!("{name:?} is no name of a property"));
                }
                Ok(Self::Xmp { prefix, namespace, name })
            }
            Some(("iptc", name)) => {
                let known = DATA_SETS.iter().find(|known| known.0 == name);
                let &(_, number, most_bytes, is_list) = known.ok_or_else(|| {
                    unknown("data set", &mut DATA_SETS.iter().map(|known| known.0))
                })?;
                Ok(Self::Iptc { number, most_bytes, is_list })
            }
            Some(("exif", name)) => {
                let known = TEXTS.iter().find(|known| known.0 == name);
                let &(_, number) =
                    known.ok_or_else(|| unknown("text", &mut TEXTS.iter().map(|known| known.0)))?;
                Ok(Self::Exif { number })
            }
            Some(_) | None => Err(format!(
                "{text:?} is no tag: it begins with neither `xmp:`, `iptc:` nor `exif:`"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_known_by_name() {
        let title = Tag::parse("xmp:dc:title").unwrap();
        assert!(matches!(title, Tag::Xmp { prefix: "dc", name: "title", .. }), "{title:?}");
        assert_eq!(Tag::parse("exif:Artist"), Ok(Tag::Exif { number: 0x013b }));
        let keywords = Tag::Iptc { number: 25, most_bytes: 64, is_list: true };
        assert_eq!(Tag::parse("iptc:Keywords"), Ok(keywords));
        for text in ["", "title", "xmp:title", "xmp:dc:", "xmp:dc:a b", "exif:artist", "png:Title"]
        {
            assert!(Tag::parse(text).is_err(), "{text:?}");
        }
    }
}
