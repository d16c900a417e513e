//! Verification of a phase 1: all contributions, all powers, and the Lagrange bases if the file has them.
//!
//! Powers P_0, P_1, ... of a section are those of one number if sum x^i P_i for a random x says so: the sums without the
//! last and without the first point have the ratio tau, by one pairing equation. The partial sums up to each power of
//! two also verify the Lagrange bases L_j, for P_i = sum_j w^(ij) L_j in the domain of n points that w generates:
//! sum_(i<n) x^i P_i = sum_j (x^n - 1) / (x w^j - 1) L_j. x is drawn after the file is made, and a wrong point is a
//! coefficient of a polynomial in x that is not zero, so that at most 2^28 of the 2^254 values of x miss it.
//!
//! snarkjs leaves unchecked, and ours refuses: contributions whose secret is one, a response that is not the hash of the
//! points, points outside of their groups, and another point in place of the highest power in the largest basis.

use std::path::Path;

use ark_bn254::{g1, g2, Fr, G1Affine, G2Affine};
use ark_ec::short_weierstrass::{Affine, Projective};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{batch_inversion, AdditiveGroup, FftField, Field, PrimeField};
use blake2::{Blake2b512, Digest};

use super::accumulator::{CHUNK, MAX_POWER};
use super::blake2b::Blake2b;
use super::contribute::{check_first_powers, encoded};
use super::group::Group;
use super::records::{response_hash, Record, Records};
use crate::ceremony::keypair::same_ratio;
use crate::ceremony::ptau::{section, Ptau};
use crate::encoding::{push_compressed, push_uncompressed};
use crate::error::Result;
use crate::msm::Bases;
use crate::secret::random_scalar;
use crate::setup::{powers, Progress};

/// A verified phase 1.
pub struct Verified {
    pub power: u32,
    /// The Lagrange bases are in the file, and they are those of the powers.
    pub prepared: bool,
    pub records: Vec<Record>,
}

/// Verifies a file. Names and the hashes of all contributions but the last are only what the file says: a contributor
/// looks for the hash of the own response.
pub fn verify(path: &Path, progress: Progress) -> Result<Verified> {
    let mut ptau = Ptau::open(path)?;
    let (power, prepared) = (ptau.power, ptau.is_prepared());
    ptau.source().ensure(power <= MAX_POWER, || format!("power {power}, at most {MAX_POWER} can be verified"))?;
    let records = Records::read(&mut ptau)?;
    let source = ptau.source();
    source.ensure(!records.list.is_empty(), || "no contribution: tau, alpha and beta are one".into())?;
    records.check(source)?;
    check_first_powers(&mut ptau, &records.values())?;

    let size = 1usize << power;
    let total = if prepared { 5 * size + 10 * size } else { 5 * size };
    let hashes = Hashes::new(&records);
    let mut file = File { ptau, x: random_scalar()?, hashes, progress, done: 0, total };
    file.check(&records, prepared)?;
    records.check_beacons(file.ptau.source(), file.progress)?;
    Ok(Verified { power, prepared, records: records.list })
}

/// The hashes of the last contribution.
struct Hashes {
    response: Blake2b,
    challenge: Blake2b512,
}

impl Hashes {
    fn new(records: &Records) -> Self {
        let mut response = Blake2b::new();
        response.update(&records.challenge_of_last());
        let challenge = records.list.last().map(Record::hash).unwrap_or([0; 64]);
        Hashes { response, challenge: Blake2b512::new_with_prefix(challenge) }
    }

    fn add<C: Group>(&mut self, points: &[Affine<C>]) {
        encoded(points, push_compressed).iter().for_each(|bytes| self.response.update(bytes));
        encoded(points, push_uncompressed).iter().for_each(|bytes| self.challenge.update(bytes));
    }
}

struct File<'a> {
    ptau: Ptau,
    /// Drawn for this verification.
    x: Fr,
    hashes: Hashes,
    progress: Progress<'a>,
    done: usize,
    total: usize,
}

