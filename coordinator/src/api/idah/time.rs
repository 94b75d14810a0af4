//! Times as IDAH writes them: `2026-01-14 10:23:18 +0000`, always of UTC, so that their order is that of their
//! texts. Pure.

use jiff::Timestamp;
use source::datasets::moment;

/// A time as it is written.
pub(super) fn written(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S +0000").to_string()
}

/// What clients write, as it is written here: a time of RFC 3339 or of IDAH, or a day, which is its beginning.
pub(super) fn read(text: &str) -> Option<String> {
    moment(text).map(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_clients_write_them() {
        for (text, expected) in [
            ("2026-01-14T10:23:18Z", Some("2026-01-14 10:23:18 +0000")),
            ("2026-01-14T12:23:18.5+02:00", Some("2026-01-14 10:23:18 +0000")),
            ("2026-01-14 10:23:18 +0000", Some("2026-01-14 10:23:18 +0000")),
            ("2026-01-14 12:23:18 +0200", Some("2026-01-14 10:23:18 +0000")),
            ("2026-01-14", Some("2026-01-14 00:00:00 +0000")),
            ("yesterday", None),
        ] {
            assert_eq!(read(text).as_deref(), expected, "{text}");
        }
    }
}
