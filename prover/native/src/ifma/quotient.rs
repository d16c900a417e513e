//! The quotient of a Groth16 proof on a coset, eight rows at a time.
//!
//! Three polynomials are given by their values on the domain of the n powers of w. They are evaluated on the coset of
//! the odd powers of v, where v^2 = w. Lane l of group g has place 8 * g + l, in which the first transform leaves the
//! coefficient whose number has the bits of the place in reverse, so nothing has to be reordered between the two.
//!
//! The first transform takes n times the coefficient from values as if these were coefficients: a block of places is a
//! polynomial modulo x^(2h) - t^2, and one butterfly for each pair of places at a distance of h reduces it modulo x^h - t
//! and x^h + t. The second transform puts a polynomial together from its even and odd coefficients, by
//! f(y) = e(y^2) + y * o(y^2) and f(-y). Both need a + t * b and a - t * b only, so a number grows by 2r in a layer where
//! a product is small: by less than 64r in the at most 28 layers, and products bear 84r.

use ark_bn254::Fr;
use ark_ff::{BigInt, FftField, Field};
use rayon::prelude::*;
use zeroize::Zeroizing;

use super::field::{row, transposed, Constant, Fr8, Stored, LANES};

/// The smallest supported domain.
pub const LEAST_SIZE: usize = 64;

/// The number of groups from which the parts of a transform are tasks of their own.
const TASK: usize = 256;

/// Powers of the roots of unity.
struct Tables {
    /// t of block j of the first transform: 1 / w to the power of the reversed bits of j.
    blocks: Vec<Constant>,
    /// Powers 0 to 7 of t^(1/4) of block j, where x^8 = t^2: they make block j a polynomial modulo x^8 - 1.
    scales: Vec<Stored>,
    /// y of places k of a block of the second transform with a distance of h groups, at index h + k.
    points: Vec<Stored>,
    /// What one layer within groups multiplies the upper places of each pair by, the sign included.
    first_lanes: [Stored; 3],
    second_lanes: [Stored; 3],
}

/// The lanes of the lower and of the upper places of pairs at distances of 1, 2 and 4.
const LOWER: [[i64; LANES]; 3] = [[0, 0, 2, 2, 4, 4, 6, 6], [0, 1, 0, 1, 4, 5, 4, 5], [0, 1, 2, 3, 0, 1, 2, 3]];
const UPPER: [[i64; LANES]; 3] = [[1, 1, 3, 3, 5, 5, 7, 7], [2, 3, 2, 3, 6, 7, 6, 7], [4, 5, 6, 7, 4, 5, 6, 7]];

/// Returns a * b - c on the coset, as integers, for the values on the domain of a and b, and of c = a * b.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub unsafe fn quotient([a, b]: [Zeroizing<Vec<Fr>>; 2]) -> Zeroizing<Vec<BigInt<4>>> {
    let size = a.len();
    assert!(size.is_power_of_two() && size >= LEAST_SIZE && b.len() == size);
    let (mut a, mut b) = (groups(a), groups(b));
    let mut c = Zeroizing::new(vec![Stored::ZERO; size / LANES]);
    let parts = c.par_chunks_mut(TASK).zip(a.par_chunks(TASK)).zip(b.par_chunks(TASK));
    parts.for_each(|((c, a), b)| multiply(a, b, c));
    let tables = Tables::new(size);
    [&mut a, &mut b, &mut c].into_par_iter().for_each(|one| extend(one, 0, &tables));
    drop(tables);

    // The transforms multiply by n, and the products before and now divide by 2^260.
    let (two, n) = (Fr::from(2u64), Fr::from(size as u64));
    let of_a = integer_factor(two.pow([8]) / (n * n));
    let of_c = integer_factor(two.pow([8]) / n);
    let mut out = Zeroizing::new(vec![BigInt::default(); size]);
    let outs = out.par_chunks_mut(TASK * LANES);
    outs.zip(a.par_chunks(TASK)).zip(b.par_chunks(TASK)).zip(c.par_chunks(TASK)).for_each(|(((out, a), b), c)| {
        combine([a, b, c], [&of_a, &of_c], out);
    });
    out
}

/// Returns an integer as a constant.
fn integer_factor(value: Fr) -> Constant {
    // The number in memory of value / 2^256.
    Constant::factor(&(value / Fr::from(2u64).pow([260])))
}

/// Returns the groups of elements, which are wiped.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
unsafe fn groups(values: Zeroizing<Vec<Fr>>) -> Zeroizing<Vec<Stored>> {
    let mut out = Zeroizing::new(vec![Stored::ZERO; values.len() / LANES]);
    let chunks = out.par_chunks_mut(TASK).zip(values.par_chunks(TASK * LANES));
    chunks.for_each(|(out, values)| load(values, out));
    out
}

