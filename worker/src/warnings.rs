//! What is told of a batch, and no more of it than a record can hold.

use proto::commit::Warning;
use proto::fault::{Code, Fault};

/// Most bytes of warnings that are told of one batch (8 MiB). They wait in memory until the batch is
/// finished, and lie in its commit record, which has at most 64 MiB.
const MOST_BYTES: usize = 8 << 20;

/// What a warning takes besides its texts, in bytes: more than what its record is written with.
const FRAME_BYTES: usize = 256;

/// The warnings of a batch, in the order of the source. Those that find no room are counted.
#[derive(Debug, Default)]
pub(crate) struct Warnings {
    listed: Vec<Warning>,
    bytes: usize,
    unlisted: u64,
    /// Whether an object of which nothing is listed was left out, or lacks a file: it is to come again.
    comes_again: bool,
}

impl Warnings {
    /// Tells something.
    pub(crate) fn push(&mut self, warning: Warning) {
        let Warning { fault, output, subject, object, left_out } = &warning;
        let texts = [Some(&fault.message), fault.hint.as_ref(), Some(output), subject.as_ref()];
        let bytes: usize = texts.into_iter().flatten().map(String::len).sum();
        if self.unlisted > 0 || self.bytes + bytes + FRAME_BYTES > MOST_BYTES {
            self.unlisted += 1;
            self.comes_again |= *left_out == Some(true) || object.is_some();
            return;
        }
        self.bytes += bytes + FRAME_BYTES;
        self.listed.push(warning);
    }

    /// Tells what another part of the batch tells.
    pub(crate) fn append(&mut self, other: Self) {
        self.extend(other.listed);
        self.unlisted += other.unlisted;
        self.comes_again |= other.comes_again;
    }

    /// All of them; how many are not listed is said last.
    pub(crate) fn finish(mut self) -> Vec<Warning> {
        let output = self.listed.last().map(|last| last.output.clone());
        if let Some(output) = output.filter(|_| self.unlisted > 0) {
            let (unlisted, most) = (self.unlisted, MOST_BYTES >> 20);
            let message = format!(
                "{unlisted} warnings more of this batch are not listed, for they are longer than {most} MiB"
            );
            let fault = Fault::new(Code::TooLarge, message)
                .hint("mend the source, or make `batch_size` smaller to have all of them listed");
            let left_out = self.comes_again.then_some(true);
            self.listed.push(Warning { fault, output, subject: None, object: None, left_out });
        }
        self.listed
    }
}

impl Extend<Warning> for Warnings {
    fn extend<T: IntoIterator<Item = Warning>>(&mut self, warnings: T) {
        warnings.into_iter().for_each(|warning| self.push(warning));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(line: u64) -> Warning {
        let fault = Fault::new(Code::BrokenRecord, format!("line {line} is no JSON"));
        let subject = Some("{".to_owned());
        Warning { fault, output: "a.csv".to_owned(), subject, object: None, left_out: None }
    }

    fn left_out(line: u64) -> Warning {
        Warning { left_out: Some(true), ..broken(line) }
    }

    #[test]
    fn few_are_all_told_in_their_order() {
        let mut warnings = Warnings::default();
        warnings.extend((0..1000).map(broken));
        assert_eq!(warnings.finish(), (0..1000).map(broken).collect::<Vec<_>>());
    }

    #[test]
    fn of_a_million_some_are_told_and_the_rest_is_counted() {
        let mut warnings = Warnings::default();
        warnings.extend((0..1_000_000).map(broken));
        let mut told = warnings.finish();
        let last = told.pop().unwrap();
        let unlisted = 1_000_000 - told.len();
        assert!(last.fault.message.starts_with(&format!("{unlisted} warnings more")), "{last:?}");
        assert_eq!(told[..], (0..told.len() as u64).map(broken).collect::<Vec<_>>());
        let len = serde_json::to_vec(&told).unwrap().len();
        assert!((1 << 20..16 << 20).contains(&len), "{len}");
    }

    /// An object without a file that its server does not give now.
    fn lacking(line: u64) -> Warning {
        Warning { object: Some(line), ..broken(line) }
    }

    #[test]
    fn what_is_not_listed_tells_whether_something_was_left_out() {
        let told = |last: fn(u64) -> Warning| {
            let (mut one, mut other) = <(Warnings, Warnings)>::default();
            one.extend((0..100_000).map(broken));
            other.extend((0..100_000).map(broken));
            other.push(last(100_000));
            one.append(other);
            one.finish().pop().unwrap().left_out
        };
        assert_eq!([told(left_out), told(lacking), told(broken)], [Some(true), Some(true), None]);
    }

    #[test]
    fn what_two_parts_tell_is_told_as_if_one_had() {
        for (first, second) in [(10, 10), (10, 100_000), (100_000, 10), (100_000, 100_000)] {
            let (mut one, mut both, mut other) = <(Warnings, Warnings, Warnings)>::default();
            one.extend((0..first + second).map(broken));
            both.extend((0..first).map(broken));
            other.extend((first..first + second).map(broken));
            both.append(other);
            assert!(one.finish() == both.finish(), "{first} and {second}");
        }
    }
}