/// Sums of x^i P_i.
struct Sums<C: Group> {
    /// Over the first 1, 2, 4, ... points; the last is over all.
    partial: Vec<Projective<C>>,
    without_first: Projective<C>,
    without_last: Projective<C>,
}

impl File<'_> {
    fn check(&mut self, records: &Records, prepared: bool) -> Result<()> {
        let size = 1usize << self.ptau.power;
        let values = records.values();
        let (g1, g2) = (G1Affine::generator(), G2Affine::generator());
        let in_g1 = |sums: &Sums<g1::Config>| {
            same_ratio((&sums.without_last.into_affine(), &sums.without_first.into_affine()), (&g2, &values.tau_2))
        };

        let tau_1 = self.sums::<g1::Config>(section::TAU_1, 2 * size - 1)?;
        self.ensure_powers(section::TAU_1, in_g1(&tau_1))?;
        let whole = self.ptau.points::<g1::Config>(section::TAU_1, size, 1)?[0];
        self.ptau.source().ensure(whole.x != g1.x, || {
            format!("tau^(2^{}) is one or minus one: tau is in the domain", self.ptau.power)
        })?;
        let tau_2 = self.sums::<g2::Config>(section::TAU_2, size)?;
        let (lower, upper) = (tau_2.without_last.into_affine(), tau_2.without_first.into_affine());
        self.ensure_powers(section::TAU_2, same_ratio((&g1, &values.tau_1), (&lower, &upper)))?;
        let alpha = self.sums::<g1::Config>(section::ALPHA_TAU_1, size)?;
        self.ensure_powers(section::ALPHA_TAU_1, in_g1(&alpha))?;
        let beta = self.sums::<g1::Config>(section::BETA_TAU_1, size)?;
        self.ensure_powers(section::BETA_TAU_1, in_g1(&beta))?;
        self.hashes.add::<g2::Config>(&[values.beta_2]);
        self.check_hashes(records)?;

        if prepared {
            let (all, smaller) = tau_1.partial.split_last().expect("a sum");
            self.check_lagrange(section::LAGRANGE_1, smaller)?;
            self.check_largest_basis(all)?;
            self.check_lagrange(section::LAGRANGE_2, &tau_2.partial)?;
            self.check_lagrange(section::ALPHA_LAGRANGE_1, &alpha.partial)?;
            self.check_lagrange(section::BETA_LAGRANGE_1, &beta.partial)?;
        }
        Ok(())
    }

    fn ensure_powers(&self, id: u32, holds: bool) -> Result<()> {
        let reason = || format!("section {id}: the points are not powers of the last contribution's tau");
        self.ptau.source().ensure(holds, reason)
    }

    /// Reads points and checks their group.
    fn points<C: Group>(&mut self, id: u32, first: usize, count: usize) -> Result<Vec<Affine<C>>> {
        (self.progress)("points", self.done, self.total)?;
        self.done += count;
        let points = self.ptau.points::<C>(id, first, count)?;
        let inside = C::all_inside(&points)?;
        self.ptau.source().ensure(inside, || format!("section {id}: a point is not in the subgroup"))?;
        Ok(points)
    }

    fn sums<C: Group>(&mut self, id: u32, count: usize) -> Result<Sums<C>> {
        let (mut sum, mut partial) = (Projective::<C>::ZERO, Vec::new());
        let (mut done, mut scalar) = (0, Fr::ONE);
        let (mut head, mut last) = (Affine::identity(), Affine::identity());
        while done < count {
            // Up to the next power of two, in chunks.
            let boundary = if done == 0 { 1 } else { (done + 1).next_power_of_two() };
            let next = CHUNK.min(boundary - done).min(count - done);
            let points = self.points::<C>(id, done, next)?;
            self.hashes.add(&points);
            sum += weighted(&points, &powers(self.x, scalar, next));
            if done == 0 {
                head = points[0];
            }
            last = points[next - 1];
            scalar *= self.x.pow([next as u64]);
            done += next;
            if done == boundary || done == count {
                partial.push(sum);
            }
        }
        // `scalar` is x^count.
        let inverse = self.x.inverse().expect("not zero but for a probability of 2^-254");
        let without_last = sum - last * (scalar * inverse);
        let without_first = (sum - head) * inverse;
        Ok(Sums { partial, without_first, without_last })
    }

    /// Checks the bases of the domains of 1, 2, 4, ... points.
    fn check_lagrange<C: Group>(&mut self, id: u32, partial: &[Projective<C>]) -> Result<()> {
        for (power, expected) in (0..).zip(partial) {
            let sum = self.basis_sum::<C>(id, power)?;
            self.ensure_lagrange(id, power, sum == *expected)?;
        }
        Ok(())
    }

    fn ensure_lagrange(&self, id: u32, power: u32, holds: bool) -> Result<()> {
        let reason = || format!("section {id}: the Lagrange basis of 2^{power} points is not that of the powers");
        self.ptau.source().ensure(holds, reason)
    }

    /// Checks the largest basis in G1. Its domain has n = 2^(power + 1) points, but the file has no power n - 1: a whole
    /// file's basis is made with zero instead, and that of a part of a ceremony with the power that the ceremony has.
    fn check_largest_basis(&mut self, expected: &Projective<g1::Config>) -> Result<()> {
        let power = self.ptau.power + 1;
        let sum = self.basis_sum::<g1::Config>(section::LAGRANGE_1, power)?;
        let scale = self.x.pow([(1u64 << power) - 1]).inverse().expect("x is not zero");
        let highest = ((sum - expected) * scale).into_affine();
        let half = 1usize << self.ptau.power;
        let lower = self.ptau.points::<g1::Config>(section::TAU_1, half, 1)?[0];
        let factor = self.ptau.points::<g2::Config>(section::TAU_2, half - 1, 1)?[0];
        let holds = highest.is_zero() || same_ratio((&lower, &highest), (&G2Affine::generator(), &factor));
        self.ensure_lagrange(section::LAGRANGE_1, power, holds)
    }

    /// Returns the sum over a basis that is the sum of x^i P_i if the basis is that of these powers.
    fn basis_sum<C: Group>(&mut self, id: u32, power: u32) -> Result<Projective<C>> {
        let size = 1usize << power;
        let root = Fr::get_root_of_unity(size as u64).expect("a domain of the field");
        let factor = self.x.pow([size as u64]) - Fr::ONE;
        let (mut sum, mut point) = (Projective::<C>::ZERO, self.x);
        for first in (0..size).step_by(CHUNK) {
            let next = CHUNK.min(size - first);
            let basis = self.points::<C>(id, size - 1 + first, next)?;
            let mut scalars: Vec<Fr> = powers(root, point, next).iter().map(|value| *value - Fr::ONE).collect();
            batch_inversion(&mut scalars);
            scalars.iter_mut().for_each(|value| *value *= factor);
            sum += weighted(&basis, &scalars);
            point *= root.pow([next as u64]);
        }
        Ok(sum)
    }

    /// Compares the hashes of all points with those of the last contribution. A part of a ceremony lacks points.
    fn check_hashes(&self, records: &Records) -> Result<()> {
        let Some(last) = records.list.last().filter(|_| self.ptau.power == self.ptau.ceremony_power) else {
            return Ok(());
        };
        let source = self.ptau.source();
        source.ensure(response_hash(self.hashes.response.clone(), &last.keys) == last.hash(), || {
            "the response of the last contribution is not the hash of the file's points".into()
        })?;
        let challenge: [u8; 64] = self.hashes.challenge.clone().finalize().into();
        source.ensure(challenge == last.challenge, || {
            "the challenge after the last contribution is not the hash of the file's points".into()
        })
    }
}

fn weighted<C: Group>(points: &[Affine<C>], scalars: &[Fr]) -> Projective<C> {
    let integers: Vec<_> = scalars.iter().map(|scalar| scalar.into_bigint()).collect();
    Bases::new(points).msm(&integers)
}
