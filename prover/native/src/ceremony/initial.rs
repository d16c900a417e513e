//! Initial keys: the key of a circuit that a phase 1 alone determines, before any contribution to phase 2.
//!
//! gamma and delta are the generator, so anybody can forge proofs for it. It equals the file of snarkjs's setup byte
//! for byte, so that everybody can make it again and compare.

use std::path::Path;

use ark_bn254::{g1, g2, Fr, G1Affine, G2Affine};
use ark_ec::short_weierstrass::Affine;
use ark_ec::AffineRepr;
use ark_ff::FftField;

use super::circuit_hash;
use super::combinations::Combinations;
use super::endomorphism::Endomorphism;
use super::keypair::same_ratio;
use super::ptau::{section, Ptau};
use crate::error::{Result, Source};
use crate::r1cs::R1cs;
use crate::setup::{coefficients, Progress};
use crate::zkey::{Header, ProvingKey};

const STAGES: usize = 7;

/// Makes the initial key of an `.r1cs` from a phase-1 file that is prepared for phase 2, and writes it to `path`.
pub fn initial_key(r1cs: &[u8], ptau: &mut Ptau, path: &Path, source: Source, progress: Progress) -> Result<()> {
    let circuit = R1cs::parse(r1cs, source)?;
    progress("phase 1", 0, STAGES)?;
    let header = initial_header(&circuit, ptau)?;
    let combinations = Combinations::new(&circuit);
    let bases = Bases::read(ptau, header.domain_size)?;

    progress("A points", 1, STAGES)?;
    let a = bases.a(&combinations);
    progress("B points in G1", 2, STAGES)?;
    let b1 = bases.b1(&combinations);
    progress("B points in G2", 3, STAGES)?;
    let b2 = combinations.matrix.times(&combinations.bases([&[], &tau_2(ptau, header.domain_size)?, &[]]));
    progress("IC and C points", 4, STAGES)?;
    let (ic, c) = bases.combined(&combinations, header.n_public);
    progress("H points", 5, STAGES)?;
    let h = quotient_points(ptau, header.domain_size)?;
    let key = ProvingKey { header, ic, coefficients: coefficients(&circuit), a, b1, b2, c, h };
    let hash = circuit_hash::of(&key, ptau)?;
    progress("writing", 6, STAGES)?;
    key.write(path, &hash)?;
    progress("done", STAGES, STAGES)
}

/// Returns the size of the evaluation domain; snarkjs's smallest has two points.
pub fn domain_size(circuit: &R1cs) -> usize {
    (circuit.n_constraints() + circuit.n_public() + 1).next_power_of_two().max(2)
}

/// Returns the header of the initial key, after checks of its points.
pub fn initial_header(circuit: &R1cs, ptau: &mut Ptau) -> Result<Header> {
    let domain_size = domain_size(circuit);
    let power = domain_size.trailing_zeros();
    ptau.source().ensure(power <= ptau.power && power < Fr::TWO_ADICITY, || {
        format!("the phase 1 has 2^{} powers, the circuit needs 2^{power}", ptau.power)
    })?;
    let (g1, g2) = (G1Affine::generator(), G2Affine::generator());
    let header = Header {
        n_variables: circuit.n_wires,
        n_public: circuit.n_public(),
        domain_size,
        alpha_1: ptau.points(section::ALPHA_TAU_1, 0, 1)?[0],
        beta_1: ptau.points(section::BETA_TAU_1, 0, 1)?[0],
        beta_2: ptau.points(section::BETA_2, 0, 1)?[0],
        gamma_2: g2,
        delta_1: g1,
        delta_2: g2,
    };
    let source = ptau.source();
    source.ensure(!header.alpha_1.is_zero(), || "alpha is zero".into())?;
    source.ensure(header.beta_2.is_in_correct_subgroup_assuming_on_curve(), || {
        "beta in G2 is not in the subgroup".into()
    })?;
    let same = same_ratio((&g1, &header.beta_1), (&g2, &header.beta_2));
    source.ensure(same, || "beta in G1 and beta in G2 differ".into())?;
    Ok(header)
}

/// The Lagrange bases of the circuit's domain in G1.
pub struct Bases {
    pub tau: Vec<G1Affine>,
    alpha: Vec<G1Affine>,
    beta: Vec<G1Affine>,
}

impl Bases {
    pub fn read(ptau: &mut Ptau, size: usize) -> Result<Self> {
        Ok(Bases {
            tau: lagrange(ptau, section::LAGRANGE_1, size)?,
            alpha: lagrange(ptau, section::ALPHA_LAGRANGE_1, size)?,
            beta: lagrange(ptau, section::BETA_LAGRANGE_1, size)?,
        })
    }

    fn a(&self, combinations: &Combinations) -> Vec<G1Affine> {
        combinations.matrix.times(&combinations.bases([&self.tau, &[], &[]]))
    }

    fn b1(&self, combinations: &Combinations) -> Vec<G1Affine> {
        combinations.matrix.times(&combinations.bases([&[], &self.tau, &[]]))
    }

    /// Returns a beta + b alpha + c of each wire: IC of the public ones, C of the private ones.
    pub fn combined(&self, combinations: &Combinations, n_public: usize) -> (Vec<G1Affine>, Vec<G1Affine>) {
        let bases = combinations.bases::<g1::Config>([&self.beta, &self.alpha, &self.tau]);
        let mut public = combinations.matrix.times(&bases);
        let private = public.split_off(n_public + 1);
        (public, private)
    }
}

/// Returns the Lagrange basis of the circuit's domain in G2.
fn tau_2(ptau: &mut Ptau, size: usize) -> Result<Vec<G2Affine>> {
    lagrange::<g2::Config>(ptau, section::LAGRANGE_2, size)
}

/// Returns the Lagrange basis of the coset, the odd points of the domain of twice the size.
pub fn quotient_points(ptau: &mut Ptau, size: usize) -> Result<Vec<G1Affine>> {
    Ok(lagrange(ptau, section::LAGRANGE_1, 2 * size)?.into_iter().skip(1).step_by(2).collect())
}

fn lagrange<C: Endomorphism>(ptau: &mut Ptau, id: u32, size: usize) -> Result<Vec<Affine<C>>> {
    ptau.lagrange(id, size.trailing_zeros())
}
