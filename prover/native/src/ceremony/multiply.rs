//! Multiplication of many points, each by a scalar of its own, with the curves' endomorphisms.

use ark_bn254::Fr;
use ark_ec::short_weierstrass::Affine;
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{AdditiveGroup, Field};
use rayon::prelude::*;
use zeroize::Zeroizing;

use super::endomorphism::{signed_windows, split, Endomorphism, MAX_PARTS};
use crate::encoding::FileCurve;

/// The number of points that share an inversion.
pub const GROUP: usize = 1024;

/// The width of the signed windows, and the number of odd multiples in a table of one point.
const WIDTH: u32 = 5;
const TABLE: usize = 1 << (WIDTH - 2);

const MAX_DIGITS: usize = 130;

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
    use ark_bn254::{g1, g2};
    use ark_ff::PrimeField;

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
