//! Whether a proving key, with any number of contributions, is that of a circuit and a phase 1.
//!
//! Points are compared by sums with random weights of 128 bits, one for each wire or row, so that unequal points pass
//! with a probability of at most 2^-128. On the side of the phase 1 such a sum has one scalar for each distinct linear
//! combination of the circuit. C is computed for each wire nevertheless, because the circuit hash covers it.

use ark_bn254::{g1, Fr, G1Affine, G2Affine};
use ark_ec::short_weierstrass::{Affine, Projective};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{BigInt, PrimeField};

use super::combinations::Combinations;
use super::endomorphism::Endomorphism;
use super::initial::{domain_size, initial_header, quotient_points, Bases};
use super::keypair::same_ratio;
use super::ptau::Ptau;
use super::{circuit_hash, subgroup};
use crate::affine::Point;
use crate::binfile::Sections;
use crate::error::{Result, Source};
use crate::msm;
use crate::r1cs::R1cs;
use crate::secret;
use crate::setup::{coefficients, Progress};
use crate::zkey::{Coefficient, Header, ProvingKey};

const STAGES: usize = 6;

/// Checks a key against a circuit and, if there is one, a phase 1 that is prepared for phase 2.
///
/// Without a phase 1 it checks sizes, coefficients, that all points are in their groups, and that those which the key
/// has in both groups are the same multiples. With a phase 1, all points are the circuit's up to delta.
pub fn check_key(
    (zkey, source): (&[u8], Source),
    (r1cs, r1cs_source): (&[u8], Source),
    ptau: Option<&mut Ptau>,
    progress: Progress,
) -> Result<()> {
    progress("circuit", 0, STAGES)?;
    let circuit = R1cs::parse(r1cs, r1cs_source)?;
    let key = ProvingKey::parse_any(&Sections::parse(zkey, b"zkey", 1, source)?)?;
    check_circuit(&key, &circuit, source)?;
    progress("groups", 1, STAGES)?;
    check_groups(&key, source)?;
    if let Some(ptau) = ptau {
        let stated = circuit_hash::stated(zkey, source)?;
        check_points(key, &circuit, ptau, source, progress, stated)?;
    }
    progress("done", STAGES, STAGES)
}

/// Checks sizes and coefficients.
fn check_circuit(key: &ProvingKey, circuit: &R1cs, source: Source) -> Result<()> {
    let header = &key.header;
    for (name, found, expected) in [
        ("signals", header.n_variables, circuit.n_wires),
        ("public signals", header.n_public, circuit.n_public()),
        ("rows", header.domain_size, domain_size(circuit)),
    ] {
        source.ensure(found == expected, || {
            format!("a key of another circuit: {found} {name}, but this circuit has {expected}")
        })?;
    }
    let expected = coefficients(circuit);
    let same =
        |a: &Coefficient, b: &Coefficient| (a.in_b, a.row, a.signal, a.value) == (b.in_b, b.row, b.signal, b.value);
    let difference = key.coefficients.iter().zip(&expected).find(|(found, expected)| !same(found, expected));
    if let Some((_, Coefficient { in_b, row, .. })) = difference {
        let side = if *in_b { "b" } else { "a" };
        return Err(source.error(format!("a key of another circuit: its coefficients of {side} in row {row} differ")));
    }
    source.ensure(key.coefficients.len() == expected.len(), || {
        format!("a key of another circuit: {} coefficients, {} expected", key.coefficients.len(), expected.len())
    })
}

/// Checks that points are in their groups, and that those of beta, delta and B are the same in both.
fn check_groups(key: &ProvingKey, source: Source) -> Result<()> {
    // On G1's curve all points are in the group, and those of the header were checked by the reader.
    source.ensure(subgroup::all_inside(&key.b2)?, || "section 7: a point of B2 is not in the subgroup".into())?;
    let (g1, g2) = (G1Affine::generator(), G2Affine::generator());
    let Header { beta_1, beta_2, gamma_2, delta_1, delta_2, .. } = &key.header;
    source.ensure(*gamma_2 == g2, || "gamma is not the generator, as in keys of a ceremony".into())?;
    for (name, one, two) in [("beta", beta_1, beta_2), ("delta", delta_1, delta_2)] {
        source.ensure(same_ratio((&g1, one), (&g2, two)), || format!("{name} differs between the groups"))?;
    }
    let weights = Weights::random(key.b1.len())?;
    let (one, two) = rayon::join(|| weights.sum(&key.b1).into_affine(), || weights.sum(&key.b2).into_affine());
    let same = if one.is_zero() || two.is_zero() {
        one.is_zero() == two.is_zero()
    } else {
        same_ratio((&g1, &one), (&g2, &two))
    };
    source.ensure(same, || "sections 6 and 7: B differs between the groups".into())
}

