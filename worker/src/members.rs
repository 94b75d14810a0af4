//! What is known of a batch's files, and no more of it than its commit record holds: it waits in memory until the
//! batch is finished.

use fabric::store::MAX_WHOLE_BYTES;
use serde::Serialize;

use crate::error::BatchError;

/// The files of a batch, in their order: members of its segment, or others.
#[derive(Debug)]
pub(crate) struct Members<T> {
    listed: Vec<T>,
    /// How long they are in a commit record.
    bytes: u64,
    record: Vec<u8>,
}

impl<T: Serialize> Members<T> {
    /// None yet.
    pub(crate) fn new() -> Self {
        Self { listed: Vec::new(), bytes: 0, record: Vec::new() }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> u64 {
        self.listed.len() as u64
    }

    /// Appends one; an error where no record would hold it.
    pub(crate) fn push(&mut self, member: T) -> Result<(), BatchError> {
        self.record.clear();
        serde_json::to_writer(&mut self.record, &member).expect("names and numbers are JSON");
        self.bytes += self.record.len() as u64 + 1;
        if self.bytes > MAX_WHOLE_BYTES {
            return Err(BatchError::TooMany { files: self.listed.len() });
        }
        self.listed.push(member);
        Ok(())
    }

    /// All of them.
    pub(crate) fn finish(self) -> Vec<T> {
        self.listed
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use fabric::task::Verdict;
    use proto::commit::{Member, Method};
    use proto::fault::Code;
    use proto::message::TaskResult;

    use super::*;

    #[test]
    fn members_are_taken_as_long_as_a_record_holds_them() {
        let path = "x".repeat(1 << 20);
        let mut members = Members::new();
        let refused = (0..100).find_map(|number| {
            let member = Member {
                path: format!("{number}/{path}"),
                offset: 0,
                method: Method::Stored,
                crc32: 0,
                compressed: 0,
                size: 0,
                sha256: String::new(),
                digests: BTreeMap::new(),
                packed_crc32: None,
                of: None,
                original: None,
            };
            members.push(member).err()
        });
        let TaskResult::Failed(fault) = refused.unwrap().verdict() else { panic!("tried again") };
        assert_eq!(fault.code, Code::TooLarge);
        let listed = members.finish();
        assert_eq!(listed.len(), 63);
        assert!(serde_json::to_vec(&listed).unwrap().len() as u64 <= MAX_WHOLE_BYTES);
    }
}
