//! IPTC: the records of the Information Interchange Model, and the block of Photoshop's around them
//! in a JPEG.

use serde_json::Value;

/// What the segment begins with that holds Photoshop's blocks.
const PHOTOSHOP: &[u8] = b"Photoshop 3.0\0";

/// The number of the block that holds the records.
const BLOCK: [u8; 2] = [0x04, 0x04];

/// Data set 1:90 with the mark of UTF-8 (ESC % G), which says how all texts are encoded.
const UTF8: &[u8] = b"\x1c\x01\x5a\0\x03\x1b%G";

/// A data set and its text.
pub(super) struct DataSet<'d> {
    pub(super) number: u8,
    pub(super) most_bytes: usize,
    pub(super) is_list: bool,
    pub(super) text: &'d str,
}

/// The records of data sets, in the order of their numbers. One that may not be a list has the first
/// text; texts that are too long are cut.
pub(super) fn records(data_sets: &[DataSet<'_>]) -> Vec<u8> {
    let mut sorted: Vec<&DataSet<'_>> = data_sets.iter().collect();
    sorted.sort_by_key(|data_set| data_set.number);
    let mut out = UTF8.to_vec();
    let mut before = None;
    for data_set in sorted {
        if !data_set.is_list && before == Some(data_set.number) {
            continue;
        }
        before = Some(data_set.number);
        let texts =
            if data_set.is_list { items(data_set.text) } else { vec![data_set.text.to_owned()] };
        for text in texts {
            let text = &text[..text.floor_char_boundary(data_set.most_bytes)];
            let len = u16::try_from(text.len()).expect("no data set takes as much");
            out.extend_from_slice(&[0x1c, 2, data_set.number]);
            out.extend_from_slice(&len.to_be_bytes());
            out.extend_from_slice(text.as_bytes());
        }
    }
    out
}

/// The items of a text that may be several: of a JSON list its texts and numbers, else the text.
pub(super) fn items(text: &str) -> Vec<String> {
    let plain = |item: &Value| match item {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(item.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    };
    match serde_json::from_str(text) {
        Ok(Value::Array(items)) => items.iter().filter_map(plain).collect(),
        Ok(_) | Err(_) => vec![text.to_owned()],
    }
}

/// The records in a segment of a JPEG, where it is Photoshop's and has some.
pub(super) fn of_photoshop(segment: &[u8]) -> Option<Vec<u8>> {
    let mut rest = segment.strip_prefix(PHOTOSHOP)?;
    loop {
        rest = rest.strip_prefix(b"8BIM")?;
        let (number, named) = rest.split_at_checked(2)?;
        // The name has its length before it, and both together an even number of bytes.
        let name_len = (usize::from(*named.first()?) + 1).next_multiple_of(2);
        let (len, content) = named.get(name_len..)?.split_at_checked(4)?;
        let len = usize::try_from(u32::from_be_bytes(len.try_into().ok()?)).ok()?;
        if number == BLOCK {
            return content.get(..len).map(<[u8]>::to_vec);
        }
        rest = content.get(len.checked_next_multiple_of(2)?..)?;
    }
}

/// A segment of a JPEG with the records.
pub(super) fn photoshop(records: &[u8]) -> Vec<u8> {
    let mut out = PHOTOSHOP.to_vec();
    out.extend_from_slice(b"8BIM");
    out.extend_from_slice(&BLOCK);
    out.extend_from_slice(&[0, 0]);
    out.extend_from_slice(&u32::try_from(records.len()).unwrap_or(0).to_be_bytes());
    out.extend_from_slice(records);
    out.resize(out.len() + records.len() % 2, 0);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_back_out_of_their_block() {
        let data_set =
            |number, most_bytes, is_list, text| DataSet { number, most_bytes, is_list, text };
        let made = records(&[
            data_set(25, 64, true, r#"["sea", "moon"]"#),
            data_set(5, 4, false, "äöü"),
            data_set(5, 4, false, "not this"),
        ]);
        let expected =
            b"\x1c\x02\x05\0\x04\xc3\xa4\xc3\xb6\x1c\x02\x19\0\x03sea\x1c\x02\x19\0\x04moon";
        assert_eq!(made, [UTF8, expected].concat());
        assert_eq!(of_photoshop(&photoshop(&made)), Some(made.clone()));
        let other =
            [PHOTOSHOP, b"8BIM\x04\x25\x01x\0\0\0\x03abc\0", &photoshop(&made)[PHOTOSHOP.len()..]];
        assert_eq!(of_photoshop(&other.concat()), Some(made));
        assert_eq!(of_photoshop(b"Photoshop 3.0\08BIM\x04\x04\0\0\xff\xff\xff\xff"), None);
    }
}
