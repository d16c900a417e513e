#![no_main]

use libfuzzer_sys::fuzz_target;
use zkmargin_native::error::Source;
use zkmargin_native::r1cs::R1cs;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(circuit) = R1cs::parse(bytes, Source("fuzz")) {
        let _ = circuit.check(&vec![ark_bn254::Fr::from(1); circuit.n_wires]);
    }
});
