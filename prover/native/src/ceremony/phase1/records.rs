//! The contributions to a phase 1: section 7 of a `.ptau`.
//!
//! Each contributor multiplies tau, alpha and beta by secrets and proves knowledge of each (`keypair`) for bases that
//! are hashes of the challenge. The response is the hash of the challenge, of all new powers and of the public keys;
//! the next challenge is the hash of the response and of all new powers. The file contains the powers of the last
//! contributor only, so the hashes of earlier ones cannot be computed again; their proofs can be checked.

use ark_bn254::{Fr, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use blake2::{Blake2b512, Digest};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::blake2b::{Blake2b, STATE_BYTES};
use crate::binfile::Cursor;
use crate::ceremony::chacha::ChaCha;
use crate::ceremony::keypair::{beacon_stream, phase1_base, same_ratio, Commitment, Hash, PublicKey};
use crate::ceremony::labels::{Kind, Label};
use crate::ceremony::ptau::{section, Ptau, MAX_POWER};
use crate::encoding::{push_point, uncompressed};
use crate::error::{Error, Result, Source};
use crate::setup::Progress;
use crate::zkey::point;

/// The largest section of contributions that is read, some 50000 of them.
const MAX_BYTES: u64 = 1 << 26;
const NAMES: [&str; 3] = ["tau", "alpha", "beta"];

/// The secrets of a contributor, or of a beacon.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Secrets {
    pub tau: Fr,
    pub alpha: Fr,
    pub beta: Fr,
}

impl Secrets {
    /// Draws secrets, and proves knowledge of them. The challenge is the hash of what went before.
    pub fn draw(stream: &mut ChaCha, challenge: &Hash) -> Result<(Self, [PublicKey; 3])> {
        let drawn: Zeroizing<[Fr; 3]> = Zeroizing::new(std::array::from_fn(|_| *stream.scalar()));
        let mut proven = true;
        let keys = std::array::from_fn(|i| {
            let commitment = Commitment::draw(stream, &drawn[i]);
            let base = phase1_base(i as u8, challenge, &commitment);
            let key = commitment.prove(&drawn[i], &base);
            proven &= key.is_proven(&base);
            key
        });
        if !proven {
            return Err(Error::Value("the randomness was zero or one".into()));
        }
        Ok((Secrets { tau: drawn[0], alpha: drawn[1], beta: drawn[2] }, keys))
    }
}

/// The first powers after a contribution.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Values {
    pub tau_1: G1Affine,
    pub tau_2: G2Affine,
    pub alpha_1: G1Affine,
    pub beta_1: G1Affine,
    pub beta_2: G2Affine,
}

impl Values {
    /// Before any contribution: tau, alpha and beta are one.
    pub fn start() -> Self {
        let (g1, g2) = (G1Affine::generator(), G2Affine::generator());
        Values { tau_1: g1, tau_2: g2, alpha_1: g1, beta_1: g1, beta_2: g2 }
    }
}

#[derive(Clone)]
pub struct Record {
    pub values: Values,
    /// Of tau, alpha and beta.
    pub keys: [PublicKey; 3],
    /// The state of the response's hash before the public keys.
    pub response: Blake2b,
    /// The challenge of the next contributor.
    pub challenge: Hash,
    pub label: Label,
}

impl Record {
    fn parse(body: &mut Cursor, source: Source) -> Result<Self> {
        let values = Values {
            tau_1: point(body, source)?,
            tau_2: point(body, source)?,
            alpha_1: point(body, source)?,
            beta_1: point(body, source)?,
            beta_2: point(body, source)?,
        };
        let mut commitments = Vec::new();
        for _ in NAMES {
            commitments.push(Commitment { s: point(body, source)?, sx: point(body, source)? });
        }
        let mut keys = Vec::new();
        for commitment in commitments {
            keys.push(PublicKey { commitment, spx: point(body, source)? });
        }
        let state = body.take(STATE_BYTES)?.try_into().expect("the state's length");
        let response = Blake2b::from_bytes(state).ok_or_else(|| source.error("the state of its hash is impossible"))?;
        let challenge = body.take(64)?.try_into().expect("64 bytes");
        let keys = keys.try_into().expect("three keys");
        Ok(Record { values, keys, response, challenge, label: Label::parse(body, source)? })
    }