#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
unsafe fn load(values: &[Fr], out: &mut [Stored]) {
    for (out, values) in out.chunks_exact_mut(2).zip(values.chunks_exact(2 * LANES)) {
        let mut rows = [row(&values[0], &values[LANES]); LANES];
        for (lane, row_of) in rows.iter_mut().enumerate() {
            *row_of = row(&values[lane], &values[lane + LANES]);
        }
        let c = transposed(rows);
        Fr8::of_columns([c[0], c[1], c[2], c[3]]).store(&mut out[0]);
        Fr8::of_columns([c[4], c[5], c[6], c[7]]).store(&mut out[1]);
    }
}

#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
unsafe fn multiply(a: &[Stored], b: &[Stored], c: &mut [Stored]) {
    for ((a, b), c) in a.iter().zip(b).zip(c) {
        Fr8::product(Fr8::load(a), Fr8::load(b)).store(c);
    }
}

/// Writes a * b * factor - c * factor.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
unsafe fn combine([a, b, c]: [&[Stored]; 3], [of_a, of_c]: [&Constant; 2], out: &mut [BigInt<4>]) {
    let (of_a, of_c) = (Fr8::constant(of_a), Fr8::constant(of_c));
    for (((out, a), b), c) in out.chunks_exact_mut(LANES).zip(a).zip(b).zip(c) {
        let [a, c] = Fr8::products([[(Fr8::load(a), of_a)], [(Fr8::load(c), of_c)]]);
        let values = Fr8::difference(Fr8::product(Fr8::load(b), a), c, 2).canonical().lanes();
        for (out, value) in out.iter_mut().zip(values) {
            *out = value.0;
        }
    }
}

/// Transforms block j of the first transform there and back: from values on the domain to values on the coset.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
unsafe fn extend(block: &mut [Stored], j: usize, tables: &Tables) {
    match block {
        [] => {}
        [one] => {
            let mut group = Fr8::product(Fr8::load(one), Fr8::load(&tables.scales[j]));
            for layer in [2, 1, 0] {
                group = within(group, layer, &tables.first_lanes);
            }
            for layer in [0, 1, 2] {
                group = within(group, layer, &tables.second_lanes);
            }
            group.store(one);
        }
        [one, other] => {
            butterfly(one, other, Fr8::constant(&tables.blocks[j]));
            extend(std::slice::from_mut(one), 2 * j, tables);
            extend(std::slice::from_mut(other), 2 * j + 1, tables);
            butterfly(one, other, Fr8::load(&tables.points[1]));
        }
        _ => {
            let quarter = block.len() / 4;
            split(block, j, tables);
            if block.len() >= TASK {
                let parts = block.par_chunks_exact_mut(quarter).enumerate();
                parts.for_each(|(index, part)| extend(part, 4 * j + index, tables));
            } else {
                for (index, part) in block.chunks_exact_mut(quarter).enumerate() {
                    extend(part, 4 * j + index, tables);
                }
            }
            join(block, tables);
        }
    }
}

/// Two layers of the first transform, for a block of 4 groups or more.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
unsafe fn split(block: &mut [Stored], j: usize, tables: &Tables) {
    let twiddles = [j, 2 * j, 2 * j + 1].map(|index| Fr8::constant(&tables.blocks[index]));
    let [a, b, c, d] = quarters(block);
    for (((a, b), c), d) in a.iter_mut().zip(b).zip(c).zip(d) {
        let four = [Fr8::load(a), Fr8::load(b), Fr8::load(c), Fr8::load(d)];
        let (x, z) = butterflies([four[0], four[1]], [four[2], four[3]], [twiddles[0]; 2]);
        let (even, odd) = butterflies([x[0], z[0]], [x[1].carried(), z[1].carried()], [twiddles[1], twiddles[2]]);
        even[0].carried().store(a);
        odd[0].carried().store(b);
        even[1].carried().store(c);
        odd[1].carried().store(d);
    }
}

/// Two layers of the second transform, for a block of 4 groups or more.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
unsafe fn join(block: &mut [Stored], tables: &Tables) {
    let quarter = block.len() / 4;
    let points = &tables.points;
    let [a, b, c, d] = quarters(block);
    for ((((k, a), b), c), d) in a.iter_mut().enumerate().zip(b).zip(c).zip(d) {
        let four = [Fr8::load(a), Fr8::load(b), Fr8::load(c), Fr8::load(d)];
        let (x, z) = butterflies([four[0], four[2]], [four[1], four[3]], [Fr8::load(&points[quarter + k]); 2]);
        let twiddles = [2 * quarter + k, 3 * quarter + k].map(|index| Fr8::load(&points[index]));
        let (x, z) = butterflies([x[0], z[0]], [x[1].carried(), z[1].carried()], twiddles);
        x[0].carried().store(a);
        x[1].carried().store(b);
        z[0].carried().store(c);
        z[1].carried().store(d);
    }
}

