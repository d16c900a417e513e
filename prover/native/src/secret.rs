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

pub fn fill(bytes: &mut [u8]) -> Result<()> {
    getrandom::fill(bytes).map_err(|e| -> Error { Source("operating system's randomness").io(e.into()) })
}
