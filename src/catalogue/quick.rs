//! A hasher for the small numbers that rules, resources and actions have, for sets of actions, and for the texts of one
//! principal's policies: quick, and without a secret that would guard large tables against chosen keys.

use std::hash::{BuildHasherDefault, Hasher};

/// For maps of numbers, and for small ones of texts.
pub type Quick = BuildHasherDefault<Mixer>;

/// Multiplies and folds what it is given.
#[derive(Debug, Default, Clone, Copy)]
pub struct Mixer(u64);

/// The golden ratio's fraction in 64 bits, odd.
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

/// The fraction of the square root of 2: zeros count too.
const START: u64 = 0x6a09_e667_f3bc_c908;

impl Hasher for Mixer {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        words.iter().for_each(|word| self.write_u64(u64::from_le_bytes(*word)));
        let mut last = [0; 8];
        last.iter_mut().zip(rest).for_each(|(slot, byte)| *slot = *byte);
        self.write_u64(u64::from_le_bytes(last) ^ (bytes.len() as u64) << 56);
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(u64::from(number));
    }

    fn write_u64(&mut self, number: u64) {
        let product = u128::from(self.0 ^ number ^ START).wrapping_mul(u128::from(FACTOR));
        #[expect(clippy::cast_possible_truncation, reason = "the two halves are folded")]
        let folded = (product >> 64) as u64 ^ product as u64;
        self.0 = folded.rotate_left(23);
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
