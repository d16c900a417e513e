//! The start of a phase 1.

use std::path::Path;

use ark_bn254::{g1, g2};

use crate::binfile::Writer;
use crate::ceremony::ptau::{section, Ptau};
use crate::encoding::{points_bytes, FileCurve};
use crate::error::{Error, Result};

/// The largest power of a new file: preparation needs a domain of twice the size, and the field has none above 2^28.
pub const MAX_POWER: u32 = 27;

/// The number of points that are read, computed and written at once.
pub const CHUNK: usize = 1 << 16;

/// Writes the file of a phase 1 without contributions, for circuits with up to 2^power constraints: tau, alpha and beta
/// are one.
pub fn new(path: &Path, power: u32) -> Result<()> {
    if !(1..=MAX_POWER).contains(&power) {
        return Err(Error::Value(format!("power {power} is not in 1..={MAX_POWER}")));
    }
    let size = 1usize << power;
    let mut writer = Writer::create(path, b"ptau", 1, 7)?;
    writer.section(section::HEADER, &Ptau::header(power, power))?;
    write_generators::<g1::Config>(&mut writer, section::TAU_1, 2 * size - 1)?;
    write_generators::<g2::Config>(&mut writer, section::TAU_2, size)?;
    write_generators::<g1::Config>(&mut writer, section::ALPHA_TAU_1, size)?;
    write_generators::<g1::Config>(&mut writer, section::BETA_TAU_1, size)?;
    write_generators::<g2::Config>(&mut writer, section::BETA_2, 1)?;
    writer.section(section::CONTRIBUTIONS, &0u32.to_le_bytes())?;
    writer.finish()
}

fn write_generators<C: FileCurve>(writer: &mut Writer, id: u32, count: usize) -> Result<()> {
    let chunk = points_bytes(&vec![C::GENERATOR; count.min(CHUNK)]);
    writer.begin(id, (count * C::POINT_BYTES) as u64)?;
    let mut left = count * C::POINT_BYTES;
    while left > 0 {
        let next = left.min(chunk.len());
        writer.write(&chunk[..next])?;
        left -= next;
    }
    Ok(())
}
