//! Sums of many points in affine coordinates, for BN254's curves, whose equations have no term in x.
//!
//! All additions of a round share one inversion (Montgomery's trick), so an addition costs about six multiplications
//! instead of eleven.

use ark_bn254::{Fq, Fq2};
use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use ark_ec::AffineRepr;
use ark_ff::{serial_batch_inversion_and_mul, Field};

#[cfg(target_arch = "x86_64")]
use crate::ifma;

/// A coordinate of a point.
pub trait Coordinate: Field {
    /// Returns the sum of `points[i]` and `points[i + 1]` for each i of `firsts`.
    fn add_pairs(points: &[Point<Self>], firsts: &[u32]) -> Vec<Point<Self>>;

    /// Returns whether all points are on the curve y^2 = x^3 + b, or infinity.
    fn are_on_curve(points: &[Point<Self>], b: Self) -> bool;
}

impl Coordinate for Fq {
    fn add_pairs(points: &[Point<Self>], firsts: &[u32]) -> Vec<Point<Self>> {
        add_pairs(points, firsts)
    }

    fn are_on_curve(points: &[Point<Self>], b: Self) -> bool {
        are_on_curve(points, b)
    }
}

impl Coordinate for Fq2 {
    fn add_pairs(points: &[Point<Self>], firsts: &[u32]) -> Vec<Point<Self>> {
        add_pairs(points, firsts)
    }

    fn are_on_curve(points: &[Point<Self>], b: Self) -> bool {
        are_on_curve(points, b)
    }
}

/// Adds pairs eight at a time where that is faster.
#[cfg(target_arch = "x86_64")]
fn add_pairs<F: Field + ifma::Wide>(points: &[Point<F>], firsts: &[u32]) -> Vec<Point<F>> {
    if firsts.len() >= ifma::LEAST && ifma::is_available() {
        return ifma::add_pairs(points, firsts);
    }
    add_one_by_one(points, firsts)
}

/// Checks points eight at a time where that is faster.
#[cfg(target_arch = "x86_64")]
fn are_on_curve<F: Field + ifma::Wide>(points: &[Point<F>], b: F) -> bool {
    if points.len() >= ifma::LEAST && ifma::is_available() {
        return ifma::are_on_curve(points, b);
    }
    points.iter().all(|point| point.is_on_curve(b))
}

#[cfg(not(target_arch = "x86_64"))]
use self::add_one_by_one as add_pairs;

#[cfg(not(target_arch = "x86_64"))]
fn are_on_curve<F: Field>(points: &[Point<F>], b: F) -> bool {
    points.iter().all(|point| point.is_on_curve(b))
}

/// Adds pairs one after the other, with one inversion for all.
fn add_one_by_one<F: Field>(points: &[Point<F>], firsts: &[u32]) -> Vec<Point<F>> {
    let pairs = || firsts.iter().map(|&first| (&points[first as usize], &points[first as usize + 1]));
    let mut inverses: Vec<F> = pairs().map(|(p, q)| p.denominator(q)).collect();
    serial_batch_inversion_and_mul(&mut inverses, &F::ONE);
    pairs().zip(&inverses).map(|((p, q), inverse)| p.add(q, inverse)).collect()
}

/// A point; (0, 0), which is not on the curve of either group, represents infinity between additions.
#[derive(Clone, Copy)]
pub struct Point<F> {
    pub x: F,
    pub y: F,
}

impl<F: Field> Point<F> {
    pub const INFINITY: Self = Point { x: F::ZERO, y: F::ZERO };

    pub fn is_infinity(&self) -> bool {
        self.x.is_zero() && self.y.is_zero()
    }

    /// Returns whether y^2 = x^3 + b, or the point is infinity.
    fn is_on_curve(&self, b: F) -> bool {
        self.is_infinity() || self.y.square() == self.x.square() * self.x + b
    }

    /// Returns the denominator of P + Q: the difference of the x coordinates, 2y if P = Q, or one without a division.
    pub fn denominator(&self, other: &Self) -> F {
        if self.is_infinity() || other.is_infinity() {
            return F::ONE;
        }
        let difference = other.x - self.x;
        if !difference.is_zero() {
            return difference;
        }
        let sum = self.y + other.y;
        if sum.is_zero() {
            F::ONE
        } else {
            sum
        }
    }

    /// Returns P + Q, given the inverse of their denominator.
    pub fn add(&self, other: &Self, inverse: &F) -> Self {
        if self.is_infinity() {
            return *other;
        }
        if other.is_infinity() {
            return *self;
        }
        let slope = if self.x != other.x {
            (other.y - self.y) * inverse
        } else if self.y == other.y {
            let square = self.x.square();
            (square.double() + square) * inverse
        } else {
            return Self::INFINITY;
        };
        let x = slope.square() - self.x - other.x;
        Point { x, y: slope * (self.x - x) - self.y }
    }

    pub fn negated_if(self, condition: bool) -> Self {
        Point { x: self.x, y: if condition { -self.y } else { self.y } }
    }

    pub fn of<C: SWCurveConfig<BaseField = F>>(point: &Affine<C>) -> Self {
        if point.is_zero() {
            Self::INFINITY
        } else {
            Point { x: point.x, y: point.y }
        }
    }

    pub fn affine<C: SWCurveConfig<BaseField = F>>(self) -> Affine<C> {
        if self.is_infinity() {
            Affine::zero()
        } else {
            Affine::new_unchecked(self.x, self.y)
        }
    }
}

/// Lists of points, one after the other.
pub struct Lists<F> {
    pub points: Vec<Point<F>>,
    pub lengths: Vec<usize>,
}

impl<F: Coordinate> Lists<F> {
    pub fn with_capacity(lists: usize) -> Self {
        Lists { points: Vec::new(), lengths: Vec::with_capacity(lists) }
    }

    /// Appends a list.
    pub fn push(&mut self, points: impl IntoIterator<Item = Point<F>>) {
        let before = self.points.len();
        self.points.extend(points);
        self.lengths.push(self.points.len() - before);
    }

    /// Adds adjacent points until each list has at most one point.
    pub fn reduce(&mut self) {
        let mut firsts = Vec::with_capacity(self.points.len() / 2);
        while self.lengths.iter().any(|length| *length > 1) {
            firsts.clear();
            let mut start = 0;
            for length in &self.lengths {
                firsts.extend((start..start + length - length % 2).step_by(2).map(|first| first as u32));
                start += length;
            }
            self.halve(&F::add_pairs(&self.points, &firsts));
        }
    }

    /// Halves each list in place: the sums of its pairs, followed by the last point of a list of odd length.
    fn halve(&mut self, sums: &[Point<F>]) {
        let (mut read, mut write) = (0, 0);
        let mut sums = sums.iter();
        for length in &mut self.lengths {
            for sum in sums.by_ref().take(*length / 2) {
                self.points[write] = *sum;
                write += 1;
            }
            read += *length;
            if *length % 2 == 1 {
                self.points[write] = self.points[read - 1];
                write += 1;
            }
            *length = length.div_ceil(2);
        }
        self.points.truncate(write);
    }

    /// Returns the sum of each list, after `reduce`.
    pub fn sums(&self) -> impl Iterator<Item = Point<F>> + '_ {
        let mut points = self.points.iter();
        self.lengths.iter().map(move |length| match length {
            0 => Point::INFINITY,
            _ => *points.next().expect("one point for each full list"),
        })
    }
}
