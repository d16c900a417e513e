//! From powers of tau to the Lagrange basis at tau: the inverse Fourier transform of points.

use ark_bn254::Fr;
use ark_ec::short_weierstrass::Affine;
use ark_ff::{FftField, Field};
use rayon::prelude::*;

use super::endomorphism::Endomorphism;
use super::multiply::{add_and_subtract, multiply_each, GROUP};
use crate::error::Result;

/// Transforms P_0, ..., P_(n-1) in place into (1/n) sum_i w^(-ij) P_i for each j, where w generates the domain of n
/// points. For P_i = tau^i G these are the points of the Lagrange polynomials at tau. n is a power of two that the field
/// supports.
///
/// It is the radix-2 transform with decimation in time (Cooley, Tukey, 1965). Only products by other scalars than one
/// are computed; the last stage includes the factor 1/n. `report` is called after each of the log n stages.
pub fn inverse_transform<C: Endomorphism>(
    points: &mut [Affine<C>],
    report: &mut dyn FnMut() -> Result<()>,
) -> Result<()> {
    let n = points.len();
    let bits = n.trailing_zeros();
    reverse_bits(points, bits);
    for stage in 0..bits {
        let half = 1usize << stage;
        let root = Fr::get_root_of_unity(2 * half as u64).expect("a domain of the field").inverse().expect("a unit");
        let scale = (stage + 1 == bits).then(|| Fr::from(n as u64).inverse().expect("a unit"));
        let stage = Stage { half, root, scale };
        if half < GROUP {
            points.par_chunks_mut(2 * GROUP).for_each(|chunk| stage.small_blocks(chunk));
        } else {
            points.par_chunks_mut(2 * half).for_each(|block| {
                let (low, high) = block.split_at_mut(half);
                let groups = low.par_chunks_mut(GROUP).zip(high.par_chunks_mut(GROUP)).enumerate();
                groups.for_each(|(group, (low, high))| stage.butterflies(low, high, group * GROUP));
            });
        }
        report()?;
    }
    Ok(())
}

fn reverse_bits<T>(values: &mut [T], bits: u32) {
    for i in 1..values.len() {
        let j = i.reverse_bits() >> (usize::BITS - bits);
        if i < j {
            values.swap(i, j);
        }
    }
}

struct Stage {
    /// The distance of partners.
    half: usize,
    root: Fr,
    /// The factor of all results.
    scale: Option<Fr>,
}

impl Stage {
    /// Transforms whole blocks, gathered so that they share inversions.
    fn small_blocks<C: Endomorphism>(&self, blocks: &mut [Affine<C>]) {
        let gather = |side: usize| -> Vec<Affine<C>> {
            blocks.chunks(self.half).skip(side).step_by(2).flatten().copied().collect()
        };
        let (mut low, mut high) = (gather(0), gather(1));
        self.butterflies(&mut low, &mut high, 0);
        let pairs = low.chunks(self.half).zip(high.chunks(self.half));
        for (block, (low, high)) in blocks.chunks_mut(2 * self.half).zip(pairs) {
            block[..self.half].copy_from_slice(low);
            block[self.half..].copy_from_slice(high);
        }
    }

    /// Replaces x and y by x + w^k y and x - w^k y, where k counts from `first` modulo the block.
    fn butterflies<C: Endomorphism>(&self, low: &mut [Affine<C>], high: &mut [Affine<C>], first: usize) {
        let start = self.root.pow([first as u64]) * self.scale.unwrap_or(Fr::ONE);
        let mut twiddles = Vec::with_capacity(high.len());
        for k in 0..high.len() {
            let first_of_block = k % self.half == 0;
            twiddles.push(if first_of_block { start } else { twiddles[k - 1] * self.root });
        }
        if let Some(scale) = self.scale {
            let scaled = multiply_each(low, &vec![scale; low.len()]);
            low.copy_from_slice(&scaled);
        }
        multiply_by_others_than_one(high, &twiddles);
        add_and_subtract(low, high);
    }
}

fn multiply_by_others_than_one<C: Endomorphism>(points: &mut [Affine<C>], scalars: &[Fr]) {
    let places: Vec<usize> = (0..points.len()).filter(|i| scalars[*i] != Fr::ONE).collect();
    let chosen: Vec<Affine<C>> = places.iter().map(|i| points[*i]).collect();
    let factors: Vec<Fr> = places.iter().map(|i| scalars[*i]).collect();
    for (i, product) in places.into_iter().zip(multiply_each(&chosen, &factors)) {
        points[i] = product;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::random_scalar;
    use crate::setup::{lagrange, powers};
    use ark_bn254::{g1, g2};
    use ark_ec::scalar_mul::BatchMulPreprocessing;
    use ark_ec::short_weierstrass::Projective;
    use ark_ec::{AffineRepr, PrimeGroup};

    fn points<C: Endomorphism>(scalars: &[Fr]) -> Vec<Affine<C>> {
        let generator = Projective::<C>::generator();
        BatchMulPreprocessing::new(generator, scalars.len()).batch_mul(scalars)
    }

    fn gives_the_lagrange_basis<C: Endomorphism>(bits: u32) {
        let (tau, n) = (random_scalar().expect("randomness"), 1 << bits);
        let mut transformed = points::<C>(&powers(tau, Fr::ONE, n));
        inverse_transform(&mut transformed, &mut || Ok(())).expect("no report fails");
        assert_eq!(transformed, points(&lagrange(n, tau).expect("a domain")));
    }

    #[test]
    fn powers_become_the_lagrange_basis() {
        for bits in [0, 1, 2, 3, 7] {
            gives_the_lagrange_basis::<g1::Config>(bits);
            gives_the_lagrange_basis::<g2::Config>(bits);
        }
        // Blocks of more than one group.
        gives_the_lagrange_basis::<g1::Config>(12);
    }

    #[test]
    fn equal_points_and_missing_ones() {
        let g = ark_bn254::G1Affine::generator();
        let mut equal = vec![g; 8];
        inverse_transform(&mut equal, &mut || Ok(())).expect("no report fails");
        assert_eq!(equal[0], g);
        assert!(equal[1..].iter().all(AffineRepr::is_zero));
    }
}
