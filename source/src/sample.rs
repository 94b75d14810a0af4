//! What some rows tell of all: how many make so many bytes.

/// How long some rows are.
pub(crate) struct Sample {
    /// How many were looked at.
    pub(crate) rows: u64,
    /// How many bytes they have together.
    pub(crate) bytes: u64,
}

impl Sample {
    /// How many rows make so many bytes; 0, for all, where rows have no length.
    pub(crate) fn rows_for(&self, bytes: u64) -> u64 {
        match self.bytes {
            0 => 0,
            all => scale(bytes, self.rows, all).max(1),
        }
    }

    /// How many bytes so many rows make.
    pub(crate) fn bytes_for(&self, rows: u64) -> u64 {
        match self.rows {
            0 => 0,
            all => scale(rows, self.bytes, all),
        }
    }
}

fn scale(number: u64, by: u64, over: u64) -> u64 {
    u64::try_from(u128::from(number) * u128::from(by) / u128::from(over)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_bytes_are_told_from_each_other() {
        let some = Sample { rows: 100, bytes: 5000 };
        assert_eq!((some.rows_for(1000), some.bytes_for(20)), (20, 1000));
        assert_eq!(some.rows_for(1), 1, "a batch has a row at least");
        assert_eq!(some.bytes_for(u64::MAX), u64::MAX);
        let none = Sample { rows: 0, bytes: 0 };
        assert_eq!((none.rows_for(1000), none.bytes_for(20)), (0, 0));
    }
}
