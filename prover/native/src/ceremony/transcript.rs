//! The contributions to phase 2 of a proving key: section 10 of a `.zkey`, snarkjs's MPC parameters.
//!
//! Each contributor multiplies delta by a secret and proves knowledge of the secret (`keypair`) for a base that is the
//! hash of the circuit, of all contributions before, and of the contributor's own commitment. The chain of deltas
//! starts at the generators: at gamma.

use ark_bn254::{Fr, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use blake2::{Blake2b512, Digest};
use zeroize::Zeroizing;

use super::chacha::ChaCha;
use super::keypair::{beacon_stream, hash_to_g2, same_ratio, Commitment, Hash, PublicKey};
use super::labels::{Kind, Label};
use crate::binfile::{Cursor, Sections};
use crate::encoding::{push_point, uncompressed};
use crate::error::{Error, Result, Source};
use crate::setup::Progress;
use crate::zkey::{point, section, Header};

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Contribution {
    /// delta in G1 after this contribution.
    pub delta: G1Affine,
    pub key: PublicKey,
    /// What the base of the proof of knowledge is made of.
    pub transcript: Hash,
    pub label: Label,
}

impl Contribution {
    fn parse(body: &mut Cursor, source: Source) -> Result<Self> {
        let delta = point(body, source)?;
        let commitment = Commitment { s: point(body, source)?, sx: point(body, source)? };
        let key = PublicKey { commitment, spx: point(body, source)? };
        let transcript = body.take(64)?.try_into().expect("64 bytes");
        Ok(Contribution { delta, key, transcript, label: Label::parse(body, source)? })
    }

    fn push(&self, out: &mut Vec<u8>) {
        push_point(out, &self.delta);
        push_point(out, &self.key.commitment.s);
        push_point(out, &self.key.commitment.sx);
        push_point(out, &self.key.spx);
        out.extend(&self.transcript);
        self.label.push(out);
    }

    /// Adds all but the label to a hash.
    fn add_to(&self, hasher: &mut Blake2b512) {
        hasher.update(uncompressed(&self.delta));
        add_commitment(hasher, &self.key.commitment);
        hasher.update(uncompressed(&self.key.spx));
        hasher.update(self.transcript);
    }

    /// The hash by which a contributor recognizes the contribution.
    pub fn hash(&self) -> Hash {
        let mut hasher = Blake2b512::new();
        self.add_to(&mut hasher);
        hasher.finalize().into()
    }
}

fn add_commitment(hasher: &mut Blake2b512, commitment: &Commitment) {
    hasher.update(uncompressed(&commitment.s));
    hasher.update(uncompressed(&commitment.sx));
}

/// Hashes what comes before a contribution, and its commitment.
fn transcript_hash(mut before: Blake2b512, commitment: &Commitment) -> Hash {
    add_commitment(&mut before, commitment);
    before.finalize().into()
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Transcript {
    /// The hash of the initial key.
    pub circuit_hash: Hash,
    pub contributions: Vec<Contribution>,
}

impl Transcript {
    /// Parses the section. Its points are in their groups and not zero; nothing else is checked.
    pub fn parse(sections: &Sections) -> Result<Self> {
        let mut body = sections.cursor(section::CONTRIBUTIONS)?;
        let circuit_hash = body.take(64)?.try_into().expect("64 bytes");
        let count = body.u32()?;
        let parse = |number| {
            let name = format!("{}: contribution {number}", sections.source.0);
            Contribution::parse(&mut body, Source(&name))
        };
        let contributions = (1..=count).map(parse).collect::<Result<_>>()?;
        body.finish("section of contributions")?;
        Ok(Transcript { circuit_hash, contributions })
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut out = self.circuit_hash.to_vec();
        out.extend((self.contributions.len() as u32).to_le_bytes());
        self.contributions.iter().for_each(|contribution| contribution.push(&mut out));
        out
    }

    /// Draws a secret, proves knowledge of it, and appends the contribution. Returns the secret.
    pub fn extend(&mut self, stream: &mut ChaCha, label: Label) -> Result<Zeroizing<Fr>> {
        let secret = stream.scalar();
        let commitment = Commitment::draw(stream, &secret);
        let transcript = self.next_transcript(&commitment);
        let base = hash_to_g2(&transcript);
        let key = commitment.prove(&secret, &base);
        if !key.is_proven(&base) {
            return Err(Error::Value("the randomness was zero or one".into()));
        }
        let delta = (self.delta() * *secret).into();
        self.contributions.push(Contribution { delta, key, transcript, label });
        Ok(secret)
    }

    /// Returns the hash that the proof of knowledge of a further contribution is for.
    pub fn next_transcript(&self, commitment: &Commitment) -> Hash {
        let mut before = Blake2b512::new_with_prefix(self.circuit_hash);
        self.contributions.iter().for_each(|contribution| contribution.add_to(&mut before));
        transcript_hash(before, commitment)
    }

    /// Returns delta in G1 after the last contribution.
    pub fn delta(&self) -> G1Affine {
        self.contributions.last().map_or(G1Affine::generator(), |contribution| contribution.delta)
    }

    /// Checks each contribution, and that they lead from gamma to the header's delta. Beacons come last, since they
    /// take longest.
    pub fn check(&self, header: &Header, source: Source, progress: Progress) -> Result<()> {
        self.check_proofs(source)?;
        self.check_delta(header, source)?;
        self.check_beacons(source, progress)
    }

    /// Checks that delta of a header is that after the last contribution.
    pub fn check_delta(&self, header: &Header, source: Source) -> Result<()> {
        let (g1, g2) = (G1Affine::generator(), G2Affine::generator());
        source.ensure(header.gamma_2 == g2, || "gamma is not the generator".into())?;
        source.ensure(header.delta_1 == self.delta(), || {
            format!("delta of the header is not that after its {} contributions", self.contributions.len())
        })?;
        source.ensure(same_ratio((&g1, &header.delta_1), (&g2, &header.delta_2)), || {
            "delta of the header is not the same in G1 and G2".into()
        })
    }

    /// Checks all contributions, except that beacons are what their labels say.
    pub fn check_proofs(&self, source: Source) -> Result<()> {
        let mut hasher = Blake2b512::new_with_prefix(self.circuit_hash);
        let mut delta = G1Affine::generator();
        for (number, contribution) in (1..).zip(&self.contributions) {
            let ensure = |holds, reason: &str| source.ensure(holds, || format!("contribution {number}: {reason}"));
            let Contribution { key, transcript, .. } = contribution;
            ensure(
                *transcript == transcript_hash(hasher.clone(), &key.commitment),
                "its transcript is not that of this circuit and of the contributions before it",
            )?;
            let base = hash_to_g2(transcript);
            ensure(key.is_proven(&base), "its proof of knowledge is not valid")?;
            ensure(key.scales(&base, &delta, &contribution.delta), "its secret is not what changed delta")?;
            let undone = [G1Affine::generator(), -G1Affine::generator()].contains(&contribution.delta);
            ensure(!undone, "it undoes those before it: delta is gamma")?;
            contribution.add_to(&mut hasher);
            delta = contribution.delta;
        }
        Ok(())
    }

    /// Computes each beacon again from its label.
    pub fn check_beacons(&self, source: Source, progress: Progress) -> Result<()> {
        for (number, contribution) in (1..).zip(&self.contributions) {
            let Kind::Beacon { value, exponent } = &contribution.label.kind else { continue };
            let error = |reason: &str| source.error(format!("contribution {number}: {reason}"));
            let mut stream = match beacon_stream(value, *exponent, progress) {
                Err(Error::Value(reason)) => return Err(error(&reason)),
                result => result?,
            };
            let secret = stream.scalar();
            if Commitment::draw(&mut stream, &secret) != contribution.key.commitment {
                return Err(error("it is not that of its beacon"));
            }
        }
        Ok(())
    }
}
