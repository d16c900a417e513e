//! Multiples of many points, by one scalar or by a scalar each.
//!
//! A scalar is split as a + b w, where w is the eigenvalue of the curve's endomorphism of order three: so a + b w is an
//! integer of Eisenstein's ring, with a and b of half the length, and six of its units and six multiples of 1 - w by
//! them are as good as free, once P - w P is known. The scalar becomes a sum of such digits times powers of two, where
//! every digit that is not zero is followed by a zero, so there are 3 of 7 in the mean. All points of a chunk are
//! doubled together in affine coordinates, and so are the additions: they share one inversion (Montgomery's trick).

use ark_bn254::Fr;
use ark_ec::scalar_mul::glv::GLVConfig;
use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use ark_ff::{Field, PrimeField};
use rayon::prelude::*;
use zeroize::{Zeroize, Zeroizing};

use crate::affine::Point;

/// The number of points that share an inversion; their table fits into a processor's second cache.
const CHUNK: usize = 1 << 10;

/// A group whose endomorphism splits scalars.
pub trait Endomorphic: GLVConfig<ScalarField = Fr> {}
impl<C: GLVConfig<ScalarField = Fr>> Endomorphic for C {}

/// Returns each point times the scalar. The points are in the group.
pub fn scaled<C: Endomorphic>(points: &[Affine<C>], scalar: &Fr) -> Vec<Affine<C>> {
    let digits = Digits::new::<C>(scalar);
    points.par_chunks(CHUNK).flat_map_iter(|chunk| chunk_multiples(chunk, |_| &digits, digits.0.len())).collect()
}

/// Returns each point times its scalar; there are as many scalars as points. The points are in the group.
pub fn multiples<C: Endomorphic>(points: &[Affine<C>], scalars: &[Fr]) -> Vec<Affine<C>> {
    let of_chunk = |(points, scalars): (&[Affine<C>], &[Fr])| {
        let digits: Vec<Digits> = scalars.iter().map(Digits::new::<C>).collect();
        let length = digits.iter().map(|one| one.0.len()).max().unwrap_or(0);
        chunk_multiples(points, |place| &digits[place], length)
    };
    points.par_chunks(CHUNK).zip(scalars.par_chunks(CHUNK)).flat_map_iter(of_chunk).collect()
}

fn chunk_multiples<'a, C: Endomorphic>(
    points: &[Affine<C>],
    digits: impl Fn(usize) -> &'a Digits,
    length: usize,
) -> Vec<Affine<C>> {
    let mut inverter = Inverter::default();
    let table = Table::<C>::new(points, &mut inverter);
    let mut sums = vec![Point::INFINITY; points.len()];
    let mut terms = Vec::with_capacity(points.len());
    for place in (0..length).rev() {
        double_all(&mut sums, &mut inverter);
        terms.clear();
        terms.extend((0..points.len()).filter_map(|i| Some((i, table.term(i, digits(i).at(place)?)))));
        add_all(&mut sums, &terms, &mut inverter);
    }
    sums.into_iter().map(Point::affine).collect()
}

/// Doubles points. Infinity, (0, 0), stays infinity: 0 counts as its own inverse.
fn double_all<F: Field>(points: &mut [Point<F>], inverter: &mut Inverter<F>) {
    let inverses = inverter.invert(points.iter().map(|point| point.y.double()));
    for (point, inverse) in points.iter_mut().zip(inverses) {
        let square = point.x.square();
        let slope = (square.double() + square) * inverse;
        let x = slope.square() - point.x.double();
        *point = Point { x, y: slope * (point.x - x) - point.y };
    }
}

/// Adds terms to the points at their places.
fn add_all<F: Field>(points: &mut [Point<F>], terms: &[(usize, Point<F>)], inverter: &mut Inverter<F>) {
    let inverses = inverter.invert(terms.iter().map(|(place, term)| points[*place].denominator(term)));
    for ((place, term), inverse) in terms.iter().zip(inverses) {
        points[*place] = points[*place].add(term, inverse);
    }
}

/// Inverts many elements with one inversion, in memory that is used again.
struct Inverter<F> {
    values: Vec<F>,
    products: Vec<F>,
}

impl<F> Default for Inverter<F> {
    fn default() -> Self {
        Inverter { values: Vec::new(), products: Vec::new() }
    }
}

impl<F: Field> Inverter<F> {
    /// Returns the inverse of each value, and 0 for 0.
    fn invert(&mut self, values: impl Iterator<Item = F>) -> &[F] {
        self.values.clear();
        self.values.extend(values);
        self.products.clear();
        let mut product = F::ONE;
        for value in self.values.iter().filter(|value| !value.is_zero()) {
            self.products.push(product);
            product *= value;
        }
        let mut inverse = product.inverse().expect("a product of values that are not zero");
        for value in self.values.iter_mut().rev().filter(|value| !value.is_zero()) {
            let own = inverse * self.products.pop().expect("one for each value");
            inverse *= *value;
            *value = own;
        }
        &self.values
    }
}

/// P and P - w P of each point P.
struct Table<C: SWCurveConfig> {
    bases: Vec<[Point<C::BaseField>; 2]>,
    /// The factors of x that multiply a point by w and by w^2.
    factors: [C::BaseField; 2],
}

impl<C: Endomorphic> Table<C> {
    fn new(points: &[Affine<C>], inverter: &mut Inverter<C::BaseField>) -> Self {
        let points: Vec<_> = points.iter().map(Point::of).collect();
        let factors = [C::ENDO_COEFFS[0], C::ENDO_COEFFS[0].square()];
        let opposite = |point: &Point<C::BaseField>| Point { x: point.x * factors[0], y: -point.y };
        let terms: Vec<_> = points.iter().map(opposite).enumerate().collect();
        let mut differences = points.clone();
        add_all(&mut differences, &terms, inverter);
        Table { bases: points.into_iter().zip(differences).map(|(p, q)| [p, q]).collect(), factors }
    }

