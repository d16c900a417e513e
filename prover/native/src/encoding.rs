//! Field elements and points, as bytes in snarkjs's files and as decimal strings in snarkjs's JSON.
//!
//! Coordinates in files are little-endian in Montgomery form. Infinity is all zeros: (0, 0) is neither on the curve
//! y^2 = x^3 + 3 nor on its twist.

use ark_bn254::{Fq, Fq2, Fr, G1Affine, G2Affine};
use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use ark_ec::AffineRepr;
use ark_ff::{AdditiveGroup, BigInt, Field, PrimeField};
use num_bigint::BigUint;

use crate::affine::{Coordinate, Point};
use crate::error::{Result, Source};

/// The size of a field element in bytes.
pub const FIELD_BYTES: usize = 32;

pub fn limbs(bytes: &[u8]) -> BigInt<4> {
    let mut out = [0u64; 4];
    for (limb, chunk) in out.iter_mut().zip(bytes.chunks_exact(8)) {
        *limb = u64::from_le_bytes(chunk.try_into().expect("eight bytes"));
    }
    BigInt::new(out)
}

fn push_limbs(out: &mut Vec<u8>, value: &BigInt<4>) {
    for limb in value.0 {
        out.extend_from_slice(&limb.to_le_bytes());
    }
}

/// Reads a scalar in ordinary form, below r.
pub fn scalar(bytes: &[u8]) -> Option<Fr> {
    Fr::from_bigint(limbs(bytes))
}

pub fn push_scalar(out: &mut Vec<u8>, value: Fr) {
    push_limbs(out, &value.into_bigint());
}

/// Writes the internal representation of a value: the value times 2^256, as Montgomery form is in files.
pub fn push_montgomery(out: &mut Vec<u8>, value: &Fr) {
    push_limbs(out, &value.0);
}

/// A base field whose elements are Montgomery limbs in snarkjs's files.
pub trait FileField: Coordinate {
    const BYTES: usize;
    fn read(bytes: &[u8]) -> Option<Self>;
    fn push(&self, out: &mut Vec<u8>);
    /// Writes the ordinary form, highest byte first, the imaginary part before the real one.
    fn push_big_endian(&self, out: &mut Vec<u8>);
    /// Returns whether the ordinary form of a value is above that of its opposite; the imaginary part decides, if there
    /// is one.
    fn is_above_opposite(&self) -> bool;
}

impl FileField for Fq {
    const BYTES: usize = FIELD_BYTES;

    fn read(bytes: &[u8]) -> Option<Self> {
        let raw = limbs(bytes);
        (raw < Fq::MODULUS).then(|| Fq::new_unchecked(raw))
    }

    fn push(&self, out: &mut Vec<u8>) {
        push_limbs(out, &self.0);
    }

    fn push_big_endian(&self, out: &mut Vec<u8>) {
        self.into_bigint().0.iter().rev().for_each(|limb| out.extend_from_slice(&limb.to_be_bytes()));
    }

    fn is_above_opposite(&self) -> bool {
        self.into_bigint() > Fq::MODULUS_MINUS_ONE_DIV_TWO
    }
}

impl FileField for Fq2 {
    const BYTES: usize = 2 * FIELD_BYTES;

    fn read(bytes: &[u8]) -> Option<Self> {
        let (c0, c1) = bytes.split_at(FIELD_BYTES);
        Some(Fq2::new(Fq::read(c0)?, Fq::read(c1)?))
    }

    fn push(&self, out: &mut Vec<u8>) {
        self.c0.push(out);
        self.c1.push(out);
    }

    fn push_big_endian(&self, out: &mut Vec<u8>) {
        self.c1.push_big_endian(out);
        self.c0.push_big_endian(out);
    }

    fn is_above_opposite(&self) -> bool {
        if self.c1 == Fq::ZERO {
            self.c0.is_above_opposite()
        } else {
            self.c1.is_above_opposite()
        }
    }
}

/// A curve whose points are two coordinates in snarkjs's files.
pub trait FileCurve: SWCurveConfig<BaseField: FileField> {
    const POINT_BYTES: usize = 2 * <Self::BaseField as FileField>::BYTES;
}

impl FileCurve for ark_bn254::g1::Config {}
impl FileCurve for ark_bn254::g2::Config {}

pub const NOT_ON_CURVE: &str = "a point is not on the curve";

/// Reads a point that is on the curve or infinity. The subgroup is not checked.
pub fn read_point<C: FileCurve>(bytes: &[u8]) -> std::result::Result<Affine<C>, &'static str> {
    let point = read_coordinates::<C>(bytes)?.affine();
    if point.is_on_curve() {
        Ok(point)
    } else {
        Err(NOT_ON_CURVE)
    }
}

/// Reads two coordinates, perhaps not of a point on the curve.
pub(crate) fn read_coordinates<C: FileCurve>(bytes: &[u8]) -> std::result::Result<Point<C::BaseField>, &'static str> {
    let (x, y) = bytes.split_at(<C::BaseField as FileField>::BYTES);
    let coordinate = |b| <C::BaseField as FileField>::read(b).ok_or("a coordinate is not below q");
    Ok(Point { x: coordinate(x)?, y: coordinate(y)? })
}

pub fn push_point<C: FileCurve>(out: &mut Vec<u8>, point: &Affine<C>) {
    let (x, y) = if point.is_zero() { (C::BaseField::ZERO, C::BaseField::ZERO) } else { (point.x, point.y) };
    x.push(out);
    y.push(out);
}

