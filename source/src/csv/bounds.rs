//! Where records end, found by looking at quotes and line ends only.
//!
//! Agrees byte for byte with `csv-core`: a quote opens a quoted field only at the field's very
//! beginning, a doubled quote in it stands for one, and `\r`, `\n` and `\r\n` end a record outside
//! quotes.

/// The quote; RFC 4180 knows no other.
pub(super) const QUOTE: u8 = b'"';

/// Goes through the bytes of a file record by record, however they are cut into pieces.
#[derive(Debug, Clone)]
pub(super) struct Bounds {
    delimiter: u8,
    state: State,
    has_quotes: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// At the beginning of a field.
    FieldStart,
    /// In a field, after a quoted part or without one.
    Plain,
    /// In a quoted part.
    Quoted,
    /// After a quote in a quoted part: the end of it, or the first of two.
    QuoteSeen,
}

/// What was found of a record's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// The record ends before this place; of `\r\n`, the `\n` is left behind.
    End(usize),
    /// The record is still under way.
    Under,
}

impl Bounds {
    /// At the beginning of a record.
    pub(super) fn new(delimiter: u8) -> Self {
        Self { delimiter, state: State::FieldStart, has_quotes: false }
    }

    /// Goes on in the record under way. Of each piece of it, all bytes are given, once.
    pub(super) fn end_of_record(&mut self, bytes: &[u8]) -> Found {
        let mut at = 0;
        while at < bytes.len() {
            match self.state {
                State::FieldStart | State::Plain => {
                    let rest = &bytes[at..];
                    let Some(hit) = memchr::memchr3(QUOTE, b'\n', b'\r', rest) else {
                        let is_start = rest.last() == Some(&self.delimiter);
                        self.state = if is_start { State::FieldStart } else { State::Plain };
                        return Found::Under;
                    };
                    if rest[hit] != QUOTE {
                        self.state = State::FieldStart;
                        return Found::End(at + hit + 1);
                    }
                    self.has_quotes = true;
                    let opens = match hit.checked_sub(1) {
                        Some(before) => rest[before] == self.delimiter,
                        None => self.state == State::FieldStart,
                    };
                    self.state = if opens { State::Quoted } else { State::Plain };
                    at += hit + 1;
                }
                State::Quoted => match memchr::memchr(QUOTE, &bytes[at..]) {
                    Some(hit) => {
                        self.state = State::QuoteSeen;
                        at += hit + 1;
                    }
                    None => return Found::Under,
                },
                State::QuoteSeen if bytes[at] == QUOTE => {
                    self.state = State::Quoted;
                    at += 1;
                }
                State::QuoteSeen => self.state = State::Plain,
            }
        }
        Found::Under
    }

    /// Whether the record under way is within quotes.
    pub(super) fn is_in_quotes(&self) -> bool {
        self.state == State::Quoted
    }

    /// Whether the last record has any quote.
    pub(super) fn has_quotes(&self) -> bool {
        self.has_quotes
    }

    /// Makes ready for the next record.
    pub(super) fn begin(&mut self) {
        self.state = State::FieldStart;
        self.has_quotes = false;
    }
}

/// How many bytes of line ends there are before the next record.
pub(super) fn blank(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The starts of all records, with the bytes cut into pieces of some length.
    fn starts(bytes: &[u8], piece: usize) -> Vec<u64> {
        let mut bounds = Bounds::new(b',');
        let (mut starts, mut is_under_way, mut at) = (Vec::new(), false, 0);
        for piece in bytes.chunks(piece) {
            let mut from = 0;
            while from < piece.len() {
                if !is_under_way {
                    from += blank(&piece[from..]);
                    if from == piece.len() {
                        break;
                    }
                    starts.push(at + from as u64);
                    bounds.begin();
                }
                is_under_way = match bounds.end_of_record(&piece[from..]) {
                    Found::End(len) => {
                        from += len;
                        false
                    }
                    Found::Under => {
                        from = piece.len();
                        true
                    }
                };
            }
            at += piece.len() as u64;
        }
        starts
    }

    /// What the crate `csv` finds. It tells the place where it begins to look for a record, which
    /// may be line ends before it.
    fn expected(bytes: &[u8]) -> Vec<u64> {
        let mut reader =
            ::csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
        let mut record = ::csv::ByteRecord::new();
        let mut starts = Vec::new();
        while reader.read_byte_record(&mut record).unwrap() {
            let at = record.position().unwrap().byte();
            starts.push(at + blank(&bytes[usize::try_from(at).unwrap()..]) as u64);
        }
        starts
    }

    #[test]
    fn quotes_within_a_field_are_plain() {
        assert_eq!(starts(b"a\"b\nc\n", 100), [0, 4]);
        assert_eq!(starts(b"a,\"b\nc\",d\ne", 3), [0, 10]);
        assert_eq!(starts(b"\"a\"x\"\n\"b\"\"\n\"\nc", 1), [0, 6, 13]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]
        #[test]
        fn records_are_those_of_the_csv_crate(
            bytes in proptest::collection::vec(
                prop_oneof![Just(b'"'), Just(b','), Just(b'\n'), Just(b'\r'), Just(b'x')], 0..60),
            piece in 1_usize..20,
        ) {
            prop_assert_eq!(starts(&bytes, piece), expected(&bytes));
        }
    }
}
