//! A sparse matrix of scalars times a vector of points: for each wire the sum of coefficient * point.
//!
//! All wires of a chunk go through the bits of their coefficients in step, from the highest: double each sum, then add
//! the multiples of the points whose digit is at this bit. So all additions of a step share one inversion, and all
//! coefficients of a wire share the doublings. Large coefficients are split by the curve's endomorphism (`endomorphism`),
//! which saves doublings; the odd multiples of a point are computed once for all coefficients.

use ark_bn254::Fr;
use ark_ec::short_weierstrass::Affine;
use ark_ff::{AdditiveGroup, BigInteger, PrimeField};
use rayon::prelude::*;

use super::endomorphism::{signed_windows, split, Endomorphism, MAX_PARTS};
use crate::affine::{Lists, Point};
use crate::r1cs::Term;

/// The width of a digit in bits, with its sign.
const WIDTH: u32 = 7;
/// The number of odd multiples of a point: 1, 3, ... 2^(WIDTH - 1) - 1.
const MULTIPLES: usize = 1 << (WIDTH - 2);
/// The bits of the parts of a coefficient.
const PART_BITS: usize = 129;
/// The number of coefficients in a chunk of wires, as far as wires can be split.
const CHUNK: usize = 1 << 14;

/// Items in groups, one group after the other.
pub struct Grouped<T> {
    ends: Vec<usize>,
    items: Vec<T>,
}

impl<T: Copy> Grouped<T> {
    /// Groups items by their number, in order.
    pub fn new(count: usize, items: &[(usize, T)]) -> Self {
        let mut ends = vec![0; count + 1];
        items.iter().for_each(|(group, _)| ends[group + 1] += 1);
        for group in 0..count {
            ends[group + 1] += ends[group];
        }
        let mut order = vec![0; items.len()];
        for (index, (group, _)) in items.iter().enumerate() {
            order[ends[*group]] = index;
            ends[*group] += 1;
        }
        ends.pop();
        Grouped { ends, items: order.into_iter().map(|index| items[index].1).collect() }
    }

    pub fn of(&self, group: usize) -> &[T] {
        let start = if group == 0 { 0 } else { self.ends[group - 1] };
        &self.items[start..self.ends[group]]
    }
}

pub struct Matrix {
    /// The entries of each wire: combination and coefficient.
    wires: Grouped<(u32, Fr)>,
    /// Whether each combination has a coefficient other than 1 and -1.
    multiplied: Vec<bool>,
    /// The wires with entries, those with the largest coefficients first.
    order: Vec<u32>,
}

impl Matrix {
    pub fn new(n_wires: usize, combinations: &[&[Term]]) -> Self {
        let terms = combinations.iter().enumerate().flat_map(|(number, terms)| {
            terms.iter().map(move |(wire, value)| (*wire as usize, (number as u32, *value)))
        });
        let wires = Grouped::new(n_wires, &terms.collect::<Vec<_>>());
        let unit = |value: &Fr| magnitude(value).1 == 1u64.into();
        let multiplied = combinations.par_iter().map(|terms| !terms.iter().all(|(_, value)| unit(value))).collect();
        let bits = |wire: u32| {
            let entries = wires.of(wire as usize).iter();
            entries.map(|(_, value)| magnitude(value).1.num_bits().min(PART_BITS as u32)).max()
        };
        let mut order: Vec<(u32, u32)> =
            (0..n_wires as u32).into_par_iter().filter_map(|wire| Some((bits(wire)?, wire))).collect();
        order.sort_by_key(|(bits, wire)| (std::cmp::Reverse(*bits), *wire));
        Matrix { multiplied, order: order.into_iter().map(|(_, wire)| wire).collect(), wires }
    }

    pub fn n_combinations(&self) -> usize {
        self.multiplied.len()
    }

    /// Returns the sum over wires of weight * coefficient, for each combination.
    pub fn weighted(&self, weights: &[Fr]) -> Vec<Fr> {
        let mut out = vec![Fr::ZERO; self.n_combinations()];
        for (wire, weight) in weights.iter().enumerate() {
            for (combination, value) in self.wires.of(wire) {
                out[*combination as usize] += *weight * value;
            }
        }
        out
    }

    /// Returns for each wire the sum over combinations of coefficient * point.
    pub fn times<C: Endomorphism>(&self, bases: &[Point<C::BaseField>]) -> Vec<Affine<C>> {
        let table = Table::<C>::new(bases, &self.multiplied);
        let sums: Vec<_> = self.chunks(bases).into_par_iter().flat_map_iter(|wires| self.sums(wires, &table)).collect();
        let mut out = vec![Affine::identity(); self.wires.ends.len()];
        for (wire, sum) in sums {
            out[wire as usize] = sum.affine();
        }
        out
    }

