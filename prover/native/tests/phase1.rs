//! Files of phase 1.

mod support;

use support::Folder;
use zkmargin_native::ceremony::phase1::{accumulator, development, prepare};
use zkmargin_native::ceremony::ptau::{section, Ptau};
use zkmargin_native::error::Error;

#[test]
fn prepared_sections_are_the_lagrange_bases_of_a_known_tau() {
    let folder = Folder::new();
    let (known, prepared) = (folder.path("known.ptau"), folder.path("prepared.ptau"));
    development::development_phase1(&known, 4).expect("written");
    prepare::prepare(&known, &prepared, &mut |_, _, _| Ok(())).expect("written");
    assert!(folder.read("prepared.ptau") == folder.read("known.ptau"));
}

#[test]
fn a_new_file_has_one_as_all_numbers() {
    let folder = Folder::new();
    let path = folder.path("new.ptau");
    accumulator::new(&path, 3).expect("written");
    let mut ptau = Ptau::open(&path).expect("a phase-1 file");
    assert_eq!((ptau.power, ptau.ceremony_power, ptau.is_prepared()), (3, 3, false));
    let g = <ark_bn254::G1Affine as ark_ec::AffineRepr>::generator();
    assert_eq!(ptau.points::<ark_bn254::g1::Config>(section::TAU_1, 0, 15).expect("points"), [g; 15]);
    for power in [0, 28] {
        assert!(matches!(accumulator::new(&path, power), Err(Error::Value(_))));
    }
}

#[test]
fn a_stopped_preparation_leaves_nothing_behind() {
    let folder = Folder::new();
    let (path, out) = (folder.path("new.ptau"), folder.path("out.ptau"));
    accumulator::new(&path, 2).expect("written");
    for stop in [0, 1, 40] {
        let mut report = |_: &str, done: usize, _: usize| if done >= stop { Err(Error::Stopped) } else { Ok(()) };
        assert!(matches!(prepare::prepare(&path, &out, &mut report), Err(Error::Stopped)));
        assert_eq!(folder.names(), ["new.ptau"]);
    }
    assert!(matches!(prepare::prepare(&path, &path, &mut |_, _, _| Ok(())), Err(Error::Value(_))));
}