    fn push(&self, out: &mut Vec<u8>) {
        push_point(out, &self.values.tau_1);
        push_point(out, &self.values.tau_2);
        push_point(out, &self.values.alpha_1);
        push_point(out, &self.values.beta_1);
        push_point(out, &self.values.beta_2);
        for key in &self.keys {
            push_point(out, &key.commitment.s);
            push_point(out, &key.commitment.sx);
        }
        self.keys.iter().for_each(|key| push_point(out, &key.spx));
        out.extend(self.response.to_bytes());
        out.extend(self.challenge);
        self.label.push(out);
    }

    /// Returns the hash of the response, by which a contributor recognizes the contribution.
    pub fn hash(&self) -> Hash {
        response_hash(self.response.clone(), &self.keys)
    }

    /// Checks a contribution, except that a beacon is what its label says.
    fn check(&self, before: &Values, challenge: &Hash, power: u32, source: Source) -> Result<()> {
        let ensure = |holds, reason: &str| source.ensure(holds, || reason.into());
        let mut bases = Vec::new();
        for ((number, key), name) in (0..).zip(&self.keys).zip(NAMES) {
            let base = phase1_base(number, challenge, &key.commitment);
            ensure(key.is_proven(&base), &format!("its proof of knowledge of {name} is not valid"))?;
            bases.push(base);
        }
        let [tau, alpha, beta] = &self.keys;
        let after = &self.values;
        let scales_2 = |key: &PublicKey, before: &G2Affine, after: &G2Affine| {
            same_ratio((&key.commitment.s, &key.commitment.sx), (before, after))
        };
        let changes = [
            tau.scales(&bases[0], &before.tau_1, &after.tau_1) && scales_2(tau, &before.tau_2, &after.tau_2),
            alpha.scales(&bases[1], &before.alpha_1, &after.alpha_1),
            beta.scales(&bases[2], &before.beta_1, &after.beta_1) && scales_2(beta, &before.beta_2, &after.beta_2),
        ];
        for (valid, name) in changes.into_iter().zip(NAMES) {
            ensure(valid, &format!("its secret is not what changed {name} after the contribution before it"))?;
        }
        for (value, name) in [after.tau_1, after.alpha_1, after.beta_1].into_iter().zip(NAMES) {
            ensure(value.x != G1Affine::generator().x, &format!("it undoes those before it: {name} is one"))?;
        }
        ensure(self.response.length() == response_length(power), "the state of its hash has a wrong length")
    }

    /// Checks that a beacon is what its label says.
    fn check_beacon(&self, challenge: &Hash, source: Source, progress: Progress) -> Result<()> {
        let Kind::Beacon { value, exponent } = &self.label.kind else { return Ok(()) };
        let mut stream = match beacon_stream(value, *exponent, progress) {
            Err(Error::Value(reason)) => return Err(source.error(reason)),
            result => result?,
        };
        let (_, keys) = Secrets::draw(&mut stream, challenge)?;
        source.ensure(keys == self.keys, || "it is not that of its beacon".into())
    }
}

/// Completes the hash of a response.
pub fn response_hash(mut state: Blake2b, keys: &[PublicKey; 3]) -> Hash {
    for PublicKey { commitment, .. } in keys {
        state.update(&uncompressed(&commitment.s));
        state.update(&uncompressed(&commitment.sx));
    }
    keys.iter().for_each(|key| state.update(&uncompressed(&key.spx)));
    state.finalize()
}