    /// Splits the wires into chunks with about the same number of entries.
    fn chunks<F: ark_ff::Field>(&self, bases: &[Point<F>]) -> Vec<&[u32]> {
        let (mut out, mut start, mut count) = (Vec::new(), 0, 0);
        for (index, wire) in self.order.iter().enumerate() {
            let used = self.wires.of(*wire as usize).iter().filter(|(base, _)| !bases[*base as usize].is_infinity());
            count += used.count();
            if count >= CHUNK || index + 1 == self.order.len() {
                out.push(&self.order[start..=index]);
                (start, count) = (index + 1, 0);
            }
        }
        out
    }

    fn sums<'a, C: Endomorphism>(
        &self,
        wires: &'a [u32],
        table: &Table<C>,
    ) -> impl Iterator<Item = (u32, Point<C::BaseField>)> + use<'a, C> {
        let mut sums = vec![Point::INFINITY; wires.len()];
        for digits in self.digits(wires, table).iter().rev() {
            let mut digits = digits.iter().peekable();
            let mut lists = Lists::with_capacity(wires.len());
            lists.points.reserve(2 * wires.len() + digits.len());
            for (slot, sum) in sums.iter().enumerate() {
                let before = lists.points.len();
                if !sum.is_infinity() {
                    lists.points.extend([*sum; 2]);
                }
                while let Some(digit) = digits.next_if(|digit| digit.slot as usize == slot) {
                    lists.points.push(table.multiple(digit));
                }
                lists.lengths.push(lists.points.len() - before);
            }
            lists.reduce();
            sums.iter_mut().zip(lists.sums()).for_each(|(sum, new)| *sum = new);
        }
        wires.iter().copied().zip(sums)
    }

    /// Returns the digits at each bit, those of one wire after those of another.
    fn digits<C: Endomorphism>(&self, wires: &[u32], table: &Table<C>) -> Vec<Vec<Digit>> {
        let mut out: Vec<Vec<Digit>> = Vec::new();
        for (slot, wire) in wires.iter().enumerate() {
            for (combination, value) in self.wires.of(*wire as usize) {
                let Some(base) = table.starts[*combination as usize] else { continue };
                for (power, part) in parts::<C>(value).into_iter().enumerate() {
                    signed_windows(part, WIDTH, |bit, digit| {
                        if out.len() <= bit {
                            out.resize_with(bit + 1, Vec::new);
                        }
                        let multiple = base + u32::from(digit.unsigned_abs() / 2);
                        out[bit].push(Digit { slot: slot as u32, multiple, negative: digit < 0, power: power as u8 });
                    });
                }
            }
        }
        out
    }
}

/// A multiple of a point, to be added to the sum of a wire.
struct Digit {
    /// The wire's place in its chunk.
    slot: u32,
    /// The place in the table.
    multiple: u32,
    negative: bool,
    /// How often the endomorphism is applied.
    power: u8,
}

/// The odd multiples of each point, or the point alone if no coefficient needs more.
struct Table<C: Endomorphism> {
    points: Vec<Point<C::BaseField>>,
    starts: Vec<Option<u32>>,
}

impl<C: Endomorphism> Table<C> {
    fn new(bases: &[Point<C::BaseField>], multiplied: &[bool]) -> Self {
        let finite: Vec<_> = bases.iter().zip(multiplied).filter(|(base, _)| !base.is_infinity()).collect();
        let points = finite.par_chunks(CHUNK).flat_map_iter(odd_multiples::<C>).collect();
        let mut next = 0;
        let starts = bases.iter().zip(multiplied).map(|(base, multiplied)| {
            let start = next;
            (!base.is_infinity()).then(|| {
                next += if *multiplied { MULTIPLES as u32 } else { 1 };
                start
            })
        });
        Table { starts: starts.collect(), points }
    }

    fn multiple(&self, digit: &Digit) -> Point<C::BaseField> {
        let point = self.points[digit.multiple as usize].negated_if(digit.negative);
        Point::of(&C::endomorphism(&point.affine(), digit.power.into()))
    }
}

fn odd_multiples<C: Endomorphism>(bases: &[(&Point<C::BaseField>, &bool)]) -> Vec<Point<C::BaseField>> {
    let sums = |pairs: &mut dyn Iterator<Item = [Point<C::BaseField>; 2]>| -> Vec<_> {
        let mut lists = Lists::with_capacity(bases.len());
        pairs.for_each(|pair| lists.push(pair));
        lists.reduce();
        lists.sums().collect()
    };
    let first: Vec<_> = bases.iter().filter(|(_, multiplied)| **multiplied).map(|(base, _)| **base).collect();
    let doubles = sums(&mut first.iter().map(|base| [*base; 2]));
    let mut rows = vec![first];
    for _ in 1..MULTIPLES {
        let last = rows.last().expect("the points themselves");
        let next = sums(&mut last.iter().zip(&doubles).map(|(last, double)| [*last, *double]));
        rows.push(next);
    }
    let (mut out, mut index) = (Vec::new(), 0);
    for (base, multiplied) in bases {
        if **multiplied {
            out.extend(rows.iter().map(|row| row[index]));
            index += 1;
        } else {
            out.push(**base);
        }
    }
    out
}

