//! Groth16 proofs with a parsed key, from any thread.

use ark_bn254::{g1, g2, Fr, G1Projective, G2Projective};
use ark_ec::CurveGroup;
use ark_ff::{BigInt, PrimeField};
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use rayon::prelude::*;
use zeroize::Zeroizing;

use crate::binfile::{Input, Sections};
use crate::encoding::FileCurve;
use crate::error::{Error, Result, Source};
use crate::msm::Bases;
use crate::rows::Rows;
use crate::secret::random_scalar;
use crate::verify::{Proof, VerifyingKey};
use crate::zkey::{points, section, Header};

type Integers = Zeroizing<Vec<BigInt<4>>>;

pub struct Prover {
    pub header: Header,
    pub verifying_key: VerifyingKey,
    rows: Rows,
    a: Bases<g1::Config>,
    b1: Bases<g1::Config>,
    b2: Bases<g2::Config>,
    c: Bases<g1::Config>,
    h: Bases<g1::Config>,
    domain: Radix2EvaluationDomain<Fr>,
    coset: Radix2EvaluationDomain<Fr>,
}

impl Prover {
    /// Parses a key, one section at a time. All points are on their curves; those of the verification key are also in
    /// the subgroup.
    pub fn parse<'a>(input: impl Into<Input<'a>>, source: Source<'a>) -> Result<Self> {
        let sections = Sections::parse(input, b"zkey", 1, source)?;
        // Cheap, so it comes before all other points.
        let header = Header::parse(&sections)?;
        let verifying_key = header.verifying_key(&header.parse_ic(&sections)?, source)?;
        header.check_sizes(&sections)?;
        let size = header.domain_size;
        let supported = || source.error(format!("a domain of {size} is not supported"));
        let domain = Radix2EvaluationDomain::new(size).ok_or_else(supported)?;
        let double = Radix2EvaluationDomain::<Fr>::new(2 * size).ok_or_else(supported)?;
        // The coefficients take the most memory while they are read, so they come first.
        let rows = Rows::read(&sections, &header)?;
        let n = header.n_variables;
        Ok(Prover {
            verifying_key,
            rows,
            b2: bases(&sections, section::B2, n)?,
            a: bases(&sections, section::A, n)?,
            b1: bases(&sections, section::B1, n)?,
            c: bases(&sections, section::C, header.n_private())?,
            h: bases(&sections, section::H, size)?,
            coset: domain.get_coset(double.group_gen).ok_or_else(supported)?,
            domain,
            header,
        })
    }

    /// Makes and verifies a proof. A witness that does not satisfy the circuit yields an error, never a proof.
    pub fn prove(&self, witness: &[Fr]) -> Result<(Proof, Vec<Fr>)> {
        let expected = self.header.n_variables;
        if witness.len() != expected {
            let reason = format!("the witness has {} values, the proving key {expected} signals", witness.len());
            return Err(Error::Unsatisfied(reason));
        }
        let public = witness[1..=self.header.n_public].to_vec();
        let proof = self.blinded(witness)?;
        if self.verifying_key.verify(&public, &proof) {
            Ok((proof, public))
        } else {
            Err(Error::Unsatisfied("the witness does not satisfy the circuit of this proving key".into()))
        }
    }

    fn blinded(&self, witness: &[Fr]) -> Result<Proof> {
        let (r, s) = (Zeroizing::new(random_scalar()?), Zeroizing::new(random_scalar()?));
        let (sums, h) = rayon::join(|| self.witness_sums(witness), || self.quotient_sum(witness));
        let header = &self.header;
        let a = sums.a + header.alpha_1 + header.delta_1 * *r;
        let b1 = sums.b1 + header.beta_1 + header.delta_1 * *s;
        let b2 = sums.b2 + header.beta_2 + header.delta_2 * *s;
        let c = sums.c + h + a * *s + b1 * *r - header.delta_1 * (*r * *s);
        let g1 = G1Projective::normalize_batch(&[a, c]);
        Ok(Proof { a: g1[0], b: b2.into_affine(), c: g1[1] })
    }

    fn witness_sums(&self, witness: &[Fr]) -> WitnessSums {
        let scalars = integers(witness);
        let private = &scalars[self.header.n_public + 1..];
        let ((b2, a), (c, b1)) = rayon::join(
            || rayon::join(|| self.b2.msm(&scalars), || self.a.msm(&scalars)),
            || rayon::join(|| self.c.msm(private), || self.b1.msm(&scalars)),
        );
        WitnessSums { a, b1, b2, c }
    }

    /// Returns the quotient's term of C: the sum of a * b - c on the coset times the H points. The coset consists of
    /// the odd points of the domain of twice the size. The vanishing polynomial is constant on it, and the H points
    /// contain the division by that constant.
    fn quotient_sum(&self, witness: &[Fr]) -> G1Projective {
        let (a, b) = self.rows.evaluate(witness);
        let (mut a, mut b) = (Zeroizing::new(a), Zeroizing::new(b));
        let mut c = Zeroizing::new(a.par_iter().zip(b.par_iter()).map(|(a, b)| *a * b).collect::<Vec<_>>());
        for values in [&mut a, &mut b, &mut c] {
            self.domain.ifft_in_place(&mut **values);
            self.coset.fft_in_place(&mut **values);
        }
        a.par_iter_mut().zip(b.par_iter()).zip(c.par_iter()).for_each(|((a, b), c)| *a = *a * b - c);
        self.h.msm(&integers(&a))
    }
}

struct WitnessSums {
    a: G1Projective,
    b1: G1Projective,
    b2: G2Projective,
    c: G1Projective,
}

fn bases<C: FileCurve>(sections: &Sections, id: u32, count: usize) -> Result<Bases<C>> {
    Ok(Bases::new(&points::<C>(sections, id, count)?))
}

fn integers(values: &[Fr]) -> Integers {
    Zeroizing::new(values.par_iter().map(|value| value.into_bigint()).collect())
}
