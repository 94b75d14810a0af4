//! Of what class a file is: by its first bytes, and where these say nothing by its extension.

use proto::definition::Class;

/// How many of a file's first bytes are looked at.
pub(crate) const HEAD_BYTES: usize = 1024;

/// Signs of a class at the very beginning of a file.
const SIGNS: &[(&[u8], Class)] = &[
    (b"\xff\xd8\xff", Class::Image),
    (b"\x89PNG\r\n\x1a\n", Class::Image),
    (b"GIF87a", Class::Image),
    (b"GIF89a", Class::Image),
    (b"II*\0", Class::Image),
    (b"MM\0*", Class::Image),
    (b"II+\0", Class::Image),
    (b"MM\0+", Class::Image),
    (b"8BPS", Class::Image),
    (b"\0\0\x01\0", Class::Image),
    (b"\0\0\0\x0cjP  ", Class::Image),
    (b"ID3", Class::Audio),
    (b"fLaC", Class::Audio),
    (b"#!AMR", Class::Audio),
    (b"MThd", Class::Audio),
    (b"\x1a\x45\xdf\xa3", Class::Video),
    (b"FLV\x01", Class::Video),
    (b"\0\0\x01\xba", Class::Video),
    (b"\0\0\x01\xb3", Class::Video),
    (b"%PDF-", Class::Office),
    (b"{\\rtf", Class::Office),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Class::Office),
];

/// Extensions that tell the class where the first bytes do not.
const EXTENSIONS: &[(&str, Class)] = &[
    (
        "jpg jpeg jpe png gif tif tiff bmp webp svg psd heic heif avif jp2 ico dng cr2 nef arw raw eps",
        Class::Image,
    ),
    ("mp3 wav flac ogg oga opus m4a aac aif aiff wma mid midi amr", Class::Audio),
    ("mp4 m4v mov avi mkv webm mpg mpeg ogv wmv flv ts m2ts mts 3gp", Class::Video),
    ("pdf doc docx xls xlsx ppt pptx odt ods odp rtf txt csv tsv md epub", Class::Office),
];

/// The class of a file, by its first [`HEAD_BYTES`] and the extension of its name, in any case.
pub(crate) fn class_of(head: &[u8], extension: &str) -> Class {
    let extension = extension.to_ascii_lowercase();
    by_bytes(head, &extension).or_else(|| by_extension(&extension)).unwrap_or(Class::Other)
}

fn by_extension(extension: &str) -> Option<Class> {
    let known = |known: &&(&str, Class)| known.0.split(' ').any(|known| known == extension);
    EXTENSIONS.iter().find(known).map(|known| known.1)
}

/// What the bytes tell. An extension only decides between the classes that a container is for.
fn by_bytes(head: &[u8], extension: &str) -> Option<Class> {
    if let Some((_, class)) = SIGNS.iter().find(|(sign, _)| head.starts_with(sign)) {
        return Some(*class);
    }
    let at =
        |place: usize, sign: &[u8]| head.get(place..).is_some_and(|rest| rest.starts_with(sign));
    if at(0, b"RIFF") {
        return match head.get(8..12)? {
            b"WEBP" => Some(Class::Image),
            b"WAVE" => Some(Class::Audio),
            b"AVI " => Some(Class::Video),
            _ => None,
        };
    }
    if at(0, b"FORM") && at(8, b"AIF") {
        return Some(Class::Audio);
    }
    if at(4, b"ftyp") {
        return Some(match head.get(8..12)? {
            b"heic" | b"heix" | b"heif" | b"mif1" | b"avif" | b"avis" => Class::Image,
            b"M4A " | b"M4B " => Class::Audio,
            _ => Class::Video,
        });
    }
    if at(0, b"OggS") {
        let is_video = by_extension(extension) == Some(Class::Video);
        return Some(if is_video { Class::Video } else { Class::Audio });
    }
    // Windows Media.
    if at(0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11") {
        let is_audio = by_extension(extension) == Some(Class::Audio);
        return Some(if is_audio { Class::Audio } else { Class::Video });
    }
    if at(0, b"PK\x03\x04") {
        let is_office = contains(head, b"[Content_Types].xml")
            || contains(head, b"application/vnd.oasis.opendocument")
            || by_extension(extension) == Some(Class::Office);
        return Some(if is_office { Class::Office } else { Class::Other });
    }
    // Two letters alone would take many a text for a bitmap; the length of its header follows.
    if at(0, b"BM") && matches!(head.get(14..18)?, [12 | 40 | 52 | 56 | 64 | 108 | 124, 0, 0, 0]) {
        return Some(Class::Image);
    }
    if at(0, b"G") && at(188, b"G") && at(376, b"G") {
        return Some(Class::Video);
    }
    // A frame of MPEG audio without tags: eleven bits set, then a layer that there is.
    if let [0xff, second, ..] = head
        && second & 0xe0 == 0xe0
        && second & 0x06 != 0
        && by_extension(extension) == Some(Class::Audio)
    {
        return Some(Class::Audio);
    }
    let is_text = head.trim_ascii_start().starts_with(b"<");
    (is_text && contains(head, b"<svg")).then_some(Class::Image)
}

fn contains(head: &[u8], sign: &[u8]) -> bool {
    memchr::memmem::find(head, sign).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(head: &[u8], extension: &str, expected: Class) {
        assert_eq!(class_of(head, extension), expected, "{extension} {head:?}");
    }

    #[test]
    fn the_first_bytes_speak_before_the_extension() {
        check(b"\xff\xd8\xff\xe0", "mp4", Class::Image);
        check(b"%PDF-1.7", "jpg", Class::Office);
        check(b"\0\0\0\x18ftypM4A ", "mp4", Class::Audio);
        check(b"\0\0\0\x18ftypisom", "jpg", Class::Video);
        check(b"RIFF\0\0\0\0WEBPVP8 ", "", Class::Image);
        check(b"RIFF\0\0\0\0WAVEfmt ", "", Class::Audio);
        check(b"<?xml version=\"1.0\"?><svg xmlns=\"\">", "xml", Class::Image);
        check(b"PK\x03\x04....[Content_Types].xml", "zip", Class::Office);
        check(b"PK\x03\x04....a.txt", "zip", Class::Other);
    }

    #[test]
    fn an_extension_speaks_where_the_bytes_say_nothing() {
        check(b"", "JPG", Class::Image);
        check(b"hello", "txt", Class::Office);
        check(b"hello", "mkv", Class::Video);
        check(b"BM is no bitmap here", "txt", Class::Office);
        check(b"hello", "", Class::Other);
        check(b"hello", "bin", Class::Other);
    }

    #[test]
    fn containers_of_two_classes_are_told_apart_by_the_extension() {
        check(b"OggS", "ogv", Class::Video);
        check(b"OggS", "ogg", Class::Audio);
        check(b"PK\x03\x04", "docx", Class::Office);
        check(b"\xff\xfb\x90", "mp3", Class::Audio);
        check(b"\xff\xfb\x90", "bin", Class::Other);
    }
}
