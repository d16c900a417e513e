//! Eight elements of one of BN254's fields side by side, as five limbs of 52 bits. The modulus is q here.
//!
//! A lane holds the integer that arkworks keeps in memory: x * 2^256 mod q for an element x. A product here divides by
//! 2^260, so it carries another power of two; `sums.rs` and `quotient.rs` account for it instead of converting.

use core::arch::x86_64::*;
use std::marker::PhantomData;

use ark_bn254::{FqConfig, FrConfig};
use ark_ff::{BigInt, Fp, MontBackend, MontConfig};
use zeroize::Zeroize;

pub const LANES: usize = 8;
const LIMBS: usize = 5;
const BITS: u32 = 52;
const MASK: u64 = (1 << BITS) - 1;

/// Returns the limbs of 52 bits of a number.
const fn limbs(number: &[u64; 4]) -> [u64; LIMBS] {
    let n = number;
    [
        n[0] & MASK,
        (n[0] >> 52 | n[1] << 12) & MASK,
        (n[1] >> 40 | n[2] << 24) & MASK,
        (n[2] >> 28 | n[3] << 36) & MASK,
        n[3] >> 16,
    ]
}

/// Returns the limbs of k * q, below 2^260.
const fn multiple(q: &[u64; 4], k: u64) -> [u64; LIMBS] {
    let limbs = limbs(q);
    let mut out = [0; LIMBS];
    let (mut i, mut carry) = (0, 0);
    while i < LIMBS {
        let sum = limbs[i] as u128 * k as u128 + carry;
        out[i] = sum as u64 & MASK;
        carry = sum >> BITS;
        i += 1;
    }
    out
}

/// Eight integers; limbs are below 2^52, unless a function says something else.
pub struct Eight<M>([__m512i; LIMBS], PhantomData<M>);

pub type Fq8 = Eight<FqConfig>;
pub type Fr8 = Eight<FrConfig>;

/// An element of the field whose modulus is that of M.
type Element<M> = Fp<MontBackend<M, 4>, 4>;

impl<M> Clone for Eight<M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M> Copy for Eight<M> {}

/// Eight integers in memory.
#[derive(Clone, Copy, Zeroize)]
#[repr(C, align(64))]
pub struct Stored([[u64; LANES]; LIMBS]);

impl Stored {
    pub const ZERO: Self = Stored([[0; LANES]; LIMBS]);
}

/// One integer for all lanes, in memory.
#[derive(Clone, Copy)]
pub struct Constant([u64; LIMBS]);

impl Constant {
    /// Returns x * 2^260 mod q for an element x: a product with it is one with x.
    pub fn factor<M: MontConfig<4>>(x: &Element<M>) -> Self {
        Constant(limbs(&(*x * Element::<M>::from(16u64)).0 .0))
    }
}

/// Returns the limb of a constant in every lane.
#[inline(always)]
unsafe fn all(limb: u64) -> __m512i {
    _mm512_set1_epi64(limb as i64)
}

/// Adds the low halves of the products of a limb and each limb of a number.
#[inline(always)]
unsafe fn add_low(t: &mut [__m512i], limb: __m512i, number: &[__m512i; LIMBS]) {
    for (sum, one) in t.iter_mut().zip(number) {
        *sum = _mm512_madd52lo_epu64(*sum, limb, *one);
    }
}

/// Adds the high halves.
#[inline(always)]
unsafe fn add_high(t: &mut [__m512i], limb: __m512i, number: &[__m512i; LIMBS]) {
    for (sum, one) in t.iter_mut().zip(number) {
        *sum = _mm512_madd52hi_epu64(*sum, limb, *one);
    }
}

impl<M: MontConfig<4>> Eight<M> {
    /// -1 / q mod 2^52.
    const INVERSE: u64 = M::INV & MASK;

