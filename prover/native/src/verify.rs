//! Groth16 verification: e(A, B) = e(alpha, beta) e(IC(public), gamma) e(C, delta).

use ark_bn254::{Bn254, Fr, G1Affine, G1Projective, G2Affine};
use ark_ec::pairing::{Pairing, PairingOutput};
use ark_ec::{AffineRepr, CurveGroup};

use crate::error::{Result, Source};

type G2Prepared = <Bn254 as Pairing>::G2Prepared;

/// A proof: three finite points on their curves and in the subgroup.
#[derive(Clone, Copy)]
pub struct Proof {
    pub a: G1Affine,
    pub b: G2Affine,
    pub c: G1Affine,
}

/// A checked verification key, with values prepared for verification.
pub struct VerifyingKey {
    pub alpha_1: G1Affine,
    pub beta_2: G2Affine,
    pub gamma_2: G2Affine,
    pub delta_2: G2Affine,
    pub ic: Vec<G1Affine>,
    pub alpha_beta: PairingOutput<Bn254>,
    gamma_prepared: G2Prepared,
    delta_prepared: G2Prepared,
}

impl VerifyingKey {
    /// Checks and prepares a key, whose points must be on their curves.
    ///
    /// Zero points and points outside the subgroup are refused. Keys with delta = gamma or delta = -gamma are refused
    /// too: A = alpha, B = beta, C = -IC(public), or C = IC(public), would be a proof of anything. snarkjs's keys
    /// without a phase-2 contribution have delta = gamma.
    pub fn new(
        alpha_1: G1Affine,
        beta_2: G2Affine,
        gamma_2: G2Affine,
        delta_2: G2Affine,
        ic: Vec<G1Affine>,
        source: Source,
    ) -> Result<Self> {
        let finite = !alpha_1.is_zero() && [beta_2, gamma_2, delta_2].iter().all(|p| !p.is_zero());
        source.ensure(finite, || "a point of the verification key is zero".into())?;
        let inside = [beta_2, gamma_2, delta_2].iter().all(|p| p.is_in_correct_subgroup_assuming_on_curve());
        source.ensure(inside, || "a point of the verification key is not in the subgroup".into())?;
        source.ensure(gamma_2.x != delta_2.x, || {
            "gamma equals delta, up to sign: a key without a phase-2 contribution, for which proofs can be forged"
                .into()
        })?;
        source.ensure(!ic.is_empty(), || "IC is empty".into())?;
        Ok(VerifyingKey {
            alpha_beta: Bn254::pairing(alpha_1, beta_2),
            gamma_prepared: gamma_2.into(),
            delta_prepared: delta_2.into(),
            alpha_1,
            beta_2,
            gamma_2,
            delta_2,
            ic,
        })
    }

    pub fn n_public(&self) -> usize {
        self.ic.len() - 1
    }

    /// Returns whether a proof is valid. It is invalid with a wrong number of public signals or a zero point.
    pub fn verify(&self, public: &[Fr], proof: &Proof) -> bool {
        let Some(inputs) = self.input_point(public) else { return false };
        if has_zero(proof) {
            return false;
        }
        let product = Bn254::multi_miller_loop(
            [proof.a, -inputs.into_affine(), -proof.c],
            [proof.b.into(), self.gamma_prepared.clone(), self.delta_prepared.clone()],
        );
        Bn254::final_exponentiation(product) == Some(self.alpha_beta)
    }

    /// Returns IC[0] + sum of public[i] * IC[i + 1].
    fn input_point(&self, public: &[Fr]) -> Option<G1Projective> {
        (public.len() == self.n_public())
            .then(|| public.iter().zip(&self.ic[1..]).fold(self.ic[0].into(), |sum, (k, p)| sum + *p * k))
    }
}

pub fn has_zero(proof: &Proof) -> bool {
    proof.a.is_zero() || proof.b.is_zero() || proof.c.is_zero()
}
