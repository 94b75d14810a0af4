//! From record bounds to slices: where one batch ends and the next begins.

use proto::plan::{FileRange, Slice};

use super::Listed;
use crate::slices::Slices;
use crate::{SourceError, Wanted};

/// When a slice is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Never: everything is one slice.
    Never,
    /// After so many records, at least one.
    Records(u64),
    /// At the first bound after so many bytes, at least one.
    Bytes(u64),
}

impl Cut {
    /// What a plan wants, of files with `total` bytes. Cut by bytes, the slices are about equally
    /// long rather than the last one short.
    pub(crate) fn wanted(wanted: &Wanted, total: u64) -> Self {
        match wanted.batch_size {
            Some(0) => Self::Never,
            Some(records) => Self::Records(records),
            None => {
                let target = wanted.target_bytes_of(total).max(1);
                let slices = ((total + target / 2) / target).max(1);
                Self::Bytes(total.div_ceil(slices).max(1))
            }
        }
    }
}

/// Gathers file ranges into slices, in the order of the files.
#[derive(Debug)]
pub(crate) struct Slicer {
    cut: Cut,
    slices: Slices,
    ranges: Vec<FileRange>,
    open: Option<FileRange>,
    records: u64,
    bytes: u64,
    total: u64,
}

impl Slicer {
    /// A slicer without slices.
    pub(crate) fn new(cut: Cut) -> Self {
        Self {
            cut,
            slices: Slices::default(),
            ranges: Vec::new(),
            open: None,
            records: 0,
            bytes: 0,
            total: 0,
        }
    }

    /// Begins a file, or its records, at a byte and the line that it is on.
    pub(crate) fn begin(&mut self, file: &Listed, start: u64, line: Option<u64>) {
        self.open = Some(file.range(start..file.len, line));
    }

    /// Whether a record that begins at this byte belongs to another slice than the one before it;
    /// [`Slicer::cut`] is due then, and [`Slicer::record`] in any case.
    pub(crate) fn is_due(&self, start: u64) -> bool {
        match self.cut {
            Cut::Never => false,
            Cut::Records(records) => self.records >= records,
            Cut::Bytes(bytes) => self.len_at(start) >= bytes,
        }
    }

    /// Counts a record.
    pub(crate) fn record(&mut self) {
        self.records += 1;
        self.total += 1;
    }

    /// Ends the slice under way at a byte, and begins the next there.
    pub(crate) fn cut(&mut self, at: u64, line: Option<u64>) -> Result<(), SourceError> {
        let Some(open) = &mut self.open else { return Ok(()) };
        let next = FileRange { start: at, line, ..open.clone() };
        open.end = at;
        let done = std::mem::replace(open, next);
        if done.start < done.end {
            self.ranges.push(done);
        }
        self.slices.push(Slice::Files(std::mem::take(&mut self.ranges)))?;
        self.records = 0;
        self.bytes = 0;
        Ok(())
    }

    /// Ends a file.
    pub(crate) fn end(&mut self) {
        if let Some(open) = self.open.take() {
            self.bytes += open.end - open.start;
            self.ranges.push(open);
        }
    }

    /// How many bytes may still be added at `start` before a cut by bytes is due.
    pub(crate) fn room_at(&self, start: u64) -> u64 {
        match self.cut {
            Cut::Never | Cut::Records(_) => u64::MAX,
            Cut::Bytes(bytes) => bytes.saturating_sub(self.len_at(start)),
        }
    }

    fn len_at(&self, at: u64) -> u64 {
        self.bytes + self.open.as_ref().map_or(0, |open| at - open.start)
    }

    /// The slices, at least one, and the number of records.
    pub(crate) fn finish(mut self) -> Result<(Vec<Slice>, u64), SourceError> {
        self.end();
        if !self.ranges.is_empty() || self.slices.is_empty() {
            self.slices.push(Slice::Files(self.ranges))?;
        }
        Ok((self.slices.into_vec(), self.total))
    }
}

#[cfg(test)]
mod tests {
    use crate::reading::Asked;

    use super::*;

    #[test]
    fn the_first_look_cuts_a_small_source_so_that_it_is_shared() {
        let wanted = Asked::all().target_bytes(64 << 20).wanted;
        assert_eq!(Cut::wanted(&wanted, 160 << 20), Cut::Bytes(20 << 20));
        assert_eq!(Cut::wanted(&wanted, 10 << 20), Cut::Bytes(10 << 20));
    }
}
