//! Contributions to proving keys: made, listed, and checked.

use std::path::Path;

use ark_bn254::{g1, G1Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::Field;
use zeroize::Zeroizing;

use super::chacha::ChaCha;
use super::check::Weights;
use super::keypair::{beacon_stream, same_ratio, secret_stream, Hash};
use super::labels::{Kind, Label};
use super::multiply::multiply_each;
use super::transcript::Transcript;
use crate::binfile::{open_file, read_file, refuse_same_file, Input, Sections, Writer};
use crate::encoding::points_bytes;
use crate::error::{Result, Source};
use crate::setup::Progress;
use crate::zkey::{points, section, Header, GROTH16};

/// The sections that contributions leave as they are, and their names.
const UNCHANGED: [(u32, &str); 5] = [
    (section::IC, "IC"),
    (section::COEFFICIENTS, "the coefficients"),
    (section::A, "A"),
    (section::B1, "B1"),
    (section::B2, "B2"),
];
/// The number of points between two reports of progress.
const POINTS_PER_REPORT: usize = 1 << 16;

/// The parts of a key that contributions change.
struct Key<'a> {
    sections: Sections<'a>,
    header: Header,
    transcript: Transcript,
}

impl<'a> Key<'a> {
    fn parse(input: impl Into<Input<'a>>, source: Source<'a>) -> Result<Self> {
        let sections = Sections::parse(input, b"zkey", 1, source)?;
        Ok(Key { header: Header::parse(&sections)?, transcript: Transcript::parse(&sections)?, sections })
    }

    /// Returns the points of C, then those of H, all on the curve, which is the group.
    fn divided_points(&self) -> Result<Vec<G1Affine>> {
        let mut out = points::<g1::Config>(&self.sections, section::C, self.header.n_private())?;
        out.extend(points::<g1::Config>(&self.sections, section::H, self.header.domain_size)?);
        Ok(out)
    }
}

/// Contributes a secret from the operating system's randomness, with which the entropy is hashed. Returns the hash of
/// the contribution.
pub fn contribute(zkey: &Path, out: &Path, name: &str, entropy: &[u8], progress: Progress) -> Result<Hash> {
    let label = Label::new(name, Kind::Contribution)?;
    apply(zkey, out, label, |_| secret_stream(entropy), progress)
}

/// Contributes public randomness, so that the last contributor cannot choose the key.
pub fn beacon(zkey: &Path, out: &Path, name: &str, value: &[u8], exponent: u8, progress: Progress) -> Result<Hash> {
    let label = Label::new(name, Kind::Beacon { value: value.to_vec(), exponent })?;
    apply(zkey, out, label, |progress| beacon_stream(value, exponent, progress), progress)
}

fn apply(
    zkey: &Path,
    out: &Path,
    label: Label,
    stream: impl FnOnce(Progress) -> Result<ChaCha>,
    progress: Progress,
) -> Result<Hash> {
    refuse_same_file(zkey, out)?;
    let (bytes, file_name) = read_file(zkey)?;
    let source = Source(&file_name);
    let mut key = Key::parse(&bytes, source)?;
    key.transcript.check_proofs(source)?;
    key.transcript.check_delta(&key.header, source)?;
    let old = key.divided_points()?;

    let secret = key.transcript.extend(&mut stream(progress)?, label)?;
    let inverse = Zeroizing::new(secret.inverse().expect("the proof of knowledge refuses zero"));
    key.header.delta_1 = key.transcript.delta();
    key.header.delta_2 = (key.header.delta_2 * *secret).into_affine();
    let factors = Zeroizing::new(vec![*inverse; old.len().min(POINTS_PER_REPORT)]);
    let steps = old.len().div_ceil(POINTS_PER_REPORT);
    let mut new = Vec::with_capacity(old.len());
    for (step, points) in old.chunks(POINTS_PER_REPORT).enumerate() {
        progress("C and H points", step, steps + 1)?;
        new.extend(multiply_each(points, &factors[..points.len()]));
    }
    progress("writing", steps, steps + 1)?;
    write(&key, &new, out)?;
    progress("done", steps + 1, steps + 1)?;
    Ok(key.transcript.contributions.last().expect("the new one").hash())
}

