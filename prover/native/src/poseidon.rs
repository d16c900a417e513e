//! Poseidon over BN254's scalar field with circomlib's parameters, for 1 to 16 inputs, and 8-ary Merkle trees of it.
//!
//! The constants come from the Grain generator of the Poseidon paper (Grassi et al., "Poseidon: A New Hash Function
//! for Zero-Knowledge Proof Systems", appendix E), which circomlib's tables were made with, so none is stored here.

use std::sync::OnceLock;

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, BigInt, Field, PrimeField};
use rayon::prelude::*;

use crate::error::{Error, Result};

pub const MAX_INPUTS: usize = 16;

/// Children of a tree node.
pub const ARITY: usize = 8;

const FULL_ROUNDS: usize = 8;

/// Partial rounds by state width 2..=17, from the paper's table for 128 bits of security and x^5.
const PARTIAL_ROUNDS: [usize; MAX_INPUTS] = [56, 57, 56, 60, 60, 63, 64, 63, 60, 66, 60, 65, 70, 60, 64, 68];

/// The permutation of one state width.
struct Parameters {
    width: usize,
    partial_rounds: usize,
    /// One row of `width` for each round.
    constants: Vec<Fr>,
    /// Row by row.
    matrix: Vec<Fr>,
}

fn parameters(width: usize) -> &'static Parameters {
    static ALL: [OnceLock<Parameters>; MAX_INPUTS] = [const { OnceLock::new() }; MAX_INPUTS];
    ALL[width - 2].get_or_init(|| Parameters::generate(width))
}

impl Parameters {
    fn generate(width: usize) -> Self {
        let partial_rounds = PARTIAL_ROUNDS[width - 2];
        let mut grain = Grain::new(width, partial_rounds);
        let constants = (0..(FULL_ROUNDS + partial_rounds) * width).map(|_| grain.below_modulus()).collect();
        // A Cauchy matrix: 1 / (x_i + y_j), from 2 * width values that the generator gives next.
        let values: Vec<Fr> = (0..2 * width).map(|_| grain.reduced()).collect();
        let (x, y) = values.split_at(width);
        let entry = |i: usize| (x[i / width] + y[i % width]).inverse().expect("distinct values");
        let matrix = (0..width * width).map(entry).collect();
        Parameters { width, partial_rounds, constants, matrix }
    }

    fn permute(&self, state: &mut [Fr]) {
        let half = FULL_ROUNDS / 2;
        let mut next = [Fr::ZERO; MAX_INPUTS + 1];
        for (round, constants) in self.constants.chunks_exact(self.width).enumerate() {
            state.iter_mut().zip(constants).for_each(|(s, c)| *s += c);
            let partial = (half..half + self.partial_rounds).contains(&round);
            let boxes = if partial { 1 } else { self.width };
            state[..boxes].iter_mut().for_each(|s| *s *= s.square().square());
            for (out, row) in next.iter_mut().zip(self.matrix.chunks_exact(self.width)) {
                *out = row.iter().zip(state.iter()).fold(Fr::ZERO, |sum, (m, s)| sum + *m * s);
            }
            state.copy_from_slice(&next[..self.width]);
        }
    }
}

/// The paper's parameter generator: an 80-bit LFSR whose output decides which of its bits are kept.
struct Grain {
    state: [bool; 80],
    head: usize,
}

impl Grain {
    fn new(width: usize, partial_rounds: usize) -> Self {
        // Prime field, x^5 (alpha form 0), field size, width, rounds, then ones.
        let fields =
            [(1, 2), (0, 4), (254, 12), (width, 12), (FULL_ROUNDS, 10), (partial_rounds, 10), ((1 << 30) - 1, 30)];
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

    /// Of each pair of bits the second counts if the first is set.
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

    fn below_modulus(&mut self) -> Fr {
        loop {
            if let Some(value) = Fr::from_bigint(self.integer()) {
                return value;
            }
        }
    }

    fn reduced(&mut self) -> Fr {
        let bytes: Vec<u8> = self.integer().0.iter().flat_map(|limb| limb.to_le_bytes()).collect();
        Fr::from_le_bytes_mod_order(&bytes)
    }
}

/// The hash of 1 to 16 field elements.
pub fn poseidon(inputs: &[Fr]) -> Result<Fr> {
    if !(1..=MAX_INPUTS).contains(&inputs.len()) {
        return Err(Error::Value(format!("Poseidon takes 1 to 16 inputs, not {}", inputs.len())));
    }
    Ok(hash(inputs))
}

fn hash(inputs: &[Fr]) -> Fr {
    let width = inputs.len() + 1;
    let mut state = [Fr::ZERO; MAX_INPUTS + 1];
    state[1..width].copy_from_slice(inputs);
    parameters(width).permute(&mut state[..width]);
    state[0]
}

pub fn poseidon_many(inputs: &[Vec<Fr>]) -> Result<Vec<Fr>> {
    inputs.par_iter().map(|inputs| poseidon(inputs)).collect()
}

/// The levels of an 8-ary tree from the given leaves (padded with zeros) up to the root.
fn levels(leaves: &[Fr], depth: u32) -> Result<Vec<Vec<Fr>>> {
    // 8^10 leaves would be 32 GB.
    if !(1..=9).contains(&depth) || leaves.len() > ARITY.pow(depth) {
        return Err(Error::Value(format!("{} leaves do not fit a tree of depth {depth} (1..=9)", leaves.len())));
    }
    let mut empty = Fr::ZERO;
    let mut levels = vec![leaves.to_vec()];
    for _ in 0..depth {
        let below = levels.last().expect("the leaves");
        let next = below.par_chunks(ARITY).map(|children| hash(&padded(children, empty))).collect();
        levels.push(next);
        empty = hash(&[empty; ARITY]);
    }
    let root = levels.last_mut().expect("the root");
    if root.is_empty() {
        root.push(empty);
    }
    Ok(levels)
}

fn padded(children: &[Fr], empty: Fr) -> [Fr; ARITY] {
    let mut out = [empty; ARITY];
    out[..children.len()].copy_from_slice(children);
    out
}

/// The root of the tree with 8^depth leaves, the missing ones zero.
pub fn merkle8_root(leaves: &[Fr], depth: u32) -> Result<Fr> {
    Ok(levels(leaves, depth)?[depth as usize][0])
}

/// The seven siblings at each level of the path from leaf `index`, the leaves' level first.
pub fn merkle8_path(leaves: &[Fr], depth: u32, index: usize) -> Result<Vec<Vec<Fr>>> {
    let levels = levels(leaves, depth)?;
    if index >= ARITY.pow(depth) {
        return Err(Error::Value(format!("no leaf {index} in a tree of depth {depth}")));
    }
    let mut empty = Fr::ZERO;
    let mut position = index;
    let mut path = Vec::new();
    for level in &levels[..depth as usize] {
        let start = position / ARITY * ARITY;
        let present = &level[start.min(level.len())..level.len().min(start + ARITY)];
        let mut siblings = padded(present, empty).to_vec();
        siblings.remove(position % ARITY);
        path.push(siblings);
        position /= ARITY;
        empty = hash(&[empty; ARITY]);
    }
    Ok(path)
}
