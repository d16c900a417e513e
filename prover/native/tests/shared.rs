//! The points that all development keys share.

mod tiny;

use ark_bn254::{Bn254, Fr, G1Projective, G2Projective};
use ark_ec::pairing::Pairing;
use ark_ec::{AffineRepr, PrimeGroup};
use zkmargin_native::error::Source;
use zkmargin_native::prove::Prover;
use zkmargin_native::shared::{ALPHA_1, BETA_1, BETA_2};
use zkmargin_native::{setup, wtns};

const NAME: Source = Source("file");

fn prover(name: &str) -> Prover {
    let path = std::env::temp_dir().join(format!("zkmargin-shared-{}-{name}.zkey", std::process::id()));
    setup::setup(&tiny::r1cs(), &path, NAME, &mut |_, _, _| Ok(())).expect("setup");
    let bytes = std::fs::read(&path).expect("the key was written");
    std::fs::remove_file(&path).expect("the key is there");
    Prover::parse(&bytes, NAME).expect("key")
}

#[test]
fn the_points_are_in_their_groups_and_beta_is_one_scalar_in_both() {
    for point in [ALPHA_1, BETA_1] {
        assert!(point.is_on_curve() && !point.is_zero());
    }
    assert!(BETA_2.is_on_curve() && BETA_2.is_in_correct_subgroup_assuming_on_curve());
    let (g1, g2) = (G1Projective::generator(), G2Projective::generator());
    assert_eq!(Bn254::pairing(BETA_1, g2), Bn254::pairing(g1, BETA_2));
    assert_ne!(ALPHA_1, BETA_1);
}

#[test]
fn keys_share_alpha_beta_and_gamma_and_nothing_else() {
    let (one, two) = (prover("one"), prover("two"));
    let (key, other) = (&one.verifying_key, &two.verifying_key);
    assert_eq!((key.alpha_1, key.beta_2), (ALPHA_1, BETA_2));
    assert_eq!((key.alpha_1, key.beta_2, key.gamma_2), (other.alpha_1, other.beta_2, other.gamma_2));
    assert_ne!(key.delta_2, other.delta_2);
    assert!(key.ic.iter().zip(&other.ic).all(|(a, b)| a != b));

    let witness = wtns::parse(&tiny::wtns(3, 5, 15), NAME).expect("witness");
    let (proof, public) = one.prove(&witness).expect("proof");
    assert!(key.verify(&public, &proof));
    assert!(!key.verify(&[Fr::from(16)], &proof));
    assert!(!other.verify(&public, &proof));
}
