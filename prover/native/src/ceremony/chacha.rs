//! The random stream of ffjavascript, which snarkjs uses for secrets, beacons and hashes to points.
//!
//! It is ChaCha20 with a seed of 256 bits, no nonce, and a block counter of 128 bits, read as words of 32 bits.

use ark_bn254::{Fq, Fq2, Fr};
use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use ark_ec::AffineRepr;
use ark_ff::{BigInt, Field, PrimeField};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::encoding::FileField;

/// "expand 32-byte k", as in the specification of ChaCha.
const CONSTANTS: [u32; 4] = [0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574];
const WORDS: usize = 16;
/// The words of the block counter, lowest first.
const COUNTER: std::ops::Range<usize> = 12..16;

/// A stream, wiped after use.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct ChaCha {
    state: [u32; WORDS],
    block: [u32; WORDS],
    used: usize,
}

impl ChaCha {
    /// Starts a stream at the first 32 bytes of a hash, words of highest byte first.
    pub fn from_hash(hash: &[u8]) -> Self {
        let mut state = [0; WORDS];
        state[..4].copy_from_slice(&CONSTANTS);
        for (word, bytes) in state[4..COUNTER.start].iter_mut().zip(hash.chunks_exact(4)) {
            *word = u32::from_be_bytes(bytes.try_into().expect("four bytes"));
        }
        ChaCha { state, block: [0; WORDS], used: WORDS }
    }

    pub fn word(&mut self) -> u32 {
        if self.used == WORDS {
            self.next_block();
        }
        self.used += 1;
        self.block[self.used - 1]
    }

    fn next_block(&mut self) {
        self.block = self.state;
        for _ in 0..10 {
            for i in 0..4 {
                quarter_round(&mut self.block, [i, 4 + i, 8 + i, 12 + i]);
            }
            for i in 0..4 {
                quarter_round(&mut self.block, [i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4]);
            }
        }
        for (word, start) in self.block.iter_mut().zip(&self.state) {
            *word = word.wrapping_add(*start);
        }
        for word in &mut self.state[COUNTER] {
            *word = word.wrapping_add(1);
            if *word != 0 {
                break;
            }
        }
        self.used = 0;
    }

    fn bit(&mut self) -> bool {
        self.word() & 1 == 1
    }

    /// Draws integers of 254 bits until one is below the modulus. The limbs are lowest first, each with its high word
    /// first.
    fn below(&mut self, modulus: &BigInt<4>) -> BigInt<4> {
        loop {
            let mut limbs = [0; 4];
            for limb in &mut limbs {
                *limb = u64::from(self.word()) << 32 | u64::from(self.word());
            }
            limbs[3] &= u64::MAX >> 2;
            let value = BigInt::new(limbs);
            limbs.zeroize();
            if value < *modulus {
                return value;
            }
        }
    }

    pub fn scalar(&mut self) -> Zeroizing<Fr> {
        Zeroizing::new(Fr::new_unchecked(self.below(&Fr::MODULUS)))
    }

    /// Draws a point of the group: x, and a bit for the sign of y, until x is on the curve.
    pub fn point<C: SWCurveConfig<BaseField: Drawn>>(&mut self) -> Affine<C> {
        loop {
            let x = C::BaseField::draw(self);
            let above = self.bit();
            if let Some(y) = (x.square() * x + C::COEFF_B).sqrt() {
                let y = if y.is_above_opposite() == above { y } else { -y };
                return Affine::new_unchecked(x, y).mul_by_cofactor();
            }
        }
    }
}

fn quarter_round(words: &mut [u32; WORDS], [a, b, c, d]: [usize; 4]) {
    for (left, right) in [(16, 12), (8, 7)] {
        words[a] = words[a].wrapping_add(words[b]);
        words[d] = (words[d] ^ words[a]).rotate_left(left);
        words[c] = words[c].wrapping_add(words[d]);
        words[b] = (words[b] ^ words[c]).rotate_left(right);
    }
}

/// A base field whose elements are drawn from a stream.
pub trait Drawn: FileField {
    /// Draws an element. The integer drawn is its Montgomery form.
    fn draw(stream: &mut ChaCha) -> Self;
}

impl Drawn for Fq {
    fn draw(stream: &mut ChaCha) -> Self {
        Fq::new_unchecked(stream.below(&Fq::MODULUS))
    }
}

impl Drawn for Fq2 {
    fn draw(stream: &mut ChaCha) -> Self {
        let c0 = Fq::draw(stream);
        Fq2::new(c0, Fq::draw(stream))
    }
}
