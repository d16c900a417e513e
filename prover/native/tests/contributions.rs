//! Contributions to the key of a small circuit, and forged ones.

mod tiny;

use std::path::{Path, PathBuf};

use ark_bn254::{g2, Fq2, Fr, G1Affine, G2Affine};
use ark_ec::short_weierstrass::Affine;
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::Field;
use serde_json::Value;
use zkmargin_native::binfile::{Sections, Writer};
use zkmargin_native::ceremony::contributions::{beacon, check_contributions, check_step, contribute, contributions};
use zkmargin_native::ceremony::keypair::{hash_to_g2, secret_stream};
use zkmargin_native::ceremony::labels::{Kind, Label};
use zkmargin_native::ceremony::transcript::{Contribution, Transcript};
use zkmargin_native::encoding::{points_bytes, read_point};
use zkmargin_native::error::{Error, Result, Source};
use zkmargin_native::secret::random_scalar;
use zkmargin_native::setup;

const NAME: Source = Source("file");
const HEADER: u32 = 2;
const CONTRIBUTIONS: u32 = 10;
/// Places of points in the header.
const POINTS: usize = 2 * 36 + 12;
const ALPHA_1: usize = POINTS;
const GAMMA_2: usize = POINTS + 64 + 64 + 128;
const DELTA_1: usize = GAMMA_2 + 128;
const DELTA_2: usize = DELTA_1 + 64;

/// A folder of keys: 0.zkey without contributions, then with one by Ada, one by Bob, and a beacon.
struct Sitting {
    folder: PathBuf,
}