fn quarters(block: &mut [Stored]) -> [&mut [Stored]; 4] {
    let (lower, upper) = block.split_at_mut(block.len() / 2);
    let (a, b) = lower.split_at_mut(lower.len() / 2);
    let (c, d) = upper.split_at_mut(upper.len() / 2);
    [a, b, c, d]
}

/// Returns a + t * b and a - t * b, with loose limbs.
#[inline(always)]
unsafe fn butterflies(a: [Fr8; 2], b: [Fr8; 2], t: [Fr8; 2]) -> ([Fr8; 2], [Fr8; 2]) {
    let product = Fr8::products([[(b[0], t[0])], [(b[1], t[1])]]);
    (
        [Fr8::loose_sum(a[0], product[0]), Fr8::loose_sum(a[1], product[1])],
        [Fr8::loose_difference(a[0], product[0], 2), Fr8::loose_difference(a[1], product[1], 2)],
    )
}

/// Puts a + t * b and a - t * b in the places of a and b.
#[inline(always)]
unsafe fn butterfly(a: &mut Stored, b: &mut Stored, t: Fr8) {
    let (first, product) = (Fr8::load(a), Fr8::product(Fr8::load(b), t));
    Fr8::loose_sum(first, product).carried().store(a);
    Fr8::difference(first, product, 2).store(b);
}

/// One layer of pairs at a distance of 2^layer lanes.
#[inline(always)]
unsafe fn within(group: Fr8, layer: usize, twiddles: &[Stored; 3]) -> Fr8 {
    let product = Fr8::product(group.permuted(UPPER[layer]), Fr8::load(&twiddles[layer]));
    Fr8::loose_sum(group.permuted(LOWER[layer]), product).carried()
}

impl Tables {
    #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
    unsafe fn new(size: usize) -> Self {
        let v = Fr::get_root_of_unity(2 * size as u64).expect("a supported domain");
        let w = v.square();
        let w_inverse = w.inverse().expect("a unit");
        let count = size / LANES;

        let mut blocks = vec![Fr::ONE];
        let mut scales = vec![stored(|_| Fr::ONE)];
        while scales.len() < count {
            // Index `length` is one bit, whose reverse halves from layer to layer.
            let length = scales.len();
            let power = w_inverse.pow([(size / (4 * length)) as u64]);
            if 2 * length <= count / 2 {
                blocks.extend_from_within(..);
                blocks[length..].iter_mut().for_each(|one| *one *= power);
            }
            let base = w_inverse.pow([(count / (2 * length)) as u64]);
            extend_table(&mut scales, &stored(|lane| base.pow([lane as u64])));
        }

        // The points of the largest blocks; their squares are those of blocks of half the size.
        let mut largest = vec![stored(|lane| v.pow([2 * lane as u64 + 1]))];
        while largest.len() < count / 2 {
            let step = w.pow([(LANES * largest.len()) as u64]);
            extend_table(&mut largest, &stored(|_| step));
        }
        let mut points = vec![Stored::ZERO; count / 2];
        points.extend(largest);
        for index in (1..count / 2).rev() {
            let from = Fr8::load(&points[index + (1 << index.ilog2())]);
            Fr8::product(from, from).canonical().store(&mut points[index]);
        }

        let root = |power: usize, order: usize| {
            let generator = Fr::get_root_of_unity(order as u64).expect("a small root");
            generator.pow([power as u64])
        };
        let signed = |upper: bool, value: Fr| if upper { -value } else { value };
        // Block j of the first transform has the reversed bits of j as its power; w^(-n/8) is its root of order 8.
        let reversed = [0, 2, 1, 3];
        let first =
            |layer: usize| stored(|lane| signed(lane >> layer & 1 == 1, root(8 - reversed[lane >> (layer + 1)], 8)));
        let second = |layer: usize| {
            let distance = 1 << layer;
            stored(|lane| signed(lane >> layer & 1 == 1, root(2 * (lane % distance) + 1, 4 * distance)))
        };
        Tables {
            blocks: blocks.iter().map(Constant::factor).collect(),
            scales,
            points,
            first_lanes: [first(0), first(1), first(2)],
            second_lanes: [second(0), second(1), second(2)],
        }
    }
}

/// Returns the factors of each lane.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
unsafe fn stored(factor: impl Fn(usize) -> Fr) -> Stored {
    let mut lanes = [Fr::ONE; LANES];
    for (lane, one) in lanes.iter_mut().enumerate() {
        *one = factor(lane) * Fr::from(16u64);
    }
    let mut out = Stored::ZERO;
    Fr8::of_lanes(&lanes).store(&mut out);
    out
}

/// Doubles a table: the products of its entries with one factor follow them.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
unsafe fn extend_table(table: &mut Vec<Stored>, factor: &Stored) {
    let length = table.len();
    table.extend_from_within(..);
    let factor = Fr8::load(factor);
    for one in &mut table[length..] {
        Fr8::product(Fr8::load(one), factor).canonical().store(one);
    }
}
