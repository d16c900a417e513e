//! Development keys: a single-party Groth16 setup with randomness from the operating system, which is wiped afterwards.
//!
//! That party could have kept the randomness and could forge proofs, so such keys are only for development and tests.
//! The formulas are those of Groth16 with gamma = 1, as in snarkjs. All keys share alpha and beta, as keys of one
//! phase 1 do: see `shared`.

use std::path::Path;

use ark_bn254::{Fr, G1Affine, G1Projective, G2Affine, G2Projective};
use ark_ec::scalar_mul::BatchMulPreprocessing;
use ark_ec::{CurveGroup, PrimeGroup};
use ark_ff::{AdditiveGroup, Field};
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use blake2::{Blake2b512, Digest};
use rayon::prelude::*;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::error::{Error, Result, Source};
use crate::r1cs::{R1cs, Term};
use crate::secret::random_scalar;
use crate::shared::{ALPHA_1, BETA_1, BETA_2};
use crate::zkey::{Coefficient, Header, ProvingKey};

/// A function called with stage, completed stages and total stages; an error ends the setup.
pub type Progress<'a> = &'a mut dyn FnMut(&str, usize, usize) -> Result<()>;

type Scalars = Zeroizing<Vec<Fr>>;

/// The secret numbers of the setup, with which anybody can forge proofs.
#[derive(Zeroize, ZeroizeOnDrop)]
struct ToxicWaste {
    tau: Fr,
    delta: Fr,
}

impl ToxicWaste {
    fn random() -> Result<Self> {
        // The checks of the finished key refuse zeros and delta = gamma.
        Ok(ToxicWaste { tau: random_scalar()?, delta: random_scalar()? })
    }
}

/// Tables for multiples of the two generators.
pub struct Generators {
    g1: BatchMulPreprocessing<G1Projective>,
    g2: BatchMulPreprocessing<G2Projective>,
}

impl Generators {
    pub fn new(count: usize) -> Self {
        Generators {
            g1: BatchMulPreprocessing::new(G1Projective::generator(), count),
            g2: BatchMulPreprocessing::new(G2Projective::generator(), count),
        }
    }

    pub fn g1(&self, scalars: &[Fr]) -> Vec<G1Affine> {
        self.g1.batch_mul(scalars)
    }

    pub fn g2(&self, scalars: &[Fr]) -> Vec<G2Affine> {
        self.g2.batch_mul(scalars)
    }
}

/// Makes keys for an `.r1cs` and writes them to `path`.
pub fn setup(r1cs: &[u8], path: &Path, source: Source, progress: Progress) -> Result<()> {
    let circuit = R1cs::parse(r1cs, source)?;
    let key = proving_key(&circuit, &ToxicWaste::random()?, source, progress)?;
    progress("writing", STAGES - 1, STAGES)?;
    // snarkjs stores a hash of the circuit here, which later contributions refer to.
    key.write(path, &Blake2b512::digest(r1cs).into())?;
    progress("done", STAGES, STAGES)
}

const STAGES: usize = 7;

fn proving_key(circuit: &R1cs, secret: &ToxicWaste, source: Source, progress: Progress) -> Result<ProvingKey> {
    progress("evaluating the circuit", 0, STAGES)?;
    let n_public = circuit.n_public();
    let size = (circuit.n_constraints() + n_public + 1).next_power_of_two();
    let qap = Qap::evaluate(circuit, size, secret.tau).ok_or_else(|| source.error("too many constraints"))?;
    let generators = Generators::new(circuit.n_wires.max(size));
    let invert = |value: Fr| value.inverse().ok_or(Error::Value("the randomness was zero".into()));
    let delta_inverse = Zeroizing::new(invert(secret.delta)?);

    progress("IC and C points", 1, STAGES)?;
    let (ic, c) = qap.combined(n_public, *delta_inverse, &generators);
    progress("A points", 2, STAGES)?;
    let a = generators.g1(&qap.a);
    progress("B points in G1", 3, STAGES)?;
    let b1 = generators.g1(&qap.b);
    progress("B points in G2", 4, STAGES)?;
    let b2 = generators.g2(&qap.b);
    progress("H points", 5, STAGES)?;
    let quotient = coset_lagrange(size, secret.tau).ok_or_else(|| source.error("too many constraints"))?;
    let quotient = Zeroizing::new(quotient.iter().map(|value| *value * *delta_inverse).collect::<Vec<_>>());
    let h = generators.g1(&quotient);

    let header = header(secret, circuit.n_wires, n_public, size);
    header.verifying_key(&ic, source)?;
    Ok(ProvingKey { header, ic, coefficients: coefficients(circuit), a, b1, b2, c, h })
}

