//! Development keys: a Groth16 setup by one party, from the operating system's randomness, which is then wiped.
//!
//! The party that ran it could have kept the randomness and could forge proofs, so such keys are for development and
//! tests only. The formulas are those of Groth16 with gamma = 1, as snarkjs has it.

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
use crate::zkey::{Coefficient, Header, ProvingKey};

/// Called with (stage, stages done, stages in all); an error ends the work.
pub type Progress<'a> = &'a mut dyn FnMut(&str, usize, usize) -> Result<()>;

type Scalars = Zeroizing<Vec<Fr>>;

/// The secret numbers of the setup. Anybody who knows them can forge proofs.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct ToxicWaste {
    pub tau: Fr,
    pub alpha: Fr,
    pub beta: Fr,
    delta: Fr,
}

impl ToxicWaste {
    pub fn random() -> Result<Self> {
        // Zero, and one where gamma is one, are ruled out by the checks on the finished key.
        Ok(ToxicWaste {
            tau: random_scalar()?,
            alpha: random_scalar()?,
            beta: random_scalar()?,
            delta: random_scalar()?,
        })
    }
}

/// Multiples of the two generators, by a table each.
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

/// Makes the keys of an `.r1cs` and writes them to `path`.
pub fn setup(r1cs: &[u8], path: &Path, source: Source, progress: Progress) -> Result<()> {
    let circuit = R1cs::parse(r1cs, source)?;
    let key = proving_key(&circuit, &ToxicWaste::random()?, source, progress)?;
    progress("writing", STAGES - 1, STAGES)?;
    // snarkjs keeps a hash of the circuit here, for later contributions to refer to.
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
    let (ic, private) = qap.combined(secret, n_public, *delta_inverse);
    let (ic, c) = (generators.g1(&ic), generators.g1(&private));
    progress("A points", 2, STAGES)?;
    let a = generators.g1(&qap.a);
    progress("B points in G1", 3, STAGES)?;
    let b1 = generators.g1(&qap.b);
    progress("B points in G2", 4, STAGES)?;
    let b2 = generators.g2(&qap.b);
    progress("H points", 5, STAGES)?;
    let quotient = odd_lagrange(size, secret.tau).ok_or_else(|| source.error("too many constraints"))?;
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
        alpha_1: g1(secret.alpha),
        beta_1: g1(secret.beta),
        beta_2: g2(secret.beta),
        gamma_2: g2(Fr::ONE),
        delta_1: g1(secret.delta),
        delta_2: g2(secret.delta),
    }
}

/// The circuit's polynomials at tau, one value of each for every wire.
struct Qap {
    a: Scalars,
    b: Scalars,
    c: Scalars,
}

impl Qap {
    /// Rows beyond the constraints bind the public wires: a_(m + i) = wire i, so that each has a polynomial of its own.
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

    /// beta a + alpha b + c of every wire: the public ones over gamma = 1, the private ones over delta.
    fn combined(&self, secret: &ToxicWaste, n_public: usize, delta_inverse: Fr) -> (Scalars, Scalars) {
        let sums = (0..self.a.len()).map(|i| secret.beta * self.a[i] + secret.alpha * self.b[i] + self.c[i]);
        let mut public: Scalars = Zeroizing::new(sums.collect());
        let private = public[n_public + 1..].iter().map(|value| *value * delta_inverse).collect();
        public[n_public + 1..].iter_mut().zeroize();
        public.truncate(n_public + 1);
        (public, Zeroizing::new(private))
    }
}

/// Every Lagrange polynomial of the domain of `size`, at tau.
pub fn lagrange(size: usize, tau: Fr) -> Option<Scalars> {
    Some(Zeroizing::new(Radix2EvaluationDomain::<Fr>::new(size)?.evaluate_all_lagrange_coefficients(tau)))
}

/// Those of the odd points of the domain of twice the size, where snarkjs keeps the quotient.
fn odd_lagrange(size: usize, tau: Fr) -> Option<Scalars> {
    let all = lagrange(2 * size, tau)?;
    Some(Zeroizing::new(all.iter().skip(1).step_by(2).copied().collect()))
}

fn coefficients(circuit: &R1cs) -> Vec<Coefficient> {
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

/// 1, x, x^2, ... scaled by a factor.
pub fn powers(x: Fr, factor: Fr, count: usize) -> Scalars {
    let mut out = Zeroizing::new(Vec::with_capacity(count));
    let mut value = factor;
    for _ in 0..count {
        out.push(value);
        value *= x;
    }
    out
}

/// Every value times a factor.
pub fn scaled(values: &[Fr], factor: Fr) -> Scalars {
    Zeroizing::new(values.par_iter().map(|value| *value * factor).collect())
}
