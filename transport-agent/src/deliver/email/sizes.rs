//! How large a mail a server takes, as it says before anything is sent (RFC 1870). Pure.

/// What a server says of sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sizes {
    /// Nothing.
    Unsaid,
    /// That it wants to be told how large a mail is.
    Any,
    /// The same, and the largest that it takes, in bytes.
    UpTo(usize),
}

impl Sizes {
    /// By the lines of the answer to EHLO, the first of which is the server's name.
    pub(super) fn of<'l>(lines: impl Iterator<Item = &'l str>) -> Self {
        for line in lines.skip(1) {
            let mut words = line.split_ascii_whitespace();
            if !words.next().is_some_and(|word| word.eq_ignore_ascii_case("SIZE")) {
                continue;
            }
            // 0 means that there is no fixed limit (RFC 1870, 4); so does what is no number.
            return match words.next().and_then(|most| most.parse().ok()) {
                None | Some(0) => Self::Any,
                Some(most) => Self::UpTo(most),
            };
        }
        Self::Unsaid
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_read_wherever_it_stands() {
        for (lines, expected) in [
            (vec!["mail.test", "PIPELINING", "SIZE 102400", "HELP"], Sizes::UpTo(102_400)),
            (vec!["mail.test", "size 7"], Sizes::UpTo(7)),
            (vec!["mail.test", "SIZE 0"], Sizes::Any),
            (vec!["mail.test", "SIZE"], Sizes::Any),
            (vec!["mail.test", "SIZE 99999999999999999999999"], Sizes::Any),
            (vec!["mail.test", "SIZES 5"], Sizes::Unsaid),
            (vec!["SIZE 5"], Sizes::Unsaid),
            (vec![], Sizes::Unsaid),
        ] {
            assert_eq!(Sizes::of(lines.iter().copied()), expected, "{lines:?}");
        }
    }
}
