//! `.zkey`: a Groth16 proving key in snarkjs's format.

use std::path::Path;
use std::sync::LazyLock;

use ark_bn254::{g1, g2, Fq, Fr, G1Affine, G2Affine};
use ark_ec::short_weierstrass::Affine;
use ark_ec::AffineRepr;
use ark_ff::{BigInt, FftField, Field, PrimeField};
use rayon::prelude::*;

use crate::affine::{Coordinate, Point};
use crate::binfile::{Cursor, Input, Sections, Writer};
use crate::encoding::{
    limbs, points_bytes, push_montgomery, push_point, read_coordinates, read_point, FileCurve, FIELD_BYTES,
    NOT_ON_CURVE,
};
use crate::error::{Result, Source};
use crate::verify::VerifyingKey;

pub const GROTH16: u32 = 1;
pub const COEFFICIENT_BYTES: usize = 3 * 4 + FIELD_BYTES;

/// Section numbers of the format.
pub mod section {
    pub const PROTOCOL: u32 = 1;
    pub const HEADER: u32 = 2;
    pub const IC: u32 = 3;
    pub const COEFFICIENTS: u32 = 4;
    pub const A: u32 = 5;
    pub const B1: u32 = 6;
    pub const B2: u32 = 7;
    pub const C: u32 = 8;
    pub const H: u32 = 9;
    pub const CONTRIBUTIONS: u32 = 10;
}

/// An entry of the a or b matrix.
#[derive(Clone, Copy)]
pub struct Coefficient {
    pub in_b: bool,
    pub row: u32,
    pub signal: u32,
    pub value: Fr,
}

/// The sizes and the points of the header.
#[derive(Clone, PartialEq, Eq)]
pub struct Header {
    pub n_variables: usize,
    pub n_public: usize,
    pub domain_size: usize,
    pub alpha_1: G1Affine,
    pub beta_1: G1Affine,
    pub beta_2: G2Affine,
    pub gamma_2: G2Affine,
    pub delta_1: G1Affine,
    pub delta_2: G2Affine,
}

/// A proving key from a file or the setup.
pub struct ProvingKey {
    pub header: Header,
    pub ic: Vec<G1Affine>,
    pub coefficients: Vec<Coefficient>,
    pub a: Vec<G1Affine>,
    pub b1: Vec<G1Affine>,
    pub b2: Vec<G2Affine>,
    /// Points of the private signals only.
    pub c: Vec<G1Affine>,
    /// Lagrange basis on the coset, the odd points of the domain of twice the size.
    pub h: Vec<G1Affine>,
}

impl ProvingKey {
    /// Parses a key that may lack contributions, so that anybody can forge proofs for it; only a ceremony needs it.
    /// All points are on their curves; those of the header are also in the subgroup.
    pub fn parse_any(sections: &Sections) -> Result<Self> {
        let header = Header::parse(sections)?;
        let n = header.n_variables;
        Ok(ProvingKey {
            ic: header.parse_ic(sections)?,
            coefficients: header.parse_coefficients(sections)?,
            a: points::<g1::Config>(sections, section::A, n)?,
            b1: points::<g1::Config>(sections, section::B1, n)?,
            b2: points::<g2::Config>(sections, section::B2, n)?,
            c: points::<g1::Config>(sections, section::C, header.n_private())?,
            h: points::<g1::Config>(sections, section::H, header.domain_size)?,
            header,
        })
    }

    /// Writes the key atomically, with an empty list of contributions and in snarkjs's order of sections.
    pub fn write(&self, path: &Path, circuit_hash: &[u8; 64]) -> Result<()> {
        let mut writer = Writer::create(path, b"zkey", 1, 10)?;
        writer.section(section::PROTOCOL, &GROTH16.to_le_bytes())?;
        writer.section(section::HEADER, &self.header.bytes())?;
        writer.section(section::COEFFICIENTS, &self.coefficient_bytes())?;
        writer.section(section::IC, &points_bytes(&self.ic))?;
        writer.section(section::H, &points_bytes(&self.h))?;
        writer.section(section::C, &points_bytes(&self.c))?;
        writer.section(section::A, &points_bytes(&self.a))?;
        writer.section(section::B1, &points_bytes(&self.b1))?;
        writer.section(section::B2, &points_bytes(&self.b2))?;
        writer.section(section::CONTRIBUTIONS, &[circuit_hash.as_slice(), &0u32.to_le_bytes()].concat())?;
        writer.finish()
    }

