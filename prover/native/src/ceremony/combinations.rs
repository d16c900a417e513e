//! A circuit's linear combinations, each distinct one once.
//!
//! A point of a key is the sum of coefficient * point of the row over the rows that use the wire. A hash's S-box x^5
//! uses one long combination in three places: x * x, and x^4 * x. Such places are added up first, one point each, so
//! that a coefficient is multiplied once.

use std::collections::HashMap;

use ark_bn254::Fr;
use ark_ec::short_weierstrass::Affine;
use ark_ff::Field;
use rayon::prelude::*;

use super::endomorphism::Endomorphism;
use super::sparse::{Grouped, Matrix};
use crate::affine::{Lists, Point};
use crate::r1cs::{R1cs, Term};

/// The number of lists that are added up together.
const CHUNK: usize = 4096;

pub struct Combinations {
    /// The matrix of the distinct combinations.
    pub matrix: Matrix,
    /// The rows of a, b and c where each combination stands.
    rows: [Grouped<u32>; 3],
}

impl Combinations {
    /// Rows after the constraints are a = wire i for each public wire i, as in every key.
    pub fn new(circuit: &R1cs) -> Self {
        let public: Vec<Term> = (0..=circuit.n_public() as u32).map(|wire| (wire, Fr::ONE)).collect();
        let public_rows = public.chunks(1).map(|wire| [wire, &[], &[]]);
        let mut numbers: HashMap<&[Term], usize> = HashMap::new();
        let mut places: [Vec<(usize, u32)>; 3] = Default::default();
        for (row, sides) in circuit.constraints().chain(public_rows).enumerate() {
            for (side, place) in sides.into_iter().zip(&mut places) {
                if !side.is_empty() {
                    let next = numbers.len();
                    place.push((*numbers.entry(side).or_insert(next), row as u32));
                }
            }
        }
        let mut combinations: Vec<&[Term]> = vec![&[]; numbers.len()];
        for (terms, number) in &numbers {
            combinations[*number] = terms;
        }
        let rows = places.map(|side| Grouped::new(combinations.len(), &side));
        Combinations { matrix: Matrix::new(circuit.n_wires, &combinations), rows }
    }

    /// Returns for each combination the sum of the points of its rows: `points` has those of the rows of a, b and c,
    /// or nothing.
    pub fn bases<C: Endomorphism>(&self, points: [&[Affine<C>]; 3]) -> Vec<Point<C::BaseField>> {
        let numbers: Vec<usize> = (0..self.matrix.n_combinations()).collect();
        let sums =
            |numbers: &[usize]| -> Vec<_> {
                let mut lists = Lists::with_capacity(numbers.len());
                for number in numbers {
                    let sides = self.rows.iter().zip(points).filter(|(_, points)| !points.is_empty());
                    lists.push(sides.flat_map(|(rows, points)| {
                        rows.of(*number).iter().map(|row| Point::of(&points[*row as usize]))
                    }));
                }
                lists.reduce();
                lists.sums().collect()
            };
        numbers.par_chunks(CHUNK).flat_map_iter(sums).collect()
    }
}
