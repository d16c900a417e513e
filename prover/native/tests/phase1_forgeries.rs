//! Phase 1: contributions, and forged files, each refused with a reason.

mod support;

use std::path::PathBuf;
use std::sync::OnceLock;

use ark_bn254::{g1, g2, Fq, Fq2, Fr, G1Affine, G2Affine};
use ark_ec::short_weierstrass::Affine;
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{FftField, Field};
use support::{Folder, Parts};
use zkmargin_native::ceremony::keypair::{phase1_base, Commitment};
use zkmargin_native::ceremony::labels::Kind;
use zkmargin_native::ceremony::phase1::records::{first_challenge, Records};
use zkmargin_native::ceremony::phase1::{accumulator, contribute, development, prepare, verify};
use zkmargin_native::ceremony::ptau::{section, Ptau};
use zkmargin_native::encoding::{points_bytes, read_point};
use zkmargin_native::error::{Error, Result};

const POWER: u32 = 2;
const BEACON: [u8; 3] = [7, 8, 9];
const G1_BYTES: usize = 64;
const G2_BYTES: usize = 128;
/// Five points, then s and x s of each secret, then x times each base.
const KEYS_AT: usize = 3 * G1_BYTES + 2 * G2_BYTES;
const STATE_AT: usize = KEYS_AT + 6 * G1_BYTES + 3 * G2_BYTES;

fn quiet(_: &str, _: usize, _: usize) -> Result<()> {
    Ok(())
}

/// The files of a phase 1 of two contributions and a beacon, after each of which there is one; the last is prepared.
fn files() -> &'static [Vec<u8>] {
    static FILES: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    FILES.get_or_init(make)
}

fn make() -> Vec<Vec<u8>> {
    let folder = Folder::new();
    let names: Vec<String> = (0..5).map(|i| format!("{i}.ptau")).collect();
    let files: Vec<PathBuf> = names.iter().map(|name| folder.path(name)).collect();
    accumulator::new(&files[0], POWER).expect("written");
    contribute::contribute(&files[0], &files[1], "first", b"", &mut quiet).expect("written");
    contribute::contribute(&files[1], &files[2], "second", b"dice", &mut quiet).expect("written");
    contribute::beacon(&files[2], &files[3], "beacon", &BEACON, 10, &mut quiet).expect("written");
    prepare::prepare(&files[3], &files[4], &mut quiet).expect("written");
    names.iter().map(|name| folder.read(name)).collect()
}

/// Returns the parts of one of the files.
fn parts_of(number: usize) -> Parts {
    Parts::parse(&files()[number])
}

fn prepared() -> Parts {
    parts_of(4)
}

fn write(folder: &Folder, number: usize) -> PathBuf {
    let path = folder.path(&format!("{number}.ptau"));
    std::fs::write(&path, &files()[number]).expect("written");
    path
}

fn reason(folder: &Folder, parts: &Parts) -> String {
    let path = folder.path("forged.ptau");
    parts.write(&path, b"ptau");
    match verify::verify(&path, &mut quiet) {
        Ok(_) => panic!("accepted"),
        Err(error) => error.to_string(),
    }
}

/// Forges a file, and checks the reason of the refusal.
fn refused(expected: &str, forge: impl FnOnce(&mut Parts)) {
    let mut parts = prepared();
    forge(&mut parts);
    let found = reason(&Folder::new(), &parts);
    assert!(found.contains(expected), "{found}");
}

/// Returns the records of the contributions.
fn records(parts: &Parts) -> Vec<Vec<u8>> {
    let mut bytes = &parts.section(section::CONTRIBUTIONS)[4..];
    let mut out = Vec::new();
    while !bytes.is_empty() {
        let length_at = STATE_AT + 216 + 64 + 4;
        let length = u32::from_le_bytes(bytes[length_at..length_at + 4].try_into().expect("four bytes")) as usize;
        let (record, rest) = bytes.split_at(length_at + 4 + length);
        out.push(record.to_vec());
        bytes = rest;
    }
    out
}

fn set_records(parts: &mut Parts, records: &[Vec<u8>]) {
    *parts.section_mut(section::CONTRIBUTIONS) =
        [(records.len() as u32).to_le_bytes().to_vec(), records.concat()].concat();
}

/// Changes one record.
fn change(parts: &mut Parts, number: usize, change: impl FnOnce(&mut Vec<u8>)) {
    let mut list = records(parts);
    change(&mut list[number]);
    set_records(parts, &list);
}

fn swap_points(bytes: &mut [u8], size: usize, i: usize, j: usize) {
    (0..size).for_each(|k| bytes.swap(size * i + k, size * j + k));
}

