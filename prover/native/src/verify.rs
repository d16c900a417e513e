//! Groth16 verification: e(A, B) = e(alpha, beta) e(IC(public), gamma) e(C, delta).

use ark_bn254::{Bn254, Fr, G1Affine, G1Projective, G2Affine};
use ark_ec::pairing::{Pairing, PairingOutput};
use ark_ec::{AffineRepr, CurveGroup, PrimeGroup};
use ark_ff::AdditiveGroup;

use crate::error::{Error, Result, Source};
use crate::secret;

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

/// A proof with its key and public signals.
pub struct Claim<'a> {
    pub key: &'a VerifyingKey,
    pub public: Vec<Fr>,
    pub proof: Proof,
}

/// Returns whether all proofs of a batch are valid, by one equation: the product of theirs, each to a random power.
///
/// Each equation says that an element of the pairing's group, which has the prime order r, is one. If any is not, at
/// most one value of its power makes the product one, so that a batch with an invalid proof passes with a probability
/// of at most 2^-128. The powers are fresh randomness of the operating system, which nobody knows when the proofs are
/// made; a hash would have to cover every key, signal and point, and could be tried out. Pairings with the same point
/// of a key (beta, gamma or delta) are merged. Which proof is invalid, the equation does not say.
pub fn verify_batch(claims: &[Claim]) -> Result<bool> {
    if claims.is_empty() {
        return Err(Error::Value("a batch has at least one proof".into()));
    }
    let (mut shares, mut a) = (Vec::<Share>::new(), Vec::new());
    for Claim { key, public, proof } in claims {
        if public.len() != key.n_public() || has_zero(proof) {
            return Ok(false);
        }
        let power = random_power()?;
        a.push(times(proof.a, power));
        let place = shares.iter().position(|share| std::ptr::eq(share.key, *key)).unwrap_or_else(|| {
            shares.push(Share { key, scalars: vec![Fr::ZERO; key.ic.len()], c: G1Projective::ZERO });
            shares.len() - 1
        });
        let share = &mut shares[place];
        share.c += times(proof.c, power);
        share.scalars[0] += Fr::from(power);
        for (sum, signal) in share.scalars[1..].iter_mut().zip(public) {
            *sum += Fr::from(power) * signal;
        }
    }
    let mut merged: Vec<(G2Affine, G1Projective)> = Vec::new();
    for Share { key, scalars, c } in shares {
        let inputs = key.ic.iter().zip(&scalars).fold(G1Projective::ZERO, |sum, (point, scalar)| sum + *point * scalar);
        for (point, sum) in [(key.beta_2, key.alpha_1 * scalars[0]), (key.gamma_2, inputs), (key.delta_2, c)] {
            match merged.iter_mut().find(|(known, _)| *known == point) {
                Some((_, total)) => *total -= sum,
                None => merged.push((point, -sum)),
            }
        }
    }
    let (points, totals): (Vec<_>, Vec<_>) = merged.into_iter().unzip();
    a.extend(totals);
    let b = claims.iter().map(|claim| claim.proof.b).chain(points);
    Ok(Bn254::multi_pairing(G1Projective::normalize_batch(&a), b) == PairingOutput::ZERO)
}

/// What the equations of one key's proofs add up to.
struct Share<'a> {
    key: &'a VerifyingKey,
    /// Of the points of IC: the sum of all powers, then the sums of each signal times its proof's power.
    scalars: Vec<Fr>,
    /// The sum of C times its proof's power.
    c: G1Projective,
}

fn random_power() -> Result<u128> {
    let mut bytes = [0u8; 16];
    secret::fill(&mut bytes)?;
    Ok(u128::from_le_bytes(bytes))
}

fn times(point: G1Affine, power: u128) -> G1Projective {
    point.into_group().mul_bigint([power as u64, (power >> 64) as u64])
}

fn has_zero(proof: &Proof) -> bool {
    proof.a.is_zero() || proof.b.is_zero() || proof.c.is_zero()
}
