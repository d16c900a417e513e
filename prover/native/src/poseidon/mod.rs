//! Poseidon over BN254's scalar field with circomlib's parameters, for 1 to 16 inputs.

mod grain;
mod parameters;

use ark_bn254::Fr;
use ark_ff::AdditiveGroup;
use rayon::prelude::*;

use self::parameters::parameters;
use crate::error::{Error, Result};

pub const MAX_INPUTS: usize = 16;

/// Returns the hash of 1 to 16 field elements.
pub fn poseidon(inputs: &[Fr]) -> Result<Fr> {
    if !(1..=MAX_INPUTS).contains(&inputs.len()) {
        return Err(Error::Value(format!("Poseidon takes 1 to 16 inputs, not {}", inputs.len())));
    }
    Ok(hash(inputs))
}

/// Returns the hash of each row.
pub fn poseidon_many(inputs: &[Vec<Fr>]) -> Result<Vec<Fr>> {
    inputs.par_iter().map(|inputs| poseidon(inputs)).collect()
}

/// As `poseidon`, for callers with 1 to 16 inputs.
pub fn hash(inputs: &[Fr]) -> Fr {
    let width = inputs.len() + 1;
    let mut state = [Fr::ZERO; MAX_INPUTS + 1];
    state[1..width].copy_from_slice(inputs);
    parameters(width).permute(&mut state[..width]);
    state[0]
}
