//! Additions of points and transforms of polynomials, eight at a time, by the instructions AVX-512 IFMA: products of
//! 52-bit integers.
//!
//! This module has all of the crate's vector code and nearly all of its `unsafe`. The argument for it:
//!
//! - Every unsafe function here needs the instruction sets `avx512f`, `avx512dq` and `avx512ifma` and nothing else. They
//!   are reached through [`add_pairs`], [`are_on_curve`] and [`quotient`] only, which assert that the processor has them
//!   ([`is_available`]).
//! - Memory is read and written through references: arrays of eight references to points, and arrays of four limbs or
//!   eight lanes that a load or a store covers exactly.
//! - Nothing depends on the layout of arkworks' types: limbs are read as `Fp.0.0`, `[u64; 4]`.
//!
//! Numbers are below small multiples of the modulus between operations; each function states the bounds it needs and
//! gives. `field.rs` has the arithmetic, `element.rs` the coordinates of both groups, `sums.rs` the additions, `curve.rs`
//! the equation of the curve, and `quotient.rs` the transforms.

mod curve;
mod element;
mod field;
mod quotient;
mod sums;

use std::sync::OnceLock;

use ark_bn254::{Fq, Fq2, Fr};
use ark_ff::BigInt;
use zeroize::Zeroizing;

use crate::affine::Point;
use element::{Element, Fq2x8};
use field::Fq8;
pub use quotient::LEAST_SIZE;

/// The number of pairs from which eight lanes are faster than one.
pub const LEAST: usize = 32;

/// The variable of the environment that switches this module off if it is set and not empty.
const SWITCH: &str = "ZKMARGIN_NO_IFMA";

/// Returns whether the processor has the instructions, and the environment does not switch them off.
pub fn is_available() -> bool {
    static AVAILABLE: OnceLock<bool> = OnceLock::new();
    *AVAILABLE.get_or_init(|| {
        let has = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512ifma");
        has && std::env::var_os(SWITCH).is_none_or(|value| value.is_empty())
    })
}

/// A coordinate whose points are added eight at a time.
pub trait Wide: Sized {
    type Lanes: Element<Field = Self>;
}

impl Wide for Fq {
    type Lanes = Fq8;
}

impl Wide for Fq2 {
    type Lanes = Fq2x8;
}

/// Returns the sum of `points[i]` and `points[i + 1]` for each i of `firsts`.
pub fn add_pairs<F: Wide + Copy>(points: &[Point<F>], firsts: &[u32]) -> Vec<Point<F>> {
    assert!(is_available());
    // SAFETY: the processor has the instructions.
    unsafe { sums::add_pairs::<F::Lanes>(points, firsts) }
}

/// Returns whether all points are on the curve y^2 = x^3 + b, or infinity.
pub fn are_on_curve<F: Wide + Copy>(points: &[Point<F>], b: F) -> bool {
    assert!(is_available());
    // SAFETY: the processor has the instructions.
    unsafe { curve::are_on_curve::<F::Lanes>(points, b) }
}

/// Returns a * b - c at the odd powers of the root of unity of order 2n, as integers, for the values of a, b and
/// c = a * b at the n powers of its square; n is a power of two from [`LEAST_SIZE`].
pub fn quotient(values: [Zeroizing<Vec<Fr>>; 2]) -> Zeroizing<Vec<BigInt<4>>> {
    assert!(is_available());
    // SAFETY: the processor has the instructions.
    unsafe { quotient::quotient(values) }
}
