//! A contributor's secret, and the proof of knowledge of it, as in snarkjs's `keypair.js`.
//!
//! The contributor draws x and a point s of G1, publishes s and x s, and hashes what went before, together with these,
//! to a point of G2, the base. Only a party that knows x can publish x times the base: the base has no known relation
//! to any other point. One pairing equation compares the two multiples, a second one (`scales`) each value that the
//! secret has changed.

use ark_bn254::{g1, Bn254, Fr, G1Affine, G2Affine};
use ark_ec::pairing::Pairing;
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::Field;
use blake2::{Blake2b512, Digest};
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

use super::chacha::ChaCha;
use crate::encoding::uncompressed;
use crate::error::{Error, Result};
use crate::secret::fill;
use crate::setup::Progress;

pub type Hash = [u8; 64];

/// The exponents of beacons: 2^10 hashes are the fewest that snarkjs makes, 2^40 take about a day.
pub const BEACON_EXPONENTS: std::ops::RangeInclusive<u8> = 10..=40;
/// The length of a beacon's value in bytes.
pub const BEACON_BYTES: std::ops::RangeInclusive<usize> = 1..=255;

/// The number of hashes between two reports of progress.
const HASHES_PER_REPORT: u64 = 1 << 18;

/// The stream of a contributor's secrets: 64 bytes from the operating system and optional further entropy, hashed.
pub fn secret_stream(entropy: &[u8]) -> Result<ChaCha> {
    let mut random = Zeroizing::new([0; 64]);
    fill(&mut *random)?;
    let mut hash = Blake2b512::new_with_prefix(random.as_slice()).chain_update(entropy).finalize();
    let stream = ChaCha::from_hash(&hash);
    hash.zeroize();
    Ok(stream)
}

/// Checks the bounds of a beacon.
pub fn check_beacon(value: &[u8], exponent: u8) -> Result<()> {
    if !BEACON_EXPONENTS.contains(&exponent) {
        let (low, high) = BEACON_EXPONENTS.into_inner();
        return Err(Error::Value(format!("a beacon of 2^{exponent} hashes, expected 2^{low} to 2^{high}")));
    }
    if !BEACON_BYTES.contains(&value.len()) {
        return Err(Error::Value(format!("a beacon of {} bytes, expected 1 to 255", value.len())));
    }
    Ok(())
}

/// The stream of a beacon: SHA-256 of its value, iterated 2^exponent times.
pub fn beacon_stream(value: &[u8], exponent: u8, progress: Progress) -> Result<ChaCha> {
    check_beacon(value, exponent)?;
    let mut hash = Sha256::digest(value);
    let count = 1u64 << exponent;
    for done in 1..count {
        if done % HASHES_PER_REPORT == 0 {
            progress("hashing the beacon", (done / HASHES_PER_REPORT) as usize, (count / HASHES_PER_REPORT) as usize)?;
        }
        hash = Sha256::digest(hash);
    }
    Ok(ChaCha::from_hash(&hash))
}

/// Hashes to a point of G2 that nobody knows the discrete logarithm of.
pub fn hash_to_g2(hash: &Hash) -> G2Affine {
    ChaCha::from_hash(hash).point()
}

/// Returns the base of a proof of knowledge in phase 1; the personalization is 0 for tau, 1 for alpha, 2 for beta.
pub fn phase1_base(personalization: u8, challenge: &Hash, commitment: &Commitment) -> G2Affine {
    let hash = Blake2b512::new_with_prefix([personalization])
        .chain_update(challenge)
        .chain_update(uncompressed(&commitment.s))
        .chain_update(uncompressed(&commitment.sx));
    hash_to_g2(&hash.finalize().into())
}

/// A random point s and its multiple x s by the secret.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Commitment {
    pub s: G1Affine,
    pub sx: G1Affine,
}

impl Commitment {
    /// Draws the point of a secret.
    pub fn draw(stream: &mut ChaCha, secret: &Fr) -> Self {
        let s = stream.point::<g1::Config>();
        Commitment { s, sx: (s * secret).into_affine() }
    }

    /// Completes the proof of knowledge.
    pub fn prove(self, secret: &Fr, base: &G2Affine) -> PublicKey {
        PublicKey { commitment: self, spx: (*base * secret).into_affine() }
    }
}

/// What a contributor publishes of a secret x: s and x s, and x times the base.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PublicKey {
    pub commitment: Commitment,
    pub spx: G2Affine,
}

impl PublicKey {
    /// Returns whether the contributor knew the secret, and it is neither 0 nor 1 nor -1. The points are in their
    /// groups, the base is what their predecessors hash to.
    pub fn is_proven(&self, base: &G2Affine) -> bool {
        let Commitment { s, sx } = self.commitment;
        sx != s && sx != -s && self.scales(base, &s, &sx)
    }

    /// Returns whether the secret scales `before` to `after`, which are in G1.
    pub fn scales(&self, base: &G2Affine, before: &G1Affine, after: &G1Affine) -> bool {
        same_ratio((before, after), (base, &self.spx))
    }
}

/// Returns whether b = x a and d = x c for the same x. No point may be zero.
pub fn same_ratio((a, b): (&G1Affine, &G1Affine), (c, d): (&G2Affine, &G2Affine)) -> bool {
    let finite = !(a.is_zero() || b.is_zero() || c.is_zero() || d.is_zero());
    finite && Bn254::multi_pairing([*a, -*b], [*d, *c]).0 == <Bn254 as Pairing>::TargetField::ONE
}
