//! The permutation, with the partial rounds in sparse form.
//!
//! In a partial round only the first element passes the S-box, so a map of the other elements commutes with it. Split
//! the matrix M into its corner m, first row v, first column w and block B. Then
//! M = diag(1, B) * [[m, v], [B^-1 w, I]], and diag(1, B) moves to the next round and joins that round's own block.
//! After i rounds the block is B^i, and the remaining matrix of each round takes 2t - 1 multiplications instead of t^2
//! (appendix B of the paper). Constants move in the same way.

use std::sync::OnceLock;

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};

use super::grain::Grain;
use super::MAX_INPUTS;

const FULL_ROUNDS: usize = 8;

/// Partial rounds by state width 2..=17, from the paper's table for 128 bits of security and x^5.
const PARTIAL_ROUNDS: [usize; MAX_INPUTS] = [56, 57, 56, 60, 60, 63, 64, 63, 60, 66, 60, 65, 70, 60, 64, 68];

type Matrix = Vec<Vec<Fr>>;

/// The permutation of one state width.
pub struct Parameters {
    /// The constants of the full rounds.
    full: Vec<Vec<Fr>>,
    matrix: Matrix,
    sparse: Vec<SparseRound>,
    /// The matrix that remains of the partial rounds, a power of B, and the constants that remain after it.
    block: Matrix,
    rest: Vec<Fr>,
}

struct SparseRound {
    constant: Fr,
    row: Vec<Fr>,
    column: Vec<Fr>,
}

/// The parameters of a width, made when first needed.
pub fn parameters(width: usize) -> &'static Parameters {
    static ALL: [OnceLock<Parameters>; MAX_INPUTS] = [const { OnceLock::new() }; MAX_INPUTS];
    ALL[width - 2].get_or_init(|| Parameters::new(width))
}

/// Round constants and matrix as the generator gives them.
fn generate(width: usize) -> (Vec<Vec<Fr>>, Matrix) {
    let partial_rounds = PARTIAL_ROUNDS[width - 2];
    let mut grain = Grain::new(width, FULL_ROUNDS, partial_rounds);
    let mut row = || (0..width).map(|_| grain.below_modulus()).collect();
    let constants = (0..FULL_ROUNDS + partial_rounds).map(|_| row()).collect();
    // A Cauchy matrix, 1 / (x_i + y_j), of the next values.
    let values: Vec<Fr> = (0..2 * width).map(|_| grain.reduced()).collect();
    let (x, y) = values.split_at(width);
    let inverse = |sum: Fr| sum.inverse().expect("the generator's values differ");
    (constants, x.iter().map(|x| y.iter().map(|y| inverse(*x + y)).collect()).collect())
}

impl Parameters {
    fn new(width: usize) -> Self {
        let (mut full, matrix) = generate(width);
        let half = FULL_ROUNDS / 2;
        let partial: Vec<Vec<Fr>> = full.drain(half..half + PARTIAL_ROUNDS[width - 2]).collect();
        let block: Matrix = matrix[1..].iter().map(|row| row[1..].to_vec()).collect();
        let inverse = invert(&block);

        let mut sparse = Vec::new();
        let (first_row, turned) = (matrix[0][1..].to_vec(), transposed(&block));
        let mut row = first_row.clone();
        let mut column: Vec<Fr> = matrix[1..].iter().map(|row| row[0]).collect();
        // What the constants of earlier rounds have become: of the first element, and of the others.
        let (mut carry, mut others) = (Fr::ZERO, vec![Fr::ZERO; width - 1]);
        for constants in &partial {
            column = times(&inverse, &column);
            let constant = carry + constants[0];
            sparse.push(SparseRound { constant, row: [&matrix[0][..1], &row].concat(), column: column.clone() });
            others.iter_mut().zip(&constants[1..]).for_each(|(sum, constant)| *sum += constant);
            carry = dot(&first_row, &others);
            others = times(&block, &others);
            row = times(&turned, &row);
        }
        let rest = [&[carry], &others[..]].concat();
        Parameters { full, block: power(&block, partial.len()), matrix, sparse, rest }
    }

    pub fn permute(&self, state: &mut [Fr]) {
        let (before, after) = self.full.split_at(FULL_ROUNDS / 2);
        before.iter().for_each(|constants| self.full_round(state, constants));
        self.sparse.iter().for_each(|round| round.apply(state));
        multiply(&self.block, &mut state[1..]);
        state.iter_mut().zip(&self.rest).for_each(|(s, c)| *s += c);
        after.iter().for_each(|constants| self.full_round(state, constants));
    }

