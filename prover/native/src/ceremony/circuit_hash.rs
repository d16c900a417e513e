//! The hash of an initial key, with which snarkjs's transcript of phase 2 begins: BLAKE2b-512 of its points.
//!
//! H stands in it as tau^(i + n) - tau^i for i below n - 1, where n is the size of the domain. snarkjs reads these
//! powers in blocks of 2^14, so a larger domain has one more, i = n - 1. A phase 1 of just the circuit's power has no
//! tau^(2 n - 1): snarkjs takes the bytes that follow in the file as coordinates. We compute the same bytes, so that
//! snarkjs finds its own hash in our keys. They depend on nothing secret, and the hash covers all other points anyway.

use ark_bn254::{Fq, G1Affine};
use ark_ec::short_weierstrass::Affine;
use ark_ff::{Field, PrimeField};
use blake2::{Blake2b512, Digest};
use num_bigint::BigUint;
use rayon::prelude::*;

use super::ptau::{section, Ptau};
use crate::affine::{Lists, Point};
use crate::binfile::{Input, Sections};
use crate::encoding::{push_uncompressed, FileCurve, FIELD_BYTES};
use crate::error::{Result, Source};
use crate::zkey::ProvingKey;

pub type Hash = [u8; 64];

/// The number of powers that snarkjs reads at once.
const BLOCK: usize = 1 << 14;

/// Returns the hash that a key names, without any check.
pub fn stated<'a>(input: impl Into<Input<'a>>, source: Source<'a>) -> Result<Hash> {
    let sections = Sections::parse(input, b"zkey", 1, source)?;
    let mut section = sections.cursor(crate::zkey::section::CONTRIBUTIONS)?;
    Ok(section.take(64)?.try_into().expect("64 bytes"))
}

/// Returns the hash of an initial key.
pub fn of(key: &ProvingKey, ptau: &mut Ptau) -> Result<Hash> {
    let mut hasher = Blake2b512::new();
    let header = &key.header;
    update(&mut hasher, &[header.alpha_1, header.beta_1]);
    update(&mut hasher, &[header.beta_2, header.gamma_2]);
    update(&mut hasher, &[header.delta_1]);
    update(&mut hasher, &[header.delta_2]);
    counted(&mut hasher, &key.ic);
    hasher.update((header.domain_size as u32 - 1).to_be_bytes());
    update_quotient(&mut hasher, ptau, header.domain_size)?;
    counted(&mut hasher, &key.c);
    counted(&mut hasher, &key.a);
    counted(&mut hasher, &key.b1);
    counted(&mut hasher, &key.b2);
    Ok(hasher.finalize().into())
}

fn counted<C: FileCurve>(hasher: &mut Blake2b512, points: &[Affine<C>]) {
    hasher.update((points.len() as u32).to_be_bytes());
    update(hasher, points);
}

fn update<C: FileCurve>(hasher: &mut Blake2b512, points: &[Affine<C>]) {
    for block in points.chunks(BLOCK) {
        let encoded: Vec<Vec<u8>> = block
            .par_chunks(256)
            .map(|points| {
                let mut out = Vec::with_capacity(points.len() * C::POINT_BYTES);
                points.iter().for_each(|point| push_uncompressed(&mut out, point));
                out
            })
            .collect();
        encoded.iter().for_each(|bytes| hasher.update(bytes));
    }
}

fn update_quotient(hasher: &mut Blake2b512, ptau: &mut Ptau, size: usize) -> Result<()> {
    let blocks = (size - 1).div_ceil(BLOCK);
    let count = if blocks == 1 { size - 1 } else { blocks * BLOCK };
    let real = count.min(if ptau.power > size.trailing_zeros() { count } else { size - 1 });
    for start in (0..real).step_by(BLOCK) {
        let block = BLOCK.min(real - start);
        let high: Vec<G1Affine> = ptau.points(section::TAU_1, size + start, block)?;
        let low: Vec<G1Affine> = ptau.points(section::TAU_1, start, block)?;
        let mut lists = Lists::with_capacity(block);
        for (high, low) in high.iter().zip(&low) {
            lists.push([Point::of(high), Point::of(low).negated_if(true)]);
        }
        lists.reduce();
        update(hasher, &lists.sums().map(Point::affine).collect::<Vec<G1Affine>>());
    }
    if real < count {
        let bytes = ptau.bytes_from(section::TAU_1, 64 * (2 * size as u64 - 1), 2 * FIELD_BYTES)?;
        let low = ptau.points(section::TAU_1, size - 1, 1)?[0];
        update(hasher, &[unreduced_difference(&bytes, &low)]);
    }
    Ok(())
}

/// Returns what snarkjs computes for P - Q if the coordinates of P are any bytes, not below q.
///
/// Its additions and multiplications subtract q at most once and wrap at 2^256. The formulas are those of an addition
/// of affine points to one in Jacobian coordinates (madd-2007-bl).
fn unreduced_difference(p: &[u8], q: &G1Affine) -> G1Affine {
    let (x1, y1) = p.split_at(FIELD_BYTES);
    let (x1, y1) = (BigUint::from_bytes_le(x1), BigUint::from_bytes_le(y1));
    let (x2, y2) = (BigUint::from(q.x.0), BigUint::from((-q.y).0));
    let h = sub(&x2, &x1);
    let hh = mul(&h, &h);
    let i = add(&hh, &hh);
    let i = add(&i, &i);
    let j = mul(&h, &i);
    let difference = sub(&y2, &y1);
    let r = add(&difference, &difference);
    let v = mul(&x1, &i);
    let x = sub(&sub(&mul(&r, &r), &j), &add(&v, &v));
    let y1_j = mul(&y1, &j);
    let y = sub(&mul(&sub(&v, &x), &r), &add(&y1_j, &y1_j));
    let z = add(&h, &h);
    let field = |value: BigUint| {
        let reduced = value % BigUint::from(Fq::MODULUS);
        Fq::new_unchecked(reduced.try_into().expect("below q"))
    };
    let inverse = field(z).inverse().unwrap_or_default();
    let square = inverse.square();
    Affine::new_unchecked(field(x) * square, field(y) * square * inverse)
}

fn modulus() -> BigUint {
    Fq::MODULUS.into()
}

fn limit() -> BigUint {
    BigUint::from(1u8) << 256
}

fn add(a: &BigUint, b: &BigUint) -> BigUint {
    once_reduced(a + b)
}

/// Returns a sum or product below 2^257, less q if it is not below q, modulo 2^256.
fn once_reduced(value: BigUint) -> BigUint {
    if value >= modulus() {
        (value - modulus()) % limit()
    } else {
        value
    }
}

fn sub(a: &BigUint, b: &BigUint) -> BigUint {
    if a >= b {
        a - b
    } else {
        (a + limit() - b + modulus()) % limit()
    }
}

/// Montgomery's product: (a b + m q) / 2^256, where m makes the sum divisible.
fn mul(a: &BigUint, b: &BigUint) -> BigUint {
    let product = a * b;
    let inverse = modulus().modinv(&limit()).expect("q is odd");
    let m = (limit() - inverse) * &product % limit();
    once_reduced((product + m * modulus()) >> 256)
}