#[test]
fn contributions_and_a_beacon_are_verified_and_listed() {
    let folder = Folder::new();
    let verified = verify::verify(&write(&folder, 4), &mut quiet).expect("valid");
    assert_eq!((verified.power, verified.prepared), (POWER, true));
    let names: Vec<String> = verified.records.iter().map(|record| record.label.shown_name()).collect();
    assert_eq!(names, ["first", "second", "beacon"]);
    assert_eq!(verified.records[2].label.kind, Kind::Beacon { value: BEACON.to_vec(), exponent: 10 });
    let unprepared = verify::verify(&write(&folder, 1), &mut quiet).expect("valid");
    assert_eq!((unprepared.prepared, unprepared.records.len()), (false, 1));
}

#[test]
fn a_beacon_gives_equal_files_and_secrets_do_not() {
    let folder = Folder::new();
    let (new, one, two) = (folder.path("new.ptau"), folder.path("one.ptau"), folder.path("two.ptau"));
    accumulator::new(&new, 1).expect("written");
    for out in [&one, &two] {
        contribute::beacon(&new, out, "", &BEACON, 10, &mut quiet).expect("written");
    }
    assert!(folder.read("one.ptau") == folder.read("two.ptau"));
    for out in [&one, &two] {
        contribute::contribute(&new, out, "", b"same entropy", &mut quiet).expect("written");
    }
    assert!(folder.read("one.ptau") != folder.read("two.ptau"));
}

#[test]
fn a_stopped_contribution_leaves_the_files_before_it() {
    let folder = Folder::new();
    let (new, out) = (folder.path("new.ptau"), folder.path("out.ptau"));
    accumulator::new(&new, 1).expect("written");
    for stop in [0, 3, 10] {
        let mut report = |_: &str, done: usize, _: usize| if done >= stop { Err(Error::Stopped) } else { Ok(()) };
        assert!(matches!(contribute::contribute(&new, &out, "", b"", &mut report), Err(Error::Stopped)));
        assert_eq!(folder.names(), ["new.ptau"]);
    }
    assert!(matches!(contribute::contribute(&new, &new, "", b"", &mut quiet), Err(Error::Value(_))));
}

#[test]
fn a_part_of_a_ceremony_is_verified_but_takes_no_contribution() {
    let folder = Folder::new();
    let mut parts = prepared();
    *parts.section_mut(section::HEADER) = Ptau::header(1, POWER);
    let sizes = [(2, 3 * G1_BYTES), (3, 2 * G2_BYTES), (4, 2 * G1_BYTES), (5, 2 * G1_BYTES)];
    let bases = [(12, 7 * G1_BYTES), (13, 3 * G2_BYTES), (14, 3 * G1_BYTES), (15, 3 * G1_BYTES)];
    for (id, length) in sizes.into_iter().chain(bases) {
        parts.section_mut(id).truncate(length);
    }
    let path = folder.path("part.ptau");
    parts.write(&path, b"ptau");
    assert_eq!(verify::verify(&path, &mut quiet).expect("valid").power, 1);
    let result = contribute::contribute(&path, &folder.path("out.ptau"), "", b"", &mut quiet);
    assert!(result.expect_err("refused").to_string().contains("a part of a ceremony of power 2"));
}

#[test]
fn a_repeated_record_is_refused() {
    refused("contribution 4: its proof of knowledge of tau is not valid", |parts| {
        let mut list = records(parts);
        list.push(list[2].clone());
        set_records(parts, &list);
    });
}

#[test]
fn a_larger_count_of_contributions_is_refused() {
    refused("truncated", |parts| parts.section_mut(section::CONTRIBUTIONS)[0] += 1);
}

#[test]
fn a_removed_record_is_refused() {
    for (removed, expected) in [
        (0, "contribution 1: its proof of knowledge of tau is not valid"),
        (1, "contribution 2: its proof of knowledge of tau is not valid"),
        (2, "the first powers are not those after the last contribution"),
    ] {
        refused(expected, |parts| {
            let mut list = records(parts);
            list.remove(removed);
            set_records(parts, &list);
        });
    }
}

#[test]
fn a_file_without_contributions_is_refused() {
    let folder = Folder::new();
    let path = folder.path("new.ptau");
    accumulator::new(&path, POWER).expect("written");
    assert!(reason(&folder, &Parts::read(&path)).contains("no contribution"));
}

