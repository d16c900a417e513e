//! Contributions to a phase 1: new powers, made from the old ones by secrets that are dropped.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use ark_bn254::{g1, g2, Fr};
use ark_ec::short_weierstrass::Affine;
use ark_ff::Field;
use blake2::{Blake2b512, Digest};
use rayon::prelude::*;
use zeroize::Zeroizing;

use super::accumulator::CHUNK;
use super::blake2b::Blake2b;
use super::group::Group;
use super::records::{response_hash, Record, Records, Secrets, Values};
use crate::binfile::{refuse_same_file, Writer};
use crate::ceremony::chacha::ChaCha;
use crate::ceremony::keypair::{beacon_stream, secret_stream, Hash};
use crate::ceremony::labels::{Kind, Label};
use crate::ceremony::multiply::multiply_each;
use crate::ceremony::ptau::{section, Ptau};
use crate::encoding::{points_bytes, push_compressed, push_uncompressed, read_point, FileCurve};
use crate::error::{Result, Source};
use crate::setup::{powers, Generators, Progress};

/// The number of points that a thread converts at once.
const GRAIN: usize = 1 << 10;

/// Contributes secrets from the operating system's randomness, with which the entropy is hashed. Returns the hash of
/// the response.
pub fn contribute(path: &Path, out: &Path, name: &str, entropy: &[u8], progress: Progress) -> Result<Hash> {
    let label = Label::new(name, Kind::Contribution)?;
    apply(path, out, label, |_| secret_stream(entropy), progress)
}

/// Contributes public randomness, so that the last contributor cannot choose the powers.
pub fn beacon(path: &Path, out: &Path, name: &str, value: &[u8], exponent: u8, progress: Progress) -> Result<Hash> {
    let label = Label::new(name, Kind::Beacon { value: value.to_vec(), exponent })?;
    apply(path, out, label, |progress| beacon_stream(value, exponent, progress), progress)
}

/// The proofs of earlier contributions are checked, and that points are in their groups; `verify` checks all else.
fn apply(
    path: &Path,
    out: &Path,
    label: Label,
    stream: impl FnOnce(Progress) -> Result<ChaCha>,
    progress: Progress,
) -> Result<Hash> {
    refuse_same_file(path, out)?;
    let mut ptau = Ptau::open(path)?;
    let power = ptau.power;
    ptau.source().ensure(power == ptau.ceremony_power, || {
        format!("a part of a ceremony of power {}; only whole files take contributions", ptau.ceremony_power)
    })?;
    let mut records = Records::read(&mut ptau)?;
    records.check(ptau.source())?;
    check_first_powers(&mut ptau, &records.values())?;

    let challenge = records.challenge();
    let (secrets, keys) = Secrets::draw(&mut stream(progress)?, &challenge)?;
    let mut writer = Writer::create(out, b"ptau", 1, 7)?;
    writer.section(section::HEADER, &Ptau::header(power, power))?;
    let mut response = Blake2b::new();
    response.update(&challenge);
    let size = 1usize << power;
    let generators = records.list.is_empty().then(|| Generators::new(size.min(CHUNK)));
    let total = 5 * size;
    let mut powers = Powers { ptau, writer, response, generators, progress, done: 0, total };
    let tau = powers.write::<g1::Config>(section::TAU_1, 2 * size - 1, &Fr::ONE, &secrets.tau)?[1];
    let tau_2 = powers.write::<g2::Config>(section::TAU_2, size, &Fr::ONE, &secrets.tau)?[1];
    let alpha = powers.write::<g1::Config>(section::ALPHA_TAU_1, size, &secrets.alpha, &secrets.tau)?[0];
    let beta = powers.write::<g1::Config>(section::BETA_TAU_1, size, &secrets.beta, &secrets.tau)?[0];
    let beta_2 = powers.write::<g2::Config>(section::BETA_2, 1, &secrets.beta, &secrets.tau)?[0];
    let Powers { mut writer, response, progress, .. } = powers;

    progress("hashing", total, total)?;
    let hash = response_hash(response.clone(), &keys);
    let challenge =
        next_challenge(&hash, writer.written()?, size).map_err(|e| Source(&out.display().to_string()).io(e))?;
    let values = Values { tau_1: tau, tau_2, alpha_1: alpha, beta_1: beta, beta_2 };
    records.list.push(Record { values, keys, response, challenge, label });
    writer.section(section::CONTRIBUTIONS, &records.bytes())?;
    writer.finish()?;
    Ok(hash)
}

