//! The quotient as snarkjs's keys want it: its values on the odd points of the domain of twice the size.

use ark_ff::PrimeField;
use ark_groth16::r1cs_to_qap::{evaluate_constraint, R1CSToQAP};
use ark_poly::EvaluationDomain;
use ark_relations::gr1cs::{ConstraintSystemRef, Result, SynthesisError};
use ark_relations::utils::matrix::Matrix;
use rayon::prelude::*;

pub struct CircomReduction;

impl R1CSToQAP for CircomReduction {
    fn witness_map_from_matrices<F: PrimeField, D: EvaluationDomain<F>>(
        matrices: &[Matrix<F>],
        _: usize,
        rows: usize,
        witness: &[F],
    ) -> Result<Vec<F>> {
        let domain = D::new(rows).ok_or(SynthesisError::PolynomialDegreeTooLarge)?;
        let coset = F::get_root_of_unity(2 * domain.size() as u64)
            .and_then(|root| domain.get_coset(root))
            .ok_or(SynthesisError::PolynomialDegreeTooLarge)?;
        let values = |matrix: &Matrix<F>| {
            let mut out: Vec<_> = matrix.par_iter().map(|row| evaluate_constraint(row, witness)).collect();
            out.resize(domain.size(), F::zero());
            out
        };
        let (mut a, mut b) = (values(&matrices[0]), values(&matrices[1]));
        let mut c: Vec<_> = a.par_iter().zip(&b).map(|(a, b)| *a * b).collect();
        for values in [&mut a, &mut b, &mut c] {
            domain.ifft_in_place(values);
            coset.fft_in_place(values);
        }
        a.par_iter_mut().zip(&b).zip(&c).for_each(|((a, b), c)| *a = *a * b - c);
        Ok(a)
    }

    fn instance_map_with_evaluation<F: PrimeField, D: EvaluationDomain<F>>(
        _: ConstraintSystemRef<F>,
        _: &F,
    ) -> Result<(Vec<F>, Vec<F>, Vec<F>, F, usize, usize)> {
        unreachable!("keys are snarkjs's")
    }

    fn h_query_scalars<F: PrimeField, D: EvaluationDomain<F>>(_: usize, _: F, _: F, _: F) -> Result<Vec<F>> {
        unreachable!("keys are snarkjs's")
    }
}
