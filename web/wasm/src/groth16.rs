//! Groth16: verification keys, proving keys that arrive in parts, and proofs.

use ark_bn254::Fr;
use zeroize::Zeroizing;
use zkmargin_native::encoding::{scalar, FIELD_BYTES};
use zkmargin_native::error::{Result, Source};
use zkmargin_native::fingerprint::fingerprint;
use zkmargin_native::pack::Loader;
use zkmargin_native::prove::Prover;
use zkmargin_native::verify::VerifyingKey;

use crate::border::{answer, borrow, hand_over, reclaim, take, take_text};
use crate::failure::Failure;
use crate::numbers::{key_lines, proof_lines, Numbers};

const PACK: Source = Source("circuit pack");

/// Makes a verification key of its points (`Numbers::key`).
#[no_mangle]
pub extern "C" fn key_new(place: *mut u8, length: usize) -> u64 {
    answer(take_text(place, length).and_then(|text| Ok(hand_over(Numbers::new(&text).key()?))))
}

#[no_mangle]
pub extern "C" fn key_release(key: *mut VerifyingKey) {
    drop(reclaim(key));
}

#[no_mangle]
pub extern "C" fn key_fingerprint(key: *mut VerifyingKey) -> u64 {
    answer(Ok(fingerprint(borrow(key))))
}

/// Returns whether a proof of public signals is valid, "true" or "false". A proof with malformed numbers is not.
#[no_mangle]
pub extern "C" fn key_verify(
    key: *mut VerifyingKey,
    public: *mut u8,
    public_length: usize,
    proof: *mut u8,
    proof_length: usize,
) -> u64 {
    let texts = take_text(public, public_length).and_then(|text| Ok((text, take_text(proof, proof_length)?)));
    answer(texts.map(|(public, proof)| {
        let parsed = Numbers::new(&public).scalars(PACK).and_then(|public| Ok((public, Numbers::new(&proof).proof()?)));
        parsed.is_ok_and(|(public, proof)| borrow(key).verify(&public, &proof)).to_string()
    }))
}

/// Starts to load a proving key, with the part `header`.
#[no_mangle]
pub extern "C" fn loader_new(place: *mut u8, length: usize) -> u64 {
    let part = take(place, length);
    answer(Loader::new(&part, PACK).map(hand_over).map_err(Failure::from))
}

#[no_mangle]
pub extern "C" fn loader_push(
    loader: *mut Loader,
    kind: *mut u8,
    kind_length: usize,
    place: *mut u8,
    length: usize,
) -> u64 {
    let part = take(place, length);
    answer(take_text(kind, kind_length).and_then(|kind| {
        borrow(loader).push(&kind, &part, PACK)?;
        Ok(String::new())
    }))
}

#[no_mangle]
pub extern "C" fn loader_release(loader: *mut Loader) {
    drop(reclaim(loader));
}

/// Turns a loader into a prover; the loader is gone, also after an error.
#[no_mangle]
pub extern "C" fn loader_finish(loader: *mut Loader) -> u64 {
    answer(reclaim(loader).finish(PACK).map(hand_over).map_err(Failure::from))
}

#[no_mangle]
pub extern "C" fn prover_release(prover: *mut Prover) {
    drop(reclaim(prover));
}

/// Returns the twelve numbers of e(alpha, beta) and the points of the verification key.
#[no_mangle]
pub extern "C" fn prover_key(prover: *mut Prover) -> u64 {
    answer(Ok(key_lines(&borrow(prover).verifying_key)))
}

/// Makes a proof of a witness, 32 bytes a value, lowest first. Returns the proof's points and the public signals.
#[no_mangle]
pub extern "C" fn prover_prove(prover: *mut Prover, place: *mut u8, length: usize) -> u64 {
    let proven = witness(&take(place, length)).and_then(|witness| borrow(prover).prove(&witness));
    answer(proven.map(|(proof, public)| proof_lines(&proof, &public)).map_err(Failure::from))
}

fn witness(bytes: &[u8]) -> Result<Zeroizing<Vec<Fr>>> {
    let source = Source("witness");
    source.ensure(bytes.len().is_multiple_of(FIELD_BYTES), || "not of 32 bytes a value".into())?;
    let mut values = Zeroizing::new(Vec::with_capacity(bytes.len() / FIELD_BYTES));
    for value in bytes.chunks_exact(FIELD_BYTES) {
        values.push(scalar(value).ok_or_else(|| source.error("a value is not below r"))?);
    }
    Ok(values)
}
