//! `.ptau`: the powers of tau of a phase 1 in snarkjs's format.
//!
//! Files of real ceremonies have gigabytes, so the reader holds only the table of sections and reads the points that
//! are asked for. It checks sizes, and that each point it returns is on its curve. It does not check that the points
//! are powers of one number, nor that points of G2 are in the subgroup.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use ark_bn254::Fq;
use ark_ec::short_weierstrass::Affine;
use ark_ff::PrimeField;
use rayon::prelude::*;

use crate::binfile::{Cursor, MAX_SECTIONS};
use crate::encoding::{limbs, read_point, FileCurve, FIELD_BYTES};
use crate::error::{Result, Source};

/// Section numbers of the format.
pub mod section {
    pub const HEADER: u32 = 1;
    /// tau^i in G1, for i below 2^(power + 1) - 1.
    pub const TAU_1: u32 = 2;
    /// tau^i in G2, for i below 2^power, as in the next two.
    pub const TAU_2: u32 = 3;
    /// alpha * tau^i in G1.
    pub const ALPHA_TAU_1: u32 = 4;
    /// beta * tau^i in G1.
    pub const BETA_TAU_1: u32 = 5;
    pub const BETA_2: u32 = 6;
    pub const CONTRIBUTIONS: u32 = 7;
    /// The Lagrange bases of the domains of 1, 2, 4, ... 2^(power + 1) points at tau in G1, one after the other.
    pub const LAGRANGE_1: u32 = 12;
    /// The same in G2, up to the domain of 2^power, as in the next two.
    pub const LAGRANGE_2: u32 = 13;
    pub const ALPHA_LAGRANGE_1: u32 = 14;
    pub const BETA_LAGRANGE_1: u32 = 15;
}

/// The largest power of the format: the field has roots of unity of order up to 2^28.
pub const MAX_POWER: u32 = 28;
const MAX_PARALLEL_POINTS: usize = 1 << 16;

/// An open file, with its header and table of sections.
pub struct Ptau {
    file: File,
    name: String,
    /// The number of constraints that this file has powers for is 2^power.
    pub power: u32,
    /// The power of the ceremony, of which this file may be a part.
    pub ceremony_power: u32,
    /// Number, place and length of each section.
    sections: Vec<(u32, u64, u64)>,
}

impl Ptau {
    pub fn open(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let source = Source(&name);
        let mut file = File::open(path).map_err(|e| source.io(e))?;
        let sections = read_sections(&mut file, source)?;
        let mut ptau = Ptau { file, name: name.clone(), power: 0, ceremony_power: 0, sections };
        let header = ptau.bytes(section::HEADER, 0, FIELD_BYTES + 12)?;
        let mut header = Cursor::new(&header, source);
        let size = header.u32()?;
        source.ensure(size as usize == FIELD_BYTES, || format!("field elements of {size} bytes, expected 32"))?;
        source.ensure(limbs(header.take(FIELD_BYTES)?) == Fq::MODULUS, || "the curve is not BN254".into())?;
        (ptau.power, ptau.ceremony_power) = (header.u32()?, header.u32()?);
        source.ensure((1..=MAX_POWER).contains(&ptau.power), || {
            format!("power {} is not in 1..={MAX_POWER}", ptau.power)
        })?;
        ptau.check_lengths()?;
        Ok(ptau)
    }

    /// Returns the content of the section of the header.
    pub fn header(power: u32, ceremony_power: u32) -> Vec<u8> {
        let mut out = (FIELD_BYTES as u32).to_le_bytes().to_vec();
        Fq::MODULUS.0.iter().for_each(|limb| out.extend_from_slice(&limb.to_le_bytes()));
        out.extend_from_slice(&power.to_le_bytes());
        out.extend_from_slice(&ceremony_power.to_le_bytes());
        out
    }

    /// Checks that each section of points has the length that the power asks for.
    fn check_lengths(&self) -> Result<()> {
        let size = 1u64 << self.power;
        let (g1, g2) = (2 * FIELD_BYTES as u64, 4 * FIELD_BYTES as u64);
        let mut expected = vec![
            (section::HEADER, 4 + FIELD_BYTES as u64 + 8),
            (section::TAU_1, (2 * size - 1) * g1),
            (section::TAU_2, size * g2),
            (section::ALPHA_TAU_1, size * g1),
            (section::BETA_TAU_1, size * g1),
            (section::BETA_2, g2),
        ];
        if self.is_prepared() {
            expected.extend([
                (section::LAGRANGE_1, (4 * size - 1) * g1),
                (section::LAGRANGE_2, (2 * size - 1) * g2),
                (section::ALPHA_LAGRANGE_1, (2 * size - 1) * g1),
                (section::BETA_LAGRANGE_1, (2 * size - 1) * g1),
            ]);
        }
        expected.into_iter().try_for_each(|(id, length)| {
            let found = self.length(id)?;
            self.source().ensure(found == length, || {
                format!("section {id} has {found} bytes, {length} expected for power {}", self.power)
            })
        })
    }