/// Checks that the first powers of a file are those after its last contribution.
pub fn check_first_powers(ptau: &mut Ptau, expected: &Values) -> Result<()> {
    let (tau_1, tau_2) = (ptau.points(section::TAU_1, 0, 2)?, ptau.points(section::TAU_2, 0, 2)?);
    let start = Values::start();
    let found = Values {
        tau_1: tau_1[1],
        tau_2: tau_2[1],
        alpha_1: ptau.points(section::ALPHA_TAU_1, 0, 1)?[0],
        beta_1: ptau.points(section::BETA_TAU_1, 0, 1)?[0],
        beta_2: ptau.points(section::BETA_2, 0, 1)?[0],
    };
    let source = ptau.source();
    source.ensure((tau_1[0], tau_2[0]) == (start.tau_1, start.tau_2), || {
        "the first powers of tau are not the generators".into()
    })?;
    source.ensure(found == *expected, || "the first powers are not those after the last contribution".into())
}

/// The new file, its hash, and what they are made from.
struct Powers<'a> {
    ptau: Ptau,
    writer: Writer,
    response: Blake2b,
    /// Of a file without contributions, whose points are all generators.
    generators: Option<Generators>,
    progress: Progress<'a>,
    done: usize,
    total: usize,
}

impl Powers<'_> {
    /// Writes a section with point i multiplied by factor * tau^i, and returns its first two points.
    fn write<C: Group>(&mut self, id: u32, count: usize, factor: &Fr, tau: &Fr) -> Result<Vec<Affine<C>>> {
        self.writer.begin(id, (count * C::POINT_BYTES) as u64)?;
        let mut factor = Zeroizing::new(*factor);
        let mut head = Vec::new();
        for first in (0..count).step_by(CHUNK) {
            (self.progress)("powers", self.done, self.total)?;
            let next = CHUNK.min(count - first);
            let old = self.ptau.points::<C>(id, first, next)?;
            let scalars = powers(*tau, *factor, next);
            let new = match &self.generators {
                Some(generators) => {
                    self.ptau.source().ensure(old.iter().all(|point| *point == C::GENERATOR), || {
                        format!("section {id}: a point is not the generator, but there is no contribution")
                    })?;
                    C::multiples_of_generator(generators, &scalars)
                }
                None => {
                    let inside = C::all_inside(&old)?;
                    self.ptau.source().ensure(inside, || format!("section {id}: a point is not in the subgroup"))?;
                    multiply_each(&old, &scalars)
                }
            };
            *factor *= tau.pow([next as u64]);
            self.writer.write(&points_bytes(&new))?;
            for bytes in encoded(&new, push_compressed) {
                self.response.update(&bytes);
            }
            head.extend(new.iter().take(2 - head.len().min(2)));
            self.done += next;
        }
        Ok(head)
    }
}

/// Encodes points for a hash, in parts.
pub fn encoded<C: FileCurve>(points: &[Affine<C>], push: impl Fn(&mut Vec<u8>, &Affine<C>) + Sync) -> Vec<Vec<u8>> {
    let encode = |part: &[Affine<C>]| {
        let mut out = Vec::with_capacity(part.len() * C::POINT_BYTES);
        part.iter().for_each(|point| push(&mut out, point));
        out
    };
    points.par_chunks(GRAIN).map(encode).collect()
}

/// Hashes the response and the powers in a file that contains the sections up to beta in G2.
fn next_challenge(response: &Hash, mut file: File, size: usize) -> std::io::Result<Hash> {
    let mut hasher = Blake2b512::new_with_prefix(response);
    let header = Ptau::header(0, 0).len() as u64;
    file.seek(SeekFrom::Start(12 + 12 + header))?;
    add_section::<g1::Config>(&mut hasher, &mut file, 2 * size - 1)?;
    add_section::<g2::Config>(&mut hasher, &mut file, size)?;
    add_section::<g1::Config>(&mut hasher, &mut file, size)?;
    add_section::<g1::Config>(&mut hasher, &mut file, size)?;
    add_section::<g2::Config>(&mut hasher, &mut file, 1)?;
    Ok(hasher.finalize().into())
}

fn add_section<C: FileCurve>(hasher: &mut Blake2b512, file: &mut File, count: usize) -> std::io::Result<()> {
    file.seek_relative(12)?;
    for first in (0..count).step_by(CHUNK) {
        let mut bytes = vec![0; CHUNK.min(count - first) * C::POINT_BYTES];
        file.read_exact(&mut bytes)?;
        let points: Vec<Affine<C>> = bytes
            .par_chunks_exact(C::POINT_BYTES)
            .map(|point| read_point(point).map_err(std::io::Error::other))
            .collect::<std::io::Result<_>>()?;
        encoded(&points, push_uncompressed).iter().for_each(|bytes| hasher.update(bytes));
    }
    Ok(())
}
