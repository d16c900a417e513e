//! Preparation of a phase-1 file for phase 2: the Lagrange bases of all domains.

use std::path::Path;

use ark_bn254::{g1, g2};
use ark_ec::short_weierstrass::Affine;

use super::accumulator::{CHUNK, MAX_POWER};
use crate::binfile::{refuse_same_file, Writer};
use crate::ceremony::endomorphism::Endomorphism;
use crate::ceremony::lagrange::inverse_transform;
use crate::ceremony::ptau::{section, Ptau};
use crate::encoding::points_bytes;
use crate::error::Result;
use crate::setup::Progress;

/// The sections that are copied.
const COPIED: [u32; 6] = [
    section::TAU_1,
    section::TAU_2,
    section::ALPHA_TAU_1,
    section::BETA_TAU_1,
    section::BETA_2,
    section::CONTRIBUTIONS,
];

/// Writes a phase-1 file with the Lagrange bases that setups of circuits need; it is the file of snarkjs's
/// `powersoftau prepare phase2`. The file is not checked: that is what `verify` does, before or after.
pub fn prepare(path: &Path, out: &Path, progress: Progress) -> Result<()> {
    refuse_same_file(path, out)?;
    let mut ptau = Ptau::open(path)?;
    let power = ptau.power;
    ptau.source().ensure(power <= MAX_POWER, || format!("power {power}, at most {MAX_POWER} can be prepared"))?;
    let mut writer = Writer::create(out, b"ptau", 1, 11)?;
    writer.section(section::HEADER, &Ptau::header(power, ptau.ceremony_power))?;
    for id in COPIED {
        progress("copying", 0, 1)?;
        copy(&mut ptau, &mut writer, id)?;
    }
    let total = work(power + 1) + 3 * work(power);
    let mut bases = Bases { ptau, writer, progress, done: 0, total };
    bases.write::<g1::Config>(section::TAU_1, section::LAGRANGE_1, power + 1)?;
    bases.write::<g2::Config>(section::TAU_2, section::LAGRANGE_2, power)?;
    bases.write::<g1::Config>(section::ALPHA_TAU_1, section::ALPHA_LAGRANGE_1, power)?;
    bases.write::<g1::Config>(section::BETA_TAU_1, section::BETA_LAGRANGE_1, power)?;
    (bases.progress)("writing", total, total)?;
    bases.writer.finish()
}

/// Returns the number of points in all stages of all transforms of a section.
fn work(power: u32) -> usize {
    (0..=power).map(|p| (p as usize) << p).sum()
}

fn copy(ptau: &mut Ptau, writer: &mut Writer, id: u32) -> Result<()> {
    const BYTES: u64 = 1 << 24;
    let length = ptau.length(id)?;
    writer.begin(id, length)?;
    for offset in (0..length).step_by(BYTES as usize) {
        let count = BYTES.min(length - offset) as usize;
        writer.write(&ptau.bytes(id, offset, count)?)?;
    }
    Ok(())
}

struct Bases<'a> {
    ptau: Ptau,
    writer: Writer,
    progress: Progress<'a>,
    done: usize,
    total: usize,
}

impl Bases<'_> {
    /// Writes the bases of the domains of 1, 2, 4, ..., 2^power points, made from a section of powers.
    fn write<C: Endomorphism>(&mut self, powers: u32, lagrange: u32, power: u32) -> Result<()> {
        let points = (2usize << power) - 1;
        self.writer.begin(lagrange, (points * C::POINT_BYTES) as u64)?;
        for p in 0..=power {
            let size = 1usize << p;
            // The highest power of the largest domain in G1 is not in the file; the polynomials have a lower degree.
            let count = size.min(self.ptau.length(powers)? as usize / C::POINT_BYTES);
            let mut values = self.ptau.points::<C>(powers, 0, count)?;
            values.resize(size, Affine::identity());
            let Bases { progress, done, total, .. } = self;
            inverse_transform(&mut values, &mut || {
                *done += size;
                progress("Lagrange bases", *done, *total)
            })?;
            for chunk in values.chunks(CHUNK) {
                self.writer.write(&points_bytes(chunk))?;
            }
        }
        Ok(())
    }
}
