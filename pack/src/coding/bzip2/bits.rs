//! Bits, the highest of a byte first.

/// Reads bits from bytes.
pub(super) struct BitReader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> BitReader<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    /// The bit that comes next.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Reads up to 32 bits, of which those behind the end are zero.
    pub(super) fn read(&mut self, count: usize) -> u32 {
        let rest = &self.bytes[self.at / 8..];
        let mut window = [0; 8];
        let len = rest.len().min(8);
        window[..len].copy_from_slice(&rest[..len]);
        let bits = u64::from_be_bytes(window) << (self.at % 8);
        self.at += count;
        let bits = if count == 0 { 0 } else { bits >> (64 - count) };
        u32::try_from(bits).expect("up to 32 bits are asked for")
    }
}

/// Appends bits to bytes.
pub(super) struct BitWriter<'a> {
    out: &'a mut Vec<u8>,
    /// Bits that are no whole byte yet, lowest last, and how many there are.
    pending: u64,
    count: usize,
}

impl<'a> BitWriter<'a> {
    pub(super) fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out, pending: 0, count: 0 }
    }

    /// Writes up to 32 bits.
    pub(super) fn write(&mut self, bits: u32, count: usize) {
        self.pending = self.pending << count | u64::from(bits);
        self.count += count;
        while self.count >= 8 {
            self.count -= 8;
            self.out.push((self.pending >> self.count).to_le_bytes()[0]);
        }
    }

    /// Writes bits as they are read, and gives the last of them, up to 32.
    pub(super) fn copy(&mut self, from: &mut BitReader<'_>, mut count: usize) -> u32 {
        while count > 32 {
            self.write(from.read(32), 32);
            count -= 32;
        }
        let bits = from.read(count);
        self.write(bits, count);
        bits
    }

    /// Says that there is nothing more to come.
    pub(super) fn finish(self) {
        assert_eq!(self.count, 0, "what is written is a whole number of bytes");
    }
}
