//! Thrift's compact encoding, walked without keeping anything: what a file claims of itself is judged
//! here before a parser makes room for it.

/// Deepest nesting of Thrift values; a footer has eight.
const MAX_DEPTH: u32 = 24;

/// Most entries of a list. A parser makes room for all at once, up to a kilobyte each.
const MAX_ENTRIES: u64 = 1 << 17;

/// Deepest nesting of a schema; parsers call themselves for each level.
const MAX_SCHEMA_DEPTH: usize = 64;

/// The bytes contradict the encoding, or a limit.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed(pub(super) &'static str);

const CUT: Malformed = Malformed("it breaks off");

/// What a page's header begins with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct PageHead {
    /// Length of the page in memory, in bytes.
    pub(super) uncompressed: u64,
    /// Length of the page in the file, in bytes.
    pub(super) compressed: u64,
    /// How many of its first bytes are not compressed.
    pub(super) levels: u64,
}

/// Whether a footer is what it claims: lists have their entries, and nothing is nested without end.
pub(super) fn check_footer(bytes: &[u8]) -> Result<(), Malformed> {
    let mut walker = Walker { bytes };
    while let Some((id, kind)) = walker.field(0)? {
        match (id, kind) {
            (2, LIST) => walker.check_schema()?,
            _ => walker.skip(kind, 1)?,
        }
    }
    Ok(())
}

/// Reads the beginning of a page's header; `bytes` may end soon after.
pub(super) fn page_head(bytes: &[u8]) -> Result<PageHead, Malformed> {
    let mut walker = Walker { bytes };
    let (mut kind_of_page, mut head, mut last) = (0, PageHead::default(), 0);
    // All writers write fields in the order of their numbers; the sizes come before all that may be
    // long.
    while let Some((id, kind)) = walker.field(last)? {
        match (id, kind) {
            (1, I32) => kind_of_page = walker.size()?,
            (2, I32) => head.uncompressed = walker.size()?,
            (3, I32) => head.compressed = walker.size()?,
            (8, STRUCT) => {
                head.levels = walker.levels()?;
                break;
            }
            (4.., _) => walker.skip(kind, 1)?,
            _ => return Err(Malformed("a page has an unknown header")),
        }
        last = id;
        if last == 3 && kind_of_page != DATA_PAGE_V2 {
            break;
        }
    }
    if last < 3 {
        return Err(Malformed("a page does not say how long it is"));
    }
    Ok(head)
}

const DATA_PAGE_V2: u64 = 3;

const TRUE: u8 = 1;
const FALSE: u8 = 2;
const BYTE: u8 = 3;
const I16: u8 = 4;
const I32: u8 = 5;
const I64: u8 = 6;
const DOUBLE: u8 = 7;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const SET: u8 = 10;
const MAP: u8 = 11;
const STRUCT: u8 = 12;
const UUID: u8 = 13;

struct Walker<'b> {
    bytes: &'b [u8],
}

