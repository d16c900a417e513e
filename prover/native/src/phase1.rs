//! Single-party `.ptau` files, prepared for phase 2, for tests of snarkjs's setup and contributions. They replace
//! `snarkjs powersoftau new`, `contribute` and `prepare phase2`, which take many minutes. They are not a ceremony.

use std::path::Path;

use ark_bn254::{Fq, Fr};
use ark_ff::{Field, PrimeField};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::binfile::Writer;
use crate::encoding::{points_bytes, FIELD_BYTES};
use crate::error::{Error, Result};
use crate::secret::random_scalar;
use crate::setup::{lagrange, powers, scaled, Generators};

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
    let basis = lagrange_bases(secret.tau, power)?;
    // The basis in G1 has one domain more than the others.
    let short = &basis[..2 * size - 1];

    let mut writer = Writer::create(path, b"ptau", 1, 11)?;
    writer.section(1, &header(power))?;
    writer.section(2, &g1(&powers(secret.tau, Fr::ONE, 2 * size - 1)))?;
    writer.section(3, &g2(&powers(secret.tau, Fr::ONE, size)))?;
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

/// Returns the concatenated Lagrange bases of the domains 2^0, 2^1, ..., 2^(power + 1).
fn lagrange_bases(tau: Fr, power: u32) -> Result<zeroize::Zeroizing<Vec<Fr>>> {
    let mut out = zeroize::Zeroizing::new(Vec::with_capacity(4 << power));
    for p in 0..=power + 1 {
        let basis = lagrange(1 << p, tau).ok_or(Error::Value("the domain is too large".into()))?;
        out.extend_from_slice(&basis);
    }
    Ok(out)
}

fn header(power: u32) -> Vec<u8> {
    let mut out = (FIELD_BYTES as u32).to_le_bytes().to_vec();
    Fq::MODULUS.0.iter().for_each(|limb| out.extend_from_slice(&limb.to_le_bytes()));
    // The power of this file and that of its ceremony.
    out.extend_from_slice(&power.to_le_bytes());
    out.extend_from_slice(&power.to_le_bytes());
    out
}
