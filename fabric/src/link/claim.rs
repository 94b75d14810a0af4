//! What a signed URL says: which part of what is opened, and by which link. Until when it holds is said by
//! the link's record alone, so that its owner can renew it without changing a URL. Pure.

use proto::id::{ExportId, RunId};
use uuid::Uuid;

/// The number of a run that stands for the newest in which the transport delivered, whichever that is
/// when the link is followed.
pub const NEWEST: u32 = 0;

/// The first byte of every signed text; another one is another layout.
const LAYOUT: u8 = 2;

/// The layout before. It had an end in it besides what the link's record says, which counts alone.
const WITH_END: u8 = 1;

/// Length of that end, in bytes.
const END: usize = 8;

/// Length of the signed text without the link's id.
const FIXED: usize = 1 + 16 + 4 + 4 + 4;

/// Longest id of a link.
const LONGEST_ID: usize = 64;

/// What stands for the files of a run instead of the number of a volume.
const FILES: u32 = u32::MAX;

/// What a signed URL opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The run; [`NEWEST`] where the link is of no one run.
    pub run: RunId,
    /// The transport's place in the definition.
    pub transport: u32,
    /// Which of its files.
    pub part: Part,
    /// The link's id; its record must be there.
    pub link: String,
}

/// A part of what a transport delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// A volume of the archive, from 0.
    Volume(u32),
    /// All of it, listed: the files one by one where nothing is packed, else the volumes.
    Files,
}

/// The claim as bytes: fixed fields in network order, then the link's id.
pub(super) fn lay_out(claim: &Claim) -> Vec<u8> {
    let part = match claim.part {
        Part::Volume(volume) => volume,
        Part::Files => FILES,
    };
    let mut text = Vec::with_capacity(FIXED + claim.link.len());
    text.push(LAYOUT);
    text.extend_from_slice(claim.run.export.0.as_bytes());
    text.extend_from_slice(&claim.run.run.to_be_bytes());
    text.extend_from_slice(&claim.transport.to_be_bytes());
    text.extend_from_slice(&part.to_be_bytes());
    text.extend_from_slice(claim.link.as_bytes());
    text
}

/// The claim of bytes, where they are one.
pub(super) fn read(text: &[u8]) -> Option<Claim> {
    let (layout, rest) = text.split_first()?;
    let (export, rest) = rest.split_first_chunk::<16>()?;
    let (run, rest) = rest.split_first_chunk::<4>()?;
    let (transport, rest) = rest.split_first_chunk::<4>()?;
    let (part, rest) = rest.split_first_chunk::<4>()?;
    let link = match *layout {
        LAYOUT => rest,
        // Mails with such links lie in inboxes.
        WITH_END => rest.split_first_chunk::<END>()?.1,
        _ => return None,
    };
    if !is_id(link) {
        return None;
    }
    Some(Claim {
        run: RunId { export: ExportId(Uuid::from_bytes(*export)), run: u32::from_be_bytes(*run) },
        transport: u32::from_be_bytes(*transport),
        part: match u32::from_be_bytes(*part) {
            FILES => Part::Files,
            volume => Part::Volume(volume),
        },
        link: String::from_utf8(link.to_vec()).ok()?,
    })
}

/// Whether a text can be a link's id: 1 to 64 letters and digits. It becomes part of a store key.
pub fn is_id(text: &[u8]) -> bool {
    (1..=LONGEST_ID).contains(&text.len()) && text.iter().all(u8::is_ascii_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text that was signed for volume 2 of transport 1, by a link `t1` that ends in January 2027.
    fn with_end(layout: u8, link: &str) -> Vec<u8> {
        let mut text = vec![layout];
        text.extend([1; 16]);
        text.extend([0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2]);
        text.extend(1_800_000_000_i64.to_be_bytes());
        text.extend_from_slice(link.as_bytes());
        text
    }

    #[test]
    fn what_was_signed_with_an_end_is_still_read() {
        let claim = Claim {
            run: RunId { export: ExportId(Uuid::from_bytes([1; 16])), run: 3 },
            transport: 1,
            part: Part::Volume(2),
            link: "t1".to_owned(),
        };
        assert_eq!(read(&with_end(1, "t1")), Some(claim.clone()));
        assert_eq!(read(&lay_out(&claim)), Some(claim));
        assert_eq!(read(&with_end(1, "")), None);
        assert_eq!(read(&with_end(1, "t1")[..30]), None);
        // Its end would be a part of the id.
        assert_eq!(read(&with_end(2, "t1")), None);
        assert_eq!(read(&with_end(3, "t1")), None);
    }
}
