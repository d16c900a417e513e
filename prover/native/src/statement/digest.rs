//! Digests of lists of field elements, and values of polynomials.

use ark_bn254::Fr;
use ark_ff::AdditiveGroup;

use crate::poseidon::{hash, MAX_INPUTS};

/// Hashes a list of at least one element, of a length that the circuit fixes: a chain of Poseidon hashes over blocks.
///
/// `digest[0]` is the hash of the first 16 elements, `digest[b]` that of `digest[b - 1]` and the next 15, the last block
/// filled with zeros.
pub fn digest(values: &[Fr]) -> Fr {
    let (first, others) = values.split_at(values.len().min(MAX_INPUTS));
    others.chunks(MAX_INPUTS - 1).fold(hash(first), |result, block| {
        let mut padded = [Fr::ZERO; MAX_INPUTS];
        padded[0] = result;
        padded[1..=block.len()].copy_from_slice(block);
        hash(&padded)
    })
}

/// Returns `sum_i values[i] point^i`.
pub fn horner(values: &[Fr], point: Fr) -> Fr {
    values.iter().rev().fold(Fr::ZERO, |result, value| result * point + value)
}
