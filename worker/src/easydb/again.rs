//! The objects of a batch and what they lead to, on disk, to be rendered once more: only when its files were
//! fetched is it known which of them its XML and tables may name.

use std::io;
use std::path::Path;
use std::sync::Arc;

use super::linked::Linked;
use super::links::Via;
use super::waiting::{Many, Parts};

/// What a part is, by the name that it waits under.
const OBJECT: &str = "object";
const TEXT: &str = "text";
const WHOLE: &str = "whole";
const END: &str = "end";

/// Groups, in the order in which they came.
pub(super) struct Again(Many);

impl Again {
    pub(super) fn new(scratch: Arc<Path>) -> Self {
        Self(Many::new(scratch))
    }

    /// Appends an object of the group under way.
    pub(super) fn object(&mut self, text: &str) -> io::Result<()> {
        self.0.push(OBJECT, text.as_bytes())
    }

    /// Appends what the objects of the group lead to, and ends it.
    pub(super) fn linked(&mut self, linked: &Linked) -> io::Result<()> {
        let mut part = Vec::new();
        for (id, text) in &linked.texts {
            part.clear();
            part.extend_from_slice(&id.to_le_bytes());
            part.extend_from_slice(text.as_bytes());
            self.0.push(TEXT, &part)?;
        }
        for (via, id) in &linked.whole {
            part.clear();
            part.extend_from_slice(&id.to_le_bytes());
            part.push(u8::from(*via == Via::Reverse));
            self.0.push(WHOLE, &part)?;
        }
        self.0.push(END, &[])
    }

    /// From the first group on.
    pub(super) fn read(self) -> io::Result<Groups> {
        Ok(Groups(self.0.read()?))
    }
}

/// Groups that are read again.
pub(super) struct Groups(Parts);

impl Groups {
    /// The next group: its objects, and what they lead to.
    pub(super) fn next(&mut self) -> io::Result<Option<(Vec<String>, Linked)>> {
        let (mut objects, mut linked) = (Vec::new(), Linked::default());
        while let Some((kind, part)) = self.0.next()? {
            if kind == END {
                return Ok(Some((objects, linked)));
            }
            if kind == OBJECT {
                objects.push(text(part)?);
                continue;
            }
            let (id, rest) = part.split_first_chunk::<8>().ok_or(io::ErrorKind::InvalidData)?;
            let id = u64::from_le_bytes(*id);
            if kind == TEXT {
                linked.texts.insert(id, text(rest.to_vec())?.into());
            } else {
                let via = if rest == [1] { Via::Reverse } else { Via::Field };
                linked.whole.insert((via, id));
            }
        }
        Ok(None)
    }
}

fn text(bytes: Vec<u8>) -> io::Result<String> {
    String::from_utf8(bytes).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_read_again_as_they_were() {
        let mut again = Again::new(Arc::from(std::env::temp_dir()));
        let linked = Linked {
            texts: [(7, Arc::from("{\"a\":1}")), (8, Arc::from("{}"))].into(),
            whole: [(Via::Field, 7), (Via::Reverse, 8)].into(),
        };
        again.object("{\"b\":2}").unwrap();
        again.object("{}").unwrap();
        again.linked(&linked).unwrap();
        again.linked(&Linked::default()).unwrap();
        let mut groups = again.read().unwrap();
        let (objects, found) = groups.next().unwrap().unwrap();
        assert_eq!(objects, ["{\"b\":2}", "{}"]);
        assert_eq!((found.texts, found.whole), (linked.texts, linked.whole));
        assert!(groups.next().unwrap().unwrap().0.is_empty());
        assert!(groups.next().unwrap().is_none());
    }
}
