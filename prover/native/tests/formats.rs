//! Setup, proof and verification of a small circuit, and damaged files.

mod tiny;

use std::path::Path;

use ark_bn254::Fr;
use zkmargin_native::encoding::{points_bytes, read_point};
use zkmargin_native::error::{Error, Result, Source};
use zkmargin_native::prove::Prover;
use zkmargin_native::r1cs::R1cs;
use zkmargin_native::{setup, wtns, zkey};

const NAME: Source = Source("file");

fn made_key(name: &str) -> Vec<u8> {
    let path = std::env::temp_dir().join(format!("zkmargin-{}-{name}.zkey", std::process::id()));
    setup::setup(&tiny::r1cs(), &path, NAME, &mut |_, _, _| Ok(())).expect("setup");
    let bytes = std::fs::read(&path).expect("the key was written");
    std::fs::remove_file(&path).expect("the key is there");
    bytes
}

fn reason<T>(result: Result<T>) -> String {
    match result {
        Ok(_) => panic!("accepted"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_proof_of_the_tiny_circuit_verifies() {
    let prover = Prover::parse(&made_key("good"), NAME).expect("key");
    let witness = wtns::parse(&tiny::wtns(3, 5, 15), NAME).expect("witness");
    let (proof, public) = prover.prove(&witness).expect("proof");
    assert_eq!(public, [Fr::from(15)]);
    assert!(prover.verifying_key.verify(&public, &proof));
    assert!(!prover.verifying_key.verify(&[Fr::from(16)], &proof));
    assert!(!prover.verifying_key.verify(&[], &proof));
    assert!(!prover.verifying_key.verify(&[Fr::from(15), Fr::from(0)], &proof));

    let (other, _) = prover.prove(&witness).expect("proof");
    assert_ne!(proof.a, other.a, "proofs are randomised");
}

#[test]
fn a_witness_that_does_not_satisfy_is_refused() {
    let prover = Prover::parse(&made_key("refused"), NAME).expect("key");
    let wrong = wtns::parse(&tiny::wtns(3, 5, 16), NAME).expect("well-formed");
    assert!(matches!(prover.prove(&wrong), Err(Error::Unsatisfied(_))));
    assert!(matches!(prover.prove(&wrong[..3]), Err(Error::Unsatisfied(_))));
    let circuit = R1cs::parse(&tiny::r1cs(), NAME).expect("circuit");
    assert_eq!(reason(circuit.check(&wrong)), "the witness violates constraint 0");
    assert!(circuit.check(&wtns::parse(&tiny::wtns(3, 5, 15), NAME).expect("witness")).is_ok());
}

#[test]
fn gamma_equal_or_opposite_to_delta_is_refused() {
    let mut bytes = made_key("gamma");
    let header = tiny::section(&bytes, 2);
    let points = header.start + 2 * 36 + 12;
    let (gamma, delta) = (points + 64 + 64 + 128, points + 64 + 64 + 128 + 128 + 64);
    bytes.copy_within(gamma..gamma + 128, delta);
    assert!(reason(Prover::parse(&bytes, NAME)).contains("gamma equals delta"));
    let opposite = -read_point::<ark_bn254::g2::Config>(&bytes[gamma..gamma + 128]).expect("a point");
    bytes[delta..delta + 128].copy_from_slice(&points_bytes(&[opposite]));
    assert!(reason(Prover::parse(&bytes, NAME)).contains("gamma equals delta"));
    assert!(reason(zkey::read_verifying_key(&bytes, NAME)).contains("gamma equals delta"));
}

/// Prefixes, flipped bits and overwritten lengths give an error or a file that parses, but never a panic.
fn damage(bytes: &[u8], stride: usize, parse: impl Fn(&[u8]) -> bool) {
    assert!(parse(bytes));
    for end in (0..bytes.len()).step_by(stride) {
        assert!(!parse(&bytes[..end]), "the first {end} bytes are accepted");
    }
    for position in (0..bytes.len()).step_by(stride) {
        let mut copy = bytes.to_vec();
        copy[position] ^= 1 << (position % 8);
        parse(&copy);
        let end = (position + 8).min(copy.len());
        copy[position..end].fill(0xff);
        parse(&copy);
    }
    assert!(!parse(&[bytes, &[0]].concat()), "a trailing byte is accepted");
}

#[test]
fn damaged_files_are_errors() {
    damage(&tiny::r1cs(), 1, |bytes| R1cs::parse(bytes, NAME).is_ok());
    damage(&tiny::wtns(3, 5, 15), 1, |bytes| wtns::parse(bytes, NAME).is_ok());
    damage(&made_key("damaged"), 7, |bytes| Prover::parse(bytes, NAME).is_ok());
}

#[test]
fn a_flipped_coordinate_is_off_its_curve() {
    let bytes = made_key("flipped");
    for id in [3, 5, 6, 7, 8, 9] {
        let mut copy = bytes.clone();
        copy[tiny::section(&bytes, id).start + 3] ^= 1;
        let text = reason(Prover::parse(&copy, NAME));
        assert!(text.contains("not on the curve") || text.contains("not below q"), "section {id}: {text}");
    }
}

#[test]
fn errors_name_the_file_and_the_reason() {
    let r1cs = tiny::r1cs();
    assert_eq!(reason(R1cs::parse(b"", NAME)), "file: not a .r1cs file");
    assert_eq!(reason(R1cs::parse(&tiny::wtns(1, 1, 1), NAME)), "file: not a .r1cs file");
    let mut version = r1cs.clone();
    version[4] = 9;
    assert_eq!(reason(R1cs::parse(&version, NAME)), "file: .r1cs version 9, expected 1");
    let mut prime = r1cs.clone();
    prime[tiny::section(&r1cs, 1).start + 4] ^= 1;
    assert_eq!(reason(R1cs::parse(&prime, NAME)), "file: the prime is not BN254's r");
    let mut wires = r1cs.clone();
    let count = tiny::section(&r1cs, 1).start + 36;
    wires[count..count + 4].fill(0xff);
    assert!(reason(R1cs::parse(&wires, NAME)).starts_with("file: section 3 has 32 bytes, 4294967295 records"));
    let mut long = r1cs.clone();
    let length = tiny::section(&r1cs, 2).start - 8;
    long[length..length + 8].fill(0xff);
    assert!(reason(R1cs::parse(&long, NAME)).starts_with("file: section 2 is truncated"));
    let unreduced = tiny::wtns_of(&[Fr::from(1).into(), ark_ff::BigInt::new([u64::MAX; 4])]);
    assert_eq!(reason(wtns::parse(&unreduced, NAME)), "file: the value of wire 1 is not below r");
    assert_eq!(reason(wtns::parse(&tiny::wtns_of(&[Fr::from(2).into()]), NAME)), "file: wire 0 is not one");
}

#[test]
fn a_stopped_setup_leaves_nothing_behind() {
    let folder = std::env::temp_dir().join(format!("zkmargin-stopped-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    for stop in 0..7 {
        let mut report = |_: &str, done: usize, _: usize| if done == stop { Err(Error::Stopped) } else { Ok(()) };
        let result = setup::setup(&tiny::r1cs(), &folder.join("key.zkey"), NAME, &mut report);
        assert!(matches!(result, Err(Error::Stopped)));
        assert_eq!(std::fs::read_dir(&folder).expect("the folder").count(), 0);
    }
    let missing = setup::setup(&tiny::r1cs(), Path::new("/nowhere/key.zkey"), NAME, &mut |_, _, _| Ok(()));
    assert!(matches!(missing, Err(Error::Io { .. })));
    std::fs::remove_dir(&folder).expect("empty");
}