fn header(secret: &ToxicWaste, n_variables: usize, n_public: usize, domain_size: usize) -> Header {
    let g1 = |k: Fr| (G1Projective::generator() * k).into_affine();
    let g2 = |k: Fr| (G2Projective::generator() * k).into_affine();
    Header {
        n_variables,
        n_public,
        domain_size,
        alpha_1: ALPHA_1,
        beta_1: BETA_1,
        beta_2: BETA_2,
        gamma_2: g2(Fr::ONE),
        delta_1: g1(secret.delta),
        delta_2: g2(secret.delta),
    }
}

/// The values of the circuit's polynomials at tau, for each wire.
struct Qap {
    a: Scalars,
    b: Scalars,
    c: Scalars,
}

impl Qap {
    /// Evaluates the polynomials. Rows after the m constraints are a_(m + i) = wire i for each public wire i, which
    /// makes the polynomials of public wires linearly independent.
    fn evaluate(circuit: &R1cs, size: usize, tau: Fr) -> Option<Self> {
        let lagrange = lagrange(size, tau)?;
        let zeros = || Zeroizing::new(vec![Fr::ZERO; circuit.n_wires]);
        let mut qap = Qap { a: zeros(), b: zeros(), c: zeros() };
        let add =
            |to: &mut Scalars, side: &[Term], at: Fr| side.iter().for_each(|(wire, k)| to[*wire as usize] += at * k);
        for ([a, b, c], at) in circuit.constraints().zip(lagrange.iter()) {
            add(&mut qap.a, a, *at);
            add(&mut qap.b, b, *at);
            add(&mut qap.c, c, *at);
        }
        for wire in 0..=circuit.n_public() {
            qap.a[wire] += lagrange[circuit.n_constraints() + wire];
        }
        Some(qap)
    }

    /// Returns a beta + b alpha + c of each wire in G1: public ones divided by gamma = 1, private ones by delta.
    fn combined(&self, n_public: usize, delta_inverse: Fr, generators: &Generators) -> (Vec<G1Affine>, Vec<G1Affine>) {
        let divided = |values: &[Fr]| -> Scalars {
            let divisor = |wire| if wire > n_public { delta_inverse } else { Fr::ONE };
            Zeroizing::new(values.iter().enumerate().map(|(wire, value)| *value * divisor(wire)).collect())
        };
        let multiples = |point: G1Affine, values: &[Fr]| {
            BatchMulPreprocessing::new(G1Projective::from(point), values.len()).batch_mul(&divided(values))
        };
        let (a, b) = (multiples(BETA_1, &self.a), multiples(ALPHA_1, &self.b));
        let c = generators.g1(&divided(&self.c));
        let sums: Vec<G1Projective> = a.par_iter().zip(b).zip(c).map(|((a, b), c)| *a + b + c).collect();
        let mut public = G1Projective::normalize_batch(&sums);
        let private = public.split_off(n_public + 1);
        (public, private)
    }
}

/// Returns the values at tau of all Lagrange polynomials of the domain of `size`.
pub fn lagrange(size: usize, tau: Fr) -> Option<Scalars> {
    Some(Zeroizing::new(Radix2EvaluationDomain::<Fr>::new(size)?.evaluate_all_lagrange_coefficients(tau)))
}

/// Returns the values at tau of the Lagrange polynomials of the coset, the odd points of the domain of twice the size,
/// on which snarkjs represents the quotient.
fn coset_lagrange(size: usize, tau: Fr) -> Option<Scalars> {
    let all = lagrange(2 * size, tau)?;
    Some(Zeroizing::new(all.iter().skip(1).step_by(2).copied().collect()))
}

/// Returns the entries of a and b, in snarkjs's order.
pub fn coefficients(circuit: &R1cs) -> Vec<Coefficient> {
    let mut out = Vec::new();
    for (row, [a, b, _]) in circuit.constraints().enumerate() {
        for (in_b, side) in [(false, a), (true, b)] {
            out.extend(side.iter().map(|&(signal, value)| Coefficient { in_b, row: row as u32, signal, value }));
        }
    }
    let first = circuit.n_constraints() as u32;
    let public = 0..=circuit.n_public() as u32;
    out.extend(public.map(|i| Coefficient { in_b: false, row: first + i, signal: i, value: Fr::ONE }));
    out
}

/// Returns 1, x, x^2, ..., each times a factor.
pub fn powers(x: Fr, factor: Fr, count: usize) -> Scalars {
    let mut out = Zeroizing::new(Vec::with_capacity(count));
    let mut value = factor;
    for _ in 0..count {
        out.push(value);
        value *= x;
    }
    out
}

/// Returns each value times a factor.
pub fn scaled(values: &[Fr], factor: Fr) -> Scalars {
    Zeroizing::new(values.par_iter().map(|value| *value * factor).collect())
}
