//! A record as it is remembered: its key, a digest of its content, and its place in the source.

use proto::fault::Fault;
use sha2::{Digest, Sha256};
use source::page::{Kind, Row};

/// Length of a digest: 16 of SHA-256's 32 bytes, enough to tell the versions of one record apart.
pub(super) const DIGEST_LEN: usize = 16;

/// A record. Sorted by its key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    /// The key as JSON.
    pub(super) key: Box<str>,
    /// Which of the records that were read, from 0; means nothing from run to run.
    pub(super) row: u64,
    pub(super) digest: [u8; DIGEST_LEN],
}

impl Entry {
    /// Remembers a row; the cell in column `key` tells it apart.
    pub(super) fn of(row: &Row<'_>, width: usize, key: usize, number: u64) -> Result<Self, String> {
        let mut sha = Sha256::new();
        for cell in row.cells(width) {
            let kind = match cell.kind {
                Kind::Null => 0,
                Kind::Text => 1,
                Kind::Number => 2,
                Kind::Bool => 3,
                Kind::Json => 4_u8,
            };
            sha.update([kind]);
            sha.update((cell.text.len() as u64).to_le_bytes());
            sha.update(cell.text);
        }
        let mut digest = [0; DIGEST_LEN];
        digest.copy_from_slice(&sha.finalize()[..DIGEST_LEN]);
        let cell = row.cell(key);
        let key = match cell.kind {
            Kind::Null => return Err("a record has no key".to_owned()),
            Kind::Number | Kind::Bool | Kind::Json => cell.text.to_owned(),
            Kind::Text => serde_json::to_string(cell.text).expect("texts are JSON"),
        };
        Ok(Self { key: key.into(), row: number, digest })
    }

    /// About how many bytes it takes in memory.
    pub(super) fn cost(&self) -> usize {
        self.key.len() + size_of::<Self>()
    }

    /// Appends it as it is stored.
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        let len = u32::try_from(self.key.len()).expect("cells are shorter than 4 GiB");
        out.extend_from_slice(&len.to_le_bytes());
        out.extend_from_slice(&self.row.to_le_bytes());
        out.extend_from_slice(&self.digest);
        out.extend_from_slice(self.key.as_bytes());
    }

    /// The entry that stored bytes begin with, and its length; nothing where there are too few.
    pub(super) fn decode(bytes: &[u8]) -> Result<Option<(Self, usize)>, Fault> {
        const FIXED: usize = 4 + 8 + DIGEST_LEN;
        let Some((fixed, rest)) = bytes.split_at_checked(FIXED) else { return Ok(None) };
        let (len, fixed) = fixed.split_at(4);
        let (row, digest) = fixed.split_at(8);
        let len = u32::from_le_bytes(len.try_into().expect("four bytes")) as usize;
        let Some(key) = rest.get(..len) else { return Ok(None) };
        let key = std::str::from_utf8(key)
            .map_err(|_| Fault::new(proto::fault::Code::StoreDamaged, "a key is no text"))?;
        let row = u64::from_le_bytes(row.try_into().expect("eight bytes"));
        let digest = digest.try_into().expect("as many bytes as a digest has");
        Ok(Some((Self { key: key.into(), row, digest }, FIXED + len)))
    }
}

#[cfg(test)]
mod tests {
    use source::page::Page;

    use super::*;

    #[test]
    fn an_entry_reads_as_it_was_written_and_not_before_all_of_it_is_there() {
        let entry = Entry { key: "\"ä\"".into(), row: 7, digest: [3; DIGEST_LEN] };
        let mut bytes = Vec::new();
        entry.encode(&mut bytes);
        for cut in 0..bytes.len() {
            assert_eq!(Entry::decode(&bytes[..cut]).unwrap(), None);
        }
        assert_eq!(Entry::decode(&bytes).unwrap(), Some((entry, bytes.len())));
    }

    #[test]
    fn content_that_differs_in_kind_or_in_where_cells_end_differs() {
        let of = |cells: [(Kind, &str); 2]| {
            let mut page = Page::new(2);
            for (kind, text) in cells {
                page.push(kind, text);
            }
            let row = page.rows().next().unwrap();
            Entry::of(&row, 2, 0, 0).unwrap().digest
        };
        let all = [
            of([(Kind::Text, "ab"), (Kind::Text, "c")]),
            of([(Kind::Text, "a"), (Kind::Text, "bc")]),
            of([(Kind::Text, "ab"), (Kind::Json, "c")]),
            of([(Kind::Text, "ab"), (Kind::Null, "")]),
            of([(Kind::Text, "ab"), (Kind::Text, "")]),
        ];
        let distinct: std::collections::HashSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
    }
}
