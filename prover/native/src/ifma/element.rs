//! Eight coordinates of points of G1 or G2.

use ark_bn254::{Fq, Fq2};
use ark_ff::Field;

use super::field::{row, transposed, write_row, zero, Fq8, LANES};
use crate::affine::Point;

/// Eight points with canonical coordinates.
#[derive(Clone, Copy)]
pub struct Points<E> {
    pub x: E,
    pub y: E,
    /// The lanes of points at infinity.
    pub infinity: u8,
}

/// Eight coordinates. "Small" numbers are below 2q.
pub trait Element: Copy {
    type Field: Field;

    /// Loads eight points.
    unsafe fn load(points: [&Point<Self::Field>; LANES]) -> Points<Self>;

    /// Writes eight points with canonical coordinates.
    unsafe fn store(x: Self, y: Self, out: &mut [Point<Self::Field>; LANES]);

    /// Returns a * b / 2^260, small, for a below 8q and b below 4q.
    unsafe fn product(a: Self, b: Self) -> Self;

    /// Returns a - b + k * q, which must not be negative in any part.
    unsafe fn difference(a: Self, b: Self, k: usize) -> Self;

    /// Returns 4 * a.
    unsafe fn fourfold(self) -> Self;

    /// Returns the canonical representative of numbers below 4q.
    unsafe fn canonical(self) -> Self;

    /// Returns the lanes in which canonical numbers are equal.
    unsafe fn equal(a: Self, b: Self) -> u8;

    /// Returns the lanes of canonical numbers.
    unsafe fn lanes(self) -> [Self::Field; LANES];

    /// Returns the eight numbers in lanes.
    unsafe fn of_lanes(lanes: &[Self::Field; LANES]) -> Self;
}

impl Element for Fq8 {
    type Field = Fq;

    #[inline(always)]
    unsafe fn load(points: [&Point<Fq>; LANES]) -> Points<Self> {
        let mut rows = [row(&points[0].x, &points[0].y); LANES];
        for (row_of, one) in rows.iter_mut().zip(points).skip(1) {
            *row_of = row(&one.x, &one.y);
        }
        let c = transposed(rows);
        let (x, y) = (Fq8::of_columns([c[0], c[1], c[2], c[3]]), Fq8::of_columns([c[4], c[5], c[6], c[7]]));
        Points { x, y, infinity: zero(&c) }
    }

    #[inline(always)]
    unsafe fn store(x: Self, y: Self, out: &mut [Point<Fq>; LANES]) {
        let (x, y) = (x.columns(), y.columns());
        let rows = transposed([x[0], x[1], x[2], x[3], y[0], y[1], y[2], y[3]]);
        for (row, point) in rows.into_iter().zip(out) {
            write_row(row, &mut point.x, &mut point.y);
        }
    }

    #[inline(always)]
    unsafe fn product(a: Self, b: Self) -> Self {
        Fq8::product(a, b)
    }

    #[inline(always)]
    unsafe fn difference(a: Self, b: Self, k: usize) -> Self {
        Fq8::difference(a, b, k)
    }

    #[inline(always)]
    unsafe fn fourfold(self) -> Self {
        Fq8::fourfold(self)
    }

    #[inline(always)]
    unsafe fn canonical(self) -> Self {
        Fq8::canonical(self)
    }

    #[inline(always)]
    unsafe fn equal(a: Self, b: Self) -> u8 {
        Fq8::equal(a, b)
    }

    #[inline(always)]
    unsafe fn lanes(self) -> [Fq; LANES] {
        Fq8::lanes(self)
    }

    #[inline(always)]
    unsafe fn of_lanes(lanes: &[Fq; LANES]) -> Self {
        Fq8::of_lanes(lanes)
    }
}

/// Eight elements c0 + c1 u of the quadratic extension, with u^2 = -1.
#[derive(Clone, Copy)]
pub struct Fq2x8 {
    c0: Fq8,
    c1: Fq8,
}

impl Fq2x8 {
    /// Returns eight elements, and the lanes in which they are 0.
    #[inline(always)]
    unsafe fn load(elements: [&Fq2; LANES]) -> (Self, u8) {
        let mut rows = [row(&elements[0].c0, &elements[0].c1); LANES];
        for (row_of, one) in rows.iter_mut().zip(elements).skip(1) {
            *row_of = row(&one.c0, &one.c1);
        }
        let c = transposed(rows);
        let loaded =
            Fq2x8 { c0: Fq8::of_columns([c[0], c[1], c[2], c[3]]), c1: Fq8::of_columns([c[4], c[5], c[6], c[7]]) };
        (loaded, zero(&c))
    }

    #[inline(always)]
    unsafe fn rows(self) -> [core::arch::x86_64::__m512i; LANES] {
        let (c0, c1) = (self.c0.columns(), self.c1.columns());
        transposed([c0[0], c0[1], c0[2], c0[3], c1[0], c1[1], c1[2], c1[3]])
    }
}

impl Element for Fq2x8 {
    type Field = Fq2;

    #[inline(always)]
    unsafe fn load(points: [&Point<Fq2>; LANES]) -> Points<Self> {
        let (x, x_zero) = Fq2x8::load(points.map(|one| &one.x));
        let (y, y_zero) = Fq2x8::load(points.map(|one| &one.y));
        Points { x, y, infinity: x_zero & y_zero }
    }

    #[inline(always)]
    unsafe fn store(x: Self, y: Self, out: &mut [Point<Fq2>; LANES]) {
        for ((x, y), point) in x.rows().into_iter().zip(y.rows()).zip(out) {
            write_row(x, &mut point.x.c0, &mut point.x.c1);
            write_row(y, &mut point.y.c0, &mut point.y.c1);
        }
    }

    /// Each part is a sum of two products, below 2 * 8q * 4q and so below 84q * q, with one reduction.
    #[inline(always)]
    unsafe fn product(a: Self, b: Self) -> Self {
        let [c0, c1] = Fq8::products([[(a.c0, b.c0), (a.c1, b.c1.negative(4))], [(a.c0, b.c1), (a.c1, b.c0)]]);
        Fq2x8 { c0, c1 }
    }

    #[inline(always)]
    unsafe fn difference(a: Self, b: Self, k: usize) -> Self {
        Fq2x8 { c0: Fq8::difference(a.c0, b.c0, k), c1: Fq8::difference(a.c1, b.c1, k) }
    }

    #[inline(always)]
    unsafe fn fourfold(self) -> Self {
        Fq2x8 { c0: self.c0.fourfold(), c1: self.c1.fourfold() }
    }

    #[inline(always)]
    unsafe fn canonical(self) -> Self {
        Fq2x8 { c0: self.c0.canonical(), c1: self.c1.canonical() }
    }

    #[inline(always)]
    unsafe fn equal(a: Self, b: Self) -> u8 {
        Fq8::equal(a.c0, b.c0) & Fq8::equal(a.c1, b.c1)
    }

    #[inline(always)]
    unsafe fn lanes(self) -> [Fq2; LANES] {
        let (c0, c1) = (self.c0.lanes(), self.c1.lanes());
        std::array::from_fn(|lane| Fq2::new(c0[lane], c1[lane]))
    }

    #[inline(always)]
    unsafe fn of_lanes(lanes: &[Fq2; LANES]) -> Self {
        Fq2x8 { c0: Fq8::of_lanes(&lanes.map(|one| one.c0)), c1: Fq8::of_lanes(&lanes.map(|one| one.c1)) }
    }
}
