//! The quotient of a proof, by its values on a coset.

use ark_bn254::Fr;
use ark_ff::{BigInt, PrimeField};
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use rayon::prelude::*;
use zeroize::Zeroizing;

#[cfg(target_arch = "x86_64")]
use crate::ifma;

type Integers = Zeroizing<Vec<BigInt<4>>>;

/// A domain, and the odd points of the domain of twice the size, which are a coset of it.
pub struct Quotient {
    domain: Radix2EvaluationDomain<Fr>,
    coset: Radix2EvaluationDomain<Fr>,
}

impl Quotient {
    /// Returns nothing for a size that the field does not support.
    pub fn new(size: usize) -> Option<Self> {
        let domain = Radix2EvaluationDomain::new(size)?;
        let double = Radix2EvaluationDomain::<Fr>::new(2 * size)?;
        Some(Quotient { domain, coset: domain.get_coset(double.group_gen)? })
    }

    /// Returns a * b - c on the coset, for the values on the domain of a, b and c = a * b, which are secret. There, the
    /// vanishing polynomial of the domain is constant, so this is the quotient but for a constant.
    pub fn values(&self, a: Vec<Fr>, b: Vec<Fr>) -> Integers {
        let values = [Zeroizing::new(a), Zeroizing::new(b)];
        #[cfg(target_arch = "x86_64")]
        if values[0].len() >= ifma::LEAST_SIZE && ifma::is_available() {
            return ifma::quotient(values);
        }
        self.one_by_one(values)
    }

    fn one_by_one(&self, [mut a, mut b]: [Zeroizing<Vec<Fr>>; 2]) -> Integers {
        let mut c = Zeroizing::new(a.par_iter().zip(b.par_iter()).map(|(a, b)| *a * b).collect::<Vec<_>>());
        for values in [&mut a, &mut b, &mut c] {
            self.domain.ifft_in_place(&mut **values);
            self.coset.fft_in_place(&mut **values);
        }
        a.par_iter_mut().zip(b.par_iter()).zip(c.par_iter()).for_each(|((a, b), c)| *a = *a * b - c);
        integers(&a)
    }
}

/// Returns the integers below r.
pub fn integers(values: &[Fr]) -> Integers {
    Zeroizing::new(values.par_iter().map(|value| value.into_bigint()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ff::{AdditiveGroup, Field};

    /// Compares the values with those of arkworks' transforms.
    fn check(a: &[Fr], b: &[Fr]) {
        let quotient = Quotient::new(a.len()).expect("a supported size");
        let expected = quotient.one_by_one([a.to_vec(), b.to_vec()].map(Zeroizing::new));
        assert_eq!(quotient.values(a.to_vec(), b.to_vec()), expected, "of size {}", a.len());
    }

    #[test]
    fn values_are_those_of_arkworks_at_all_sizes() {
        for power in 0..=12 {
            let random = || crate::secret::random_scalar().expect("randomness");
            let values: Vec<[Fr; 2]> = (0..1 << power).map(|_| [random(), random()]).collect();
            check(&values.iter().map(|v| v[0]).collect::<Vec<_>>(), &values.iter().map(|v| v[1]).collect::<Vec<_>>());
        }
    }

    #[test]
    fn values_of_extreme_rows() {
        // The largest number in memory, whatever element it is.
        let mut largest = Fr::MODULUS;
        ark_ff::BigInteger::sub_with_borrow(&mut largest, &1u64.into());
        let edges = [Fr::ZERO, Fr::ONE, -Fr::ONE, Fr::new_unchecked(largest), Fr::new_unchecked(1u64.into())];
        for size in [64, 128] {
            for (one, other) in edges.iter().flat_map(|one| edges.iter().map(move |other| (*one, *other))) {
                check(&vec![one; size], &vec![other; size]);
                let single = |index: usize| (0..size).map(|i| if i == index { one } else { other }).collect::<Vec<_>>();
                check(&single(size / 3), &single(size - 1));
            }
            let mixed = |step: usize| (0..size).map(|i| edges[i * i / step % edges.len()]).collect::<Vec<_>>();
            check(&mixed(1), &mixed(3));
        }
    }

    #[test]
    fn the_polynomials_are_evaluated_on_the_odd_points() {
        // a = x, b = 1: the product is c, and so nothing is left; with b = x^(n - 1), x^n - 1 is.
        let size = 64;
        let quotient = Quotient::new(size).expect("a supported size");
        let points: Vec<Fr> = quotient.domain.elements().collect();
        let powers = |power: u64| points.iter().map(|point| point.pow([power])).collect::<Vec<_>>();
        assert!(quotient.values(powers(1), powers(0)).iter().all(|value| *value == 0u64.into()));
        let left = quotient.values(powers(1), powers(size as u64 - 1));
        assert!(left.iter().all(|value| *value == (-Fr::from(2u64)).into_bigint()));
    }
}