/// Returns the number of bytes of a response before the public keys: the challenge and all points, compressed.
fn response_length(power: u32) -> u64 {
    let size = 1u64 << power;
    64 + 32 * (2 * size - 1) + 64 * size + 2 * 32 * size + 64
}

/// Returns the challenge of the first contributor: the hash of the hash of nothing, and of generators.
pub fn first_challenge(power: u32) -> Hash {
    const POINTS: usize = 1 << 12;
    let size = 1usize << power;
    let mut hasher = Blake2b512::new_with_prefix(Blake2b512::digest([]));
    let (g1, g2) = (uncompressed(&G1Affine::generator()), uncompressed(&G2Affine::generator()));
    for (generator, count) in [(&g1, 2 * size - 1), (&g2, size), (&g1, size), (&g1, size), (&g2, 1)] {
        let many = generator.repeat(POINTS);
        for done in (0..count).step_by(POINTS) {
            hasher.update(&many[..generator.len() * POINTS.min(count - done)]);
        }
    }
    hasher.finalize().into()
}

/// The contributions of a file, in turn.
pub struct Records {
    pub list: Vec<Record>,
    /// The challenge of the first contributor.
    start: Hash,
    power: u32,
}

impl Records {
    /// Reads the section. Its points are in their groups and not zero; nothing else is checked.
    pub fn read(ptau: &mut Ptau) -> Result<Self> {
        let length = ptau.length(section::CONTRIBUTIONS)?;
        ptau.source().ensure((4..=MAX_BYTES).contains(&length), || {
            format!("section 7, the contributions, has {length} bytes, expected 4 to {MAX_BYTES}")
        })?;
        let power = ptau.ceremony_power;
        ptau.source().ensure((ptau.power..=MAX_POWER).contains(&power), || {
            format!("a part of a ceremony of power {power}, expected {} to {MAX_POWER}", ptau.power)
        })?;
        let bytes = ptau.bytes(section::CONTRIBUTIONS, 0, length as usize)?;
        let mut body = Cursor::new(&bytes, ptau.source());
        let count = body.u32()?;
        let mut list = Vec::new();
        for number in 1..=count {
            let name = format!("{}: contribution {number}", ptau.source().0);
            list.push(Record::parse(&mut body, Source(&name))?);
        }
        body.finish("section of contributions")?;
        Ok(Records { list, start: first_challenge(power), power })
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut out = (self.list.len() as u32).to_le_bytes().to_vec();
        self.list.iter().for_each(|record| record.push(&mut out));
        out
    }

    /// Returns the challenge of the next contributor.
    pub fn challenge(&self) -> Hash {
        self.list.last().map_or(self.start, |record| record.challenge)
    }

    /// Returns the challenge of the last contributor.
    pub fn challenge_of_last(&self) -> Hash {
        self.list.iter().rev().nth(1).map_or(self.start, |record| record.challenge)
    }

    /// Returns the first powers after all contributions.
    pub fn values(&self) -> Values {
        self.list.last().map_or_else(Values::start, |record| record.values)
    }

    /// Checks each contribution against the one before it, but no beacon.
    pub fn check(&self, source: Source) -> Result<()> {
        self.each(source, |record, before, challenge, source| record.check(before, challenge, self.power, source))
    }

    pub fn check_beacons(&self, source: Source, progress: Progress) -> Result<()> {
        self.each(source, |record, _, challenge, source| record.check_beacon(challenge, source, progress))
    }

    fn each(&self, source: Source, mut check: impl FnMut(&Record, &Values, &Hash, Source) -> Result<()>) -> Result<()> {
        let (mut values, mut challenge) = (Values::start(), self.start);
        for (number, record) in (1..).zip(&self.list) {
            let name = format!("{}: contribution {number}", source.0);
            check(record, &values, &challenge, Source(&name))?;
            (values, challenge) = (record.values, record.challenge);
        }
        Ok(())
    }
}