/// Checks the points and the stated circuit hash against a phase 1.
fn check_points(
    key: ProvingKey,
    circuit: &R1cs,
    ptau: &mut Ptau,
    source: Source,
    progress: Progress,
    stated: circuit_hash::Hash,
) -> Result<()> {
    let expected = initial_header(circuit, ptau)?;
    let (size, delta) = (expected.domain_size, key.header.delta_2);
    for (name, same) in [
        ("alpha", key.header.alpha_1 == expected.alpha_1),
        ("beta", key.header.beta_1 == expected.beta_1 && key.header.beta_2 == expected.beta_2),
    ] {
        source.ensure(same, || format!("a key of another phase 1: {name} differs"))?;
    }
    let differ = |section: u32, name: &str, same: bool| {
        source
            .ensure(same, || format!("section {section}: the points {name} are not those of this circuit and phase 1"))
    };
    let combinations = Combinations::new(circuit);
    let bases = Bases::read(ptau, size)?;
    let weights = Weights::random(circuit.n_wires)?;
    let scalars = combinations.matrix.weighted(&weights.0);

    progress("A and B points", 2, STAGES)?;
    let tau = &bases.tau;
    differ(5, "A", weights.sum(&key.a) == sum(&combinations.bases::<g1::Config>([tau, &[], &[]]), &scalars))?;
    differ(6, "B1", weights.sum(&key.b1) == sum(&combinations.bases::<g1::Config>([&[], tau, &[]]), &scalars))?;
    // B2 is the same in G2, as `check_groups` found.

    progress("H points", 3, STAGES)?;
    let quotient = quotient_points(ptau, size)?;
    differ(9, "H", weighs_the_same(&key.h, &quotient, &delta)?)?;
    progress("IC and C points", 4, STAGES)?;
    let (ic, c) = bases.combined(&combinations, key.header.n_public);
    differ(3, "IC", key.ic == ic)?;
    differ(8, "C", weighs_the_same(&key.c, &c, &delta)?)?;

    progress("circuit hash", 5, STAGES)?;
    let initial = ProvingKey { header: expected, ic, c, ..key };
    source.ensure(circuit_hash::of(&initial, ptau)? == stated, || {
        "section 10: the circuit hash is not that of the initial key of this circuit and phase 1".into()
    })
}

/// Returns whether `after` times delta is `before`, for all points.
fn weighs_the_same(after: &[G1Affine], before: &[G1Affine], delta: &G2Affine) -> Result<bool> {
    let weights = Weights::random(before.len())?;
    let (after, before) = (weights.sum(after).into_affine(), weights.sum(before).into_affine());
    Ok(if after.is_zero() || before.is_zero() {
        after.is_zero() && before.is_zero()
    } else {
        same_ratio((&after, &before), (&G2Affine::generator(), delta))
    })
}

/// Random weights of 128 bits.
pub struct Weights(Vec<Fr>);

impl Weights {
    pub fn random(count: usize) -> Result<Self> {
        secret::random_weights(count).map(Weights)
    }

    pub fn sum<C: Endomorphism>(&self, points: &[Affine<C>]) -> Projective<C> {
        msm::Bases::new(points).msm(&integers(&self.0))
    }
}

fn sum<C: Endomorphism>(points: &[Point<C::BaseField>], scalars: &[Fr]) -> Projective<C> {
    let points: Vec<Affine<C>> = points.iter().map(|point| point.affine()).collect();
    msm::Bases::new(&points).msm(&integers(scalars))
}

fn integers(scalars: &[Fr]) -> Vec<BigInt<4>> {
    scalars.iter().map(|scalar| scalar.into_bigint()).collect()
}
