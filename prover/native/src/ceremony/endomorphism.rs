//! Endomorphisms of the curves, which make multiplications by scalars shorter.
//!
//! A scalar k is split into k_0 + k_1 l + ... mod r with short parts k_j, where the endomorphism multiplies a point by l
//! and costs a few multiplications in the field. G1 has two parts of 127 bits (Gallant, Lambert, Vanstone, CRYPTO 2001),
//! G2 four of 65 bits (Galbraith, Scott, "Exponentiation in pairing-friendly groups using homomorphisms", 2008), so that
//! 127 or 65 doublings do instead of 254. The parts are a vector minus a near point of a lattice, by Babai's rounding.

use ark_bn254::{g1, g2, Fq, Fq2, Fr};
use ark_ec::short_weierstrass::Affine;
use ark_ff::{MontFp, PrimeField};
use zeroize::Zeroize;

use crate::encoding::FileCurve;

/// The largest number of parts of a scalar.
pub const MAX_PARTS: usize = 4;

/// A curve with an endomorphism that multiplies points of the group of order r by a scalar.
pub trait Endomorphism: FileCurve<ScalarField = Fr> {
    /// Vectors (b_0, b_1, ...) with sum b_j l^j = 0 mod r, where l is the scalar.
    const LATTICE: &'static [&'static [i128]];
    /// For each vector the sign and the magnitude of its coordinate of (1, 0, ...), times 2^256.
    const COORDINATES: &'static [(bool, [u64; 4])];

    /// Applies the endomorphism `power` times.
    fn endomorphism(point: &Affine<Self>, power: usize) -> Affine<Self>;
}

/// A cube root of one in the field of G1's coordinates.
const CUBE_ROOT: Fq = MontFp!("21888242871839275220042445260109153167277707414472061641714758635765020556616");

impl Endomorphism for g1::Config {
    const LATTICE: &'static [&'static [i128]] = &[
        &[-0x6f4d8248eeb859fc8211bbeb7d4f1128, 0x89d3256894d213e3],
        &[-0x89d3256894d213e3, -0x6f4d8248eeb859fd0be4e1541221250b],
    ];
    const COORDINATES: &'static [(bool, [u64; 4])] =
        &[(true, [0x5398fd0300ff6565, 0x4ccef014a773d2d2, 0x2, 0]), (true, [0xd91d232ec7e0b3d7, 0x2, 0, 0])];

    fn endomorphism(point: &Affine<Self>, power: usize) -> Affine<Self> {
        match power {
            0 => *point,
            _ => Affine::new_unchecked(point.x * CUBE_ROOT, point.y),
        }
    }
}

impl Endomorphism for g2::Config {
    const LATTICE: &'static [&'static [i128]] = &[
        &[0x44e992b44a6909f2, 0x44e992b44a6909f1, 0x44e992b44a6909f1, -0x89d3256894d213e2],
        &[0x89d3256894d213e3, -0x44e992b44a6909f1, -0x44e992b44a6909f2, -0x44e992b44a6909f1],
        &[0x89d3256894d213e2, 0x89d3256894d213e3, 0x89d3256894d213e3, 0x89d3256894d213e3],
        &[0x44e992b44a6909f0, 0x113a64ad129a427c6, -0x89d3256894d213e1, 0x44e992b44a6909f0],
    ];
    const COORDINATES: &'static [(bool, [u64; 4])] = &[
        (false, [0xd0cb46fd51906254, 0xc444fab18d269b9d, 0, 0]),
        (false, [0x1378f5ee78976e, 0x22df9f942d7d77c7, 0x3d00631561b25729, 0x1]),
        (false, [0x36510546a93478ab, 0x916fcfca16bebbe4, 0x9e80318ab0d92b94, 0]),
        (true, [0xf7ae23ce89afae7d, 0xc444fab18d269b9a, 0, 0]),
    ];

    /// The Frobenius map of the field, carried to the twist; twice, it is a cube root of one and a sign.
    fn endomorphism(point: &Affine<Self>, power: usize) -> Affine<Self> {
        const X: Fq2 = Fq2::new(
            MontFp!("21575463638280843010398324269430826099269044274347216827212613867836435027261"),
            MontFp!("10307601595873709700152284273816112264069230130616436755625194854815875713954"),
        );
        const Y: Fq2 = Fq2::new(
            MontFp!("2821565182194536844548159561693502659359617185244120367078079554186484126554"),
            MontFp!("3505843767911556378687030309984248845540243509899259641013678093033130930403"),
        );
        let (mut x, mut y) = (point.x, point.y);
        if power >= 2 {
            x.mul_assign_by_basefield(&CUBE_ROOT);
            y = -y;
        }
        if power % 2 == 1 {
            x = Fq2::new(x.c0, -x.c1) * X;
            y = Fq2::new(y.c0, -y.c1) * Y;
        }
        Affine::new_unchecked(x, y)
    }
}