/// Writes a key with other points of C and H, atomically.
fn write(key: &Key, divided_points: &[G1Affine], out: &Path) -> Result<()> {
    let (c, h) = divided_points.split_at(key.header.n_private());
    let mut writer = Writer::create(out, b"zkey", 1, 10)?;
    writer.section(section::PROTOCOL, &GROTH16.to_le_bytes())?;
    writer.section(section::HEADER, &key.header.bytes())?;
    for (id, _) in UNCHANGED {
        writer.section(id, &key.sections.bytes(id)?)?;
    }
    writer.section(section::C, &points_bytes(c))?;
    writer.section(section::H, &points_bytes(h))?;
    writer.section(section::CONTRIBUTIONS, &key.transcript.bytes())?;
    writer.finish()
}

/// Returns the contributions that a key lists, unchecked.
pub fn contributions(zkey: &Path) -> Result<Transcript> {
    let (file, name) = open_file(zkey)?;
    Transcript::parse(&Sections::parse(&file, b"zkey", 1, Source(&name))?)
}

/// Checks the contributions of a key, and that they lead to its delta. Whether C and H are divided by this delta, and
/// whether the key is one of the circuit, is for other checks.
pub fn check_contributions(zkey: &Path, progress: Progress) -> Result<Transcript> {
    let (file, name) = open_file(zkey)?;
    let key = Key::parse(&file, Source(&name))?;
    key.transcript.check(&key.header, Source(&name), progress)?;
    Ok(key.transcript)
}

/// Checks that a key is another one after further contributions: the same circuit and earlier contributions, valid new
/// ones, C and H divided by the same number as delta is multiplied by, and all else equal.
pub fn check_step(before: &Path, after: &Path, progress: Progress) -> Result<()> {
    let (before_bytes, before_name) = read_file(before)?;
    let (after_bytes, after_name) = read_file(after)?;
    let source = Source(&after_name);
    let before = Key::parse(&before_bytes, Source(&before_name))?;
    let after = Key::parse(&after_bytes, source)?;
    check_unchanged(&before, &after, source, &before_name)?;
    before.transcript.check_delta(&before.header, Source(&before_name))?;
    after.transcript.check(&after.header, source, progress)?;
    let (old, new) = (before.divided_points()?, after.divided_points()?);
    let weights = Weights::random(old.len())?;
    let (old, new) = (weights.sum(&old).into_affine(), weights.sum(&new).into_affine());
    let both_zero = old.is_zero() && new.is_zero();
    source.ensure(both_zero || same_ratio((&new, &old), (&before.header.delta_2, &after.header.delta_2)), || {
        format!("C and H are not those of {before_name} divided by the new contributions")
    })
}

fn check_unchanged(before: &Key, after: &Key, source: Source, before_name: &str) -> Result<()> {
    let ensure = |holds, what: &str| source.ensure(holds, || format!("{what} not that of {before_name}"));
    let (old, new) = (&before.transcript, &after.transcript);
    ensure(new.circuit_hash == old.circuit_hash, "the circuit's hash is")?;
    source.ensure(new.contributions.len() > old.contributions.len(), || {
        format!("no contribution after the {} of {before_name}", old.contributions.len())
    })?;
    for (number, (old, new)) in (1..).zip(old.contributions.iter().zip(&new.contributions)) {
        ensure(old == new, &format!("contribution {number} is"))?;
    }
    let deltas = (before.header.delta_1, before.header.delta_2);
    let header = Header { delta_1: deltas.0, delta_2: deltas.1, ..after.header.clone() };
    ensure(header == before.header, "the header, apart from delta, is")?;
    for (id, name) in UNCHANGED {
        ensure(before.sections.bytes(id)? == after.sections.bytes(id)?, &format!("section {id}, {name}, is"))?;
    }
    Ok(())
}
