//! How many rows are asked for at once: about as many as make a few megabytes, fewer where the server takes too
//! long for them.

/// About how long pages are to be (4 MiB). The server keeps a page in memory while it makes it.
const PAGE_BYTES: u64 = 4 << 20;

/// How many rows are asked for before anything is known of their length.
const FIRST: u64 = 1000;

/// How many rows are asked for at once.
#[derive(Debug)]
pub(super) struct Stride {
    most: u64,
    now: u64,
}

impl Stride {
    /// At most so many rows, one at least.
    pub(super) fn new(most: u64) -> Self {
        let most = most.max(1);
        Self { most, now: most.min(FIRST) }
    }

    /// How many the next page is to have.
    pub(super) fn rows(&self) -> u64 {
        self.now
    }

    /// Takes note of the length of a page.
    pub(super) fn came(&mut self, rows: u64, bytes: u64) {
        if let Some(row) = bytes.checked_div(rows) {
            self.now = (PAGE_BYTES / row.max(1)).clamp(1, self.most);
        }
    }

    /// At most half of so many rows from now on; whether there is a half of them.
    pub(super) fn halve(&mut self, rows: u64) -> bool {
        let half = rows / 2;
        if half > 0 {
            (self.most, self.now) = (half, half);
        }
        half > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_of_some_length_and_shorter_where_the_server_is_slow() {
        let mut stride = Stride::new(10_000);
        assert_eq!(stride.rows(), 1000);
        stride.came(1000, 100_000);
        assert_eq!(stride.rows(), 10_000);
        stride.came(1000, 4 << 20);
        assert_eq!(stride.rows(), 1000);
        assert!(stride.halve(1000));
        stride.came(500, 500);
        assert_eq!(stride.rows(), 500);
        stride.came(500, 500 * (8 << 20));
        assert_eq!(stride.rows(), 1);
        assert!(!stride.halve(1));
        assert_eq!(Stride::new(0).rows(), 1);
    }
}
