//! Random secrets, wiped after use.

use ark_bn254::Fr;
use ark_ff::PrimeField;
use zeroize::Zeroize;

use crate::error::{Error, Result, Source};

/// Returns a random scalar: 512 bits from the operating system, reduced, so its bias is below 2^-256.
pub fn random_scalar() -> Result<Fr> {
    let mut bytes = [0u8; 64];
    fill(&mut bytes)?;
    let scalar = Fr::from_le_bytes_mod_order(&bytes);
    bytes.zeroize();
    Ok(scalar)
}

/// Returns random numbers of 128 bits, for sums of equations that hold, with a probability of at most 2^-128 to hide one
/// that does not.
pub fn random_weights(count: usize) -> Result<Vec<Fr>> {
    let mut bytes = vec![0u8; 16 * count];
    fill(&mut bytes)?;
    let weight = |chunk: &[u8]| Fr::from(u128::from_le_bytes(chunk.try_into().expect("16 bytes")));
    Ok(bytes.chunks_exact(16).map(weight).collect())
}

pub fn fill(bytes: &mut [u8]) -> Result<()> {
    getrandom::fill(bytes).map_err(|e| -> Error { Source("operating system's randomness").io(e.into()) })
}
