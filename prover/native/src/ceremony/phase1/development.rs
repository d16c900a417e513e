//! Single-party `.ptau` files, prepared for phase 2, for tests of snarkjs's setup and contributions. They replace
//! `snarkjs powersoftau new`, `contribute` and `prepare phase2`, which take many minutes. They are not a ceremony.

use std::path::Path;

use ark_bn254::Fr;
use ark_ff::Field;
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::binfile::Writer;
use crate::ceremony::ptau::Ptau;
use crate::encoding::points_bytes;
use crate::error::{Error, Result};
use crate::secret::random_scalar;
use crate::setup::{powers, scaled, Generators};

/// The largest supported power: 2^20 constraints, about 1.5 GB.
const MAX_POWER: u32 = 20;

/// The secret numbers of a phase 1.
#[derive(Zeroize, ZeroizeOnDrop)]
struct ToxicWaste {
    tau: Fr,
    alpha: Fr,
    beta: Fr,
}

pub fn development_phase1(path: &Path, power: u32) -> Result<()> {
    if !(1..=MAX_POWER).contains(&power) {
        return Err(Error::Value(format!("power {power} is not in 1..={MAX_POWER}")));
    }
    let secret = ToxicWaste { tau: random_scalar()?, alpha: random_scalar()?, beta: random_scalar()? };
    let size = 1usize << power;
    let generators = Generators::new(size);
    let g1 = |scalars: &[Fr]| points_bytes(&generators.g1(scalars));
    let g2 = |scalars: &[Fr]| points_bytes(&generators.g2(scalars));
    let powers_of_tau = powers(secret.tau, Fr::ONE, 2 * size - 1);
    let basis = lagrange_bases(&powers_of_tau, power)?;
    // The basis in G1 has one domain more than the others.
    let short = &basis[..2 * size - 1];

    let mut writer = Writer::create(path, b"ptau", 1, 11)?;
    writer.section(1, &Ptau::header(power, power))?;
    writer.section(2, &g1(&powers_of_tau))?;
    writer.section(3, &g2(&powers_of_tau[..size]))?;
    writer.section(4, &g1(&powers(secret.tau, secret.alpha, size)))?;
    writer.section(5, &g1(&powers(secret.tau, secret.beta, size)))?;
    writer.section(6, &g2(&[secret.beta]))?;
    writer.section(7, &0u32.to_le_bytes())?;
    writer.section(12, &g1(&basis))?;
    writer.section(13, &g2(short))?;
    writer.section(14, &g1(&scaled(short, secret.alpha)))?;
    writer.section(15, &g1(&scaled(short, secret.beta)))?;
    writer.finish()
}

/// Returns the concatenated Lagrange bases of the domains 2^0, 2^1, ..., 2^(power + 1) at tau. As in snarkjs's files,
/// the last is without the highest power, which phase 1 does not have.
fn lagrange_bases(powers: &[Fr], power: u32) -> Result<Zeroizing<Vec<Fr>>> {
    let mut out = Zeroizing::new(Vec::with_capacity(4 << power));
    for p in 0..=power + 1 {
        let too_large = || Error::Value("the domain is too large".into());
        let domain = Radix2EvaluationDomain::<Fr>::new(1 << p).ok_or_else(too_large)?;
        let present = powers.len().min(1 << p);
        let basis: Zeroizing<Vec<Fr>> = Zeroizing::new(domain.ifft(&powers[..present]));
        out.extend_from_slice(&basis);
    }
    Ok(out)
}