/// Returns whether a scalar is closer to r than to zero, and its distance.
fn magnitude(value: &Fr) -> (bool, <Fr as PrimeField>::BigInt) {
    let (plus, minus) = (value.into_bigint(), (-*value).into_bigint());
    if minus < plus {
        (true, minus)
    } else {
        (false, plus)
    }
}

/// Returns the parts of a coefficient; a small one has one part.
fn parts<C: Endomorphism>(value: &Fr) -> [i128; MAX_PARTS] {
    let (negative, integer) = magnitude(value);
    if integer.num_bits() >= i128::BITS {
        return split::<C>(value);
    }
    let small = (u128::from(integer.0[0]) | u128::from(integer.0[1]) << 64) as i128;
    let mut parts = [0; MAX_PARTS];
    parts[0] = if negative { -small } else { small };
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_bn254::{g1, g2};
    use ark_ec::short_weierstrass::Projective;
    use ark_ec::{CurveGroup, PrimeGroup};
    use ark_ff::Field;

    use crate::secret::random_scalar;

    fn edges() -> Vec<Fr> {
        let two = Fr::from(2);
        let half = two.inverse().expect("two is not zero");
        let mut out = vec![Fr::ZERO, Fr::ONE, Fr::from(3), half, half - Fr::ONE, random_scalar().expect("randomness")];
        out.extend([64, 126, 127, 128, 129, 253].map(|exponent| two.pow([exponent])));
        out.extend([64, 127, 128].map(|exponent| two.pow([exponent]) - Fr::ONE));
        out.extend(out.clone().iter().map(|value| -*value));
        out
    }

    fn check<C: Endomorphism>() {
        let generator = Projective::<C>::generator();
        let values = edges();
        let count = values.len();
        let mut points: Vec<Affine<C>> = (0..count).map(|i| (generator * Fr::from(i as u64)).into_affine()).collect();
        points[5] = Affine::identity();
        points[6] = points[7];
        points[8] = -points[7];
        // Wire 0 has all coefficients, each other wire but the last those of one combination.
        let combinations: Vec<Vec<Term>> =
            values.iter().enumerate().map(|(i, &value)| vec![(0, value), (i as u32 + 1, value)]).collect();
        let slices: Vec<&[Term]> = combinations.iter().map(Vec::as_slice).collect();
        let matrix = Matrix::new(count + 2, &slices);
        let bases: Vec<_> = points.iter().map(Point::of).collect();
        let found = matrix.times::<C>(&bases);
        let products: Vec<Projective<C>> = points.iter().zip(&values).map(|(point, value)| *point * value).collect();
        assert_eq!(found[0], products.iter().sum::<Projective<C>>().into_affine());
        for (wire, product) in products.iter().enumerate() {
            assert_eq!(found[wire + 1], product.into_affine(), "coefficient {wire}");
        }
        assert_eq!(found[count + 1], Affine::identity(), "a wire that no combination has");
    }

    #[test]
    fn products_equal_one_multiplication_at_a_time() {
        check::<g1::Config>();
        check::<g2::Config>();
    }

    #[test]
    fn wires_of_several_chunks_keep_their_sums() {
        let generator = Projective::<g1::Config>::generator();
        let points: Vec<Affine<g1::Config>> = (1..=3u64).map(|i| (generator * Fr::from(i * i)).into_affine()).collect();
        let n_wires = CHUNK as u32;
        // Wires in the middle have larger coefficients, so that the order by size is not that of the wires.
        let value = |wire: u32, point: u32| Fr::from(if wire % 64 == 5 { 3 + point } else { 1 });
        let combinations: Vec<Vec<Term>> =
            (0..3).map(|point| (0..n_wires).map(|wire| (wire, value(wire, point))).collect()).collect();
        let slices: Vec<&[Term]> = combinations.iter().map(Vec::as_slice).collect();
        let matrix = Matrix::new(n_wires as usize, &slices);
        let bases: Vec<_> = points.iter().map(Point::of).collect();
        assert!(matrix.chunks(&bases).len() > 2);
        let sum = |wire| (0..3).map(|i| points[i as usize] * value(wire, i)).sum::<Projective<_>>().into_affine();
        let expected = [sum(5), sum(6)];
        for (wire, found) in matrix.times::<g1::Config>(&bases).iter().enumerate() {
            assert_eq!(*found, expected[usize::from(wire % 64 != 5)], "wire {wire}");
        }
    }

    #[test]
    fn groups_keep_the_order_of_their_items() {
        let grouped = Grouped::new(4, &[(2, 'a'), (0, 'b'), (2, 'c')]);
        assert_eq!(
            (grouped.of(0), grouped.of(1), grouped.of(2), grouped.of(3)),
            (&['b'][..], &[][..], &['a', 'c'][..], &[][..])
        );
    }
}
