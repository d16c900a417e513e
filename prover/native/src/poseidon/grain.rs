//! The generator of Poseidon's constants, by which circomlib's tables were made (Grassi et al., "Poseidon: A New Hash
//! Function for Zero-Knowledge Proof Systems", appendix E).

use ark_bn254::Fr;
use ark_ff::{BigInt, PrimeField};

/// The paper's parameter generator: an 80-bit LFSR in self-shrinking mode.
pub struct Grain {
    state: [bool; 80],
    head: usize,
}

impl Grain {
    pub fn new(width: usize, full_rounds: usize, partial_rounds: usize) -> Self {
        // Prime field, x^5 (alpha form 0), field size, width, rounds, then ones.
        let fields =
            [(1, 2), (0, 4), (254, 12), (width, 12), (full_rounds, 10), (partial_rounds, 10), ((1 << 30) - 1, 30)];
        let mut state = [false; 80];
        let bits = fields.iter().flat_map(|&(value, n)| (0..n).rev().map(move |bit| value >> bit & 1 == 1));
        state.iter_mut().zip(bits).for_each(|(s, bit)| *s = bit);
        let mut grain = Grain { state, head: 0 };
        for _ in 0..160 {
            grain.step();
        }
        grain
    }

    fn step(&mut self) -> bool {
        let bit = [62, 51, 38, 23, 13, 0].iter().fold(false, |sum, tap| sum ^ self.state[(self.head + tap) % 80]);
        self.state[self.head] = bit;
        self.head = (self.head + 1) % 80;
        bit
    }

    /// Returns the second bit of the next pair whose first bit is set.
    fn bit(&mut self) -> bool {
        loop {
            let keep = self.step();
            let bit = self.step();
            if keep {
                return bit;
            }
        }
    }

    fn integer(&mut self) -> BigInt<4> {
        let mut out = BigInt::new([0; 4]);
        for i in (0..254).rev() {
            out.0[i / 64] |= u64::from(self.bit()) << (i % 64);
        }
        out
    }

    pub fn below_modulus(&mut self) -> Fr {
        loop {
            if let Some(value) = Fr::from_bigint(self.integer()) {
                return value;
            }
        }
    }

    pub fn reduced(&mut self) -> Fr {
        let bytes: Vec<u8> = self.integer().0.iter().flat_map(|limb| limb.to_le_bytes()).collect();
        Fr::from_le_bytes_mod_order(&bytes)
    }
}
