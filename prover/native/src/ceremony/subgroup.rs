//! Whether points of G2's curve are in the subgroup of order r, many at once.
//!
//! The order of the curve is r times a cofactor without prime factors below 10069. Take a random sum of the points with
//! weights from 256 consecutive integers. If a point is outside of the subgroup, at most one value of its weight puts
//! the sum inside, whatever the other weights are: two such values would differ by a multiple of a prime factor of the
//! cofactor. So 16 sums miss a point outside with a probability of at most 2^-128.

use ark_bn254::{g2, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};
use rayon::prelude::*;

use crate::affine::Point;
use crate::error::Result;
use crate::msm::digit_sum;
use crate::secret;

const SUMS: usize = 16;
const WEIGHT_BITS: usize = 8;

/// The least number of points that sums check faster than one multiplication for each point.
const MANY: usize = 128;

/// Returns whether all points, which must be on the curve, are in the subgroup; fast for few points too.
pub fn each_inside(points: &[G2Affine]) -> Result<bool> {
    if points.len() >= MANY {
        return all_inside(points);
    }
    Ok(points.par_iter().all(|point| point.is_in_correct_subgroup_assuming_on_curve()))
}

/// Returns whether all points, which must be on the curve, are in the subgroup.
pub fn all_inside(points: &[G2Affine]) -> Result<bool> {
    let finite: Vec<_> = points.iter().filter(|point| !point.is_zero()).map(Point::of).collect();
    let inside = |_| -> Result<bool> {
        let mut bytes = vec![0u8; finite.len()];
        secret::fill(&mut bytes)?;
        let weights: Vec<i32> = bytes.into_iter().map(|byte| i32::from(byte) - 127).collect();
        let sum = digit_sum::<g2::Config>(&finite, &weights, WEIGHT_BITS).into_affine();
        Ok(sum.is_in_correct_subgroup_assuming_on_curve())
    };
    let sums: Vec<bool> = (0..SUMS).into_par_iter().map(inside).collect::<Result<_>>()?;
    Ok(sums.into_iter().all(|inside| inside))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_bn254::{Fq, Fq2, Fr};
    use ark_ec::short_weierstrass::Affine;
    use ark_ec::{CurveConfig, PrimeGroup};
    use ark_ff::{Field, PrimeField};

    /// Returns a point of the curve, and one of order 10069.
    fn outside() -> (G2Affine, G2Affine) {
        let mut x = Fq2::new(Fq::from(1), Fq::from(1));
        let point: G2Affine = loop {
            if let Some(point) = Affine::get_point_from_x_unchecked(x, true) {
                break point;
            }
            x += Fq2::ONE;
        };
        let cofactor = num_bigint::BigUint::from_bytes_le(
            &g2::Config::COFACTOR.iter().flat_map(|limb| limb.to_le_bytes()).collect::<Vec<_>>(),
        );
        let rest = cofactor / 10069u32;
        let order_10069 = point.mul_bigint(Fr::MODULUS.0).into_affine().mul_bigint(rest.to_u64_digits()).into_affine();
        (point, order_10069)
    }

    #[test]
    fn a_point_outside_is_found_even_one_of_the_smallest_order() {
        let generator = ark_bn254::G2Projective::generator();
        let mut points: Vec<G2Affine> = (0..40u64).map(|i| (generator * Fr::from(i)).into_affine()).collect();
        assert!(all_inside(&points).expect("randomness"));
        assert!(all_inside(&[]).expect("randomness"));
        let (point, smallest) = outside();
        assert!(!smallest.is_zero() && smallest.mul_bigint([10069]).into_affine().is_zero());
        for wrong in [point, smallest] {
            points[17] = wrong;
            assert!(!all_inside(&points).expect("randomness"));
            // Two that cancel each other out if their weights are equal.
            points[18] = -wrong;
            assert!(!all_inside(&points).expect("randomness"));
            points[18] = points[19];
        }
    }
    #[test]
    fn each_of_few_points_and_of_many_is_inside() {
        let (generator, (_, smallest)) = (G2Affine::generator(), outside());
        for count in [0, 1, MANY - 1, MANY] {
            let mut points = vec![generator; count];
            assert!(each_inside(&points).expect("randomness"));
            for place in [0, count / 2, count.saturating_sub(1)].into_iter().filter(|place| *place < count) {
                points[place] = smallest;
                assert!(!each_inside(&points).expect("randomness"), "place {place} of {count}");
                points[place] = generator;
            }
        }
    }
}
