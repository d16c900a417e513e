//! What differs between the two groups.

use ark_bn254::{g1, g2, Fr, G1Affine, G2Affine};
use ark_ec::short_weierstrass::Affine;

use crate::ceremony::endomorphism::Endomorphism;
use crate::ceremony::subgroup;
use crate::error::Result;
use crate::setup::Generators;

pub trait Group: Endomorphism {
    /// Returns whether points of the curve are in the group; a wrong yes has a probability of at most 2^-128.
    fn all_inside(points: &[Affine<Self>]) -> Result<bool>;

    fn multiples_of_generator(generators: &Generators, scalars: &[Fr]) -> Vec<Affine<Self>>;
}

impl Group for g1::Config {
    fn all_inside(_: &[G1Affine]) -> Result<bool> {
        // The curve is the group.
        Ok(true)
    }

    fn multiples_of_generator(generators: &Generators, scalars: &[Fr]) -> Vec<G1Affine> {
        generators.g1(scalars)
    }
}

impl Group for g2::Config {
    fn all_inside(points: &[G2Affine]) -> Result<bool> {
        subgroup::all_inside(points)
    }

    fn multiples_of_generator(generators: &Generators, scalars: &[Fr]) -> Vec<G2Affine> {
        generators.g2(scalars)
    }
}
