//! Eight elements of BN254's base field side by side, as five limbs of 52 bits.
//!
//! A lane holds the integer that arkworks keeps in memory: x * 2^256 mod q for an element x. A product here divides by
//! 2^260, so it carries another power of two; `sums.rs` accounts for it instead of converting.

use core::arch::x86_64::*;

use ark_bn254::{Fq, FqConfig};
use ark_ff::{BigInt, MontConfig, PrimeField};

pub const LANES: usize = 8;
const LIMBS: usize = 5;
const BITS: u32 = 52;
const MASK: u64 = (1 << BITS) - 1;

/// -1 / q mod 2^52.
const INVERSE: u64 = <FqConfig as MontConfig<4>>::INV & MASK;

/// Returns the limbs of k * q, below 2^260.
const fn multiple(k: u64) -> [u64; LIMBS] {
    let q = Fq::MODULUS.0;
    let limbs = [
        q[0] & MASK,
        (q[0] >> 52 | q[1] << 12) & MASK,
        (q[1] >> 40 | q[2] << 24) & MASK,
        (q[2] >> 28 | q[3] << 36) & MASK,
        q[3] >> 16,
    ];
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

/// Multiples of the modulus, by factor.
const MULTIPLES: [[u64; LIMBS]; 5] = [multiple(0), multiple(1), multiple(2), multiple(3), multiple(4)];

/// Eight integers; limbs are below 2^52.
#[derive(Clone, Copy)]
pub struct Fq8([__m512i; LIMBS]);

/// Returns the limb of a constant in every lane.
#[inline(always)]
unsafe fn all(limb: u64) -> __m512i {
    _mm512_set1_epi64(limb as i64)
}

/// Adds the low halves of the products of a limb and each limb of a number.
#[inline(always)]
unsafe fn add_low(t: &mut [__m512i; LIMBS], limb: __m512i, number: &[__m512i; LIMBS]) {
    for (sum, one) in t.iter_mut().zip(number) {
        *sum = _mm512_madd52lo_epu64(*sum, limb, *one);
    }
}

/// Adds the high halves.
#[inline(always)]
unsafe fn add_high(t: &mut [__m512i; LIMBS], limb: __m512i, number: &[__m512i; LIMBS]) {
    for (sum, one) in t.iter_mut().zip(number) {
        *sum = _mm512_madd52hi_epu64(*sum, limb, *one);
    }
}

impl Fq8 {
    /// Returns eight numbers from rows of their limbs, as memory has them: column i of `columns` has all limbs i.
    #[inline(always)]
    pub unsafe fn of_columns(c: [__m512i; 4]) -> Self {
        let mask = all(MASK);
        let join = |low, high| _mm512_and_si512(_mm512_or_si512(low, high), mask);
        Fq8([
            _mm512_and_si512(c[0], mask),
            join(_mm512_srli_epi64::<52>(c[0]), _mm512_slli_epi64::<12>(c[1])),
            join(_mm512_srli_epi64::<40>(c[1]), _mm512_slli_epi64::<24>(c[2])),
            join(_mm512_srli_epi64::<28>(c[2]), _mm512_slli_epi64::<36>(c[3])),
            _mm512_srli_epi64::<16>(c[3]),
        ])
    }

    /// Returns the limbs of 64 bits of numbers below 2^256, as [`Fq8::of_columns`] takes them.
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
        Self::products([(a, b)])
    }

    /// Returns the sum of a * b / 2^260 mod q over the pairs, below 2q, for a sum of a * b below 2^260 * q.
    ///
    /// Montgomery's product, a limb of every a at a time. A limb of the total grows by at most 12 products of 52 bits
    /// in a step, so it stays far below 64 bits.
    #[inline(always)]
    pub unsafe fn products<const N: usize>(pairs: [(Self, Self); N]) -> Self {
        let zero = _mm512_setzero_si512();
        let inverse = all(INVERSE);
        let mut q = [zero; LIMBS];
        for (limb, of_q) in q.iter_mut().zip(MULTIPLES[1]) {
            *limb = all(of_q);
        }
        let mut t = [zero; LIMBS];
        for i in 0..LIMBS {
            for (a, b) in &pairs {
                add_low(&mut t, a.0[i], &b.0);
            }
            let m = _mm512_madd52lo_epu64(zero, t[0], inverse);
            add_low(&mut t, m, &q);
            // The lowest limb is a multiple of 2^52 now. The high halves of limb j's products belong to limb j + 1.
            t[1] = _mm512_add_epi64(t[1], _mm512_srli_epi64::<BITS>(t[0]));
            t = [t[1], t[2], t[3], t[4], zero];
            for (a, b) in &pairs {
                add_high(&mut t, a.0[i], &b.0);
            }
            add_high(&mut t, m, &q);
        }
        Self::carried(t)
    }

    /// Returns a - b + k * q, which must not be negative.
    #[inline(always)]
    pub unsafe fn difference(a: Self, b: Self, k: usize) -> Self {
        let mut t = [_mm512_setzero_si512(); LIMBS];
        for (j, limb) in t.iter_mut().enumerate() {
            *limb = _mm512_add_epi64(_mm512_sub_epi64(a.0[j], b.0[j]), all(MULTIPLES[k][j]));
        }
        Self::carried(t)
    }

    /// Returns k * q - a, which must not be negative.
    #[inline(always)]
    pub unsafe fn negative(self, k: usize) -> Self {
        Self::difference(Fq8([_mm512_setzero_si512(); LIMBS]), self, k)
    }

    /// Returns 4 * a, below 2^260.
    #[inline(always)]
    pub unsafe fn fourfold(self) -> Self {
        let mut t = self.0;
        for limb in &mut t {
            *limb = _mm512_slli_epi64::<2>(*limb);
        }
        Self::carried(t)
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
        Fq8(t)
    }

    /// Returns a - k * q, whose top limb has the sign.
    #[inline(always)]
    unsafe fn difference_signed(a: Self, k: usize) -> Self {
        let mut t = a.0;
        for (limb, minus) in t.iter_mut().zip(MULTIPLES[k]) {
            *limb = _mm512_sub_epi64(*limb, all(minus));
        }
        Self::carried(t)
    }

    /// Moves what exceeds 52 bits, or is negative, to the next limb.
    #[inline(always)]
    unsafe fn carried(mut t: [__m512i; LIMBS]) -> Self {
        let mask = all(MASK);
        for j in 0..LIMBS - 1 {
            t[j + 1] = _mm512_add_epi64(t[j + 1], _mm512_srai_epi64::<BITS>(t[j]));
            t[j] = _mm512_and_si512(t[j], mask);
        }
        Fq8(t)
    }

    /// Returns the lanes in which canonical numbers are equal.
    #[inline(always)]
    pub unsafe fn equal(a: Self, b: Self) -> u8 {
        (0..LIMBS).fold(0xff, |equal, j| equal & _mm512_cmpeq_epi64_mask(a.0[j], b.0[j]))
    }

    /// Returns the lanes of canonical numbers.
    #[inline(always)]
    pub unsafe fn lanes(self) -> [Fq; LANES] {
        let mut out = [[0u64; LANES]; 4];
        for (column, limbs) in self.columns().into_iter().zip(&mut out) {
            _mm512_storeu_si512(limbs.as_mut_ptr().cast(), column);
        }
        std::array::from_fn(|lane| Fq::new_unchecked(BigInt(std::array::from_fn(|limb| out[limb][lane]))))
    }

    /// Returns the eight numbers in lanes.
    #[inline(always)]
    pub unsafe fn of_lanes(lanes: &[Fq; LANES]) -> Self {
        let columns: [[u64; LANES]; 4] = std::array::from_fn(|limb| std::array::from_fn(|lane| lanes[lane].0 .0[limb]));
        Self::of_columns(std::array::from_fn(|limb| _mm512_loadu_si512(columns[limb].as_ptr().cast())))
    }
}