#[test]
fn a_single_party_file_is_refused() {
    let folder = Folder::new();
    let path = folder.path("single.ptau");
    development::development_phase1(&path, POWER).expect("written");
    assert!(reason(&folder, &Parts::read(&path)).contains("no contribution"));
    // Not even with the contributions of an honest file.
    let mut single = Parts::read(&path);
    *single.section_mut(section::CONTRIBUTIONS) = prepared().section(section::CONTRIBUTIONS).to_vec();
    assert!(reason(&folder, &single).contains("the first powers are not those after the last contribution"));
}

#[test]
fn a_contribution_of_one_is_refused() {
    let folder = Folder::new();
    let mut parts = prepared();
    let (g1, g2) = (G1Affine::generator(), G2Affine::generator());
    let challenge = first_challenge(POWER);
    let commitment = Commitment { s: g1, sx: g1 };
    let bases: Vec<G2Affine> = (0..3).map(|i| phase1_base(i, &challenge, &commitment)).collect();
    let mut list = records(&parts);
    let values = [points_bytes(&[g1]), points_bytes(&[g2]), points_bytes(&[g1; 2]), points_bytes(&[g2])].concat();
    let keys = [points_bytes(&[g1; 6]), points_bytes(&bases)].concat();
    list[0][..STATE_AT].copy_from_slice(&[values, keys].concat());
    set_records(&mut parts, &list);
    assert!(reason(&folder, &parts).contains("contribution 1: its proof of knowledge of tau is not valid"));
}

#[test]
fn a_replaced_value_of_a_contribution_is_refused() {
    let names = ["tau", "tau", "alpha", "beta", "beta"];
    let places = [0, G1_BYTES, G1_BYTES + G2_BYTES, 2 * G1_BYTES + G2_BYTES, 3 * G1_BYTES + G2_BYTES, KEYS_AT];
    for (i, name) in names.into_iter().enumerate() {
        let range = places[i]..places[i + 1];
        refused(&format!("contribution 2: its secret is not what changed {name}"), |parts| {
            let other = records(parts)[0][range.clone()].to_vec();
            change(parts, 1, |record| record[range].copy_from_slice(&other));
        });
    }
}

#[test]
fn a_replaced_public_key_is_refused() {
    for (i, name) in ["tau", "alpha", "beta"].into_iter().enumerate() {
        refused(&format!("contribution 2: its proof of knowledge of {name} is not valid"), |parts| {
            let at = KEYS_AT + 6 * G1_BYTES + i * G2_BYTES;
            let other = records(parts)[0][at..at + G2_BYTES].to_vec();
            change(parts, 1, |record| record[at..at + G2_BYTES].copy_from_slice(&other));
        });
    }
}

#[test]
fn another_challenge_or_state_of_a_hash_is_refused() {
    let challenge_at = STATE_AT + 216;
    refused("the challenge after the last contribution is not the hash of the file's points", |parts| {
        change(parts, 2, |record| record[challenge_at] ^= 1);
    });
    refused("contribution 2: its proof of knowledge of tau is not valid", |parts| {
        change(parts, 0, |record| record[challenge_at] ^= 1);
    });
    refused("the response of the last contribution is not the hash of the file's points", |parts| {
        change(parts, 2, |record| record[STATE_AT + 128] ^= 1);
    });
    refused("contribution 1: the state of its hash has a wrong length", |parts| {
        change(parts, 0, |record| record[STATE_AT + 128 + 65] ^= 1);
    });
}

#[test]
fn swapped_powers_are_refused() {
    for id in [section::TAU_1, section::ALPHA_TAU_1, section::BETA_TAU_1] {
        refused(&format!("section {id}: the points are not powers"), |parts| {
            swap_points(parts.section_mut(id), G1_BYTES, 2, 3);
        });
    }
    refused("section 3: the points are not powers", |parts| {
        swap_points(parts.section_mut(section::TAU_2), G2_BYTES, 2, 3);
    });
    refused("the first powers are not those after the last contribution", |parts| {
        swap_points(parts.section_mut(section::TAU_1), G1_BYTES, 1, 2);
    });
}

#[test]
fn a_section_of_the_file_before_is_refused() {
    for (id, expected) in [(2, "first powers"), (3, "first powers"), (4, "first powers"), (5, "first powers")] {
        refused(expected, |parts| {
            *parts.section_mut(id) = parts_of(2).section(id).to_vec();
        });
    }
}

#[test]
fn lagrange_bases_of_another_tau_are_refused() {
    let other = Parts::parse(make().last().expect("the prepared file"));
    for (id, first) in [(12, 1), (13, 1), (14, 0), (15, 0)] {
        // The basis of one point is the generator for every tau.
        refused(&format!("section {id}: the Lagrange basis of 2^{first} points"), |parts| {
            *parts.section_mut(id) = other.section(id).to_vec();
        });
    }
}

