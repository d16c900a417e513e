//! Setup, proof and verification of a small circuit, and damaged files.

mod tiny;

use std::ops::Range;
use std::path::Path;

use ark_bn254::Fr;
use ark_ff::{Field, PrimeField};
use zkmargin_native::binfile::{open_file, Sections};
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

const COEFFICIENT_BYTES: usize = 44;

/// Returns the place of a coefficient of the tiny circuit's key: the product's rows are a = x, b = y, and a has a row
/// for each public wire.
fn coefficient(bytes: &[u8], index: usize) -> Range<usize> {
    let start = tiny::section(bytes, 4).start + 4 + COEFFICIENT_BYTES * index;
    start..start + COEFFICIENT_BYTES
}

#[test]
fn coefficients_may_have_any_order_and_add_up() {
    let bytes = made_key("order");
    let witness = wtns::parse(&tiny::wtns(3, 5, 15), NAME).expect("witness");
    let proves = |bytes: &[u8]| Prover::parse(bytes, NAME).expect("key").prove(&witness).is_ok();
    let mut swapped = bytes.clone();
    let (first, last) = (coefficient(&bytes, 0), coefficient(&bytes, 3));
    swapped[first.clone()].copy_from_slice(&bytes[last.clone()]);
    swapped[last.clone()].copy_from_slice(&bytes[first.clone()]);
    assert_ne!(swapped, bytes);
    assert!(proves(&bytes) && proves(&swapped));
    // Both rows of the public wires become x + x + y and nothing, which the key's points do not fit.
    let mut moved = bytes.clone();
    moved.copy_within(first, last.start);
    assert!(!proves(&moved));
    // x is twice half of it.
    let half = |record: &mut [u8]| {
        let unit = Fr::from(2).pow([256]);
        let value = unit * unit / Fr::from(2);
        value
            .into_bigint()
            .0
            .iter()
            .zip(record[12..].chunks_exact_mut(8))
            .for_each(|(limb, to)| to.copy_from_slice(&limb.to_le_bytes()));
    };
    let mut halves = bytes.clone();
    let place = coefficient(&bytes, 0);
    half(&mut halves[place.clone()]);
    assert!(!proves(&halves));
    let record = halves[place.clone()].to_vec();
    halves.splice(place.end..place.end, record);
    let section = tiny::section(&bytes, 4);
    let length = (section.len() + COEFFICIENT_BYTES) as u64;
    halves[section.start - 8..section.start].copy_from_slice(&length.to_le_bytes());
    halves[section.start] += 1;
    assert!(proves(&halves));
}

#[test]
fn coefficients_outside_of_the_circuit_are_refused() {
    let bytes = made_key("outside");
    let changed = |offset: usize, value: &[u8]| {
        let mut copy = bytes.clone();
        let start = coefficient(&bytes, 1).start + offset;
        copy[start..start + value.len()].copy_from_slice(value);
        reason(Prover::parse(&copy, NAME))
    };
    assert_eq!(changed(0, &2u32.to_le_bytes()), "file: a coefficient of matrix 2");
    assert_eq!(changed(4, &4u32.to_le_bytes()), "file: a coefficient in row 4");
    assert_eq!(changed(8, &4u32.to_le_bytes()), "file: a coefficient of signal 4");
    assert_eq!(changed(12, &[0xff; 32]), "file: a coefficient is not below r");
    let count = tiny::section(&bytes, 4).start;
    let mut copy = bytes.clone();
    copy[count] += 1;
    assert_eq!(reason(Prover::parse(&copy, NAME)), "file: 5 coefficients do not fill a section of 176 bytes");
}

#[test]
fn a_key_is_read_from_its_file_and_one_that_shrinks_meanwhile_is_an_error() {
    let bytes = made_key("file");
    let path = std::env::temp_dir().join(format!("zkmargin-{}-shrinks.zkey", std::process::id()));
    std::fs::write(&path, &bytes).expect("written");
    let (file, name) = open_file(&path).expect("opened");
    let source = Source(&name);
    let witness = wtns::parse(&tiny::wtns(3, 5, 15), NAME).expect("witness");
    Prover::parse(&file, source).expect("key").prove(&witness).expect("proof");
    let sections = Sections::parse(&file, b"zkey", 1, source).expect("sections");
    for id in 1..=10 {
        assert_eq!(sections.bytes(id).expect("present"), &bytes[tiny::section(&bytes, id)]);
    }
    std::fs::OpenOptions::new().write(true).open(&path).expect("opened").set_len(100).expect("cut");
    assert_eq!(reason(sections.bytes(10)), format!("{name}: truncated while it was read"));
    assert!(reason(Prover::parse(&file, source)).contains("is truncated"));
    std::fs::remove_file(&path).expect("the file is there");
}

#[test]
fn a_file_that_changes_while_it_is_read_is_an_error() {
    let path = std::env::temp_dir().join(format!("zkmargin-{}-changes.zkey", std::process::id()));
    let bytes = made_key("changes");
    std::fs::write(&path, &bytes).expect("written");
    let (file, name) = open_file(&path).expect("opened");
    let sections = Sections::parse(&file, b"zkey", 1, Source(&name)).expect("sections");
    sections.check_unchanged().expect("as before");
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(1);
    let writer = std::fs::OpenOptions::new().write(true).open(&path).expect("opened");
    writer.set_modified(later).expect("a new time");
    assert_eq!(reason(sections.check_unchanged()), format!("{name}: changed while it was read"));
    std::fs::remove_file(&path).expect("the file is there");
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
