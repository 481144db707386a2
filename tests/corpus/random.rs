//! Numbers that depend on nothing but a seed and a name.

use sha2::{Digest, Sha256};

/// `SplitMix64`: short, and good enough for values that only have to look random.
pub(super) struct Random(u64);

impl Random {
    /// Another sequence for each seed and each name.
    pub(super) fn new(seed: u64, name: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(seed.to_le_bytes());
        hash.update(name);
        Self(hash.finalize()[..8].iter().fold(0, |bits, byte| bits << 8 | u64::from(*byte)))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ bits >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ bits >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ bits >> 31
    }

    pub(super) fn byte(&mut self) -> u8 {
        (self.next() >> 32) as u8
    }

    /// One of these characters, which are ASCII.
    pub(super) fn pick(&mut self, alphabet: &str) -> char {
        let at = (self.next() >> 16) % alphabet.len() as u64;
        char::from(alphabet.as_bytes()[at as usize])
    }
}