    /// Multiples of the modulus, by factor.
    const MULTIPLES: [[u64; LIMBS]; 5] = [
        multiple(&M::MODULUS.0, 0),
        multiple(&M::MODULUS.0, 1),
        multiple(&M::MODULUS.0, 2),
        multiple(&M::MODULUS.0, 3),
        multiple(&M::MODULUS.0, 4),
    ];

    #[inline(always)]
    fn new(limbs: [__m512i; LIMBS]) -> Self {
        Eight(limbs, PhantomData)
    }

    #[inline(always)]
    pub unsafe fn load(stored: &Stored) -> Self {
        let mut t = [_mm512_setzero_si512(); LIMBS];
        for (limb, lanes) in t.iter_mut().zip(&stored.0) {
            *limb = _mm512_loadu_si512(lanes.as_ptr().cast());
        }
        Self::new(t)
    }

    #[inline(always)]
    pub unsafe fn store(self, stored: &mut Stored) {
        for (limb, lanes) in self.0.iter().zip(&mut stored.0) {
            _mm512_storeu_si512(lanes.as_mut_ptr().cast(), *limb);
        }
    }

    #[inline(always)]
    pub unsafe fn constant(one: &Constant) -> Self {
        let mut t = [_mm512_setzero_si512(); LIMBS];
        for (limb, of_one) in t.iter_mut().zip(one.0) {
            *limb = all(of_one);
        }
        Self::new(t)
    }

    /// Returns eight numbers from rows of their limbs, as memory has them: column i of `columns` has all limbs i.
    #[inline(always)]
    pub unsafe fn of_columns(c: [__m512i; 4]) -> Self {
        let mask = all(MASK);
        let join = |low, high| _mm512_and_si512(_mm512_or_si512(low, high), mask);
        Self::new([
            _mm512_and_si512(c[0], mask),
            join(_mm512_srli_epi64::<52>(c[0]), _mm512_slli_epi64::<12>(c[1])),
            join(_mm512_srli_epi64::<40>(c[1]), _mm512_slli_epi64::<24>(c[2])),
            join(_mm512_srli_epi64::<28>(c[2]), _mm512_slli_epi64::<36>(c[3])),
            _mm512_srli_epi64::<16>(c[3]),
        ])
    }

    /// Returns the limbs of 64 bits of numbers below 2^256, as [`Eight::of_columns`] takes them.
    #[inline(always)]
    pub unsafe fn columns(self) -> [__m512i; 4] {
        let t = self.0;
        [
            _mm512_or_si512(t[0], _mm512_slli_epi64::<52>(t[1])),
            _mm512_or_si512(_mm512_srli_epi64::<12>(t[1]), _mm512_slli_epi64::<40>(t[2])),
            _mm512_or_si512(_mm512_srli_epi64::<24>(t[2]), _mm512_slli_epi64::<28>(t[3])),
            _mm512_or_si512(_mm512_srli_epi64::<36>(t[3]), _mm512_slli_epi64::<16>(t[4])),
        ]
    }

    /// Returns a * b / 2^260 mod q, below 2q, for a * b below 2^260 * q; 2^260 is above 84q.
    #[inline(always)]
    pub unsafe fn product(a: Self, b: Self) -> Self {
        let [product] = Self::products([[(a, b)]]);
        product
    }

