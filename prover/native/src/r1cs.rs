//! `.r1cs`: the constraints <a, w> * <b, w> = <c, w> of a compiled circuit.

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, PrimeField};

use crate::binfile::{Cursor, Sections};
use crate::encoding::{limbs, scalar, FIELD_BYTES};
use crate::error::{Error, Result, Source};

/// A term of a linear combination: wire and coefficient.
pub type Term = (u32, Fr);

/// A parsed constraint system.
pub struct R1cs {
    pub n_wires: usize,
    pub n_outputs: usize,
    pub n_public_inputs: usize,
    pub n_private_inputs: usize,
    terms: Vec<Term>,
    /// For each constraint the ends of its a, b and c in `terms`.
    ends: Vec<[usize; 3]>,
}

impl R1cs {
    pub fn parse(bytes: &[u8], source: Source) -> Result<Self> {
        let sections = Sections::parse(bytes, b"r1cs", 1, source)?;
        for custom in [4, 5] {
            // circom writes these sections only for PLONK's custom gates; both start with a count.
            if let Ok(gates) = sections.bytes(custom) {
                source.ensure(gates.iter().all(|b| *b == 0), || "custom gates are not part of Groth16".into())?;
            }
        }
        let mut header = sections.cursor(1)?;
        check_field(&mut header, source)?;
        let [n_wires, n_outputs, n_public_inputs, n_private_inputs] = take_u32s(&mut header)?;
        header.u64()?; // labels
        let n_constraints = header.u32()? as usize;
        header.finish("header")?;
        let inputs = n_outputs.checked_add(n_public_inputs).and_then(|n| n.checked_add(n_private_inputs));
        source.ensure(inputs.is_some_and(|n| n < n_wires), || "more inputs and outputs than wires".into())?;
        // Labels are unused, but their section confirms the number of wires.
        sections.records(3, n_wires, 8)?;

        let mut r1cs =
            R1cs { n_wires, n_outputs, n_public_inputs, n_private_inputs, terms: Vec::new(), ends: Vec::new() };
        r1cs.parse_constraints(sections.cursor(2)?, n_constraints, source)?;
        Ok(r1cs)
    }

    fn parse_constraints(&mut self, mut body: Cursor, count: usize, source: Source) -> Result<()> {
        for index in 0..count {
            let mut ends = [0; 3];
            for end in &mut ends {
                let n = body.u32()? as usize;
                let bytes = body.take(n.saturating_mul(4 + FIELD_BYTES))?;
                for term in bytes.chunks_exact(4 + FIELD_BYTES) {
                    let wire = u32::from_le_bytes(term[..4].try_into().expect("four bytes"));
                    source.ensure((wire as usize) < self.n_wires, || {
                        format!("constraint {index} uses wire {wire} of {}", self.n_wires)
                    })?;
                    let value = scalar(&term[4..])
                        .ok_or_else(|| source.error(format!("a coefficient of constraint {index} is not below r")))?;
                    self.terms.push((wire, value));
                }
                *end = self.terms.len();
            }
            self.ends.push(ends);
        }
        body.finish("constraints")
    }

    pub fn n_constraints(&self) -> usize {
        self.ends.len()
    }

    /// The number of outputs and public inputs, without the constant one.
    pub fn n_public(&self) -> usize {
        self.n_outputs + self.n_public_inputs
    }

    /// The linear combinations a, b and c of each constraint, in order.
    pub fn constraints(&self) -> impl Iterator<Item = [&[Term]; 3]> {
        self.ends.iter().scan(0, |start, &[a, b, c]| {
            let from = std::mem::replace(start, c);
            Some([&self.terms[from..a], &self.terms[a..b], &self.terms[b..c]])
        })
    }

    /// Checks a witness against all constraints. The error names the first violated constraint and no value.
    pub fn check(&self, witness: &[Fr]) -> Result<()> {
        if witness.len() != self.n_wires {
            let reason = format!("the witness has {} values, the circuit {} wires", witness.len(), self.n_wires);
            return Err(Error::Unsatisfied(reason));
        }
        let value = |side: &[Term]| side.iter().fold(Fr::ZERO, |sum, (wire, k)| sum + *k * witness[*wire as usize]);
        match self.constraints().position(|[a, b, c]| value(a) * value(b) != value(c)) {
            None => Ok(()),
            Some(index) => Err(Error::Unsatisfied(format!("the witness violates constraint {index}"))),
        }
    }
}

/// Reads size and prime at the start of a header of `.r1cs` or `.wtns`, which must be those of BN254's scalar field.
pub fn check_field(header: &mut Cursor, source: Source) -> Result<()> {
    let size = header.u32()?;
    source.ensure(size as usize == FIELD_BYTES, || format!("field elements of {size} bytes, expected 32"))?;
    source.ensure(limbs(header.take(FIELD_BYTES)?) == Fr::MODULUS, || "the prime is not BN254's r".into())
}

fn take_u32s<const N: usize>(cursor: &mut Cursor) -> Result<[usize; N]> {
    let mut out = [0; N];
    for value in &mut out {
        *value = cursor.u32()? as usize;
    }
    Ok(out)
}