pub fn points_bytes<C: FileCurve>(points: &[Affine<C>]) -> Vec<u8> {
    let mut out = Vec::with_capacity(points.len() * C::POINT_BYTES);
    points.iter().for_each(|point| push_point(&mut out, point));
    out
}

/// Returns the bytes of a point that snarkjs hashes.
pub fn uncompressed<C: FileCurve>(point: &Affine<C>) -> Vec<u8> {
    let mut out = Vec::with_capacity(C::POINT_BYTES);
    push_uncompressed(&mut out, point);
    out
}

/// Writes the bytes of a point that snarkjs hashes; infinity is all zeros.
pub fn push_uncompressed<C: FileCurve>(out: &mut Vec<u8>, point: &Affine<C>) {
    let (x, y) = if point.is_zero() { (C::BaseField::ZERO, C::BaseField::ZERO) } else { (point.x, point.y) };
    x.push_big_endian(out);
    y.push_big_endian(out);
}

/// Writes a point in the half of the bytes: x, highest byte first, and in its two highest bits whether y is above its
/// opposite and whether the point is infinity.
pub fn push_compressed<C: FileCurve>(out: &mut Vec<u8>, point: &Affine<C>) {
    const ABOVE: u8 = 0x80;
    const INFINITY: u8 = 0x40;
    let first = out.len();
    if point.is_zero() {
        C::BaseField::ZERO.push_big_endian(out);
        out[first] |= INFINITY;
    } else {
        point.x.push_big_endian(out);
        out[first] |= if point.y.is_above_opposite() { ABOVE } else { 0 };
    }
}

/// Reads a canonical decimal string: only digits, no leading zero, below the modulus.
pub fn decimal<F: PrimeField<BigInt = BigInt<4>>>(text: &str, source: Source) -> Result<F> {
    let digits = !text.is_empty() && text.len() <= 78 && text.bytes().all(|b| b.is_ascii_digit());
    source.ensure(digits && (text == "0" || !text.starts_with('0')), || "not a canonical decimal string".into())?;
    let value = BigUint::parse_bytes(text.as_bytes(), 10).expect("digits");
    BigInt::try_from(value).ok().and_then(F::from_bigint).ok_or_else(|| source.error("not below the field's modulus"))
}

pub fn to_decimal<F: PrimeField>(value: F) -> String {
    value.into_bigint().to_string()
}

/// An affine point in snarkjs's JSON: rows of coefficients, with a third row of one, or of zero at infinity.
pub type Rows = Vec<Vec<String>>;

pub fn g1_rows(point: &G1Affine) -> Rows {
    let (x, y, z) = if point.is_zero() { (Fq::ZERO, Fq::ONE, "0") } else { (point.x, point.y, "1") };
    vec![vec![to_decimal(x)], vec![to_decimal(y)], vec![z.into()]]
}

pub fn g2_rows(point: &G2Affine) -> Rows {
    let (x, y, z) = if point.is_zero() { (Fq2::ZERO, Fq2::ONE, "0") } else { (point.x, point.y, "1") };
    let row = |c: Fq2| vec![to_decimal(c.c0), to_decimal(c.c1)];
    vec![row(x), row(y), vec![z.into(), "0".into()]]
}

pub fn g1_from_rows(rows: &Rows, source: Source) -> Result<G1Affine> {
    let x = |i: usize| decimal::<Fq>(&rows[i][0], source);
    from_rows(rows, 1, source, || Ok((x(0)?, x(1)?)))
}

pub fn g2_from_rows(rows: &Rows, source: Source) -> Result<G2Affine> {
    let point = g2_of_curve_from_rows(rows, source)?;
    source.ensure(point.is_in_correct_subgroup_assuming_on_curve(), || "the point is not in the subgroup".into())?;
    Ok(point)
}

/// Reads a point of G2's curve, perhaps outside of the subgroup.
pub fn g2_of_curve_from_rows(rows: &Rows, source: Source) -> Result<G2Affine> {
    let x = |i: usize| Ok(Fq2::new(decimal(&rows[i][0], source)?, decimal(&rows[i][1], source)?));
    from_rows(rows, 2, source, || Ok((x(0)?, x(1)?)))
}

/// Reads a point, which must be on the curve. On G1's curve all points are in the group.
fn from_rows<C: FileCurve>(
    rows: &Rows,
    width: usize,
    source: Source,
    coordinates: impl Fn() -> Result<(C::BaseField, C::BaseField)>,
) -> Result<Affine<C>> {
    let shaped = rows.len() == 3 && rows.iter().all(|row| row.len() == width);
    source.ensure(shaped, || format!("not a point: three rows of {width} expected"))?;
    let (x, y) = coordinates()?;
    let upper_zero = rows[2].iter().skip(1).all(|c| c == "0");
    match (rows[2][0].as_str(), upper_zero) {
        ("0", true) => {
            source
                .ensure(x == C::BaseField::ZERO && y == C::BaseField::ONE, || "infinity is written 0, 1, 0".into())?;
            return Ok(Affine::identity());
        }
        ("1", true) => {}
        _ => return Err(source.error("the third coordinate is neither 1 nor 0")),
    }
    let point = Affine::<C>::new_unchecked(x, y);
    source.ensure(point.is_on_curve(), || "the point is not on the curve".into())?;
    Ok(point)
}
