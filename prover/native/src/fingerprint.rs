//! Fingerprints of verification keys, as zkmargin.proving.fingerprints defines them.

use ark_bn254::{Fq, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ff::{AdditiveGroup, BigInteger, PrimeField};
use sha2::{Digest, Sha256};

use crate::verify::VerifyingKey;

const DOMAIN: &[u8] = b"zkmargin verification key 1\n";
const BITS: usize = 80;
/// Crockford's base 32: without i, l, o and u, which are mistaken for other characters.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Returns the fingerprint of a key, such as `k7f3-9xq2-mh4d-w8tz`.
pub fn fingerprint(key: &VerifyingKey) -> String {
    let mut state = Sha256::new_with_prefix(DOMAIN);
    state.update((key.n_public() as u32).to_be_bytes());
    let mut update = |value: Fq| state.update(value.into_bigint().to_bytes_be());
    g1(&key.alpha_1).into_iter().for_each(&mut update);
    for point in [&key.beta_2, &key.gamma_2, &key.delta_2] {
        g2(point).into_iter().for_each(&mut update);
    }
    for point in &key.ic {
        g1(point).into_iter().for_each(&mut update);
    }
    let digest = state.finalize();
    let bits = digest[..BITS / 8].iter().fold(0u128, |bits, byte| bits << 8 | u128::from(*byte));
    let letter = |index: usize| char::from(ALPHABET[(bits >> (BITS - 5 - 5 * index)) as usize & 31]);
    let letters: Vec<char> = (0..BITS / 5).map(letter).collect();
    letters.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

/// Returns both coordinates; zeros at infinity.
fn g1(point: &G1Affine) -> [Fq; 2] {
    if point.is_zero() {
        [Fq::ZERO; 2]
    } else {
        [point.x, point.y]
    }
}

fn g2(point: &G2Affine) -> [Fq; 4] {
    if point.is_zero() {
        [Fq::ZERO; 4]
    } else {
        [point.x.c0, point.x.c1, point.y.c0, point.y.c1]
    }
}
