//! The generator of Poseidon's constants, by which circomlib's tables were made (Grassi et al., "Poseidon: A New Hash
//! Function for Zero-Knowledge Proof Systems", appendix E).

use ark_bn254::Fr;
use ark_ff::{BigInt, PrimeField};

/// The paper's parameter generator: an 80-bit LFSR in self-shrinking mode.
pub struct Grain {
    /// The last 80 bits, the oldest one lowest.
    state: u128,
    /// Bits that were generated and not yet used, the next one lowest, and their number.
    ready: u32,
    left: u32,
}

const TAPS: [u32; 6] = [62, 51, 38, 23, 13, 0];

/// Steps at once: no tap reaches a bit that they make.
const STEPS: u32 = 16;

impl Grain {
    pub fn new(width: usize, full_rounds: usize, partial_rounds: usize) -> Self {
        // Prime field, x^5 (alpha form 0), field size, width, rounds, then ones.
        let fields =
            [(1, 2), (0, 4), (254, 12), (width, 12), (full_rounds, 10), (partial_rounds, 10), ((1 << 30) - 1, 30)];
        let bits = fields.iter().flat_map(|&(value, n)| (0..n).rev().map(move |bit| (value >> bit & 1) as u128));
        let state = bits.enumerate().fold(0, |state, (place, bit)| state | bit << place);
        let mut grain = Grain { state, ready: 0, left: 0 };
        for _ in 0..160 / STEPS {
            grain.step();
        }
        grain.left = 0;
        grain
    }

    fn step(&mut self) {
        let bits = TAPS.iter().fold(0, |sum, tap| sum ^ self.state >> tap) & ((1 << STEPS) - 1);
        self.state = self.state >> STEPS | bits << (80 - STEPS);
        (self.ready, self.left) = (bits as u32, STEPS);
    }

    /// Returns `count` bits, at most 64: the second bits of the pairs whose first bit is set.
    fn bits(&mut self, count: u32) -> u64 {
        let (mut out, mut found) = (0, 0);
        while found < count {
            if self.left == 0 {
                self.step();
            }
            let (keep, bit) = (self.ready & 1, self.ready >> 1 & 1);
            (self.ready, self.left) = (self.ready >> 2, self.left - 2);
            out = out << keep | u64::from(keep & bit);
            found += keep;
        }
        out
    }

    fn integer(&mut self) -> BigInt<4> {
        let mut out = BigInt::new([0; 4]);
        for (limb, bits) in out.0.iter_mut().rev().zip([62, 64, 64, 64]) {
            *limb = self.bits(bits);
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
