//! Multi-scalar multiplication: sum of k_i * P_i over fixed, finite bases.
//!
//! Pippenger's algorithm over signed windows, with the points of each bucket added in affine coordinates (`affine`).
//! Points are sorted by bucket first, so no addition depends on another of its round, and many equal scalars, such as
//! the bits in a witness, only cause more rounds. Windows are independent tasks for the thread pool.

use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use ark_ff::{AdditiveGroup, BigInt};
use rayon::prelude::*;
use zeroize::Zeroizing;

pub use crate::affine::Coordinate;
use crate::affine::{Lists, Point};

/// Returns whether additions of points use AVX-512 IFMA.
pub fn uses_ifma() -> bool {
    #[cfg(target_arch = "x86_64")]
    return crate::ifma::is_available();
    #[cfg(not(target_arch = "x86_64"))]
    return false;
}

/// The number of bits of a scalar; r is below 2^254.
const SCALAR_BITS: usize = 254;

/// The fixed bases of a sum, without points at infinity.
pub struct Bases<C: SWCurveConfig<BaseField: Coordinate>> {
    points: Vec<Point<C::BaseField>>,
    /// The index of each point's scalar.
    scalars: Vec<u32>,
    /// The number of points so far, with those at infinity.
    count: u32,
}

impl<C: SWCurveConfig<BaseField: Coordinate>> Bases<C> {
    pub fn new(points: &[Affine<C>]) -> Self {
        Self::of_coordinates(points.iter().map(Point::of).collect())
    }

    pub(crate) fn of_coordinates(mut points: Vec<Point<C::BaseField>>) -> Self {
        let count = points.len() as u32;
        let finite = points.iter().enumerate().filter(|(_, point)| !point.is_infinity());
        let scalars: Vec<u32> = finite.map(|(i, _)| i as u32).collect();
        points.retain(|point| !point.is_infinity());
        points.shrink_to_fit();
        Bases { points, scalars, count }
    }

    /// Returns no bases, with room for some.
    pub fn with_capacity(count: usize) -> Self {
        Bases { points: Vec::with_capacity(count), scalars: Vec::with_capacity(count), count: 0 }
    }

    /// Appends a point.
    pub fn push(&mut self, point: &Affine<C>) {
        let point = Point::of(point);
        if !point.is_infinity() {
            self.points.push(point);
            self.scalars.push(self.count);
        }
        self.count += 1;
    }

    /// The number of points, with those at infinity.
    pub fn count(&self) -> usize {
        self.count as usize
    }

    /// Returns the sum of `scalars[i] * points[i]`; `scalars` is as long as all points.
    pub fn msm(&self, scalars: &[BigInt<4>]) -> Projective<C> {
        let width = window_width(self.points.len());
        let sums: Vec<Projective<C>> = (0..SCALAR_BITS / width + 1)
            .into_par_iter()
            .map(|window| self.window_sum(scalars, window, width))
            .collect();
        sums.into_iter().rev().fold(Projective::ZERO, |mut total, sum| {
            for _ in 0..width {
                total.double_in_place();
            }
            total + sum
        })
    }

    fn window_sum(&self, scalars: &[BigInt<4>], window: usize, width: usize) -> Projective<C> {
        let digits = self.scalars.iter().map(|&i| digit(&scalars[i as usize], window, width));
        let digits: Zeroizing<Vec<i32>> = Zeroizing::new(digits.collect());
        digit_sum(&self.points, &digits, width)
    }
}

/// Returns the sum of `digits[i] * points[i]`, for digits in -2^(w-1) ..= 2^(w-1).
pub fn digit_sum<C: SWCurveConfig<BaseField: Coordinate>>(
    points: &[Point<C::BaseField>],
    digits: &[i32],
    width: usize,
) -> Projective<C> {
    let mut buckets = Buckets::<C>::sorted(points, digits, width);
    buckets.0.reduce();
    buckets.weighted_sum()
}

/// Returns the width of least cost: an addition per point, two per bucket, and projective ones, as costly as some twenty,
/// for each row and column of buckets.
fn window_width(n: usize) -> usize {
    let cost = |width: &usize| (SCALAR_BITS / width + 1) * (n + (2 << (width - 1)) + (40 << (width / 2)));
    (3..=16).min_by_key(cost).expect("not empty")
}

/// Returns the signed digit of a window, in -2^(w-1) ..= 2^(w-1), by Booth's recoding: a window with its top bit set
/// borrows 2^w from the next window, which finds the carry in the bit below its own.
fn digit(scalar: &BigInt<4>, window: usize, width: usize) -> i32 {
    let low = window * width;
    let bits = if low == 0 { scalar.0[0] << 1 } else { bits_from(scalar, low - 1) } & ((1 << (width + 1)) - 1);
    let (top, magnitude) = (bits >> width, bits.div_ceil(2));
    magnitude as i32 - ((top as i32) << width)
}

fn bits_from(scalar: &BigInt<4>, bit: usize) -> u64 {
    let (limb, shift) = (bit / 64, bit % 64);
    let at = |i: usize| scalar.0.get(i).copied().unwrap_or(0);
    if shift == 0 {
        at(limb)
    } else {
        at(limb) >> shift | at(limb + 1) << (64 - shift)
    }
}

/// Points grouped by the magnitude of their digit: list i has those of digit i + 1.
struct Buckets<C: SWCurveConfig<BaseField: Coordinate>>(Lists<C::BaseField>);