    pub fn source(&self) -> Source<'_> {
        Source(&self.name)
    }

    /// Returns whether the file is prepared for phase 2: it has Lagrange bases.
    pub fn is_prepared(&self) -> bool {
        self.sections.iter().any(|(id, ..)| *id == section::LAGRANGE_1)
    }

    /// Returns the length of a section in bytes.
    pub fn length(&self, id: u32) -> Result<u64> {
        self.place(id).map(|(_, length)| length)
    }

    /// Reads bytes of a section.
    pub fn bytes(&mut self, id: u32, offset: u64, count: usize) -> Result<Vec<u8>> {
        let (_, length) = self.place(id)?;
        self.source().ensure(offset.checked_add(count as u64).is_some_and(|end| end <= length), || {
            format!("section {id} has {length} bytes, too few")
        })?;
        self.bytes_from(id, offset, count)
    }

    /// Reads bytes of the file from a place in a section on, beyond the end of the section too.
    pub fn bytes_from(&mut self, id: u32, offset: u64, count: usize) -> Result<Vec<u8>> {
        let (start, _) = self.place(id)?;
        let mut bytes = vec![0; count];
        let read = self.file.seek(SeekFrom::Start(start + offset)).and_then(|_| self.file.read_exact(&mut bytes));
        read.map_err(|e| self.source().io(e))?;
        Ok(bytes)
    }

    /// Reads `count` points of a section from the point `first` on.
    pub fn points<C: FileCurve>(&mut self, id: u32, first: usize, count: usize) -> Result<Vec<Affine<C>>> {
        let size = C::POINT_BYTES;
        let mut out = Vec::with_capacity(count.min(MAX_PARALLEL_POINTS));
        while out.len() < count {
            let next = (count - out.len()).min(MAX_PARALLEL_POINTS);
            let bytes = self.bytes(id, (first + out.len()) as u64 * size as u64, next * size)?;
            let parsed: std::result::Result<Vec<_>, _> = bytes.par_chunks_exact(size).map(read_point::<C>).collect();
            out.extend(parsed.map_err(|reason| self.source().error(format!("section {id}: {reason}")))?);
        }
        Ok(out)
    }

    /// Reads the Lagrange basis of the domain of 2^power points from one of the sections of bases.
    pub fn lagrange<C: FileCurve>(&mut self, id: u32, power: u32) -> Result<Vec<Affine<C>>> {
        let size = 1usize << power;
        self.points(id, size - 1, size)
    }

    fn place(&self, id: u32) -> Result<(u64, u64)> {
        let found = self.sections.iter().find(|(other, ..)| *other == id);
        found.map(|&(_, start, length)| (start, length)).ok_or_else(|| {
            self.source().error(if id >= section::LAGRANGE_1 {
                format!("section {id} is missing: the file is not prepared for phase 2")
            } else {
                format!("section {id} is missing")
            })
        })
    }
}

/// Reads the container's header and the headers of its sections.
fn read_sections(file: &mut File, source: Source) -> Result<Vec<(u32, u64, u64)>> {
    let end = file.metadata().map_err(|e| source.io(e))?.len();
    let mut position = 0u64;
    let mut take = |count: usize, skip: u64| -> Result<Vec<u8>> {
        position += skip;
        source.ensure(position + count as u64 <= end, || "truncated, or not a .ptau file".into())?;
        let mut bytes = vec![0; count];
        file.seek(SeekFrom::Start(position)).and_then(|_| file.read_exact(&mut bytes)).map_err(|e| source.io(e))?;
        position += count as u64;
        Ok(bytes)
    };
    let head = take(12, 0)?;
    let mut head = Cursor::new(&head, source);
    source.ensure(head.take(4)? == b"ptau", || "not a .ptau file".into())?;
    let (version, count) = (head.u32()?, head.u32()?);
    source.ensure(version == 1, || format!(".ptau version {version}, expected 1"))?;
    source.ensure(count <= MAX_SECTIONS, || format!("{count} sections, at most {MAX_SECTIONS} expected"))?;
    let mut sections: Vec<(u32, u64, u64)> = Vec::new();
    let (mut start, mut length) = (12u64, 0u64);
    for _ in 0..count {
        let head = take(12, length)?;
        start += length + 12;
        let mut head = Cursor::new(&head, source);
        let id = head.u32()?;
        length = head.u64()?;
        source.ensure(length <= end - start, || format!("section {id} is truncated"))?;
        source.ensure(sections.iter().all(|(other, ..)| *other != id), || format!("section {id} occurs twice"))?;
        sections.push((id, start, length));
    }
    source.ensure(start + length == end, || "bytes too many at the end of the file".into())?;
    Ok(sections)
}