    fn full_round(&self, state: &mut [Fr], constants: &[Fr]) {
        state.iter_mut().zip(constants).for_each(|(s, c)| *s = fifth_power(*s + c));
        multiply(&self.matrix, state);
    }
}

impl SparseRound {
    fn apply(&self, state: &mut [Fr]) {
        state[0] = fifth_power(state[0] + self.constant);
        let first = state[0];
        state[0] = dot(&self.row, state);
        state[1..].iter_mut().zip(&self.column).for_each(|(s, c)| *s += *c * first);
    }
}

fn fifth_power(x: Fr) -> Fr {
    x * x.square().square()
}

/// Four products are reduced at once. If one side is longer, the rest of it is not used.
fn dot(a: &[Fr], b: &[Fr]) -> Fr {
    let length = a.len().min(b.len());
    let (a, b) = (a[..length].chunks_exact(4), b[..length].chunks_exact(4));
    let last = a.remainder().iter().zip(b.remainder()).fold(Fr::ZERO, |sum, (a, b)| sum + *a * b);
    a.zip(b).fold(last, |sum, (a, b)| {
        sum + Fr::sum_of_products::<4>(a.try_into().expect("four"), b.try_into().expect("four"))
    })
}

/// state = matrix * state, without an allocation.
fn multiply(matrix: &Matrix, state: &mut [Fr]) {
    let mut next = [Fr::ZERO; MAX_INPUTS + 1];
    next.iter_mut().zip(matrix).for_each(|(out, row)| *out = dot(row, state));
    state.copy_from_slice(&next[..state.len()]);
}

fn times(matrix: &Matrix, vector: &[Fr]) -> Vec<Fr> {
    matrix.iter().map(|row| dot(row, vector)).collect()
}

fn transposed(matrix: &Matrix) -> Matrix {
    (0..matrix.len()).map(|j| matrix.iter().map(|row| row[j]).collect()).collect()
}

fn product(a: &Matrix, b: &Matrix) -> Matrix {
    let columns = transposed(b);
    a.iter().map(|row| times(&columns, row)).collect()
}

fn power(matrix: &Matrix, exponent: usize) -> Matrix {
    let bits = (0..usize::BITS).rev().map(|bit| exponent >> bit & 1 == 1);
    bits.skip_while(|bit| !bit).fold(identity(matrix.len()), |power, bit| {
        let square = product(&power, &power);
        if bit {
            product(&square, matrix)
        } else {
            square
        }
    })
}

fn identity(n: usize) -> Matrix {
    (0..n).map(|i| (0..n).map(|j| Fr::from(i == j)).collect()).collect()
}

/// Gauss-Jordan elimination; every square part of a Cauchy matrix is invertible, so no pivot search is needed.
fn invert(matrix: &Matrix) -> Matrix {
    let n = matrix.len();
    let mut rows: Matrix = matrix.iter().zip(identity(n)).map(|(a, b)| [a.as_slice(), &b].concat()).collect();
    for i in 0..n {
        let pivot = rows[i][i].inverse().expect("every minor of a Cauchy matrix is nonzero");
        rows[i].iter_mut().for_each(|value| *value *= pivot);
        let own = rows[i].clone();
        for (_, row) in rows.iter_mut().enumerate().filter(|(j, _)| *j != i) {
            let factor = row[i];
            row.iter_mut().zip(&own).for_each(|(value, of)| *value -= factor * of);
        }
    }
    rows.into_iter().map(|row| row[n..].to_vec()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The permutation as the paper defines it, round by round.
    fn plain(state: &mut [Fr]) {
        let (constants, matrix) = generate(state.len());
        let half = FULL_ROUNDS / 2;
        let partial = half..constants.len() - half;
        for (round, constants) in constants.iter().enumerate() {
            state.iter_mut().zip(constants).for_each(|(s, c)| *s += c);
            let boxes = if partial.contains(&round) { 1 } else { state.len() };
            state[..boxes].iter_mut().for_each(|s| *s = fifth_power(*s));
            multiply(&matrix, state);
        }
    }

    #[test]
    fn sparse_rounds_are_the_plain_ones() {
        for width in 2..=MAX_INPUTS + 1 {
            let mut state: Vec<Fr> = (0..width as u64).map(Fr::from).collect();
            let mut expected = state.clone();
            parameters(width).permute(&mut state);
            plain(&mut expected);
            assert_eq!(state, expected, "width {width}");
        }
    }
}
