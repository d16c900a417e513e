//! The matrices a and b of a proving key, by rows, for a prover.
//!
//! Few coefficients are distinct, so an entry has an index into a table of them. It takes 8 bytes, where a coefficient
//! in the file takes 44.

use std::collections::hash_map::Entry as Place;
use std::collections::HashMap;

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, BigInt};
use rayon::prelude::*;

use crate::binfile::Sections;
use crate::error::{Result, Source};
use crate::zkey::{coefficient_count, coefficient_records, coefficient_value, Header, COEFFICIENT_BYTES};

/// The number of coefficients that one task parses.
const PART: usize = 1 << 16;

/// The number of values that are found without the hash table.
const RECENT_BITS: u32 = 12;

/// A signal, and the index of its coefficient.
#[derive(Clone, Copy, Default)]
struct Term {
    signal: u32,
    value: u32,
}

pub struct Rows {
    /// The distinct coefficients.
    values: Vec<Fr>,
    /// The first entry of each row: row 0 of a, row 0 of b, row 1 of a, ...; then the number of entries.
    starts: Vec<u32>,
    terms: Vec<Term>,
}

impl Rows {
    /// Reads the coefficients, in any order.
    pub fn read(sections: &Sections, header: &Header) -> Result<Self> {
        let count = coefficient_count(sections)?;
        let part = |index: usize| Part::read(sections, header, index * PART, PART.min(count - index * PART));
        let parts: Vec<Part> = (0..count.div_ceil(PART)).into_par_iter().map(part).collect::<Result<_>>()?;

        let mut starts = vec![0u32; 2 * header.domain_size + 1];
        for (row, _) in parts.iter().flat_map(|part| &part.terms) {
            starts[*row as usize + 1] += 1;
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let (mut next, mut terms) = (starts.clone(), vec![Term::default(); count]);
        let (mut numbers, mut values) = (HashMap::new(), Vec::new());
        for part in parts {
            let mut number = |(raw, value)| {
                *numbers.entry(raw).or_insert_with(|| {
                    values.push(value);
                    values.len() as u32 - 1
                })
            };
            let renumbered: Vec<u32> = part.table.raw.into_iter().zip(part.table.values).map(&mut number).collect();
            for (row, Term { signal, value }) in part.terms {
                let place = &mut next[row as usize];
                terms[*place as usize] = Term { signal, value: renumbered[value as usize] };
                *place += 1;
            }
        }
        Ok(Rows { values, starts, terms })
    }

    /// Returns a and b of each row at a witness; both are secret.
    pub fn evaluate(&self, witness: &[Fr]) -> (Vec<Fr>, Vec<Fr>) {
        let sum = |row: usize| {
            let terms = &self.terms[self.starts[row] as usize..self.starts[row + 1] as usize];
            terms
                .iter()
                .fold(Fr::ZERO, |sum, term| sum + self.values[term.value as usize] * witness[term.signal as usize])
        };
        let (mut a, mut b) = (Vec::new(), Vec::new());
        let rows = (self.starts.len() - 1) / 2;
        (0..rows).into_par_iter().map(|row| (sum(2 * row), sum(2 * row + 1))).unzip_into_vecs(&mut a, &mut b);
        (a, b)
    }
}

/// Some coefficients, with a table of their own.
struct Part {
    /// Rows as in `Rows::starts`.
    terms: Vec<(u32, Term)>,
    table: Table,
}

impl Part {
    fn read(sections: &Sections, header: &Header, start: usize, count: usize) -> Result<Self> {
        let source = sections.source;
        let (mut table, mut terms) = (Table::new(), Vec::with_capacity(count));
        for record in coefficient_records(sections, start, count)?.chunks_exact(COEFFICIENT_BYTES) {
            let entry = header.entry(record, source)?;
            let term = Term { signal: entry.signal, value: table.number(entry.value, source)? };
            terms.push((2 * entry.row + u32::from(entry.in_b), term));
        }
        Ok(Part { terms, table })
    }
}

/// Numbers for distinct values.
struct Table {
    /// As in the file, and as they are.
    raw: Vec<BigInt<4>>,
    values: Vec<Fr>,
    numbers: HashMap<BigInt<4>, u32>,
    /// Numbers of values that were asked for last; the hash table, which nobody can make slow, knows the others.
    recent: Vec<u32>,
}

impl Table {
    fn new() -> Self {
        Table { raw: Vec::new(), values: Vec::new(), numbers: HashMap::new(), recent: vec![0; 1 << RECENT_BITS] }
    }

    fn number(&mut self, raw: BigInt<4>, source: Source) -> Result<u32> {
        let slot = raw.0[0].wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - RECENT_BITS);
        let recent = &mut self.recent[slot as usize];
        if self.raw.get(*recent as usize) == Some(&raw) {
            return Ok(*recent);
        }
        *recent = match self.numbers.entry(raw) {
            Place::Occupied(found) => *found.get(),
            Place::Vacant(place) => {
                self.values.push(coefficient_value(raw, source)?);
                self.raw.push(raw);
                *place.insert(self.raw.len() as u32 - 1)
            }
        };
        Ok(*recent)
    }
}
