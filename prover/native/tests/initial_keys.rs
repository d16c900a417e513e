//! Initial keys, with and without contributions, against circuits and phase-1 files that are not theirs.

mod tiny;

use std::path::{Path, PathBuf};

use ark_bn254::{Fq2, Fr, G1Affine, G2Affine};
use ark_ec::short_weierstrass::Affine;
use ark_ec::CurveGroup;
use ark_ff::Field;
use zkmargin_native::binfile::Sections;
use zkmargin_native::ceremony::check::check_key;
use zkmargin_native::ceremony::circuit_hash;
use zkmargin_native::ceremony::initial::initial_key;
use zkmargin_native::ceremony::phase1::development::development_phase1;
use zkmargin_native::ceremony::ptau::Ptau;
use zkmargin_native::error::{Result, Source};
use zkmargin_native::zkey::ProvingKey;

const NAME: Source = Source("file");
const POWER: u32 = 3;

/// A folder of a test, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("zkmargin-initial-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder");
        Folder(path)
    }

    fn phase1(&self, name: &str) -> PathBuf {
        let path = self.0.join(name);
        development_phase1(&path, POWER).expect("a phase 1");
        path
    }

    fn initial(&self, r1cs: &[u8], phase1: &Path) -> Vec<u8> {
        let path = self.0.join("initial.zkey");
        let mut ptau = Ptau::open(phase1).expect("a phase 1");
        initial_key(r1cs, &mut ptau, &path, NAME, &mut |_, _, _| Ok(())).expect("an initial key");
        std::fs::read(path).expect("the key")
    }

    /// Writes a key again after a change.
    fn changed(&self, zkey: &[u8], change: impl Fn(&mut ProvingKey)) -> Vec<u8> {
        let mut key = parsed(zkey);
        change(&mut key);
        let path = self.0.join("changed.zkey");
        key.write(&path, &circuit_hash::stated(zkey, NAME).expect("a hash")).expect("written");
        std::fs::read(path).expect("the key")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Returns a circuit whose first combination occurs thrice; the last constraint takes cash into account, say.
fn circuit(constraints: usize, last_c: u64) -> Vec<u8> {
    let mixed = [(2, Fr::from(3)), (3, Fr::from(7).inverse().expect("a unit")), (4, -Fr::from(1))];
    let c = [(1, Fr::from(last_c)), (4, Fr::from(5))];
    let one = |wire| [(wire, Fr::from(1))];
    let rows: [[tiny::Terms; 3]; 3] =
        [[&mixed, &mixed, &one(3)], [&one(3), &mixed, &one(5)], [&one(4), &[(5, Fr::from(2)), (0, Fr::from(9))], &c]];
    tiny::r1cs_of(&rows[..constraints], 6)
}

fn parsed(zkey: &[u8]) -> ProvingKey {
    ProvingKey::parse_any(&Sections::parse(zkey, b"zkey", 1, NAME).expect("sections")).expect("a key")
}

/// Contributes to phase 2.
fn contribute(key: &mut ProvingKey) {
    let delta = Fr::from(123_456_789);
    let inverse = delta.inverse().expect("not zero");
    let scaled = |points: &mut [G1Affine]| points.iter_mut().for_each(|p| *p = (*p * inverse).into_affine());
    scaled(&mut key.c);
    scaled(&mut key.h);
    key.header.delta_1 = (key.header.delta_1 * delta).into_affine();
    key.header.delta_2 = (key.header.delta_2 * delta).into_affine();
}

fn check(zkey: &[u8], r1cs: &[u8], phase1: Option<&PathBuf>) -> Result<()> {
    let mut ptau = phase1.map(|path| Ptau::open(path).expect("a phase 1"));
    check_key((zkey, NAME), (r1cs, NAME), ptau.as_mut(), &mut |_, _, _| Ok(()))
}

fn reason(result: Result<()>) -> String {
    result.expect_err("accepted").to_string()
}

#[test]
fn keys_before_and_after_contributions_are_the_circuits() {
    let folder = Folder::new("good");
    let (phase1, r1cs) = (folder.phase1("a.ptau"), circuit(3, 1));
    let initial = folder.initial(&r1cs, &phase1);
    let once = folder.changed(&initial, contribute);
    let twice = folder.changed(&once, contribute);
    for key in [&initial, &once, &twice] {
        check(key, &r1cs, None).expect("without a phase 1");
        check(key, &r1cs, Some(&phase1)).expect("with the phase 1");
    }
}

#[test]
fn a_key_of_another_circuit_is_refused() {
    let folder = Folder::new("circuit");
    let (phase1, r1cs) = (folder.phase1("a.ptau"), circuit(3, 1));
    for other in [circuit(2, 1), tiny::r1cs()] {
        let key = folder.changed(&folder.initial(&other, &phase1), contribute);
        for phase1 in [None, Some(&phase1)] {
            assert!(reason(check(&key, &r1cs, phase1)).starts_with("file: a key of another circuit: "));
        }
    }
    let without = folder.initial(&circuit(2, 1), &phase1);
    assert_eq!(
        reason(check(&without, &r1cs, None)),
        "file: a key of another circuit: its coefficients of a in row 2 differ"
    );
    // The coefficients of c are in no key, so only the phase 1 shows that they differ.
    let other_c = folder.initial(&circuit(3, 2), &phase1);
    check(&other_c, &r1cs, None).expect("the same a and b");
    let points = "file: section 3: the points IC are not those of this circuit and phase 1";
    assert_eq!(reason(check(&other_c, &r1cs, Some(&phase1))), points);
    // So are points of another circuit under the coefficients of this one.
    let honest = folder.initial(&r1cs, &phase1);
    let disguise = |key: &mut ProvingKey| key.coefficients = parsed(&honest).coefficients;
    let disguised = folder.changed(&without, disguise);
    check(&disguised, &r1cs, None).expect("coefficients of this circuit");
    assert!(reason(check(&disguised, &r1cs, Some(&phase1))).starts_with("file: section 5: the points A are not"));
}

#[test]
fn changes_that_show_without_a_phase_1() {
    let folder = Folder::new("changed");
    let (phase1, r1cs) = (folder.phase1("a.ptau"), circuit(3, 1));
    let key = folder.changed(&folder.initial(&r1cs, &phase1), contribute);
    type Change<'a> = &'a dyn Fn(&mut ProvingKey);
    let table: [(&str, Change); 9] = [
        ("coefficients of b in row 1 differ", &|key| key.coefficients[8].value += Fr::from(1)),
        ("15 coefficients, 16 expected", &|key| key.coefficients.truncate(15)),
        ("coefficients of a in row 0 differ", &|key| key.coefficients.swap(0, 1)),
        ("B2 is not in the subgroup", &|key| key.b2[3] = outside()),
        ("B differs between the groups", &|key| key.b2.swap(2, 3)),
        ("B differs between the groups", &|key| key.b1[3] = (key.b1[3] + key.b1[2]).into_affine()),
        ("delta differs between the groups", &|key| key.header.delta_2 = double(key.header.delta_2)),
        ("beta differs between the groups", &|key| key.header.beta_1 = key.header.alpha_1),
        ("gamma is not the generator", &|key| key.header.gamma_2 = double(key.header.gamma_2)),
    ];
    for (expected, change) in table {
        let text = reason(check(&folder.changed(&key, change), &r1cs, None));
        assert!(text.contains(expected), "{text}");
    }
    let mut off_curve = key.clone();
    let b2 = tiny::section(&key, 7).start + 3 * 128;
    off_curve[b2] ^= 1;
    assert_eq!(reason(check(&off_curve, &r1cs, None)), "file: section 7: a point is not on the curve");
    let mut public = key.clone();
    public[tiny::section(&key, 2).start + 2 * 36 + 4] += 1;
    assert!(reason(check(&public, &r1cs, None)).contains("section 3 has 192 bytes, 4 records"));
}

#[test]
fn changes_that_a_phase_1_shows() {
    let folder = Folder::new("points");
    let (phase1, r1cs) = (folder.phase1("a.ptau"), circuit(3, 1));
    let key = folder.changed(&folder.initial(&r1cs, &phase1), contribute);
    type Change<'a> = &'a dyn Fn(&mut ProvingKey);
    let table: [(&str, Change); 8] = [
        ("section 5: the points A are", &|key| key.a.swap(2, 3)),
        ("section 6: the points B1 are", &|key| {
            key.b1[3] = double(key.b1[3]);
            key.b2[3] = double(key.b2[3]);
        }),
        ("section 9: the points H are", &|key| key.h.swap(1, 2)),
        ("section 9: the points H are", &|key| key.h[0] = Affine::identity()),
        ("section 3: the points IC are", &|key| key.ic[2] = double(key.ic[2])),
        ("section 8: the points C are", &|key| key.c.swap(0, 1)),
        ("section 9: the points H are", &|key| {
            key.header.delta_1 = double(key.header.delta_1);
            key.header.delta_2 = double(key.header.delta_2);
        }),
        ("a key of another phase 1: alpha differs", &|key| key.header.alpha_1 = double(key.header.alpha_1)),
    ];
    for (expected, change) in table {
        let changed = folder.changed(&key, change);
        check(&changed, &r1cs, None).expect("shown by a phase 1 only");
        let text = reason(check(&changed, &r1cs, Some(&phase1)));
        assert!(text.contains(expected), "{text}");
    }
    let mut hash = key.clone();
    hash[tiny::section(&key, 10).start] ^= 1;
    let text = reason(check(&hash, &r1cs, Some(&phase1)));
    assert!(text.starts_with("file: section 10: the circuit hash is not that of the initial key"), "{text}");
}

#[test]
fn a_key_of_another_phase_1_is_refused() {
    let folder = Folder::new("phase1");
    let (phase1, other, r1cs) = (folder.phase1("a.ptau"), folder.phase1("b.ptau"), circuit(3, 1));
    let key = folder.changed(&folder.initial(&r1cs, &phase1), contribute);
    let text = reason(check(&key, &r1cs, Some(&other)));
    assert_eq!(text, "file: a key of another phase 1: alpha differs");
    // alpha and beta of the key's phase 1, tau of another.
    let (own, mut mixed) = (std::fs::read(&phase1).expect("read"), std::fs::read(&other).expect("read"));
    for (id, length) in [(4, 64), (5, 64), (6, 128)] {
        let start = tiny::section(&own, id).start;
        mixed[start..start + length].copy_from_slice(&own[start..start + length]);
    }
    std::fs::write(&other, mixed).expect("written");
    let text = reason(check(&key, &r1cs, Some(&other)));
    assert_eq!(text, "file: section 5: the points A are not those of this circuit and phase 1");
}

fn double<C: ark_ec::short_weierstrass::SWCurveConfig>(point: Affine<C>) -> Affine<C> {
    (point + point).into_affine()
}

/// Returns a point of G2's curve that is not in the subgroup.
fn outside() -> G2Affine {
    (1u64..)
        .find_map(|x| G2Affine::get_point_from_x_unchecked(Fq2::new(x.into(), 1.into()), true))
        .filter(|point| !point.is_in_correct_subgroup_assuming_on_curve())
        .expect("a point")
}
