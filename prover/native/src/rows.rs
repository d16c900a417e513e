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

/// The number of coefficients that are read at once, which fit into a processor's cache.
const PART: usize = 1 << 12;

/// The least number of coefficients for a task of its own.
const SHARE: usize = 1 << 16;

/// The number of values that are found without the hash table.
const RECENT_BITS: u32 = 15;

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

/// The same, as columns, for a file.
#[derive(Default)]
pub struct Columns {
    /// The distinct coefficients.
    pub values: Vec<Fr>,
    /// The number of entries of each row: row 0 of a, row 0 of b, row 1 of a, ...
    pub lengths: Vec<u32>,
    /// The signal of each entry.
    pub signals: Vec<u32>,
    /// The index of each entry's coefficient.
    pub numbers: Vec<u32>,
}

impl Rows {
    /// Checks columns, and joins them.
    pub fn from_columns(columns: Columns, header: &Header, source: Source) -> Result<Self> {
        let Columns { values, lengths, signals, numbers } = columns;
        let (rows, count) = (2 * header.domain_size, signals.len());
        source.ensure(lengths.len() == rows, || format!("{} lengths of rows, expected {rows}", lengths.len()))?;
        let total: u64 = lengths.iter().map(|length| u64::from(*length)).sum();
        source.ensure(total == count as u64 && numbers.len() == count, || {
            format!("rows of {total} entries, {count} signals and {} coefficients", numbers.len())
        })?;
        let known = |signal: &u32| (*signal as usize) < header.n_variables;
        source.ensure(signals.iter().all(known), || "a coefficient of a signal that does not exist".into())?;
        let valued = |number: &u32| (*number as usize) < values.len();
        source.ensure(numbers.iter().all(valued), || "a coefficient that is not in the table".into())?;
        let mut starts = Vec::with_capacity(rows + 1);
        starts.push(0);
        starts.extend(lengths.iter().scan(0u32, |end, length| {
            *end += length;
            Some(*end)
        }));
        let terms = signals.into_iter().zip(numbers).map(|(signal, value)| Term { signal, value }).collect();
        Ok(Rows { values, starts, terms })
    }

    pub fn columns(self) -> Columns {
        Columns {
            lengths: self.starts.windows(2).map(|pair| pair[1] - pair[0]).collect(),
            signals: self.terms.iter().map(|term| term.signal).collect(),
            numbers: self.terms.iter().map(|term| term.value).collect(),
            values: self.values,
        }
    }

    /// Reads the coefficients, in any order.
    pub fn read(sections: &Sections, header: &Header) -> Result<Self> {
        let count = coefficient_count(sections)?;
        let mut terms = vec![Term::default(); count];
        // Few tasks, since each has a table of its own.
        let share = count.div_ceil(2 * rayon::current_num_threads()).max(SHARE);
        let read = |(index, terms)| Share::read(sections, header, index * share, terms);
        let shares: Vec<Share> = terms.par_chunks_mut(share).enumerate().map(read).collect::<Result<_>>()?;

        let (mut numbers, mut values) = (HashMap::new(), Vec::new());
        let mut runs = Vec::new();
        let mut renumbered: Vec<Vec<u32>> = Vec::new();
        for Share { runs: more, table } in shares {
            runs.extend(more);
            let number = |(raw, value)| {
                *numbers.entry(raw).or_insert_with(|| {
                    values.push(value);
                    values.len() as u32 - 1
                })
            };
            renumbered.push(table.raw.into_iter().zip(table.values).map(number).collect());
        }
        terms.par_chunks_mut(share).zip(renumbered).for_each(|(terms, numbers)| {
            for term in terms {
                term.value = numbers[term.value as usize];
            }
        });

        let mut starts = vec![0u32; 2 * header.domain_size + 1];
        for run in &runs {
            starts[run.row as usize + 1] += run.length;
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        if !runs.is_sorted_by_key(|run| run.row) {
            terms = sorted(&terms, &runs, starts.clone());
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

/// Returns terms by row; `next` has the place of each row's next term.
fn sorted(terms: &[Term], runs: &[Run], mut next: Vec<u32>) -> Vec<Term> {
    let (mut sorted, mut start) = (vec![Term::default(); terms.len()], 0);
    for run in runs {
        let (place, length) = (&mut next[run.row as usize], run.length as usize);
        sorted[*place as usize..][..length].copy_from_slice(&terms[start..start + length]);
        *place += run.length;
        start += length;
    }
    sorted
}

/// Adjacent coefficients of a row, which is numbered as in `Rows::starts`.
struct Run {
    row: u32,
    length: u32,
}

/// The rows of some coefficients, and a table of their values.
struct Share {
    runs: Vec<Run>,
    table: Table,
}

impl Share {
    /// Reads coefficients from a place on, and writes a term for each.
    fn read(sections: &Sections, header: &Header, start: usize, terms: &mut [Term]) -> Result<Self> {
        let source = sections.source;
        let (mut table, mut runs, mut buffer) = (Table::new(), Vec::<Run>::new(), Vec::new());
        for (part, terms) in terms.chunks_mut(PART).enumerate() {
            let records = coefficient_records(sections, start + part * PART, terms.len(), &mut buffer)?;
            for (record, term) in records.chunks_exact(COEFFICIENT_BYTES).zip(terms) {
                let entry = header.entry(record, source)?;
                *term = Term { signal: entry.signal, value: table.number(entry.value, source)? };
                let row = 2 * entry.row + u32::from(entry.in_b);
                match runs.last_mut() {
                    Some(run) if run.row == row => run.length += 1,
                    _ => runs.push(Run { row, length: 1 }),
                }
            }
        }
        Ok(Share { runs, table })
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
