//! Groth16 proofs with a parsed key, from any thread.

use ark_bn254::{g1, g2, Fr, G1Projective, G2Projective};
use ark_ec::CurveGroup;
use zeroize::Zeroizing;

use crate::binfile::{Input, Sections};
use crate::encoding::FileCurve;
use crate::error::{Error, Result, Source};
use crate::msm::Bases;
use crate::quotient::{integers, Quotient};
use crate::rows::Rows;
use crate::secret::random_scalar;
use crate::verify::{Proof, VerifyingKey};
use crate::zkey::{coordinates, section, Header};

pub struct Prover {
    pub header: Header,
    pub verifying_key: VerifyingKey,
    rows: Rows,
    points: Points,
    quotient: Quotient,
}

/// The points of a key, by section.
pub struct Points {
    pub a: Bases<g1::Config>,
    pub b1: Bases<g1::Config>,
    pub b2: Bases<g2::Config>,
    pub c: Bases<g1::Config>,
    pub h: Bases<g1::Config>,
}

impl Prover {
    /// Parses a key, in parts. All points are on their curves; those of the verification key are also in
    /// the subgroup. A file must not change meanwhile.
    pub fn parse<'a>(input: impl Into<Input<'a>>, source: Source<'a>) -> Result<Self> {
        let sections = Sections::parse(input, b"zkey", 1, source)?;
        // Cheap, so it comes before all other points.
        let header = Header::parse(&sections)?;
        let verifying_key = header.verifying_key(&header.parse_ic(&sections)?, source)?;
        header.check_sizes(&sections)?;
        // The coefficients take the most memory while they are read, so they come first.
        let rows = Rows::read(&sections, &header)?;
        let n = header.n_variables;
        let ((b2, a), (b1, (c, h))) = rayon::join(
            || rayon::join(|| bases(&sections, section::B2, n), || bases(&sections, section::A, n)),
            || {
                let private = || bases(&sections, section::C, header.n_private());
                let h = || bases(&sections, section::H, header.domain_size);
                rayon::join(|| bases(&sections, section::B1, n), || rayon::join(private, h))
            },
        );
        let points = Points { a: a?, b1: b1?, b2: b2?, c: c?, h: h? };
        sections.check_unchanged()?;
        Self::assemble(header, verifying_key, rows, points, source)
    }

    /// Makes a prover of its parts, whose sizes are those of the header.
    pub fn assemble(
        header: Header,
        verifying_key: VerifyingKey,
        rows: Rows,
        points: Points,
        source: Source,
    ) -> Result<Self> {
        let size = header.domain_size;
        let supported = || source.error(format!("a domain of {size} is not supported"));
        let quotient = Quotient::new(size).ok_or_else(supported)?;
        Ok(Prover { header, verifying_key, rows, points, quotient })
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
            || rayon::join(|| self.points.b2.msm(&scalars), || self.points.a.msm(&scalars)),
            || rayon::join(|| self.points.c.msm(private), || self.points.b1.msm(&scalars)),
        );
        WitnessSums { a, b1, b2, c }
    }

    /// Returns the quotient's term of C: the sum of its values on the coset times the H points, which contain the
    /// division by the vanishing polynomial.
    fn quotient_sum(&self, witness: &[Fr]) -> G1Projective {
        let (a, b) = self.rows.evaluate(witness);
        self.points.h.msm(&self.quotient.values(a, b))
    }
}

struct WitnessSums {
    a: G1Projective,
    b1: G1Projective,
    b2: G2Projective,
    c: G1Projective,
}

fn bases<C: FileCurve>(sections: &Sections, id: u32, count: usize) -> Result<Bases<C>> {
    Ok(Bases::of_coordinates(coordinates::<C>(sections, id, count)?))
}