    fn coefficient_bytes(&self) -> Vec<u8> {
        let r = montgomery_factor();
        let mut out = Vec::with_capacity(4 + self.coefficients.len() * COEFFICIENT_BYTES);
        out.extend_from_slice(&(self.coefficients.len() as u32).to_le_bytes());
        for entry in &self.coefficients {
            for word in [u32::from(entry.in_b), entry.row, entry.signal] {
                out.extend_from_slice(&word.to_le_bytes());
            }
            push_montgomery(&mut out, &(entry.value * r));
        }
        out
    }
}

/// Reads only the verification key, from the small sections.
pub fn read_verifying_key<'a>(input: impl Into<Input<'a>>, source: Source<'a>) -> Result<VerifyingKey> {
    let sections = Sections::parse(input, b"zkey", 1, source)?;
    let header = Header::parse(&sections)?;
    let ic = header.parse_ic(&sections)?;
    header.verifying_key(&ic, source)
}

impl Header {
    pub fn parse(sections: &Sections) -> Result<Self> {
        let source = sections.source;
        let protocol = sections.cursor(section::PROTOCOL)?.u32()?;
        source.ensure(protocol == GROTH16, || format!("protocol {protocol}, expected 1 (Groth16)"))?;
        let mut body = sections.cursor(section::HEADER)?;
        check_prime(&mut body, Fq::MODULUS, source)?;
        check_prime(&mut body, Fr::MODULUS, source)?;
        let n_variables = body.u32()? as usize;
        let n_public = body.u32()? as usize;
        let domain_size = body.u32()? as usize;
        source.ensure(n_public < n_variables, || format!("{n_public} public signals of {n_variables}"))?;
        let power = domain_size.trailing_zeros();
        // H needs the domain of twice the size, and the field has roots of unity of order up to 2^28.
        source.ensure(domain_size.is_power_of_two() && power < Fr::TWO_ADICITY, || {
            format!("a domain of {domain_size} is no power of two that the field supports")
        })?;
        let name = format!("{}: header", source.0);
        let points = Source(&name);
        let header = Header {
            n_variables,
            n_public,
            domain_size,
            alpha_1: point(&mut body, points)?,
            beta_1: point(&mut body, points)?,
            beta_2: point(&mut body, points)?,
            gamma_2: point(&mut body, points)?,
            delta_1: point(&mut body, points)?,
            delta_2: point(&mut body, points)?,
        };
        body.finish("header")?;
        Ok(header)
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for modulus in [Fq::MODULUS, Fr::MODULUS] {
            out.extend_from_slice(&(FIELD_BYTES as u32).to_le_bytes());
            modulus.0.iter().for_each(|limb| out.extend_from_slice(&limb.to_le_bytes()));
        }
        for number in [self.n_variables, self.n_public, self.domain_size] {
            out.extend_from_slice(&(number as u32).to_le_bytes());
        }
        push_point(&mut out, &self.alpha_1);
        push_point(&mut out, &self.beta_1);
        push_point(&mut out, &self.beta_2);
        push_point(&mut out, &self.gamma_2);
        push_point(&mut out, &self.delta_1);
        push_point(&mut out, &self.delta_2);
        out
    }

    pub fn verifying_key(&self, ic: &[G1Affine], source: Source) -> Result<VerifyingKey> {
        VerifyingKey::new(self.alpha_1, self.beta_2, self.gamma_2, self.delta_2, ic.to_vec(), source)
    }

    /// Checks the sizes of the sections of points, on which the sizes of all results depend.
    pub fn check_sizes(&self, sections: &Sections) -> Result<()> {
        let (g1, g2) = (g1::Config::POINT_BYTES, g2::Config::POINT_BYTES);
        sections.check_records(section::A, self.n_variables, g1)?;
        sections.check_records(section::B1, self.n_variables, g1)?;
        sections.check_records(section::B2, self.n_variables, g2)?;
        sections.check_records(section::C, self.n_private(), g1)?;
        sections.check_records(section::H, self.domain_size, g1)
    }

    /// The number of signals that are not public, nor the constant one.
    pub fn n_private(&self) -> usize {
        self.n_variables - self.n_public - 1
    }

    pub fn parse_ic(&self, sections: &Sections) -> Result<Vec<G1Affine>> {
        points::<g1::Config>(sections, section::IC, self.n_public + 1)
    }

    fn parse_coefficients(&self, sections: &Sections) -> Result<Vec<Coefficient>> {
        let source = sections.source;
        let mut buffer = Vec::new();
        let body = coefficient_records(sections, 0, coefficient_count(sections)?, &mut buffer)?;
        let parse = |record: &[u8]| {
            let Entry { in_b, row, signal, value } = self.entry(record, source)?;
            Ok(Coefficient { in_b, row, signal, value: coefficient_value(value, source)? })
        };
        body.par_chunks_exact(COEFFICIENT_BYTES).map(parse).collect()
    }

