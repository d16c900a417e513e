//! The equation y^2 = x^3 + b for eight points at a time.
//!
//! A number in memory is x * 2^256 for an element x, and a product divides by 2^260. So y * y is the number of y^2 over
//! 2^4, x * x * x that of x^3 over 2^8, and a product of the former with the number of one, 2^256, that of y^2 over 2^8.

use ark_ff::Field;

use super::element::Element;
use super::field::LANES;
use crate::affine::Point;

/// Returns whether all points are on the curve, or infinity.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub unsafe fn are_on_curve<E: Element>(points: &[Point<E::Field>], b: E::Field) -> bool {
    let one = E::of_lanes(&[E::Field::ONE; LANES]);
    let b = E::of_lanes(&[b * E::Field::from(256u64).inverse().expect("a unit"); LANES]);
    // A closure would not be compiled for these instructions.
    for eight in points.chunks(LANES) {
        let found = E::load(std::array::from_fn(|lane| &eight[lane.min(eight.len() - 1)]));
        let left = E::product(E::product(found.y, found.y), one);
        let cube = E::product(E::product(found.x, found.x), found.x);
        let difference = E::difference(left, cube, 2).canonical();
        if (E::equal(difference, b) | found.infinity) != 0xff {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use ark_bn254::{g1, g2};
    use ark_ec::short_weierstrass::{Projective, SWCurveConfig};
    use ark_ec::{CurveGroup, PrimeGroup};
    use ark_ff::AdditiveGroup;

    use super::*;
    use crate::ifma::{self, Wide};

    fn check<C: SWCurveConfig<BaseField: Wide>>(count: usize) {
        let generator = Projective::<C>::generator();
        let multiples: Vec<_> = std::iter::successors(Some(generator), |p| Some(*p + generator)).take(count).collect();
        let mut points: Vec<_> = Projective::normalize_batch(&multiples).iter().map(Point::of).collect();
        let on_curve = |points: &[_]| ifma::are_on_curve(points, C::COEFF_B);
        assert!(on_curve(&points));
        for place in 0..count {
            let before = points[place];
            for (wrong, expected) in [
                (Point::INFINITY, true),
                (Point { x: before.x, y: -before.y }, true),
                (Point { x: before.y, y: before.x }, false),
                (Point { x: before.x, y: before.y + C::BaseField::ONE }, false),
                (Point { x: C::BaseField::ZERO, y: before.y }, false),
                (Point { x: before.x, y: C::BaseField::ZERO }, false),
            ] {
                points[place] = wrong;
                assert_eq!(on_curve(&points), expected, "{place} of {count}");
                assert_eq!(wrong.affine::<C>().is_on_curve(), expected);
            }
            points[place] = before;
        }
    }

    #[test]
    fn points_outside_of_the_curve_are_found_in_every_lane() {
        if !ifma::is_available() {
            return;
        }
        for count in [0, 1, 7, 8, 9, 40] {
            check::<g1::Config>(count);
            check::<g2::Config>(count);
        }
    }
}
