//! Where batches of objects begin: after so many of them, or so many bytes.

use proto::plan::{KeyRange, Slice};

use crate::slices::Slices;
use crate::{SourceError, Wanted};

/// When a slice is long enough.
#[derive(Debug, Clone, Copy)]
enum Cut {
    /// Never.
    Never,
    /// At so many objects.
    Objects(u64),
    /// At so many bytes.
    Bytes(u64),
}

/// Cuts rising numbers into ranges.
pub(super) struct Cutter {
    cut: Cut,
    slices: Slices,
    /// The last number of the slice before.
    after: Option<u64>,
    last: Option<u64>,
    objects: u64,
    bytes: u64,
    all: u64,
}

impl Cutter {
    /// As is wanted of objects that have so many bytes together.
    pub(super) fn new(wanted: &Wanted, bytes: u64) -> Self {
        let cut = match wanted.batch_size {
            Some(0) => Cut::Never,
            Some(size) => Cut::Objects(size),
            None => Cut::Bytes(wanted.target_bytes_of(bytes)),
        };
        let (after, last) = (None, None);
        Self { cut, slices: Slices::default(), after, last, objects: 0, bytes: 0, all: 0 }
    }

    /// Takes the next object.
    pub(super) fn take(&mut self, id: u64, bytes: u64) -> Result<(), SourceError> {
        let is_due = match self.cut {
            Cut::Never => false,
            Cut::Objects(most) => self.objects >= most,
            Cut::Bytes(most) => self.bytes >= most.max(1),
        };
        if is_due {
            self.push(self.last)?;
            self.after = self.last;
            (self.objects, self.bytes) = (0, 0);
        }
        self.last = Some(id);
        self.objects += 1;
        self.bytes += bytes;
        self.all += 1;
        Ok(())
    }

    /// The slices, at least one, and how many objects they have.
    ///
    /// The last one has an end too: what is added later has greater numbers, and belongs to no batch of this
    /// plan.
    pub(super) fn finish(mut self) -> Result<(Vec<Slice>, u64), SourceError> {
        // Of no objects, the slice that holds none.
        let last = self.last.or(Some(0));
        self.push(last)?;
        Ok((self.slices.into_vec(), self.all))
    }

    fn push(&mut self, until: Option<u64>) -> Result<(), SourceError> {
        let text = |id: Option<u64>| id.map(|id| id.to_string());
        let range = KeyRange { after: text(self.after), until: text(until) };
        self.slices.push(Slice::Keys(range))
    }
}

#[cfg(test)]
mod tests {
    use proto::filter::Where;

    use super::*;

    fn check(batch_size: Option<u64>, objects: &[(u64, u64)], expected: &[(&str, &str)]) {
        let wanted = Wanted {
            fields: None,
            besides: Vec::new(),
            filter: Where::new(),
            batch_size,
            target_bytes: 10,
            needs_columns: false,
            search: None,
            query: None,
            view: None,
        };
        let mut cutter = Cutter::new(&wanted, 0);
        for (id, bytes) in objects {
            cutter.take(*id, *bytes).unwrap();
        }
        let (slices, all) = cutter.finish().unwrap();
        assert_eq!(all, objects.len() as u64);
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let ranges: Vec<(String, String)> = slices
            .iter()
            .map(|slice| {
                let Slice::Keys(range) = slice else { panic!("{slice:?}") };
                (text(&range.after), text(&range.until))
            })
            .collect();
        let ranges: Vec<(&str, &str)> =
            ranges.iter().map(|(after, until)| (after.as_str(), until.as_str())).collect();
        assert_eq!(ranges, expected);
    }

    #[test]
    fn a_batch_has_exactly_as_many_objects_as_are_wanted() {
        let objects: Vec<(u64, u64)> = [3, 5, 8, 9, 14].map(|id| (id, 4)).to_vec();
        check(Some(2), &objects, &[("", "5"), ("5", "9"), ("9", "14")]);
        check(Some(5), &objects, &[("", "14")]);
        check(Some(0), &objects, &[("", "14")]);
        check(None, &objects, &[("", "8"), ("8", "14")]);
        check(Some(2), &[], &[("", "0")]);
    }
}
