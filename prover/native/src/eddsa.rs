//! EdDSA on BabyJubJub with Poseidon, as circomlib verifies it and circomlibjs derives keys and signs.
//!
//! Secrets are wiped. The group law does not take constant time: sign where nobody measures this process.

use ark_bn254::Fr;
use ark_ec::AffineRepr;
use ark_ff::{BigInteger, PrimeField, Zero};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::babyjub::{base8_times, coordinates, point, Coordinates, Scalar, EIGHTH};
use crate::blake512::blake512;
use crate::poseidon::hash;

pub const SECRET_BYTES: usize = 32;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    pub r8: Coordinates,
    pub s: Scalar,
}

/// A secret, expanded (RFC 8032, section 5.1.5, with BLAKE-512).
#[derive(Zeroize, ZeroizeOnDrop)]
struct Expanded {
    /// A multiple of 8 as an integer, here modulo the subgroup's order.
    scalar: Scalar,
    prefix: [u8; 32],
}

impl Expanded {
    fn of(secret: &[u8; SECRET_BYTES]) -> Self {
        let mut digest = Zeroizing::new([0u8; 64]);
        blake512(secret, &mut digest);
        let (scalar, prefix) = digest.split_at_mut(32);
        scalar[0] &= 0xf8;
        scalar[31] = scalar[31] & 0x7f | 0x40;
        Expanded {
            scalar: Scalar::from_le_bytes_mod_order(scalar),
            prefix: (&*prefix).try_into().expect("the second half"),
        }
    }

    fn key(&self) -> Coordinates {
        coordinates(base8_times(self.scalar * EIGHTH))
    }
}

/// Returns the key of a secret.
pub fn public_key(secret: &[u8; SECRET_BYTES]) -> Coordinates {
    Expanded::of(secret).key()
}

/// Signs a message. Equal secrets and messages give equal signatures.
pub fn sign(secret: &[u8; SECRET_BYTES], message: Fr) -> Signature {
    let expanded = Expanded::of(secret);
    let mut seed = Zeroizing::new([0u8; 64]);
    seed[..32].copy_from_slice(&expanded.prefix);
    seed[32..].copy_from_slice(&message.into_bigint().to_bytes_le());
    let mut digest = Zeroizing::new([0u8; 64]);
    blake512(&*seed, &mut digest);
    let nonce = Zeroizing::new(Scalar::from_le_bytes_mod_order(&*digest));
    let r8 = coordinates(base8_times(*nonce));
    let s = *nonce + challenge(&r8, &expanded.key(), message) * expanded.scalar;
    Signature { r8, s }
}

/// Returns whether a signature is valid: `S Base8 = R8 + h 8 A`, with both points on the curve, and A not of low order.
pub fn verify(key: &Coordinates, message: Fr, signature: &Signature) -> bool {
    let (Some(a), Some(r8)) = (point(key), point(&signature.r8)) else { return false };
    let cleared = a.mul_bigint([8u64]);
    // 8 A is in the subgroup, so the challenge counts modulo its order.
    let right = cleared * challenge(&signature.r8, key, message) + r8;
    !cleared.is_zero() && base8_times(signature.s) == right
}

fn challenge(r8: &Coordinates, key: &Coordinates, message: Fr) -> Scalar {
    let value = hash(&[r8[0], r8[1], key[0], key[1], message]);
    Scalar::from_le_bytes_mod_order(&value.into_bigint().to_bytes_le())
}

#[cfg(test)]
mod tests {
    use ark_ff::{AdditiveGroup, MontFp};

    use super::*;

    const SECRET: [u8; 32] = [7; 32];

    /// What everybody can make: with a key of low order, S Base8 = R8 + h 8 A holds for every message.
    fn forged() -> Signature {
        let s = Scalar::from(5);
        Signature { r8: coordinates(base8_times(s)), s }
    }

    #[test]
    fn a_signature_verifies_for_its_key_and_message_alone() {
        let (key, message) = (public_key(&SECRET), Fr::from(12345));
        let signature = sign(&SECRET, message);
        assert_eq!(signature, sign(&SECRET, message));
        assert!(verify(&key, message, &signature));
        assert!(!verify(&key, Fr::from(12346), &signature));
        assert!(!verify(&public_key(&[8; 32]), message, &signature));
        let s = signature.s + Scalar::from(1);
        assert!(!verify(&key, message, &Signature { s, ..signature }));
        let r8 = coordinates(base8_times(Scalar::from(1)));
        assert!(!verify(&key, message, &Signature { r8, ..signature }));
    }

    #[test]
    fn keys_of_low_order_and_points_off_the_curve_are_refused() {
        let message = Fr::from(1);
        let eighth = [
            MontFp!("4342719913949491028786768530115087822524712248835451589697801404893164183326"),
            MontFp!("4826523245007015323400664741523384119579596407052839571721035538011798951543"),
        ];
        let eighth = point(&eighth).expect("on the curve");
        for i in 0..8u64 {
            let low = eighth.mul_bigint([i]);
            assert!((low * Scalar::from(8)).is_zero());
            assert!(!verify(&coordinates(low), message, &forged()));
        }
        for key in [[Fr::ZERO; 2], [Fr::ZERO, Fr::from(5)], [Fr::from(1); 2]] {
            assert!(!verify(&key, message, &forged()));
            let signature = sign(&SECRET, message);
            assert!(!verify(&public_key(&SECRET), message, &Signature { r8: key, ..signature }));
        }
    }

    // circomlibjs 0.1.7 with the secret and message of circomlib's test/eddsaposeidon.js; tests/vectors has more.
    #[test]
    fn signature_of_circomlibjs() {
        let mut secret: [u8; 32] = std::array::from_fn(|i| (i % 10) as u8);
        secret[30] = 0;
        secret[31] = 1;
        let message = Fr::from(1234);
        let key = [
            MontFp!("13277427435165878497778222415993513565335242147425444199013288855685581939618"),
            MontFp!("13622229784656158136036771217484571176836296686641868549125388198837476602820"),
        ];
        let r8 = [
            MontFp!("11220723668893468001994760120794694848178115379170651044669708829805665054484"),
            MontFp!("2367470421002446880004241260470975644531657398480773647535134774673409612366"),
        ];
        let s = MontFp!("2010143491207902444122668013146870263468969134090678646686512037244361350365");
        assert_eq!(public_key(&secret), key);
        assert_eq!(sign(&secret, message), Signature { r8, s });
        assert!(verify(&key, message, &Signature { r8, s }));
    }
}
