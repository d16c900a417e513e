#![no_main]

use ark_bn254::Fr;
use libfuzzer_sys::fuzz_target;
use zkmargin_native::error::Source;
use zkmargin_native::prove::Prover;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(prover) = Prover::parse(bytes, Source("fuzz")) {
        // A damaged key must neither prove anything nor cause a panic.
        let _ = prover.prove(&[1, 15, 3, 5].map(Fr::from));
    }
});