    /// Returns a digit times the point at a place.
    fn term(&self, place: usize, digit: Digit) -> Point<C::BaseField> {
        let Point { x, y } = self.bases[place][usize::from(digit.of_difference)];
        let x = match digit.power {
            0 => x,
            power => x * self.factors[usize::from(power) - 1],
        };
        Point { x, y: if digit.negative { -y } else { y } }
    }
}

/// A unit, w^power or its opposite, times 1 or 1 - w.
#[derive(Clone, Copy, Zeroize)]
struct Digit {
    of_difference: bool,
    power: u8,
    negative: bool,
}

impl Digit {
    fn all() -> impl Iterator<Item = Digit> {
        (0..12u8).map(|i| Digit { of_difference: i % 2 == 1, power: i / 2 % 3, negative: i >= 6 })
    }

    /// Returns a and b of a + b w, by w^2 = -1 - w.
    fn value(self) -> (i128, i128) {
        let start = if self.of_difference { (1, -1) } else { (1, 0) };
        let (a, b) = (0..self.power).fold(start, |(a, b), _| (-b, a - b));
        if self.negative {
            (-a, -b)
        } else {
            (a, b)
        }
    }
}

/// The digits of a scalar, lowest first.
struct Digits(Zeroizing<Vec<Option<Digit>>>);

impl Digits {
    fn new<C: Endomorphic>(scalar: &Fr) -> Self {
        let ((positive_a, a), (positive_b, b)) = C::scalar_decomposition(*scalar);
        let (mut a, mut b) = (signed(positive_a, a), signed(positive_b, b));
        let mut digits = Zeroizing::new(Vec::with_capacity(130));
        while (a, b) != (0, 0) {
            // A remainder modulo 4 that is not divisible by 2 is that of exactly one digit.
            let digit = (a & 1 != 0 || b & 1 != 0).then(|| {
                let equal = |d: &Digit| (a - d.value().0) & 3 == 0 && (b - d.value().1) & 3 == 0;
                Digit::all().find(equal).expect("the digits are all remainders")
            });
            let (da, db) = digit.map_or((0, 0), Digit::value);
            (a, b) = ((a - da) >> 1, (b - db) >> 1);
            digits.push(digit);
        }
        Digits(digits)
    }

    fn at(&self, place: usize) -> Option<Digit> {
        self.0.get(place).copied().flatten()
    }
}

/// Half a scalar, of less than 127 bits.
fn signed(positive: bool, magnitude: Fr) -> i128 {
    let limbs = magnitude.into_bigint().0;
    let value = (i128::from(limbs[1]) << 64) | i128::from(limbs[0]);
    if positive {
        value
    } else {
        -value
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::random_scalar;
    use ark_bn254::{g1, g2};
    use ark_ec::short_weierstrass::Projective;
    use ark_ec::{CurveGroup, PrimeGroup};

    fn random(count: usize) -> Vec<Fr> {
        (0..count).map(|_| random_scalar().expect("randomness")).collect()
    }

    fn points<C: Endomorphic>(count: usize) -> Vec<Affine<C>> {
        random(count).iter().map(|k| (Projective::<C>::generator() * k).into_affine()).collect()
    }

    fn check<C: Endomorphic>(points: &[Affine<C>], scalars: &[Fr]) {
        let expected: Vec<_> = points.iter().zip(scalars).map(|(p, k)| (*p * k).into_affine()).collect();
        assert_eq!(multiples(points, scalars), expected);
        if let Some(first) = scalars.first() {
            let expected: Vec<_> = points.iter().map(|p| (*p * first).into_affine()).collect();
            assert_eq!(scaled(points, first), expected);
        }
    }

    #[test]
    fn agree_with_one_multiplication_at_a_time() {
        for count in [0, 1, 2, 50, CHUNK + 3] {
            check::<g1::Config>(&points(count), &random(count));
        }
        check::<g2::Config>(&points(20), &random(20));
    }

    #[test]
    fn extreme_scalars_and_points() {
        let lambda = <g1::Config as GLVConfig>::LAMBDA;
        let small = [0, 1, 2, 3, 4, 5, 6, 7, u64::MAX].map(Fr::from);
        let near = [lambda, lambda + Fr::from(1), lambda - Fr::from(1), lambda * lambda, Fr::from(2).pow([253])];
        let scalars: Vec<_> = small.into_iter().chain(near).flat_map(|k| [k, -k]).collect();
        for scalar in &scalars {
            check::<g1::Config>(&points(3), &[*scalar; 3]);
        }
        check::<g1::Config>(&points(scalars.len()), &scalars);
        check::<g2::Config>(&points(scalars.len()), &scalars);
        let p = points::<g1::Config>(1)[0];
        check(&[p, Affine::identity(), -p, p], &random(4));
    }

    #[test]
    fn digits_are_sparse_and_add_up() {
        for scalar in random(50) {
            let digits = Digits::new::<g1::Config>(&scalar);
            assert!(digits.0.windows(2).all(|pair| pair[0].is_none() || pair[1].is_none()));
            let lambda = <g1::Config as GLVConfig>::LAMBDA;
            let sum = digits.0.iter().rev().fold(Fr::from(0), |sum, digit| {
                let (a, b) = digit.map_or((0, 0), Digit::value);
                sum + sum + Fr::from(a) + Fr::from(b) * lambda
            });
            assert_eq!(sum, scalar);
        }
    }
}
