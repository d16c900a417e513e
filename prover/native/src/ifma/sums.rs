//! Sums of pairs of points, eight at a time, with one inversion for many.
//!
//! A number in memory is x * 2^256 for an element x, and a product divides by 2^260. Let D be the number of a
//! denominator d, and A, A' the products of denominators up to and without it: A = A' * D / 2^260. If B is 2^518 / A,
//! then B * A' / 2^260 = 2^518 / D = 2^262 / d is the inverse times 2^262, and B * D / 2^260 the next B. With it a slope
//! is (y * 2^256) * (2^262 / d) / 2^260 = 2^258 * y / d, so that its square, divided by 2^260, has the factor 2^256 again;
//! its product with a difference in memory has 2^254, and four times the difference makes up for that.

use ark_ff::{serial_batch_inversion_and_mul, Field};

use super::element::{Element, Points};
use super::field::LANES;
use crate::affine::Point;

/// Blocks of eight pairs with one inversion: what is kept of each is 80 or 160 words, which fit into a cache together.
const TILE: usize = 256;

/// Sums of a block that has a pair of equal or opposite points, or infinity, are computed one by one.
struct Block<E> {
    denominators: E,
    before: E,
    is_special: bool,
}

/// Returns the sum of `points[i]` and `points[i + 1]` for each i of `firsts`.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub unsafe fn add_pairs<E: Element>(points: &[Point<E::Field>], firsts: &[u32]) -> Vec<Point<E::Field>> {
    let mut sums = Vec::with_capacity(firsts.len().next_multiple_of(LANES));
    let mut blocks: Vec<Block<E>> = Vec::with_capacity(TILE);
    for tile in firsts.chunks(TILE * LANES) {
        blocks.clear();
        let mut product = E::of_lanes(&[E::Field::ONE; LANES]);
        for eight in tile.chunks(LANES) {
            let (first, second) = pairs(points, eight);
            let (p, q) = (E::load(first), E::load(second));
            let is_special = (E::equal(p.x, q.x) | p.infinity | q.infinity) != 0;
            let denominators = match is_special {
                false => E::difference(q.x, p.x, 1),
                true => E::of_lanes(&std::array::from_fn(|lane| first[lane].denominator(second[lane]))),
            };
            blocks.push(Block { denominators, before: product, is_special });
            product = E::product(product, denominators);
        }
        let mut lanes = E::canonical(product).lanes();
        serial_batch_inversion_and_mul(&mut lanes, &E::Field::from(64u64));
        let mut inverse = E::of_lanes(&lanes);
        let start = sums.len();
        sums.resize(start + tile.len().next_multiple_of(LANES), Point::INFINITY);
        let (out, _) = sums[start..].as_chunks_mut::<LANES>();
        for ((eight, block), out) in tile.chunks(LANES).zip(&blocks).zip(out).rev() {
            let (first, second) = pairs(points, eight);
            let inverses = E::product(inverse, block.before);
            inverse = E::product(inverse, block.denominators);
            if block.is_special {
                add_one_by_one::<E>(first, second, &inverses.canonical().lanes(), out);
            } else {
                add::<E>(E::load(first), E::load(second), inverses, out);
            }
        }
    }
    sums.truncate(firsts.len());
    sums
}

/// Returns eight pairs of points; the last pair stands for those beyond the end.
#[inline(always)]
fn pairs<'a, F>(points: &'a [Point<F>], firsts: &[u32]) -> ([&'a Point<F>; LANES], [&'a Point<F>; LANES]) {
    let at = |lane: usize| firsts[lane.min(firsts.len() - 1)] as usize;
    (std::array::from_fn(|lane| &points[at(lane)]), std::array::from_fn(|lane| &points[at(lane) + 1]))
}

/// Adds finite points with different x, given 2^262 / (q.x - p.x).
#[inline(always)]
unsafe fn add<E: Element>(p: Points<E>, q: Points<E>, inverses: E, out: &mut [Point<E::Field>; LANES]) {
    let slope = E::product(E::difference(q.y, p.y, 1), inverses);
    let square = E::product(slope, slope);
    let x = E::difference(E::difference(square, p.x, 1), q.x, 1).canonical();
    let fall = E::product(E::difference(p.x, x, 1).fourfold(), slope);
    E::store(x, E::difference(fall, p.y, 1).canonical(), out);
}

/// Adds any points, given 2^262 over their denominators.
#[cold]
#[inline(never)]
fn add_one_by_one<E: Element>(
    first: [&Point<E::Field>; LANES],
    second: [&Point<E::Field>; LANES],
    inverses: &[E::Field; LANES],
    out: &mut [Point<E::Field>; LANES],
) {
    // In arkworks' terms 2^262 / d is the number of 64 / d.
    let unit = E::Field::from(64u64).inverse().expect("a unit");
    for (lane, sum) in out.iter_mut().enumerate() {
        *sum = first[lane].add(second[lane], &(inverses[lane] * unit));
    }
}

#[cfg(test)]
mod tests {
    use ark_bn254::{g1, g2};
    use ark_ec::short_weierstrass::{Projective, SWCurveConfig};
    use ark_ec::{CurveGroup, PrimeGroup};

    use super::*;
    use crate::ifma::{self, Wide};

    /// Returns pairs of points of a few kinds in an order without a period of eight.
    fn pairs<C: SWCurveConfig>(count: usize, share: usize) -> Vec<[Point<C::BaseField>; 2]> {
        let multiples: Vec<_> =
            std::iter::successors(Some(Projective::<C>::generator()), |p| Some(*p + Projective::<C>::generator()))
                .take(97)
                .collect();
        let points: Vec<_> = Projective::normalize_batch(&multiples).iter().map(Point::of).collect();
        let kind = |i: usize| if share == 0 { 7 } else { i * i / 3 % share };
        (0..count)
            .map(|i| {
                let (p, q) = (points[i % 97], points[(i * 5 + 1) % 89]);
                match kind(i) {
                    0 => [p, p],
                    1 => [p, p.negated_if(true)],
                    2 => [Point::INFINITY, q],
                    3 => [p, Point::INFINITY],
                    4 => [Point::INFINITY, Point::INFINITY],
                    _ => [p, q],
                }
            })
            .collect()
    }

    /// Compares with additions of arkworks, whatever is in the points between the pairs.
    fn check<C: SWCurveConfig<BaseField: Wide>>(count: usize, share: usize) {
        let pairs = pairs::<C>(count, share);
        let points: Vec<_> = pairs.iter().flat_map(|[p, q]| [*p, *q, Point::INFINITY]).collect();
        let firsts: Vec<u32> = (0..count as u32).map(|i| 3 * i).collect();
        let found = ifma::add_pairs(&points, &firsts);
        assert_eq!(found.len(), count);
        for ([p, q], sum) in pairs.iter().zip(found) {
            assert_eq!(sum.affine::<C>(), (p.affine::<C>() + q.affine::<C>()).into_affine());
        }
    }

    #[test]
    fn sums_are_those_of_arkworks() {
        if !ifma::is_available() {
            return;
        }
        for count in [0, 1, 7, 8, 9, 100, TILE * LANES - 1, TILE * LANES + 9] {
            check::<g1::Config>(count, 0);
            check::<g2::Config>(count, 0);
        }
    }

    #[test]
    fn equal_opposite_and_missing_points_are_found_in_every_lane() {
        if !ifma::is_available() {
            return;
        }
        for share in [5, 11, 50, 101] {
            check::<g1::Config>(1000, share);
            check::<g2::Config>(1000, share);
        }
    }
}