    /// Returns, K times, the sum of a * b / 2^260 mod q over N pairs, below 2q, for a sum of a * b below 2^260 * q.
    ///
    /// Montgomery's reduction of the whole sum, whose limbs are at most 15 * N products of 52 bits, far below 64 bits. An
    /// instruction takes as long as eight others that do not wait for it, so the K results are computed side by side.
    #[inline(always)]
    pub unsafe fn products<const K: usize, const N: usize>(pairs: [[(Self, Self); N]; K]) -> [Self; K] {
        let zero = _mm512_setzero_si512();
        let mut t = [[zero; 2 * LIMBS]; K];
        for i in 0..LIMBS {
            for n in 0..N {
                for (t, pairs) in t.iter_mut().zip(&pairs) {
                    let (a, b) = &pairs[n];
                    add_low(&mut t[i..], a.0[i], &b.0);
                    add_high(&mut t[i + 1..], a.0[i], &b.0);
                }
            }
        }
        let inverse = all(Self::INVERSE);
        let mut q = [zero; LIMBS];
        for (limb, of_q) in q.iter_mut().zip(Self::MULTIPLES[1]) {
            *limb = all(of_q);
        }
        for i in 0..LIMBS {
            for t in &mut t {
                let m = _mm512_madd52lo_epu64(zero, t[i], inverse);
                add_low(&mut t[i..], m, &q);
                add_high(&mut t[i + 1..], m, &q);
                // Limb i is a multiple of 2^52 now.
                t[i + 1] = _mm512_add_epi64(t[i + 1], _mm512_srli_epi64::<BITS>(t[i]));
            }
        }
        let mut out = [Self::new([zero; LIMBS]); K];
        for (out, t) in out.iter_mut().zip(&t) {
            *out = Self::new([t[5], t[6], t[7], t[8], t[9]]).carried();
        }
        out
    }

    /// Returns a + b with limbs that are sums.
    #[inline(always)]
    pub unsafe fn loose_sum(a: Self, b: Self) -> Self {
        let mut t = a.0;
        for (limb, more) in t.iter_mut().zip(b.0) {
            *limb = _mm512_add_epi64(*limb, more);
        }
        Self::new(t)
    }

    /// Returns a - b + k * q with limbs that are sums and differences.
    #[inline(always)]
    pub unsafe fn loose_difference(a: Self, b: Self, k: usize) -> Self {
        let mut t = a.0;
        for (j, limb) in t.iter_mut().enumerate() {
            *limb = _mm512_add_epi64(_mm512_sub_epi64(*limb, b.0[j]), all(Self::MULTIPLES[k][j]));
        }
        Self::new(t)
    }

    /// Returns the numbers of the given lanes.
    #[inline(always)]
    pub unsafe fn permuted(self, lanes: [i64; LANES]) -> Self {
        let lanes = _mm512_loadu_si512(lanes.as_ptr().cast());
        let mut t = self.0;
        for limb in &mut t {
            *limb = _mm512_permutexvar_epi64(lanes, *limb);
        }
        Self::new(t)
    }

    /// Returns a - b + k * q, which must not be negative.
    #[inline(always)]
    pub unsafe fn difference(a: Self, b: Self, k: usize) -> Self {
        Self::loose_difference(a, b, k).carried()
    }

    /// Returns k * q - a, which must not be negative.
    #[inline(always)]
    pub unsafe fn negative(self, k: usize) -> Self {
        Self::difference(Self::new([_mm512_setzero_si512(); LIMBS]), self, k)
    }

    /// Returns 4 * a, below 2^260.
    #[inline(always)]
    pub unsafe fn fourfold(self) -> Self {
        let mut t = self.0;
        for limb in &mut t {
            *limb = _mm512_slli_epi64::<2>(*limb);
        }
        Self::new(t).carried()
    }

    /// Returns the canonical representative of numbers below 4q.
    #[inline(always)]
    pub unsafe fn canonical(self) -> Self {
        self.reduced(2).reduced(1)
    }

    /// Subtracts k * q from the numbers that are not below it.
    #[inline(always)]
    unsafe fn reduced(self, k: usize) -> Self {
        let less = Self::difference_signed(self, k);
        let below = _mm512_movepi64_mask(less.0[LIMBS - 1]);
        let mut t = less.0;
        for (limb, before) in t.iter_mut().zip(self.0) {
            *limb = _mm512_mask_mov_epi64(*limb, below, before);
        }
        Self::new(t)
    }

    /// Returns a - k * q, whose top limb has the sign.
    #[inline(always)]
    unsafe fn difference_signed(a: Self, k: usize) -> Self {
        let mut t = a.0;
        for (limb, minus) in t.iter_mut().zip(Self::MULTIPLES[k]) {
            *limb = _mm512_sub_epi64(*limb, all(minus));
        }
        Self::new(t).carried()
    }