impl Sitting {
    fn new(test: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("zkmargin-{test}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let sitting = Sitting { folder };
        let initial = sitting.path(0);
        setup::setup(&tiny::r1cs(), &initial, NAME, &mut quiet).expect("setup");
        alter(&initial, &initial, |sections| {
            let header = &mut sections[HEADER as usize - 1];
            header[DELTA_1..DELTA_1 + 64].copy_from_slice(&points_bytes(&[G1Affine::generator()]));
            header.copy_within(GAMMA_2..GAMMA_2 + 128, DELTA_2);
        });
        contribute(&initial, &sitting.path(1), "Ada", b"", &mut quiet).expect("a contribution");
        contribute(&sitting.path(1), &sitting.path(2), "Bob", b"entropy", &mut quiet).expect("a contribution");
        beacon(&sitting.path(2), &sitting.path(3), "beacon", &[7; 32], 10, &mut quiet).expect("a beacon");
        sitting
    }

    fn path(&self, number: usize) -> PathBuf {
        self.folder.join(format!("{number}.zkey"))
    }

    /// Writes an altered copy of a key.
    fn forged(&self, number: usize, change: impl FnOnce(&mut Vec<Vec<u8>>)) -> PathBuf {
        let out = self.folder.join("forged.zkey");
        alter(&self.path(number), &out, change);
        out
    }

    /// Writes a copy of a key with another transcript, and with the header's delta that belongs to it.
    fn forged_transcript(&self, number: usize, change: impl FnOnce(&mut Transcript)) -> PathBuf {
        let mut transcript = contributions(&self.path(number)).expect("a transcript");
        change(&mut transcript);
        self.forged(number, |sections| sections[CONTRIBUTIONS as usize - 1] = transcript.bytes())
    }
}

impl Drop for Sitting {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn quiet(_: &str, _: usize, _: usize) -> Result<()> {
    Ok(())
}

/// Writes a key with changed sections.
fn alter(from: &Path, to: &Path, change: impl FnOnce(&mut Vec<Vec<u8>>)) {
    let bytes = std::fs::read(from).expect("a key");
    let mut sections: Vec<_> = (1..=10).map(|id| bytes[tiny::section(&bytes, id)].to_vec()).collect();
    change(&mut sections);
    let mut writer = Writer::create(to, b"zkey", 1, 10).expect("a file");
    for (id, section) in (1..).zip(&sections) {
        writer.section(id, section).expect("a section");
    }
    writer.finish().expect("the file");
}

/// Parses a section of contributions.
fn parsed(section: &[u8]) -> Result<Transcript> {
    let length = (section.len() as u64).to_le_bytes();
    let file = [b"zkey".as_slice(), &[1, 0, 0, 0, 1, 0, 0, 0, 10, 0, 0, 0], &length, section].concat();
    Transcript::parse(&Sections::parse(&file, b"zkey", 1, NAME)?)
}

fn hex(digits: &str) -> Vec<u8> {
    (0..digits.len()).step_by(2).map(|i| u8::from_str_radix(&digits[i..i + 2], 16).expect("hex")).collect()
}

fn reason<T>(result: Result<T>) -> String {
    match result {
        Ok(_) => panic!("accepted"),
        Err(error @ Error::Format { .. }) => error.to_string(),
        Err(error) => panic!("another error: {error}"),
    }
}

fn assert_refused(key: &Path, expected: &str) {
    let text = reason(check_contributions(key, &mut quiet));
    assert!(text.contains(expected), "{text}");
}

fn assert_step_refused(before: &Path, after: &Path, expected: &str) {
    let text = reason(check_step(before, after, &mut quiet));
    assert!(text.contains(expected), "{text}");
}

/// Makes a contribution by a chosen secret.
fn with_secret(before: &Transcript, secret: Fr) -> Contribution {
    let mut extended = before.clone();
    let honest = extended.extend(&mut secret_stream(b"").expect("randomness"), label("Mallory")).expect("extended");
    let mut contribution = extended.contributions.pop().expect("the new one");
    contribution.delta = (before.delta() * secret).into_affine();
    contribution.key.commitment.sx = (contribution.key.commitment.s * secret).into_affine();
    contribution.transcript = before.next_transcript(&contribution.key.commitment);
    contribution.key.spx = (hash_to_g2(&contribution.transcript) * secret).into_affine();
    assert_ne!(*honest, secret);
    contribution
}

/// Returns a transcript's first contributions.
fn up_to(transcript: &Transcript, count: usize) -> Transcript {
    Transcript { contributions: transcript.contributions[..count].to_vec(), ..transcript.clone() }
}

fn label(name: &str) -> Label {
    Label::new(name, Kind::Contribution).expect("a name")
}

#[test]
fn contributions_by_snarkjs_are_valid() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/contributions.json");
    let vector: Value = serde_json::from_str(&std::fs::read_to_string(path).expect("the vector")).expect("JSON");
    let section = hex(vector["section_10"].as_str().expect("hex"));
    let transcript = parsed(&section).expect("a transcript");
    assert_eq!(transcript.bytes(), section);
    transcript.check_proofs(NAME).expect("valid proofs");
    transcript.check_beacons(NAME, &mut quiet).expect("a valid beacon");
    let expected = vector["contributions"].as_array().expect("a list");
    assert_eq!(transcript.contributions.len(), expected.len());
    for (one, expected) in transcript.contributions.iter().zip(expected) {
        assert_eq!(one.label.shown_name(), expected["name"]);
        assert_eq!(one.hash().to_vec(), hex(expected["hash"].as_str().expect("hex")));
    }
}

#[test]
fn contributions_are_listed_and_checked() {
    let sitting = Sitting::new("listed");
    assert_eq!(check_contributions(&sitting.path(0), &mut quiet).expect("valid").contributions, []);
    let checked = check_contributions(&sitting.path(3), &mut quiet).expect("valid");
    assert_eq!(checked, contributions(&sitting.path(3)).expect("listed"));
    let names: Vec<_> = checked.contributions.iter().map(|one| one.label.shown_name()).collect();
    assert_eq!(names, ["Ada", "Bob", "beacon"]);
    for (before, after) in [(0, 1), (1, 2), (2, 3), (0, 3), (1, 3)] {
        check_step(&sitting.path(before), &sitting.path(after), &mut quiet).expect("a step");
    }
    for (before, after) in [(1, 0), (2, 2), (3, 1)] {
        assert_step_refused(&sitting.path(before), &sitting.path(after), "no contribution after the");
    }
}

#[test]
fn equal_entropy_gives_different_secrets_and_equal_beacons_equal_keys() {
    let sitting = Sitting::new("entropy");
    let again = sitting.folder.join("again.zkey");
    contribute(&sitting.path(1), &again, "Bob", b"entropy", &mut quiet).expect("a contribution");
    assert_ne!(std::fs::read(&again).expect("a key"), std::fs::read(sitting.path(2)).expect("a key"));
    beacon(&sitting.path(2), &again, "beacon", &[7; 32], 10, &mut quiet).expect("a beacon");
    assert_eq!(std::fs::read(&again).expect("a key"), std::fs::read(sitting.path(3)).expect("a key"));
}

#[test]
fn a_removed_record_is_refused() {
    let sitting = Sitting::new("removed");
    for (place, expected) in [(0, "contribution 1: its transcript"), (1, "contribution 2: its transcript")] {
        let forged = sitting.forged_transcript(3, |transcript| drop(transcript.contributions.remove(place)));
        assert_refused(&forged, expected);
        assert_step_refused(&sitting.path(2), &forged, "no contribution after the 2");
        assert_step_refused(
            &sitting.path(1),
            &forged,
            if place == 0 { "contribution 1 is not that of" } else { expected },
        );
    }
    let last = sitting.forged_transcript(3, |transcript| drop(transcript.contributions.pop()));
    assert_refused(&last, "delta of the header is not that after its 2 contributions");
    let all = sitting.forged_transcript(3, |transcript| transcript.contributions.clear());
    assert_refused(&all, "delta of the header is not that after its 0 contributions");
}

#[test]
fn records_in_another_order_are_refused() {
    let sitting = Sitting::new("order");
    assert_refused(
        &sitting.forged_transcript(2, |transcript| transcript.contributions.swap(0, 1)),
        "contribution 1: its transcript",
    );
}

#[test]
fn a_replaced_delta_is_refused() {
    let sitting = Sitting::new("delta");
    let other = (G1Affine::generator() * Fr::from(5)).into_affine();
    for (place, expected) in [
        (0, "contribution 1: its secret is not what changed delta"),
        (1, "contribution 2: its secret is not what changed delta"),
        (2, "contribution 3: its secret is not what changed delta"),
    ] {
        assert_refused(&sitting.forged_transcript(3, |t| t.contributions[place].delta = other), expected);
    }
    let in_header = |place: usize, bytes: Vec<u8>| {
        sitting.forged(3, |sections| sections[HEADER as usize - 1][place..place + bytes.len()].copy_from_slice(&bytes))
    };
    assert_refused(&in_header(DELTA_1, points_bytes(&[other])), "delta of the header is not that after its 3");
    let other_2 = (G2Affine::generator() * Fr::from(5)).into_affine();
    assert_refused(&in_header(DELTA_2, points_bytes(&[other_2])), "not the same in G1 and G2");
    // A delta that somebody knows, in both groups and in the last record.
    let mut transcript = contributions(&sitting.path(3)).expect("a transcript");
    transcript.contributions[2].delta = other;
    let forged = sitting.forged(3, |sections| {
        sections[HEADER as usize - 1][DELTA_1..]
            .copy_from_slice(&[points_bytes(&[other]), points_bytes(&[other_2])].concat());
        sections[CONTRIBUTIONS as usize - 1] = transcript.bytes();
    });
    assert_refused(&forged, "contribution 3: its secret is not what changed delta");
}

#[test]
fn a_proof_of_knowledge_replayed_from_another_ceremony_is_refused() {
    let (sitting, other) = (Sitting::new("replay"), Sitting::new("other"));
    let foreign = contributions(&other.path(2)).expect("a transcript").contributions;
    assert_refused(
        &sitting.forged_transcript(2, |t| t.circuit_hash = [1; 64]),
        "contribution 1: its transcript is not that of this circuit",
    );
    assert_refused(
        &sitting.forged_transcript(2, |t| t.contributions[1] = foreign[1].clone()),
        "contribution 2: its transcript",
    );
    // The record says the right transcript, but the proof is of another base.
    assert_refused(
        &sitting.forged_transcript(2, |t| {
            let transcript = up_to(t, 1).next_transcript(&foreign[1].key.commitment);
            t.contributions[1] = Contribution { transcript, ..foreign[1].clone() };
        }),
        "contribution 2: its proof of knowledge is not valid",
    );
}

#[test]
fn a_proof_of_knowledge_replayed_from_another_contributor_is_refused() {
    let sitting = Sitting::new("contributor");
    assert_refused(
        &sitting.forged_transcript(2, |t| t.contributions[1] = t.contributions[0].clone()),
        "contribution 2: its transcript",
    );
    assert_refused(
        &sitting.forged_transcript(2, |t| {
            let copied = t.contributions[0].clone();
            let transcript = up_to(t, 1).next_transcript(&copied.key.commitment);
            t.contributions[1] = Contribution { transcript, ..copied };
        }),
        "contribution 2: its proof of knowledge is not valid",
    );
    // The proof is of the contributor's own secret, but another one changed delta.
    assert_refused(
        &sitting.forged_transcript(2, |t| {
            let before = up_to(t, 1);
            let secret = random_scalar().expect("randomness");
            let delta = t.contributions[1].delta;
            t.contributions[1] = Contribution { delta, ..with_secret(&before, secret) };
        }),
        "contribution 2: its secret is not what changed delta",
    );
}

#[test]
fn an_altered_header_is_refused() {
    let sitting = Sitting::new("header");
    let point = (G1Affine::generator() * Fr::from(5)).into_affine();
    let point_2 = (G2Affine::generator() * Fr::from(5)).into_affine();
    let altered = |place: usize, bytes: &[u8]| {
        sitting.forged(2, |sections| sections[HEADER as usize - 1][place..place + bytes.len()].copy_from_slice(bytes))
    };
    let header = "the header, apart from delta, is not that of";
    for place in [ALPHA_1, ALPHA_1 + 64] {
        assert_step_refused(&sitting.path(1), &altered(place, &points_bytes(&[point])), header);
    }
    for place in [ALPHA_1 + 128, GAMMA_2] {
        assert_step_refused(&sitting.path(1), &altered(place, &points_bytes(&[point_2])), header);
    }
    assert_step_refused(&sitting.path(1), &altered(POINTS - 8, &2u32.to_le_bytes()), header);
    assert_refused(&altered(GAMMA_2, &points_bytes(&[point_2])), "gamma is not the generator");
    let circuit = sitting.forged_transcript(2, |t| t.circuit_hash[0] ^= 1);
    assert_step_refused(&sitting.path(1), &circuit, "the circuit's hash is not that of");
}

#[test]
fn another_value_or_iteration_count_of_a_beacon_is_refused() {
    let sitting = Sitting::new("beacon");
    let relabelled =
        |place: usize, kind: Kind| sitting.forged_transcript(3, |t| t.contributions[place].label.kind = kind);
    let not_its = "it is not that of its beacon";
    assert_refused(&relabelled(2, Kind::Beacon { value: vec![8; 32], exponent: 10 }), not_its);
    assert_refused(&relabelled(2, Kind::Beacon { value: vec![7; 32], exponent: 11 }), not_its);
    assert_refused(&relabelled(1, Kind::Beacon { value: vec![7; 32], exponent: 10 }), not_its);
    assert_refused(
        &relabelled(2, Kind::Beacon { value: vec![7; 32], exponent: 63 }),
        "contribution 3: a beacon of 2^63",
    );
    assert_refused(&relabelled(2, Kind::Beacon { value: vec![], exponent: 10 }), "a beacon of 0 bytes");
}

#[test]
fn a_delta_of_one_and_zero_points_are_refused() {
    let sitting = Sitting::new("one");
    for secret in [Fr::from(1), -Fr::from(1)] {
        let forged = sitting.forged_transcript(2, |t| t.contributions[1] = with_secret(&up_to(t, 1), secret));
        assert_refused(&forged, "contribution 2: its proof of knowledge is not valid");
    }
    // A secret that undoes the one before, which the same party chose.
    let forged = sitting.forged_transcript(2, |t| {
        t.contributions[0] = with_secret(&up_to(t, 0), Fr::from(5));
        t.contributions[1] = with_secret(&up_to(t, 1), Fr::from(5).inverse().expect("a unit"));
    });
    assert_refused(&forged, "contribution 2: it undoes those before it");
    let zero = "contribution 2: a point is zero";
    assert_refused(&sitting.forged_transcript(2, |t| t.contributions[1].delta = Affine::identity()), zero);
    assert_refused(&sitting.forged_transcript(2, |t| t.contributions[1].key.spx = Affine::identity()), zero);
    assert_refused(&sitting.forged_transcript(2, |t| t.contributions[1].key.commitment.s = Affine::identity()), zero);
    assert_refused(&sitting.forged_transcript(2, |t| t.contributions[1].key.commitment.sx = Affine::identity()), zero);
    let header = sitting.forged(2, |sections| sections[HEADER as usize - 1][DELTA_2..].fill(0));
    assert_refused(&header, "header: a point is zero");
}

#[test]
fn c_scaled_by_another_number_than_h_is_refused() {
    let sitting = Sitting::new("scaled");
    for section in [7, 8] {
        let forged = sitting.forged(2, |sections| {
            let points = sections[section].chunks(64).map(|bytes| {
                let point: G1Affine = read_point(bytes).expect("a point");
                (point * Fr::from(5)).into_affine()
            });
            sections[section] = points_bytes(&points.collect::<Vec<_>>());
        });
        check_contributions(&forged, &mut quiet).expect("the transcript is as it was");
        assert_step_refused(&sitting.path(1), &forged, "C and H are not those of");
    }
    // One point of H by another.
    let forged = sitting.forged(2, |sections| sections[8].copy_within(0..64, 64));
    assert_step_refused(&sitting.path(1), &forged, "C and H are not those of");
    let zeros = sitting.forged(2, |sections| sections[7..9].iter_mut().for_each(|points| points.fill(0)));
    assert_step_refused(&sitting.path(1), &zeros, "C and H are not those of");
}

#[test]
fn points_outside_their_groups_are_refused() {
    let sitting = Sitting::new("groups");
    let outside: Affine<g2::Config> =
        (1u64..).find_map(|x| Affine::get_point_from_x_unchecked(Fq2::from(x), true)).expect("a point");
    assert!(!outside.is_in_correct_subgroup_assuming_on_curve());
    let group = "a point is not in the subgroup";
    assert_refused(&sitting.forged_transcript(2, |t| t.contributions[1].key.spx = outside), group);
    let moved = |t: &mut Transcript| t.contributions[1].key.spx = (t.contributions[1].key.spx + outside).into_affine();
    assert_refused(&sitting.forged_transcript(2, moved), group);
    let header = sitting.forged(2, |sections| {
        sections[HEADER as usize - 1][DELTA_2..].copy_from_slice(&points_bytes(&[outside]));
    });
    assert_refused(&header, group);
    for section in [7, 8] {
        let forged = sitting.forged(2, |sections| sections[section][0] ^= 1);
        assert_step_refused(&sitting.path(1), &forged, "a point is not on the curve");
    }
    let record = sitting.forged(2, |sections| sections[CONTRIBUTIONS as usize - 1][64 + 4] ^= 1);
    assert_refused(&record, "a point is not on the curve");
}

#[test]
fn a_changed_section_is_refused() {
    let sitting = Sitting::new("sections");
    for (id, name) in [(3, "IC"), (4, "the coefficients"), (5, "A"), (6, "B1"), (7, "B2")] {
        let forged = sitting.forged(2, |sections| sections[id - 1][4] ^= 1);
        assert_step_refused(&sitting.path(1), &forged, &format!("section {id}, {name}, is not that of"));
    }
}

#[test]
fn keys_whose_delta_nobody_proved_are_refused() {
    let sitting = Sitting::new("development");
    let path = sitting.folder.join("development.zkey");
    setup::setup(&tiny::r1cs(), &path, NAME, &mut quiet).expect("setup");
    let expected = "delta of the header is not that after its 0 contributions";
    assert_refused(&path, expected);
    let out = sitting.folder.join("out.zkey");
    assert!(reason(contribute(&path, &out, "Ada", b"", &mut quiet)).contains(expected));
    assert!(!out.exists());
}

#[test]
fn a_step_from_a_false_key_is_refused() {
    let sitting = Sitting::new("false");
    let other = points_bytes(&[(G1Affine::generator() * Fr::from(5)).into_affine()]);
    let forged = sitting.forged(1, |sections| sections[HEADER as usize - 1][DELTA_1..DELTA_2].copy_from_slice(&other));
    assert_step_refused(&forged, &sitting.path(2), "forged.zkey: delta of the header is not that after its 1");
}

#[test]
fn nobody_contributes_to_a_key_with_a_false_contribution() {
    let sitting = Sitting::new("contribute");
    let forged = sitting.forged_transcript(2, |transcript| transcript.contributions.swap(0, 1));
    let out = sitting.folder.join("out.zkey");
    let expected = "contribution 1: its transcript";
    assert!(reason(contribute(&forged, &out, "Ada", b"", &mut quiet)).contains(expected));
    assert!(reason(beacon(&forged, &out, "", &[1], 10, &mut quiet)).contains(expected));
    assert!(!out.exists());
}

#[test]
fn the_output_never_replaces_the_input() {
    let sitting = Sitting::new("same");
    let before = std::fs::read(sitting.path(1)).expect("a key");
    let dotted = sitting.folder.join(".").join("1.zkey");
    let mut outputs = vec![sitting.path(1), dotted];
    if cfg!(unix) {
        let link = sitting.folder.join("link.zkey");
        #[cfg(unix)]
        std::os::unix::fs::symlink(sitting.path(1), &link).expect("a link");
        outputs.push(link);
    }
    for out in outputs {
        let refused = contribute(&sitting.path(1), &out, "Bob", b"", &mut quiet);
        assert!(matches!(refused, Err(Error::Value(text)) if text.contains("would replace the input")));
        assert!(matches!(beacon(&sitting.path(1), &out, "b", &[1], 10, &mut quiet), Err(Error::Value(_))));
    }
    assert_eq!(std::fs::read(sitting.path(1)).expect("a key"), before);
}

#[test]
fn an_interrupted_write_leaves_what_was_there() {
    let sitting = Sitting::new("interrupted");
    let out = sitting.folder.join("out.zkey");
    std::fs::write(&out, "before").expect("a file");
    let files = || std::fs::read_dir(&sitting.folder).expect("the folder").count();
    let count = files();
    for stop in ["C and H points", "writing"] {
        let mut report = |stage: &str, _: usize, _: usize| if stage == stop { Err(Error::Stopped) } else { Ok(()) };
        let stopped = contribute(&sitting.path(1), &out, "Bob", b"", &mut report);
        assert!(matches!(stopped, Err(Error::Stopped)));
        assert_eq!(std::fs::read(&out).expect("a file"), b"before");
        assert_eq!(files(), count);
    }
    contribute(&sitting.path(1), &out, "Bob", b"", &mut quiet).expect("a contribution");
    check_step(&sitting.path(1), &out, &mut quiet).expect("a step");
}

#[test]
fn arguments_are_checked_before_any_file_is_read() {
    let (missing, out) = (Path::new("/nowhere/key.zkey"), Path::new("/nowhere/out.zkey"));
    assert!(matches!(contribute(missing, out, "a\nb", b"", &mut quiet), Err(Error::Value(_))));
    assert!(matches!(beacon(missing, out, "a\nb", &[1], 10, &mut quiet), Err(Error::Value(_))));
    assert!(matches!(beacon(missing, out, "", &[], 10, &mut quiet), Err(Error::Value(_))));
    assert!(matches!(beacon(missing, out, "", &[1], 9, &mut quiet), Err(Error::Value(_))));
    assert!(matches!(contribute(missing, out, "", b"", &mut quiet), Err(Error::Io { .. })));
}

#[test]
fn damaged_transcripts_are_errors() {
    let sitting = Sitting::new("damaged");
    let good = contributions(&sitting.path(3)).expect("a transcript").bytes();
    parsed(&good).expect("a transcript");
    for end in (0..good.len()).step_by(7) {
        assert!(parsed(&good[..end]).is_err(), "the first {end} bytes are accepted");
    }
    for place in 0..good.len() {
        let mut copy = good.clone();
        copy[place] ^= 0xff;
        let _ = parsed(&copy);
    }
    assert!(reason(parsed(&[&good[..], &[0]].concat())).contains("1 bytes too many"));
    let mut many = good.clone();
    many[64..68].fill(0xff);
    assert!(reason(parsed(&many)).contains("truncated"));
}
