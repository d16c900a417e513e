//! Range checks, and integers as field elements.

use ark_bn254::Fr;
use ark_ff::{BigInt, BigInteger, PrimeField};
use num_bigint::{BigInt as Integer, Sign};

use super::fault::{require, Result};

/// Checks that 0 <= value < 2^bits.
pub fn check_unsigned(key: &str, value: i128, bits: u32) -> Result<()> {
    require((0..1 << bits).contains(&value), key, format!("must be from 0 to 2^{bits} - 1"))
}

/// Checks that -2^bits <= value < 2^bits.
pub fn check_signed(key: &str, value: i128, bits: u32) -> Result<()> {
    require((-(1 << bits)..1 << bits).contains(&value), key, format!("must be from -2^{bits} to 2^{bits} - 1"))
}

/// Checks that -2^bits < value < 2^bits.
pub fn check_magnitude(key: &str, value: i128, bits: u32) -> Result<()> {
    require((1 - (1 << bits)..1 << bits).contains(&value), key, format!("must be below 2^{bits} in magnitude"))
}

/// Checks that a field element, as an integer, has so many bits.
pub fn check_bits(key: &str, value: &Fr, bits: u32) -> Result<()> {
    require(has_bits(value, bits), key, format!("must be from 0 to 2^{bits} - 1"))
}

pub fn has_bits(value: &Fr, bits: u32) -> bool {
    value.into_bigint().num_bits() <= bits
}

/// Returns a signed integer as a field element: a negative x is r + x.
pub fn element(value: i128) -> Fr {
    let size = Fr::from(value.unsigned_abs());
    if value < 0 {
        -size
    } else {
        size
    }
}

/// Returns an integer of at most 253 bits in magnitude as a field element.
pub fn wide_element(value: &Integer) -> Fr {
    let mut limbs = [0; 4];
    let digits = value.magnitude().to_u64_digits();
    limbs[..digits.len()].copy_from_slice(&digits);
    let size = Fr::from_bigint(BigInt::new(limbs)).expect("below r");
    if value.sign() == Sign::Minus {
        -size
    } else {
        size
    }
}
