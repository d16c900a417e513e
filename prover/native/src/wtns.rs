//! `.wtns`: the values of all wires.

use ark_bn254::Fr;
use ark_ff::Field;
use zeroize::Zeroizing;

use crate::binfile::Sections;
use crate::encoding::{scalar, FIELD_BYTES};
use crate::error::{Result, Source};
use crate::r1cs::check_field;

/// The values of all wires, wiped when dropped. Wire 0 is one.
pub type Witness = Zeroizing<Vec<Fr>>;

pub fn parse(bytes: &[u8], source: Source) -> Result<Witness> {
    let sections = Sections::parse(bytes, b"wtns", 2, source)?;
    let mut header = sections.cursor(1)?;
    check_field(&mut header, source)?;
    let count = header.u32()? as usize;
    header.finish("header")?;
    let records = sections.records(2, count, FIELD_BYTES)?;
    let mut witness = Zeroizing::new(Vec::with_capacity(count));
    for (index, bytes) in records.chunks_exact(FIELD_BYTES).enumerate() {
        witness.push(scalar(bytes).ok_or_else(|| source.error(format!("the value of wire {index} is not below r")))?);
    }
    source.ensure(witness.first() == Some(&Fr::ONE), || "wire 0 is not one".into())?;
    Ok(witness)
}