    /// Moves what exceeds 52 bits of a loose limb, or is negative, to the next limb.
    #[inline(always)]
    pub unsafe fn carried(self) -> Self {
        let mut t = self.0;
        let mask = all(MASK);
        for j in 0..LIMBS - 1 {
            t[j + 1] = _mm512_add_epi64(t[j + 1], _mm512_srai_epi64::<BITS>(t[j]));
            t[j] = _mm512_and_si512(t[j], mask);
        }
        Self::new(t)
    }

    /// Returns the lanes in which canonical numbers are equal.
    #[inline(always)]
    pub unsafe fn equal(a: Self, b: Self) -> u8 {
        (0..LIMBS).fold(0xff, |equal, j| equal & _mm512_cmpeq_epi64_mask(a.0[j], b.0[j]))
    }

    /// Returns the lanes of canonical numbers.
    #[inline(always)]
    pub unsafe fn lanes(self) -> [Element<M>; LANES] {
        let mut out = [[0u64; LANES]; 4];
        for (column, limbs) in self.columns().into_iter().zip(&mut out) {
            _mm512_storeu_si512(limbs.as_mut_ptr().cast(), column);
        }
        std::array::from_fn(|lane| Element::<M>::new_unchecked(BigInt(std::array::from_fn(|limb| out[limb][lane]))))
    }

    /// Returns the eight numbers in lanes.
    #[inline(always)]
    pub unsafe fn of_lanes(lanes: &[Element<M>; LANES]) -> Self {
        let columns: [[u64; LANES]; 4] = std::array::from_fn(|limb| std::array::from_fn(|lane| lanes[lane].0 .0[limb]));
        Self::of_columns(std::array::from_fn(|limb| _mm512_loadu_si512(columns[limb].as_ptr().cast())))
    }
}

/// Returns the columns of eight rows of eight words.
///
/// Written without closures: outside of a function with the instructions the compiler may leave them and the operations
/// in them as calls, and a proof then takes almost half as long again.
#[inline(always)]
pub unsafe fn transposed(r: [__m512i; 8]) -> [__m512i; 8] {
    // Words of two rows in turn; then groups of two rows; then of four.
    let l = quarters([
        _mm512_unpacklo_epi64(r[0], r[1]),
        _mm512_unpacklo_epi64(r[2], r[3]),
        _mm512_unpacklo_epi64(r[4], r[5]),
        _mm512_unpacklo_epi64(r[6], r[7]),
    ]);
    let h = quarters([
        _mm512_unpackhi_epi64(r[0], r[1]),
        _mm512_unpackhi_epi64(r[2], r[3]),
        _mm512_unpackhi_epi64(r[4], r[5]),
        _mm512_unpackhi_epi64(r[6], r[7]),
    ]);
    [l[0], h[0], l[1], h[1], l[2], h[2], l[3], h[3]]
}

/// Returns the columns of four rows of four pairs of words.
#[inline(always)]
unsafe fn quarters(t: [__m512i; 4]) -> [__m512i; 4] {
    const EVEN: i32 = 0x88;
    const ODD: i32 = 0xdd;
    let even = [_mm512_shuffle_i64x2::<EVEN>(t[0], t[1]), _mm512_shuffle_i64x2::<EVEN>(t[2], t[3])];
    let odd = [_mm512_shuffle_i64x2::<ODD>(t[0], t[1]), _mm512_shuffle_i64x2::<ODD>(t[2], t[3])];
    [
        _mm512_shuffle_i64x2::<EVEN>(even[0], even[1]),
        _mm512_shuffle_i64x2::<EVEN>(odd[0], odd[1]),
        _mm512_shuffle_i64x2::<ODD>(even[0], even[1]),
        _mm512_shuffle_i64x2::<ODD>(odd[0], odd[1]),
    ]
}

