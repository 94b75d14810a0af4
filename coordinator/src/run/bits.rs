//! A set of batch ordinals: one bit each, so that 10^5 batches are 12 KiB.

/// Which of `0..len` are set.
#[derive(Debug)]
pub(super) struct Bits {
    words: Vec<u64>,
    len: u32,
    set: u32,
}

impl Bits {
    pub(super) fn new(len: u32) -> Self {
        Self { words: vec![0; len.div_ceil(64) as usize], len, set: 0 }
    }

    pub(super) fn get(&self, index: u32) -> bool {
        self.words[(index / 64) as usize] & (1 << (index % 64)) != 0
    }

    /// Sets a bit; whether it was not set before.
    pub(super) fn set(&mut self, index: u32) -> bool {
        if self.get(index) {
            return false;
        }
        self.words[(index / 64) as usize] |= 1 << (index % 64);
        self.set += 1;
        true
    }

    /// How many are not set.
    pub(super) fn unset(&self) -> u32 {
        self.len - self.set
    }

    pub(super) fn all(&self) -> bool {
        self.set == self.len
    }
}
