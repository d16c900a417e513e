//! Verification of batches: it refuses what verification of a single proof refuses.

mod tiny;

use ark_bn254::{Fq2, Fr, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use zkmargin_native::batch::{verify_batch, Claim};
use zkmargin_native::error::{Error, Source};
use zkmargin_native::prove::Prover;
use zkmargin_native::verify::{Proof, VerifyingKey};
use zkmargin_native::{setup, wtns};

const NAME: Source = Source("file");

fn prover(name: &str) -> Prover {
    let path = std::env::temp_dir().join(format!("zkmargin-batches-{}-{name}.zkey", std::process::id()));
    setup::setup(&tiny::r1cs(), &path, NAME, &mut |_, _, _| Ok(())).expect("setup");
    let bytes = std::fs::read(&path).expect("the key was written");
    std::fs::remove_file(&path).expect("the key is there");
    Prover::parse(&bytes, NAME).expect("key")
}

/// A proof that 3 factor = product, and the product.
fn proven(prover: &Prover, factor: u64) -> (Vec<Fr>, Proof) {
    let witness = wtns::parse(&tiny::wtns(3, factor, 3 * factor), NAME).expect("witness");
    let (proof, public) = prover.prove(&witness).expect("proof");
    (public, proof)
}

fn holds(claims: &[(&VerifyingKey, &[Fr], Proof)]) -> bool {
    let claims: Vec<_> =
        claims.iter().map(|&(key, public, proof)| Claim { key, public: public.to_vec(), proof }).collect();
    verify_batch(&claims).expect("randomness and a proof")
}

#[test]
fn proofs_of_several_keys_are_valid_together_and_one_invalid_among_them_is_found() {
    let provers = ["a", "b", "c"].map(prover);
    let keys: Vec<_> = provers.iter().map(|prover| &prover.verifying_key).collect();
    let proofs: Vec<_> = (0..6).map(|place| (place % 3, proven(&provers[place % 3], 5 + place as u64))).collect();
    let good: Vec<_> = proofs.iter().map(|(key, (public, proof))| (keys[*key], &public[..], *proof)).collect();
    assert!(good.iter().all(|(key, public, proof)| key.verify(public, proof)));
    assert!(holds(&good));
    for (key, public, proof) in &good {
        assert!(holds(&[(key, public, *proof)]));
    }
    let (zero, seven) = ([Fr::from(0)], [Fr::from(7)]);
    for place in 0..good.len() {
        let (key, public, proof) = good[place];
        let next = good[(place + 1) % good.len()];
        let shifted = (proof.c + key.alpha_1).into();
        for wrong in [
            (key, &seven[..], proof),
            (key, next.1, proof),
            (next.0, public, proof),
            (key, public, next.2),
            (key, &[], proof),
            (key, &[public[0], zero[0]], proof),
            (key, public, Proof { c: shifted, ..proof }),
            (key, public, Proof { a: -proof.a, ..proof }),
            (key, public, Proof { a: G1Affine::zero(), ..proof }),
            (key, public, Proof { b: G2Affine::zero(), ..proof }),
            (key, public, Proof { c: G1Affine::zero(), ..proof }),
        ] {
            assert!(!wrong.0.verify(wrong.1, &wrong.2));
            let mut claims = good.clone();
            claims[place] = wrong;
            assert!(!holds(&claims), "place {place}");
        }
    }
}

#[test]
fn one_wrong_proof_among_many_of_two_keys_is_found() {
    let provers = ["many", "others"].map(prover);
    let made: Vec<_> = (0..6).map(|i| (i % 2, proven(&provers[i % 2], 5 + i as u64))).collect();
    // More than a task multiplies or pairs, and of one key more than are added up one by one.
    let good: Vec<_> = (0..150)
        .map(|i| &made[if i % 10 == 0 { 1 } else { 2 * (i % 3) }])
        .map(|(key, (public, proof))| (&provers[*key].verifying_key, &public[..], *proof))
        .collect();
    assert!(holds(&good));
    let wrong_signal = [Fr::from(7)];
    // Of G2's curve, but outside of the subgroup.
    let outside = (1..).find_map(|x| G2Affine::get_point_from_x_unchecked(Fq2::from(x), true)).expect("a point");
    assert!(!outside.is_in_correct_subgroup_assuming_on_curve());
    for place in [0, 63, 64, 130, 149] {
        let (key, public, proof) = good[place];
        let other = &provers[usize::from(std::ptr::eq(key, &provers[0].verifying_key))].verifying_key;
        let shifted = |point: G1Affine| (point + key.alpha_1).into();
        for wrong in [
            (key, &wrong_signal[..], proof),
            (other, public, proof),
            (key, public, Proof { a: shifted(proof.a), ..proof }),
            (key, public, Proof { b: -proof.b, ..proof }),
            (key, public, Proof { b: outside, ..proof }),
            (key, public, Proof { c: shifted(proof.c), ..proof }),
        ] {
            let mut claims = good.clone();
            claims[place] = wrong;
            assert!(!holds(&claims), "place {place}");
        }
    }
    // Signals of two proofs of one key, swapped: their sum is right.
    let mut claims = good.clone();
    (claims[1].1, claims[2].1) = (good[2].1, good[1].1);
    assert!(!holds(&claims));
}

#[test]
fn swapped_signals_of_two_proofs_are_found() {
    let prover = prover("signals");
    let (key, (five, one), (six, two)) = (&prover.verifying_key, proven(&prover, 5), proven(&prover, 6));
    assert!(holds(&[(key, &five, one), (key, &six, two)]));
    assert!(!holds(&[(key, &six, one), (key, &five, two)]));
    // Their sum is right.
    let (less, more) = ([five[0] - Fr::from(1)], [six[0] + Fr::from(1)]);
    assert!(!holds(&[(key, &less, one), (key, &more, two)]));
}

#[test]
fn errors_that_cancel_do_not_pass() {
    let prover = prover("cancel");
    let (key, (public, one), (_, two)) = (&prover.verifying_key, proven(&prover, 5), proven(&prover, 5));
    let shift = key.alpha_1;
    let (up, down) = (Proof { c: (one.c + shift).into(), ..one }, Proof { c: (two.c - shift).into(), ..two });
    assert!(!holds(&[(key, &public, up), (key, &public, down)]));
    // Nor under two keys with the same delta.
    let other = VerifyingKey::new(key.alpha_1, key.beta_2, key.gamma_2, key.delta_2, key.ic.clone(), NAME);
    assert!(!holds(&[(key, &public, up), (&other.expect("key"), &public, down)]));
}

#[test]
fn keys_with_equal_points_are_merged_with_the_same_answer() {
    let prover = prover("equal");
    let (key, (public, proof)) = (&prover.verifying_key, proven(&prover, 5));
    let copy = |ic| VerifyingKey::new(key.alpha_1, key.beta_2, key.gamma_2, key.delta_2, ic, NAME).expect("key");
    let (same, other) = (copy(key.ic.clone()), copy(key.ic.iter().rev().copied().collect()));
    assert!(holds(&[(key, &public, proof), (&same, &public, proof)]));
    assert!(!holds(&[(key, &public, proof), (&other, &public, proof)]));
}

#[test]
fn a_proof_and_its_negation_are_the_same_proof_twice() {
    // Groth16 proofs are malleable: (-A, -B, C) is as good as (A, B, C), alone and in a batch.
    let prover = prover("negation");
    let (key, (public, proof)) = (&prover.verifying_key, proven(&prover, 5));
    let negation = Proof { a: -proof.a, b: -proof.b, c: proof.c };
    assert!(key.verify(&public, &negation));
    assert!(holds(&[(key, &public, proof), (key, &public, negation)]));
    // An invalid proof is not made valid by its opposite.
    for half in [Proof { a: -proof.a, ..proof }, Proof { b: -proof.b, ..proof }, Proof { c: -proof.c, ..proof }] {
        assert!(!holds(&[(key, &public, proof), (key, &public, half)]));
        assert!(!holds(&[(key, &public, half), (key, &public, half)]));
    }
}

#[test]
fn a_proof_with_a_zero_point_is_invalid_even_where_its_equation_holds() {
    let (one, two) = (G1Affine::generator(), G2Affine::generator());
    let times = |scalar: u64| (one * Fr::from(scalar)).into();
    let [beta, gamma, delta] = [3u64, 5, 7].map(|scalar| (two * Fr::from(scalar)).into());
    let key = VerifyingKey::new(times(2), beta, gamma, delta, vec![one], NAME).expect("key");
    let valid = Proof { a: times(18), b: two, c: one }; // 18 = 2 3 + 5 + 7
    let zero = Proof { a: times(11), b: two, c: G1Affine::zero() };
    assert!(holds(&[(&key, &[], valid)]));
    assert!(!key.verify(&[], &zero));
    assert!(!holds(&[(&key, &[], valid), (&key, &[], zero)]));
}

#[test]
fn an_empty_batch_is_an_error() {
    assert!(matches!(verify_batch(&[]), Err(Error::Value(reason)) if reason == "a batch has at least one proof"));
}