/// Splits a scalar into parts k_j with k = sum k_j l^j.
pub fn split<C: Endomorphism>(scalar: &Fr) -> [i128; MAX_PARTS] {
    let mut k = scalar.into_bigint().0;
    let mut parts = [0i128; MAX_PARTS];
    // The parts are short, so arithmetic modulo 2^128 gives them.
    parts[0] = (u128::from(k[1]) << 64 | u128::from(k[0])) as i128;
    for (vector, (negative, coordinate)) in C::LATTICE.iter().zip(C::COORDINATES) {
        let magnitude = middle_bits(&k, coordinate) as i128;
        let factor = if *negative { magnitude.wrapping_neg() } else { magnitude };
        for (part, entry) in parts.iter_mut().zip(*vector) {
            *part = part.wrapping_sub(factor.wrapping_mul(*entry));
        }
    }
    k.zeroize();
    parts
}

/// Returns bits 256 to 383 of the product of two integers.
fn middle_bits(a: &[u64; 4], b: &[u64; 4]) -> u128 {
    let mut product = [0u64; 8];
    for (i, a) in a.iter().enumerate() {
        let mut carry = 0;
        for (j, b) in b.iter().enumerate() {
            let sum = u128::from(*a) * u128::from(*b) + u128::from(product[i + j]) + carry;
            product[i + j] = sum as u64;
            carry = sum >> 64;
        }
        product[i + 4] = carry as u64;
    }
    u128::from(product[5]) << 64 | u128::from(product[4])
}

/// Calls a function with position and value of each digit of a part that is not zero, from the lowest. Digits are odd,
/// below 2^(width - 1), and at least `width` bits apart; the width is at most 8.
pub fn signed_windows(part: i128, width: u32, mut digit: impl FnMut(usize, i8)) {
    let mut rest = part.unsigned_abs();
    let mut position = 0;
    while rest != 0 {
        let zeros = rest.trailing_zeros();
        rest >>= zeros;
        position += zeros as usize;
        let low = (rest & ((1 << width) - 1)) as i16;
        rest >>= width;
        let value = if low >> (width - 1) == 1 {
            rest += 1;
            low - (1 << width)
        } else {
            low
        };
        digit(position, if part < 0 { -value } else { value } as i8);
        position += width as usize;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::random_scalar;
    use ark_ff::{AdditiveGroup, Field};

    fn scalars() -> impl Iterator<Item = Fr> {
        let edge = [Fr::ZERO, Fr::ONE, -Fr::ONE, Fr::from(2), -Fr::from(u64::MAX), Fr::from(2).pow([253])];
        edge.into_iter().chain((0..2000).map(|_| random_scalar().expect("randomness")))
    }

    fn parts_are_short<C: Endomorphism>(bits: u32) {
        for scalar in scalars() {
            assert!(split::<C>(&scalar).iter().all(|part| part.unsigned_abs() < 1 << bits));
        }
    }

    #[test]
    fn parts_of_scalars_are_short() {
        parts_are_short::<g1::Config>(127);
        parts_are_short::<g2::Config>(67);
    }

    #[test]
    fn windows_add_up_to_the_part() {
        let parts = [0, 1, -1, 15, 16, 17, -31, 127, 128, i128::MAX, -i128::MAX, 0x1234567890abcdef1234567890abcdef];
        for (part, width) in parts.into_iter().flat_map(|part| [(part, 5), (part, 7), (part, 8)]) {
            let (mut sum, mut next) = (Fr::ZERO, 0);
            signed_windows(part, width, |position, digit| {
                assert!(digit % 2 != 0 && u32::from(digit.unsigned_abs()) < 1 << (width - 1));
                assert!(position >= next, "digits are apart");
                next = position + width as usize;
                let signed = if digit < 0 { -Fr::from(digit.unsigned_abs()) } else { Fr::from(digit.unsigned_abs()) };
                sum += signed * Fr::from(2).pow([position as u64]);
            });
            let magnitude = Fr::from(part.unsigned_abs());
            assert_eq!(sum, if part < 0 { -magnitude } else { magnitude });
        }
    }
}