/// Returns the columns of eight rows of eight words.
#[inline(always)]
pub unsafe fn transposed(r: [__m512i; 8]) -> [__m512i; 8] {
    const EVEN: i32 = 0x88;
    const ODD: i32 = 0xdd;
    // Words of two rows in turn; then groups of two rows; then of four.
    let low: [__m512i; 4] = std::array::from_fn(|i| _mm512_unpacklo_epi64(r[2 * i], r[2 * i + 1]));
    let high: [__m512i; 4] = std::array::from_fn(|i| _mm512_unpackhi_epi64(r[2 * i], r[2 * i + 1]));
    let quarter = |t: [__m512i; 4]| {
        let even = [_mm512_shuffle_i64x2::<EVEN>(t[0], t[1]), _mm512_shuffle_i64x2::<EVEN>(t[2], t[3])];
        let odd = [_mm512_shuffle_i64x2::<ODD>(t[0], t[1]), _mm512_shuffle_i64x2::<ODD>(t[2], t[3])];
        [
            _mm512_shuffle_i64x2::<EVEN>(even[0], even[1]),
            _mm512_shuffle_i64x2::<EVEN>(odd[0], odd[1]),
            _mm512_shuffle_i64x2::<ODD>(even[0], even[1]),
            _mm512_shuffle_i64x2::<ODD>(odd[0], odd[1]),
        ]
    };
    let (l, h) = (quarter(low), quarter(high));
    [l[0], h[0], l[1], h[1], l[2], h[2], l[3], h[3]]
}

