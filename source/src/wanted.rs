//! What a plan wants of a source, and how long batches are best.

use proto::filter::Where;

use crate::Search;

/// Most batches that are cut by size; a larger source gets larger batches. Each is up to two of the
/// 10,000 parts of an S3 upload, so that one join is enough:
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
const MOST_BY_SIZE: u64 = 4_000;

/// How many batches a source makes that is shorter than so many of the usual length: enough for a few
/// workers to share it.
const FEWEST_BY_SIZE: u64 = 8;

/// Length of batches that are made shorter than usual, at least (16 MiB). Deflated to a third they are
/// still longer than what S3 does not copy by itself.
const SHORT_BYTES: u64 = 16 << 20;

/// What a plan wants to know.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The fields of the output, in order; nothing for all.
    pub fields: Option<Vec<String>>,
    /// Fields that are needed besides (for names and asset references).
    pub besides: Vec<String>,
    /// The conditions.
    pub filter: Where,
    /// Records per batch: 0 for one batch; nothing for the source to choose by
    /// [`Wanted::target_bytes_of`].
    pub batch_size: Option<u64>,
    /// How many bytes of source usually make a batch of some seconds.
    pub target_bytes: u64,
    /// Whether the output needs one list of columns for all records (CSV does).
    pub needs_columns: bool,
    /// What objects of a catalogue are searched for; nothing for all.
    pub search: Option<Search>,
    /// What is read, where the source has queries to choose from; nothing for what its configuration says.
    pub query: Option<String>,
    /// What an earlier output of the same run sees of the source ([`crate::Survey::view`]), for this one to
    /// see the same where the source can show it again.
    pub view: Option<String>,
}

impl Wanted {
    /// How many bytes are to make a batch of a source that has so many: the usual number, unless that
    /// gives too few batches to share, or too many.
    pub fn target_bytes_of(&self, bytes: u64) -> u64 {
        let usual = self.target_bytes;
        if bytes <= SHORT_BYTES {
            return usual;
        }
        usual.min((bytes / FEWEST_BY_SIZE).max(SHORT_BYTES)).max(bytes / MOST_BY_SIZE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: u64, usual: u64, expected: u64) {
        let wanted = Wanted {
            fields: None,
            besides: Vec::new(),
            filter: Where::new(),
            batch_size: None,
            target_bytes: usual,
            needs_columns: false,
            search: None,
            query: None,
            view: None,
        };
        assert_eq!(wanted.target_bytes_of(bytes), expected, "{bytes}");
    }

    #[test]
    fn a_small_source_is_shared_and_a_huge_one_makes_no_more_batches_than_can_be_joined_at_once() {
        let mib = |number: u64| number << 20;
        for (bytes, expected) in [
            (0, mib(64)),
            (mib(16), mib(64)),
            (mib(17), mib(16)),
            (mib(160), mib(20)),
            (mib(512), mib(64)),
            (mib(100_000), mib(64)),
            (mib(4_000 * 65), mib(65)),
        ] {
            check(bytes, mib(64), expected);
        }
        // Who asks for short batches gets them.
        check(mib(100), mib(1), mib(1));
    }
}
