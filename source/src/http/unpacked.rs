//! Bodies that were compressed on their way, though nobody asked for it: unpacked up to a limit, for a
//! few kilobytes may stand for gigabytes.

use std::io::Read;

use flate2::read::{MultiGzDecoder, ZlibDecoder};
use reqwest::header::{CONTENT_ENCODING, HeaderMap};

/// How often a body may be compressed over.
const MOST_CODINGS: usize = 2;

/// Why a body is not unpacked.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Packed {
    /// It becomes longer than the limit.
    TooLong,
    /// It was compressed in a way, or so often, that it is not read.
    Unknown { how: String },
    /// It breaks off or is damaged.
    Damaged { why: String },
}

/// A body as it was before it was compressed, as its headers tell (RFC 9110, 8.4).
pub(super) fn unpacked(
    headers: &HeaderMap,
    mut body: Vec<u8>,
    most: usize,
) -> Result<Vec<u8>, Packed> {
    let values = headers.get_all(CONTENT_ENCODING).iter();
    let how = values.map(|value| String::from_utf8_lossy(value.as_bytes())).collect::<Vec<_>>();
    let how = how.join(",").to_ascii_lowercase();
    let codings: Vec<&str> = how
        .split(',')
        .map(str::trim)
        .filter(|coding| !matches!(*coding, "" | "identity"))
        .collect();
    if codings.len() > MOST_CODINGS {
        return Err(Packed::Unknown { how });
    }
    // They stand in the order in which they were applied.
    for coding in codings.iter().rev() {
        let mut reader: Box<dyn Read + '_> = match *coding {
            "gzip" | "x-gzip" => Box::new(MultiGzDecoder::new(&body[..])),
            "deflate" => Box::new(ZlibDecoder::new(&body[..])),
            _ => return Err(Packed::Unknown { how }),
        };
        let mut plain = Vec::new();
        let read = reader.by_ref().take(most as u64 + 1).read_to_end(&mut plain);
        read.map_err(|error| Packed::Damaged { why: error.to_string() })?;
        if plain.len() > most {
            return Err(Packed::TooLong);
        }
        drop(reader);
        body = plain;
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::{GzEncoder, ZlibEncoder};

    use super::*;

    const MOST: usize = 1 << 20;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn check(how: &str, body: &[u8], expected: Result<&[u8], &Packed>) {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_ENCODING, how.parse().unwrap());
        let unpacked = unpacked(&headers, body.to_vec(), MOST);
        assert_eq!(unpacked.as_deref(), expected, "{how}");
    }

    #[test]
    fn bodies_are_unpacked_in_the_order_they_were_packed() {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(b"[1]").unwrap();
        let zlib = zlib.finish().unwrap();
        check("identity", b"[1]", Ok(b"[1]"));
        check("GZIP", &gzip(b"[1]"), Ok(b"[1]"));
        check("deflate, gzip", &gzip(&zlib), Ok(b"[1]"));
    }

    #[test]
    fn a_bomb_is_not_unpacked() {
        let bomb = gzip(&vec![b' '; 100 << 20]);
        assert!(bomb.len() < MOST);
        check("gzip", &bomb, Err(&Packed::TooLong));
        check("gzip, gzip", &gzip(&bomb), Err(&Packed::TooLong));
        let how = "gzip, gzip, gzip";
        check(how, &gzip(&gzip(&bomb)), Err(&Packed::Unknown { how: how.to_owned() }));
    }

    #[test]
    fn what_is_compressed_otherwise_is_refused() {
        check("br", b"x", Err(&Packed::Unknown { how: "br".to_owned() }));
        let cut = gzip(b"[1, 2, 3]");
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_ENCODING, "gzip".parse().unwrap());
        let unpacked = unpacked(&headers, cut[..cut.len() - 9].to_vec(), MOST);
        assert!(matches!(unpacked, Err(Packed::Damaged { .. })), "{unpacked:?}");
    }
}