/// Returns a row of two numbers' limbs.
#[inline(always)]
pub unsafe fn row(first: &Fq, second: &Fq) -> __m512i {
    let first = _mm256_loadu_si256(first.0 .0.as_ptr().cast());
    let second = _mm256_loadu_si256(second.0 .0.as_ptr().cast());
    _mm512_inserti64x4::<1>(_mm512_castsi256_si512(first), second)
}

/// Writes a row of two canonical numbers' limbs.
#[inline(always)]
pub unsafe fn write_row(row: __m512i, first: &mut Fq, second: &mut Fq) {
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
    fn numbers() -> Vec<Fq> {
        let q = Fq::MODULUS;
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
        let mut all: Vec<Fq> = raw.into_iter().filter(|one| *one < q).map(Fq::new_unchecked).collect();
        let mut random = Fq::from(0x9e37_79b9_7f4a_7c15u64);
        all.extend((0..200).map(|_| {
            random = random.square() + Fq::ONE;
            random
        }));
        all
    }

    /// Calls a function with eight pairs of numbers at a time, each number with many others, in each lane.
    fn in_pairs(check: impl Fn([Fq; LANES], [Fq; LANES])) {
        let all = numbers();
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

    #[test]
    fn products_in_each_lane_are_those_of_arkworks() {
        if !has_instructions() {
            return;
        }
        let sixteenth = Fq::from(16).inverse().expect("a unit");
        in_pairs(|a, b| {
            // SAFETY: the processor has the instructions.
            let (one, two) = unsafe {
                let (x, y) = (Fq8::of_lanes(&a), Fq8::of_lanes(&b));
                (Fq8::product(x, y).canonical().lanes(), Fq8::products([(x, y), (y, y)]).canonical().lanes())
            };
            for lane in 0..LANES {
                assert_eq!(one[lane], a[lane] * b[lane] * sixteenth);
                assert_eq!(two[lane], (a[lane] + b[lane]) * b[lane] * sixteenth);
            }
        });
    }

    #[test]
    fn products_of_the_largest_numbers() {
        if !has_instructions() {
            return;
        }
        let sixteenth = Fq::from(16).inverse().expect("a unit");
        in_pairs(|a, b| {
            // Up to 8q and 4q, as the sums of points have them, and twice that as the extension has it.
            // SAFETY: the processor has the instructions.
            let found = unsafe {
                let (x, y) = (Fq8::of_lanes(&a), Fq8::of_lanes(&b));
                let zero = Fq8::of_lanes(&[Fq::ZERO; LANES]);
                let (x, y) = (Fq8::difference(x, zero, 1).fourfold(), Fq8::difference(y, zero, 3));
                Fq8::products([(x, y), (x, y)]).canonical().lanes()
            };
            for lane in 0..LANES {
                assert_eq!(found[lane], (a[lane] * b[lane]).double().double().double() * sixteenth);
            }
        });
    }

    #[test]
    fn differences_representatives_and_comparisons() {
        if !has_instructions() {
            return;
        }
        in_pairs(|a, b| {
            // SAFETY: the processor has the instructions.
            unsafe {
                let (x, y) = (Fq8::of_lanes(&a), Fq8::of_lanes(&b));
                assert_eq!(x.lanes(), a);
                for k in 1..4 {
                    let found = Fq8::difference(x, y, k).canonical().lanes();
                    let negative = y.negative(k).canonical().lanes();
                    for lane in 0..LANES {
                        assert_eq!(found[lane], a[lane] - b[lane]);
                        assert_eq!(negative[lane], -b[lane]);
                    }
                }
                let equal = Fq8::equal(x, y);
                let zeros = zero(&x.columns());
                for lane in 0..LANES {
                    assert_eq!(equal >> lane & 1 == 1, a[lane] == b[lane]);
                    assert_eq!(zeros >> lane & 1 == 1, a[lane] == Fq::ZERO);
                }
            }
        });
    }

    #[test]
    fn every_multiple_below_four_has_its_canonical_representative() {
        if !has_instructions() {
            return;
        }
        for one in numbers() {
            for k in 0..4 {
                // SAFETY: the processor has the instructions.
                let found = unsafe {
                    let zero = Fq8::of_lanes(&[Fq::ZERO; LANES]);
                    Fq8::difference(Fq8::of_lanes(&[one; LANES]), zero, k).canonical().lanes()
                };
                assert_eq!(found, [one; LANES]);
            }
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
