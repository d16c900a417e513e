//! Multiplication of many points, each by a scalar of its own, with the curves' endomorphisms.
//!
//! A scalar k is split into k_0 + k_1 l + ... mod r with short parts k_j, where the endomorphism multiplies a point by l
//! and costs a few multiplications in the field. G1 has two parts of 127 bits (Gallant, Lambert, Vanstone, CRYPTO 2001),
//! G2 four of 65 bits (Galbraith, Scott, "Exponentiation in pairing-friendly groups using homomorphisms", 2008), so that
//! 127 or 65 doublings do instead of 254. The parts are a vector minus a near point of a lattice, by Babai's rounding.

use ark_bn254::{g1, g2, Fq, Fq2, Fr};
use ark_ec::short_weierstrass::Affine;
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{AdditiveGroup, Field, MontFp, PrimeField};
use rayon::prelude::*;
use zeroize::{Zeroize, Zeroizing};

use crate::encoding::FileCurve;

/// The number of points that share an inversion.
pub const GROUP: usize = 1024;

/// The width of the signed windows, and the number of odd multiples in a table of one point.
const WIDTH: u32 = 5;
const TABLE: usize = 1 << (WIDTH - 2);

pub const MAX_PARTS: usize = 4;
const MAX_DIGITS: usize = 130;

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

/// Returns `scalars[i] * points[i]`.
pub fn multiply_each<C: Endomorphism>(points: &[Affine<C>], scalars: &[Fr]) -> Vec<Affine<C>> {
    let mut out = vec![Affine::zero(); points.len()];
    let groups = out.par_chunks_mut(GROUP).zip(points.par_chunks(GROUP)).zip(scalars.par_chunks(GROUP));
    groups.for_each(|((out, points), scalars)| multiply_group(out, points, scalars));
    out
}

/// Doubles and adds for all points in step, so that each operation's inversions are one.
fn multiply_group<C: Endomorphism>(sums: &mut [Affine<C>], points: &[Affine<C>], scalars: &[Fr]) {
    let tables = odd_multiples(points);
    let (digits, length) = all_digits::<C>(scalars);
    let (mut chosen, mut scratch) = (Vec::new(), Scratch::default());
    for position in (0..length).rev() {
        double_all(sums, &mut scratch);
        for part in 0..C::LATTICE.len() {
            chosen.clear();
            for (i, digits) in digits.iter().enumerate() {
                let digit = digits[part][position];
                if digit != 0 {
                    let multiple = tables[digit.unsigned_abs() as usize / 2][i];
                    chosen.push((i, C::endomorphism(&if digit < 0 { -multiple } else { multiple }, part)));
                }
            }
            add_all(sums, &chosen, &mut scratch);
        }
    }
}

/// Returns P, 3P, 5P, ... of each point, by multiple.
fn odd_multiples<C: Endomorphism>(points: &[Affine<C>]) -> [Vec<Affine<C>>; TABLE] {
    let mut scratch = Scratch::default();
    let mut doubled = points.to_vec();
    double_all(&mut doubled, &mut scratch);
    let doubled: Vec<_> = doubled.into_iter().enumerate().collect();
    let mut multiples = points.to_vec();
    std::array::from_fn(|i| {
        if i > 0 {
            add_all(&mut multiples, &doubled, &mut scratch);
        }
        multiples.clone()
    })
}

/// The digits of the parts of a scalar.
type Digits = [[i8; MAX_DIGITS]; MAX_PARTS];