impl Walker<'_> {
    fn byte(&mut self) -> Result<u8, Malformed> {
        let (byte, rest) = self.bytes.split_first().ok_or(CUT)?;
        self.bytes = rest;
        Ok(*byte)
    }

    fn pass(&mut self, len: u64) -> Result<(), Malformed> {
        let len = usize::try_from(len).map_err(|_| CUT)?;
        self.bytes = self.bytes.get(len..).ok_or(CUT)?;
        Ok(())
    }

    fn varint(&mut self) -> Result<u64, Malformed> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(Malformed("a number has too many digits"))
    }

    /// A number that is not negative.
    fn size(&mut self) -> Result<u64, Malformed> {
        let number = self.varint()?;
        if number & 1 == 1 {
            return Err(Malformed("a size is negative"));
        }
        Ok(number >> 1)
    }

    /// The number and type of the next field of a struct; nothing at its end.
    fn field(&mut self, last: u64) -> Result<Option<(u64, u8)>, Malformed> {
        let head = self.byte()?;
        if head == 0 {
            return Ok(None);
        }
        let id = match u64::from(head >> 4) {
            0 => self.varint()? >> 1,
            step => last + step,
        };
        Ok(Some((id, head & 0x0f)))
    }

    /// The type and number of a list's entries.
    fn entries(&mut self) -> Result<(u8, u64), Malformed> {
        let head = self.byte()?;
        let entries = match u64::from(head >> 4) {
            15 => self.varint()?,
            entries => entries,
        };
        if entries > MAX_ENTRIES {
            return Err(Malformed("a list has more than 131,072 entries"));
        }
        Ok((head & 0x0f, entries))
    }

    fn skip(&mut self, kind: u8, depth: u32) -> Result<(), Malformed> {
        if depth > MAX_DEPTH {
            return Err(Malformed("it is nested too deep"));
        }
        match kind {
            TRUE | FALSE => Ok(()),
            BYTE => self.pass(1),
            I16 | I32 | I64 => self.varint().map(drop),
            DOUBLE => self.pass(8),
            BINARY => {
                let len = self.varint()?;
                self.pass(len)
            }
            LIST | SET => {
                let (kind, entries) = self.entries()?;
                (0..entries).try_for_each(|_| self.skip_entry(kind, depth + 1))
            }
            MAP => {
                let entries = self.varint()?;
                if entries == 0 {
                    return Ok(());
                }
                let kinds = self.byte()?;
                (0..entries).try_for_each(|_| {
                    self.skip_entry(kinds >> 4, depth + 1)?;
                    self.skip_entry(kinds & 0x0f, depth + 1)
                })
            }
            STRUCT => {
                while let Some((_, kind)) = self.field(0)? {
                    self.skip(kind, depth + 1)?;
                }
                Ok(())
            }
            UUID => self.pass(16),
            _ => Err(Malformed("a value has an unknown type")),
        }
    }

    /// A truth value is a byte of its own in a list.
    fn skip_entry(&mut self, kind: u8, depth: u32) -> Result<(), Malformed> {
        if matches!(kind, TRUE | FALSE) { self.pass(1) } else { self.skip(kind, depth) }
    }

    /// Passes over the schema, a tree that is written as the list of its nodes, each with the number
    /// of its children.
    fn check_schema(&mut self) -> Result<(), Malformed> {
        let (kind, entries) = self.entries()?;
        if kind != STRUCT {
            return Err(Malformed("its schema is no list of columns"));
        }
        let mut open: Vec<u64> = Vec::new();
        for _ in 0..entries {
            let (mut children, mut last) = (0, 0);
            while let Some((id, kind)) = self.field(last)? {
                match (id, kind) {
                    (5, I32) => children = self.size()?,
                    _ => self.skip(kind, 2)?,
                }
                last = id;
            }
            while open.last() == Some(&0) {
                open.pop();
            }
            if let Some(siblings) = open.last_mut() {
                *siblings -= 1;
            }
            open.push(children);
            if open.len() > MAX_SCHEMA_DEPTH {
                return Err(Malformed("its columns are nested deeper than 64"));
            }
        }
        Ok(())
    }

    /// The lengths of the levels in the header of a page of the second version.
    fn levels(&mut self) -> Result<u64, Malformed> {
        let (mut len, mut last) = (0, 0);
        while last < 6 {
            let Some((id, kind)) = self.field(last)? else { break };
            match (id, kind) {
                (5 | 6, I32) => len += self.size()?,
                (..5, I32) => self.varint().map(drop)?,
                _ => break,
            }
            last = id;
        }
        Ok(len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], expected: Result<(), &'static str>) {
        assert_eq!(check_footer(bytes), expected.map_err(Malformed));
    }

    #[test]
    fn lists_have_the_entries_that_they_claim() {
        check(&[0x19, 0x25, 2, 4, 0], Ok(()));
        check(&[0x19, 0x35, 2, 4], Err("it breaks off"));
        check(
            &[0x19, 0xf5, 0xff, 0xff, 0xff, 0x7f, 0],
            Err("a list has more than 131,072 entries"),
        );
        check(&[0x18, 0xff, 0xff, 0x7f, 0], Err("it breaks off"));
    }

    #[test]
    fn nothing_is_nested_without_end() {
        check(&vec![0x1c; 100_000], Err("it is nested too deep"));
        // A schema in which each column is the only child of the one before it.
        let mut schema = vec![0x29, 0xfc, 0x80, 0x01];
        for _ in 0..128 {
            schema.extend([0x55, 2, 0]);
        }
        schema.push(0);
        check(&schema, Err("its columns are nested deeper than 64"));
    }

    #[test]
    fn a_page_tells_its_sizes_first() {
        let head = page_head(&[0x15, 0, 0x15, 20, 0x15, 10]);
        assert_eq!(head, Ok(PageHead { uncompressed: 10, compressed: 5, levels: 0 }));
        let second = [
            0x15, 6, 0x15, 20, 0x15, 10, 0x5c, 0x15, 2, 0x15, 0, 0x15, 2, 0x15, 0, 0x15, 4, 0x15, 6,
        ];
        assert_eq!(page_head(&second), Ok(PageHead { uncompressed: 10, compressed: 5, levels: 5 }));
        assert_eq!(page_head(&[0x15, 0, 0x15, 1]), Err(Malformed("a size is negative")));
        assert!(page_head(&[0x15, 0, 0]).is_err());
    }
}
