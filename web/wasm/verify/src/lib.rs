//! What the pages need: Groth16, a key's fingerprint, a snapshot's root; an account's report and commitment, trading keys.

#[allow(dead_code)] // Objects are for the other module.
#[path = "../../src/border.rs"]
mod border;
#[path = "../../src/failure.rs"]
mod failure;
mod snarkjs;

use zkmargin_native::fingerprint::fingerprint;
use zkmargin_native::statement::fault::Fault;
use zkmargin_native::statement::json;

use border::{answer, take, take_text};
use failure::Failure;

/// Verifies a proof from the texts of its three files; returns `valid` and the `fingerprint` of the key.
#[no_mangle]
pub extern "C" fn verify(
    key: *mut u8,
    key_length: usize,
    public: *mut u8,
    public_length: usize,
    proof: *mut u8,
    proof_length: usize,
) -> u64 {
    let texts = (take_text(key, key_length), take_text(public, public_length), take_text(proof, proof_length));
    answer((|| {
        let (key, public, proof) = (texts.0?, texts.1?, texts.2?);
        let key = snarkjs::key(&key).map_err(|fault| refused(fault, "verification_key.json"))?;
        let public = snarkjs::public(&public).map_err(|fault| refused(fault, "public.json"))?;
        let proof = snarkjs::proof(&proof).map_err(|fault| refused(fault, "proof.json"))?;
        let valid = public.zip(proof).is_some_and(|(public, proof)| key.verify(&public, &proof));
        Ok(format!("{{\"valid\":{valid},\"fingerprint\":\"{}\"}}", fingerprint(&key)))
    })())
}

/// Checks the text of a snapshot file and hashes its rows; returns its summary.
#[no_mangle]
pub extern "C" fn snapshot(text: *mut u8, length: usize) -> u64 {
    let summary = |text: &str| json::snapshot_root(text).map_err(|fault| refused(fault, "snapshot.json"));
    answer(take_text(text, length).and_then(|text| summary(&text)))
}

/// Returns the margin report of an account: `statement::json`. The request is as secret as the account, and wiped.
#[no_mangle]
pub extern "C" fn margin_report(request: *mut u8, length: usize) -> u64 {
    about_account(request, length, json::margin_report)
}

/// Returns the commitment of an account: `statement::json`.
#[no_mangle]
pub extern "C" fn account_commitment(request: *mut u8, length: usize) -> u64 {
    about_account(request, length, json::account_commitment)
}

fn about_account(request: *mut u8, length: usize, function: fn(&str) -> Result<String, Fault>) -> u64 {
    answer(take_text(request, length).and_then(|text| Ok(function(&text)?)))
}

/// Returns the public key of a trading key's secret, which is wiped.
#[no_mangle]
pub extern "C" fn trading_key(secret: *mut u8, length: usize) -> u64 {
    let secret = take(secret, length);
    answer(json::public_key(&secret).map_err(Failure::from))
}

fn refused(fault: Fault, source: &str) -> Failure {
    Fault { source: source.to_owned(), ..fault }.into()
}