/// Returns a row of two numbers' limbs.
#[inline(always)]
pub unsafe fn row<M: MontConfig<4>>(first: &Element<M>, second: &Element<M>) -> __m512i {
    let first = _mm256_loadu_si256(first.0 .0.as_ptr().cast());
    let second = _mm256_loadu_si256(second.0 .0.as_ptr().cast());
    _mm512_inserti64x4::<1>(_mm512_castsi256_si512(first), second)
}

/// Writes a row of two canonical numbers' limbs.
#[inline(always)]
pub unsafe fn write_row<M: MontConfig<4>>(row: __m512i, first: &mut Element<M>, second: &mut Element<M>) {
    _mm256_storeu_si256(first.0 .0.as_mut_ptr().cast(), _mm512_castsi512_si256(row));
    _mm256_storeu_si256(second.0 .0.as_mut_ptr().cast(), _mm512_extracti64x4_epi64::<1>(row));
}

/// Returns the lanes in which all words of the columns are 0.
#[inline(always)]
pub unsafe fn zero(columns: &[__m512i]) -> u8 {
    let any = columns.iter().fold(_mm512_setzero_si512(), |any, one| _mm512_or_si512(any, *one));
    _mm512_testn_epi64_mask(any, any)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ff::{AdditiveGroup, Field};

    /// Numbers at the ends of limbs of 52 and 64 bits and of the field, and random ones.
    fn numbers<M: MontConfig<4>>() -> Vec<Element<M>> {
        let q = M::MODULUS;
        let mut raw: Vec<BigInt<4>> = (0..254).map(|bit| BigInt::from(1u64) << bit).collect();
        raw.extend((1..254).map(|bit| {
            let mut one = BigInt::from(1u64) << bit;
            ark_ff::BigInteger::sub_with_borrow(&mut one, &BigInt::from(1u64));
            one
        }));
        for less in 0..3u64 {
            raw.push(BigInt::from(less));
            let mut one = q;
            ark_ff::BigInteger::sub_with_borrow(&mut one, &BigInt::from(less + 1));
            raw.push(one);
        }
        let mut all: Vec<Element<M>> =
            raw.into_iter().filter(|one| *one < q).map(Element::<M>::new_unchecked).collect();
        let mut random = Element::<M>::from(0x9e37_79b9_7f4a_7c15u64);
        all.extend((0..200).map(|_| {
            random = random.square() + Element::<M>::ONE;
            random
        }));
        all
    }

    /// Calls a function with eight pairs of numbers at a time, each number with many others, in each lane.
    fn in_pairs<M: MontConfig<4>>(check: impl Fn([Element<M>; LANES], [Element<M>; LANES])) {
        let all = numbers::<M>();
        for shift in [0, 1, 7, 8, 101, 253, 254, 255, 256, 431, 508] {
            for start in 0..all.len() {
                let at = |i: usize| all[(start + i) % all.len()];
                check(std::array::from_fn(at), std::array::from_fn(|lane| at(lane + shift)));
            }
        }
    }

    fn has_instructions() -> bool {
        crate::ifma::is_available()
    }

    fn check_products<M: MontConfig<4>>() {
        let sixteenth = Element::<M>::from(16).inverse().expect("a unit");
        in_pairs::<M>(|a, b| {
            // SAFETY: the processor has the instructions.
            let (one, two, square) = unsafe {
                let (x, y) = (Eight::<M>::of_lanes(&a), Eight::<M>::of_lanes(&b));
                let [one, square] = Eight::<M>::products([[(x, y)], [(y, y)]]).map(|one| one.canonical().lanes());
                (one, Eight::<M>::products([[(x, y), (y, y)]])[0].canonical().lanes(), square)
            };
            for lane in 0..LANES {
                assert_eq!(one[lane], a[lane] * b[lane] * sixteenth);
                assert_eq!(square[lane], b[lane].square() * sixteenth);
                assert_eq!(two[lane], (a[lane] + b[lane]) * b[lane] * sixteenth);
            }
        });
    }

    #[test]
    fn products_in_each_lane_are_those_of_arkworks() {
        if has_instructions() {
            check_products::<FqConfig>();
            check_products::<FrConfig>();
        }
    }

    fn check_largest_products<M: MontConfig<4>>() {
        let sixteenth = Element::<M>::from(16).inverse().expect("a unit");
        in_pairs::<M>(|a, b| {
            // Up to 8q and 4q, as the sums of points have them, and twice that as the extension has it.
            // SAFETY: the processor has the instructions.
            let found = unsafe {
                let (x, y) = (Eight::<M>::of_lanes(&a), Eight::<M>::of_lanes(&b));
                let zero = Eight::<M>::of_lanes(&[Element::<M>::ZERO; LANES]);
                let (x, y) = (Eight::<M>::difference(x, zero, 1).fourfold(), Eight::<M>::difference(y, zero, 3));
                Eight::<M>::products([[(x, y), (x, y)]])[0].canonical().lanes()
            };
            for lane in 0..LANES {
                assert_eq!(found[lane], (a[lane] * b[lane]).double().double().double() * sixteenth);
            }
        });
    }

    #[test]
    fn products_of_the_largest_numbers() {
        if has_instructions() {
            check_largest_products::<FqConfig>();
            check_largest_products::<FrConfig>();
        }
    }

    fn check_differences<M: MontConfig<4>>() {
        in_pairs::<M>(|a, b| {
            // SAFETY: the processor has the instructions.
            unsafe {
                let (x, y) = (Eight::<M>::of_lanes(&a), Eight::<M>::of_lanes(&b));
                assert_eq!(x.lanes(), a);
                for k in 1..4 {
                    let found = Eight::<M>::difference(x, y, k).canonical().lanes();
                    let negative = y.negative(k).canonical().lanes();
                    for lane in 0..LANES {
                        assert_eq!(found[lane], a[lane] - b[lane]);
                        assert_eq!(negative[lane], -b[lane]);
                    }
                }
                let equal = Eight::<M>::equal(x, y);
                let zeros = zero(&x.columns());
                for lane in 0..LANES {
                    assert_eq!(equal >> lane & 1 == 1, a[lane] == b[lane]);
                    assert_eq!(zeros >> lane & 1 == 1, a[lane] == Element::<M>::ZERO);
                }
            }
        });
    }

    #[test]
    fn differences_representatives_and_comparisons() {
        if has_instructions() {
            check_differences::<FqConfig>();
            check_differences::<FrConfig>();
        }
    }

    fn check_multiples<M: MontConfig<4>>() {
        for one in numbers::<M>() {
            for k in 0..4 {
                // SAFETY: the processor has the instructions.
                let found = unsafe {
                    let zero = Eight::<M>::of_lanes(&[Element::<M>::ZERO; LANES]);
                    Eight::<M>::difference(Eight::<M>::of_lanes(&[one; LANES]), zero, k).canonical().lanes()
                };
                assert_eq!(found, [one; LANES]);
            }
        }
    }

    #[test]
    fn every_multiple_below_four_has_its_canonical_representative() {
        if has_instructions() {
            check_multiples::<FqConfig>();
            check_multiples::<FrConfig>();
        }
    }

    #[test]
    fn a_transposed_table_has_rows_for_columns() {
        if !has_instructions() {
            return;
        }
        let table: [[u64; 8]; 8] = std::array::from_fn(|i| std::array::from_fn(|j| (8 * i + j) as u64));
        // SAFETY: the processor has the instructions, and each row has 64 bytes.
        let found: [[u64; 8]; 8] = unsafe {
            let rows = std::array::from_fn(|i| _mm512_loadu_si512(table[i].as_ptr().cast()));
            transposed(rows).map(|row| std::mem::transmute::<__m512i, [u64; 8]>(row))
        };
        assert_eq!(found, std::array::from_fn(|i| std::array::from_fn(|j| table[j][i])));
    }
}