    /// Parses an entry of a matrix, apart from its value.
    pub fn entry(&self, record: &[u8], source: Source) -> Result<Entry> {
        let word = |i: usize| u32::from_le_bytes(record[4 * i..4 * i + 4].try_into().expect("four bytes"));
        let (matrix, row, signal) = (word(0), word(1), word(2));
        source.ensure(matrix < 2, || format!("a coefficient of matrix {matrix}"))?;
        source.ensure((row as usize) < self.domain_size, || format!("a coefficient in row {row}"))?;
        source.ensure((signal as usize) < self.n_variables, || format!("a coefficient of signal {signal}"))?;
        Ok(Entry { in_b: matrix == 1, row, signal, value: limbs(&record[12..]) })
    }
}

/// A record of the matrices, whose value is as in the file and unchecked.
pub struct Entry {
    pub in_b: bool,
    pub row: u32,
    pub signal: u32,
    pub value: BigInt<4>,
}

/// Returns the number of coefficients, which fill their section.
pub fn coefficient_count(sections: &Sections) -> Result<usize> {
    let source = sections.source;
    let mut buffer = Vec::new();
    let mut head = Cursor::new(sections.part(section::COEFFICIENTS, 0, 4, &mut buffer)?, source);
    let (count, rest) = (head.u32()? as usize, sections.length(section::COEFFICIENTS)? - 4);
    source.ensure(count.checked_mul(COEFFICIENT_BYTES) == Some(rest), || {
        format!("{count} coefficients do not fill a section of {rest} bytes")
    })?;
    Ok(count)
}

/// Returns the records of some coefficients; those of a file are read into the buffer.
pub fn coefficient_records<'b, 'a: 'b>(
    sections: &Sections<'a>,
    start: usize,
    count: usize,
    buffer: &'b mut Vec<u8>,
) -> Result<&'b [u8]> {
    sections.part(section::COEFFICIENTS, 4 + start * COEFFICIENT_BYTES, count * COEFFICIENT_BYTES, buffer)
}

/// Returns the value of a coefficient from the one in the file.
pub fn coefficient_value(raw: BigInt<4>, source: Source) -> Result<Fr> {
    source.ensure(raw < Fr::MODULUS, || "a coefficient is not below r".into())?;
    Ok(Fr::new_unchecked(raw) * *MONTGOMERY_INVERSE)
}

static MONTGOMERY_INVERSE: LazyLock<Fr> = LazyLock::new(|| montgomery_factor().inverse().expect("a unit"));

/// Returns 2^256 mod r. Matrix entries in snarkjs's files contain this factor twice, arkworks' representation once.
fn montgomery_factor() -> Fr {
    Fr::from(2).pow([256])
}

fn check_prime(body: &mut Cursor, modulus: BigInt<4>, source: Source) -> Result<()> {
    let size = body.u32()?;
    source.ensure(size as usize == FIELD_BYTES, || format!("field elements of {size} bytes, expected 32"))?;
    source.ensure(limbs(body.take(FIELD_BYTES)?) == modulus, || "the curve is not BN254".into())
}

/// Reads a finite point of a group.
pub fn point<C: FileCurve>(body: &mut Cursor, source: Source) -> Result<Affine<C>> {
    let point = read_point(body.take(C::POINT_BYTES)?).map_err(|reason| source.error(reason))?;
    source.ensure(!point.is_zero(), || "a point is zero".into())?;
    source.ensure(point.is_in_correct_subgroup_assuming_on_curve(), || "a point is not in the subgroup".into())?;
    Ok(point)
}

/// Reads the points of a section.
pub fn points<C: FileCurve>(sections: &Sections, id: u32, count: usize) -> Result<Vec<Affine<C>>> {
    Ok(coordinates::<C>(sections, id, count)?.into_par_iter().map(Point::affine).collect())
}

/// Reads the coordinates of the points of a section.
pub(crate) fn coordinates<C: FileCurve>(
    sections: &Sections,
    id: u32,
    count: usize,
) -> Result<Vec<Point<C::BaseField>>> {
    let error = |reason: &str| sections.source.error(format!("section {id}: {reason}"));
    sections.parsed(id, (count, C::POINT_BYTES), Point::INFINITY, |bytes, points| {
        for (point, record) in points.iter_mut().zip(bytes.chunks_exact(C::POINT_BYTES)) {
            *point = read_coordinates::<C>(record).map_err(error)?;
        }
        match C::BaseField::are_on_curve(points, C::COEFF_B) {
            true => Ok(()),
            false => Err(error(NOT_ON_CURVE)),
        }
    })
}