/// snarkjs does not check which point stands in for the power that the file lacks.
#[test]
fn another_point_for_the_highest_power_is_refused() {
    refused("section 12: the Lagrange basis of 2^3 points", |parts| {
        let size = 8usize;
        let root = Fr::get_root_of_unity(size as u64).expect("a domain");
        let section = parts.section_mut(section::LAGRANGE_1);
        for (j, bytes) in section[(size - 1) * G1_BYTES..].chunks_exact_mut(G1_BYTES).enumerate() {
            let point = read_point::<g1::Config>(bytes).expect("a point");
            // w^(-7j) = w^j in the domain of eight points.
            let added = (point + G1Affine::generator() * root.pow([j as u64])).into_affine();
            bytes.copy_from_slice(&points_bytes(&[added]));
        }
    });
}

#[test]
fn a_point_outside_of_the_subgroup_is_refused() {
    let mut x = Fq2::new(Fq::from(1), Fq::from(1));
    let outside = loop {
        match Affine::<g2::Config>::get_point_from_x_unchecked(x, true) {
            Some(point) if !point.is_in_correct_subgroup_assuming_on_curve() => break point,
            _ => x += Fq2::ONE,
        }
    };
    for id in [section::TAU_2, section::LAGRANGE_2] {
        refused(&format!("section {id}: a point is not in the subgroup"), |parts| {
            parts.section_mut(id)[3 * G2_BYTES..4 * G2_BYTES].copy_from_slice(&points_bytes(&[outside]));
        });
    }
}

#[test]
fn a_wrong_beacon_is_refused() {
    refused("contribution 3: it is not that of its beacon", |parts| {
        change(parts, 2, |record| *record.last_mut().expect("a byte") ^= 1);
    });
    refused("contribution 3: it is not that of its beacon", |parts| {
        let exponent_at = STATE_AT + 216 + 64 + 8 + 2 + "beacon".len() + 1;
        change(parts, 2, |record| record[exponent_at] += 1);
    });
}

#[test]
fn a_secret_contribution_labelled_as_a_beacon_is_refused() {
    refused("contribution 2: it is not that of its beacon", |parts| {
        let label_at = STATE_AT + 216 + 64;
        let label = records(parts)[2][label_at..].to_vec();
        change(parts, 1, |record| {
            record.truncate(label_at);
            record.extend(label);
        });
    });
}

#[test]
fn a_forged_new_file_takes_no_contribution() {
    let folder = Folder::new();
    let (new, out) = (folder.path("new.ptau"), folder.path("out.ptau"));
    accumulator::new(&new, 1).expect("written");
    let mut parts = Parts::read(&new);
    let other = points_bytes(&[(G1Affine::generator() * Fr::from(2)).into()]);
    parts.section_mut(section::TAU_1)[2 * G1_BYTES..].copy_from_slice(&other);
    parts.write(&new, b"ptau");
    let error = contribute::contribute(&new, &out, "", b"", &mut quiet).expect_err("refused");
    assert!(error.to_string().contains("a point is not the generator, but there is no contribution"));
    assert_eq!(folder.names(), ["new.ptau"]);
}

#[test]
fn records_are_read_as_they_are_written() {
    let folder = Folder::new();
    let records = Records::read(&mut Ptau::open(&write(&folder, 4)).expect("a file")).expect("records");
    assert!(records.bytes() == prepared().section(section::CONTRIBUTIONS));
}

/// Verifies raw bytes.
fn accepts(folder: &Folder, bytes: &[u8]) -> bool {
    let path = folder.path("damaged.ptau");
    std::fs::write(&path, bytes).expect("written");
    verify::verify(&path, &mut quiet).is_ok()
}

#[test]
fn damaged_files_are_errors() {
    let folder = Folder::new();
    let bytes = &files()[4];
    for end in (0..bytes.len()).step_by(61) {
        assert!(!accepts(&folder, &bytes[..end]), "the first {end} bytes are accepted");
    }
    assert!(!accepts(&folder, &[bytes.as_slice(), &[0]].concat()));
    // The container's header, the first section and the head of the second.
    for position in 0..80 {
        for damage in [1, 0x80, 0xff] {
            let mut copy = bytes.clone();
            copy[position] ^= damage;
            assert!(!accepts(&folder, &copy), "byte {position} may change");
        }
    }
    for id in [2, 3, 4, 5, 6, 12, 13, 14, 15] {
        refused("", |parts| {
            let section = parts.section_mut(id);
            let middle = section.len() / 2;
            section[middle + 5] ^= 4;
        });
    }
}