/// Returns the digits of each scalar and the largest number of them in a part.
fn all_digits<C: Endomorphism>(scalars: &[Fr]) -> (Zeroizing<Vec<Digits>>, usize) {
    let mut out = Zeroizing::new(vec![[[0; MAX_DIGITS]; MAX_PARTS]; scalars.len()]);
    let mut length = 0;
    for (digits, scalar) in out.iter_mut().zip(scalars) {
        let parts = Zeroizing::new(split::<C>(scalar));
        for (digits, part) in digits.iter_mut().zip(parts.iter()) {
            signed_windows(*part, WIDTH, |position, digit| {
                digits[position] = digit;
                length = length.max(position + 1);
            });
        }
    }
    (out, length)
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

/// Buffers for a shared inversion.
struct Scratch<F> {
    inverses: Vec<F>,
    products: Vec<F>,
}

impl<F> Default for Scratch<F> {
    fn default() -> Self {
        Scratch { inverses: Vec::new(), products: Vec::new() }
    }
}

impl<F: Field> Scratch<F> {
    /// Sets `inverses` to those of the values, none of which is zero (Montgomery's trick).
    fn invert(&mut self, values: impl Iterator<Item = F>) {
        let Scratch { inverses, products } = self;
        inverses.clear();
        inverses.extend(values);
        products.clear();
        let mut product = F::ONE;
        for value in inverses.iter() {
            products.push(product);
            product *= value;
        }
        let mut inverse = product.inverse().expect("no value is zero");
        for (value, before) in inverses.iter_mut().zip(products.iter()).rev() {
            let rest = inverse * before;
            inverse *= *value;
            *value = rest;
        }
    }
}

/// Doubles each point in place; no point of the curves has order two.
fn double_all<C: FileCurve>(points: &mut [Affine<C>], scratch: &mut Scratch<C::BaseField>) {
    scratch.invert(points.iter().map(|p| if p.is_zero() { C::BaseField::ONE } else { p.y.double() }));
    for (point, inverse) in points.iter_mut().zip(&scratch.inverses) {
        if !point.is_zero() {
            let square = point.x.square();
            *point = chord(point, point.x, (square.double() + square) * inverse);
        }
    }
}

/// Returns whether the sum of two points is not that of the chord through them.
fn is_special<C: FileCurve>(a: &Affine<C>, b: &Affine<C>) -> bool {
    a.x == b.x || a.is_zero() || b.is_zero()
}

/// Adds each chosen point to the one at its place; no place occurs twice.
fn add_all<C: FileCurve>(points: &mut [Affine<C>], chosen: &[(usize, Affine<C>)], scratch: &mut Scratch<C::BaseField>) {
    let difference = |a: &Affine<C>, b: &Affine<C>| if is_special(a, b) { C::BaseField::ONE } else { b.x - a.x };
    scratch.invert(chosen.iter().map(|(i, point)| difference(&points[*i], point)));
    for ((i, other), inverse) in chosen.iter().zip(&scratch.inverses) {
        let point = &mut points[*i];
        *point = if is_special(point, other) {
            (*point + *other).into_affine()
        } else {
            chord(point, other.x, (other.y - point.y) * inverse)
        };
    }
}

/// Replaces a and b by a + b and a - b, whose slopes share the denominator.
pub fn add_and_subtract<C: FileCurve>(a: &mut [Affine<C>], b: &mut [Affine<C>]) {
    let mut scratch = Scratch::default();
    let difference = |a: &Affine<C>, b: &Affine<C>| if is_special(a, b) { C::BaseField::ONE } else { b.x - a.x };
    scratch.invert(a.iter().zip(b.iter()).map(|(a, b)| difference(a, b)));
    for ((a, b), inverse) in a.iter_mut().zip(b.iter_mut()).zip(&scratch.inverses) {
        (*a, *b) = if is_special(a, b) {
            ((*a + *b).into_affine(), (*a - *b).into_affine())
        } else {
            (chord(a, b.x, (b.y - a.y) * inverse), chord(a, b.x, (-b.y - a.y) * inverse))
        };
    }
}

/// Returns the third point, negated, of the line of a slope through a point and one with a given x.
fn chord<C: FileCurve>(a: &Affine<C>, x: C::BaseField, slope: C::BaseField) -> Affine<C> {
    let sum = slope.square() - a.x - x;
    Affine::new_unchecked(sum, slope * (a.x - sum) - a.y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::random_scalar;

    fn points<C: Endomorphism>(n: usize) -> Vec<Affine<C>> {
        (0..n).map(|_| (C::GENERATOR * random_scalar().expect("randomness")).into_affine()).collect()
    }

    fn scalars(n: usize) -> Vec<Fr> {
        let edge = [Fr::ZERO, Fr::ONE, -Fr::ONE, Fr::from(2), -Fr::from(u64::MAX), Fr::from(2).pow([253])];
        edge.into_iter().chain((0..n).map(|_| random_scalar().expect("randomness"))).take(n).collect()
    }

    fn agrees<C: Endomorphism>() {
        let (mut points, scalars) = (points::<C>(600), scalars(600));
        points[7] = Affine::zero();
        points[8] = points[9];
        let products = multiply_each(&points, &scalars);
        for ((point, scalar), product) in points.iter().zip(&scalars).zip(products) {
            assert_eq!(product, point.mul_bigint(scalar.into_bigint()).into_affine());
        }
    }

    #[test]
    fn products_agree_with_one_multiplication_at_a_time() {
        agrees::<g1::Config>();
        agrees::<g2::Config>();
    }

    fn parts_are_short<C: Endomorphism>(bits: u32) {
        for scalar in scalars(2000) {
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
        for (part, width) in parts.into_iter().flat_map(|part| [(part, WIDTH), (part, 7), (part, 8)]) {
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

    #[test]
    fn sums_of_equal_opposite_and_missing_points() {
        let p = points::<g1::Config>(2);
        let a = [p[0], p[0], p[0], Affine::zero(), p[0], Affine::zero()];
        let b = [p[1], p[0], -p[0], p[0], Affine::zero(), Affine::zero()];
        let (mut sums, mut differences) = (a, b);
        add_and_subtract(&mut sums, &mut differences);
        for i in 0..a.len() {
            assert_eq!(sums[i], (a[i] + b[i]).into_affine());
            assert_eq!(differences[i], (a[i] - b[i]).into_affine());
        }
    }
}