impl<C: SWCurveConfig<BaseField: Coordinate>> Buckets<C> {
    /// Sorts points by counting; a point with a negative digit is negated.
    fn sorted(points: &[Point<C::BaseField>], digits: &[i32], width: usize) -> Self {
        let mut lengths = vec![0; 1 << (width - 1)];
        for digit in digits.iter().filter(|d| **d != 0) {
            lengths[digit.unsigned_abs() as usize - 1] += 1;
        }
        let mut next: Vec<usize> =
            lengths.iter().scan(0, |end, length| Some(std::mem::replace(end, *end + length))).collect();
        let mut sorted = vec![Point::INFINITY; lengths.iter().sum()];
        for (point, digit) in points.iter().zip(digits).filter(|(_, d)| **d != 0) {
            let slot = &mut next[digit.unsigned_abs() as usize - 1];
            let y = if *digit < 0 { -point.y } else { point.y };
            sorted[*slot] = Point { x: point.x, y };
            *slot += 1;
        }
        Buckets(Lists { points: sorted, lengths })
    }

    /// Returns the sum of digit * bucket.
    ///
    /// Bucket b of a table with `columns` columns, row by row, has the digit b + 1, the sum of the number of its row times
    /// `columns` and the number of its column, from 1. So the sums of rows and of columns suffice, two affine additions
    /// for each bucket, and only those need projective ones.
    fn weighted_sum(&self) -> Projective<C> {
        let buckets: Vec<Point<C::BaseField>> = self.0.sums().collect();
        let shift = buckets.len().trailing_zeros().div_ceil(2);
        let columns = 1 << shift;
        let mut lists = Lists::with_capacity(columns + buckets.len() / columns);
        let finite = |point: &&Point<C::BaseField>| !point.is_infinity();
        for column in 0..columns {
            lists.push(buckets[column..].iter().step_by(columns).filter(finite).copied());
        }
        for row in buckets.chunks(columns) {
            lists.push(row.iter().filter(finite).copied());
        }
        lists.reduce();
        let sums: Vec<Point<C::BaseField>> = lists.sums().collect();
        let mut total = running_sum::<C>(&sums[columns + 1..]);
        for _ in 0..shift {
            total.double_in_place();
        }
        total + running_sum::<C>(&sums[..columns])
    }
}

/// Returns the sum of (i + 1) * `points[i]`.
fn running_sum<C: SWCurveConfig<BaseField: Coordinate>>(points: &[Point<C::BaseField>]) -> Projective<C> {
    let (mut running, mut total) = (Projective::ZERO, Projective::ZERO);
    for point in points.iter().rev() {
        running += point.affine();
        total += running;
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_bn254::{g1, g2, Fr};
    use ark_ec::{AffineRepr, CurveGroup, PrimeGroup};
    use ark_ff::{Field, PrimeField};

    fn naive<C: SWCurveConfig<ScalarField = Fr, BaseField: Coordinate>>(
        points: &[Affine<C>],
        scalars: &[Fr],
    ) -> Projective<C> {
        points.iter().zip(scalars).map(|(p, k)| *p * k).sum()
    }

    fn check<C: SWCurveConfig<ScalarField = Fr, BaseField: Coordinate>>(points: &[Affine<C>], scalars: &[Fr]) {
        let integers: Vec<_> = scalars.iter().map(|k| k.into_bigint()).collect();
        assert_eq!(Bases::new(points).msm(&integers), naive(points, scalars));
    }

    fn random(n: usize) -> Vec<Fr> {
        (0..n).map(|_| crate::secret::random_scalar().expect("randomness")).collect()
    }

    fn multiples<C: SWCurveConfig<ScalarField = Fr, BaseField: Coordinate>>(scalars: &[Fr]) -> Vec<Affine<C>> {
        let g = Projective::<C>::generator();
        scalars.iter().map(|k| (g * k).into_affine()).collect()
    }

    #[test]
    fn agrees_with_one_multiplication_at_a_time() {
        for n in [0, 1, 2, 3, 17, 300] {
            check::<g1::Config>(&multiples(&random(n)), &random(n));
            check::<g2::Config>(&multiples(&random(n)), &random(n));
        }
    }

    #[test]
    fn extreme_scalars() {
        let edge = [Fr::ZERO, Fr::ONE, -Fr::ONE, Fr::from(u64::MAX), -Fr::from(u64::MAX), Fr::from(2).pow([253])];
        check::<g1::Config>(&multiples(&random(edge.len())), &edge);
    }

    #[test]
    fn equal_opposite_and_missing_points() {
        let p = multiples::<g1::Config>(&random(1))[0];
        let points = [p, p, -p, p, Affine::zero(), -p, p, p, -p, -p];
        check(&points, &[Fr::from(5); 10]);
        check(&points, &random(10));
        check(&[p; 33], &[Fr::from(7); 33]);
        check(&[p, -p], &[Fr::ONE; 2]);
    }

    #[test]
    fn a_doubled_sum_meets_its_opposite() {
        let p = multiples::<g1::Config>(&random(1))[0];
        let double = (p + p).into_affine();
        check(&[p, p, -double, p], &[Fr::from(3); 4]);
    }

    #[test]
    fn digits_add_up_at_every_width() {
        for scalar in random(20).into_iter().chain([-Fr::ONE, Fr::ZERO]) {
            let integer = scalar.into_bigint();
            for width in 3..=16 {
                let base = Fr::from(1u64 << width);
                let sum = (0..SCALAR_BITS / width + 1).rev().fold(Fr::ZERO, |sum, window| {
                    let digit = i64::from(digit(&integer, window, width));
                    assert!(digit.unsigned_abs() <= 1 << (width - 1));
                    sum * base + Fr::from(digit)
                });
                assert_eq!(sum, scalar);
            }
        }
    }
}
