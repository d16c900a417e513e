//! The randomness and the proofs of knowledge of ceremonies against snarkjs's, in tests/vectors/ceremony.json.

use std::fmt::Write;

use ark_bn254::{g1, g2};
use ark_ec::short_weierstrass::Affine;
use ark_ec::CurveGroup;
use ark_ff::{BigInt, Fp, FpConfig, PrimeField};
use serde_json::Value;
use zkmargin_native::ceremony::chacha::ChaCha;
use zkmargin_native::ceremony::keypair::{
    beacon_stream, hash_to_g2, phase1_base, same_ratio, secret_stream, Commitment,
};
use zkmargin_native::encoding::{to_decimal, uncompressed, FileCurve};
use zkmargin_native::error::Error;

fn vectors() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/ceremony.json");
    serde_json::from_str(&std::fs::read_to_string(path).expect("the vectors")).expect("JSON")
}

fn cases<'a>(vectors: &'a Value, name: &str) -> &'a [Value] {
    vectors[name].as_array().expect("a list")
}

fn text<'a>(case: &'a Value, name: &str) -> &'a str {
    case[name].as_str().expect("a string")
}

fn bytes(case: &Value, name: &str) -> Vec<u8> {
    let digits = text(case, name);
    (0..digits.len()).step_by(2).map(|i| u8::from_str_radix(&digits[i..i + 2], 16).expect("hex")).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        write!(out, "{byte:02x}").expect("memory");
        out
    })
}

fn element<P: FpConfig<4>>(bytes: &[u8]) -> Fp<P, 4> {
    let limb = |chunk: &[u8]| u64::from_be_bytes(chunk.try_into().expect("eight bytes"));
    let mut limbs: Vec<u64> = bytes.chunks_exact(8).map(limb).collect();
    limbs.reverse();
    Fp::from_bigint(BigInt::new(limbs.try_into().expect("four limbs"))).expect("below the modulus")
}

fn g1_point(case: &Value, name: &str) -> Affine<g1::Config> {
    let bytes = bytes(case, name);
    Affine::new(element(&bytes[..32]), element(&bytes[32..]))
}

fn commitment(case: &Value) -> Commitment {
    Commitment { s: g1_point(case, "s"), sx: g1_point(case, "sx") }
}

fn assert_point<C: FileCurve>(point: &Affine<C>, case: &Value, name: &str) {
    assert!(point.is_on_curve() && point.is_in_correct_subgroup_assuming_on_curve());
    assert_eq!(hex(&uncompressed(point)), text(case, name));
}

fn assert_draws(mut stream: ChaCha, case: &Value) {
    let secret = stream.scalar();
    assert_eq!(to_decimal(*secret), text(case, "secret"));
    let drawn = Commitment::draw(&mut stream, &secret);
    assert_point(&drawn.s, case, "s");
    assert_point(&drawn.sx, case, "sx");
    assert_eq!(drawn, commitment(case));
}

#[test]
fn streams_equal_ffjavascripts() {
    for case in cases(&vectors(), "streams") {
        let mut stream = ChaCha::from_hash(&bytes(case, "seed"));
        let words: Vec<u8> = (0..40).flat_map(|_| stream.word().to_be_bytes()).collect();
        assert_eq!(hex(&words), text(case, "words"));
        assert_draws(ChaCha::from_hash(&bytes(case, "seed")), case);
    }
}

#[test]
fn hashes_to_g2_equal_snarkjs() {
    let vectors = vectors();
    for case in cases(&vectors, "hashes") {
        let hash = bytes(case, "hash").try_into().expect("64 bytes");
        assert_point::<g2::Config>(&hash_to_g2(&hash), case, "point");
    }
    for case in cases(&vectors, "challenges") {
        let challenge = bytes(case, "challenge").try_into().expect("64 bytes");
        let personalization = case["personalization"].as_u64().expect("a number") as u8;
        assert_point::<g2::Config>(&phase1_base(personalization, &challenge, &commitment(case)), case, "point");
    }
}

#[test]
fn beacons_equal_snarkjs() {
    for case in cases(&vectors(), "beacons") {
        let exponent = case["exponent"].as_u64().expect("a number") as u8;
        let stream = beacon_stream(&bytes(case, "value"), exponent, &mut |_, _, _| Ok(())).expect("a beacon");
        assert_draws(stream, case);
    }
}

#[test]
fn beacons_have_bounds_and_can_be_stopped() {
    let mut quiet = |_: &str, _: usize, _: usize| Ok(());
    for (value, exponent) in [(vec![], 10), (vec![1; 256], 10), (vec![1], 9), (vec![1], 41)] {
        assert!(matches!(beacon_stream(&value, exponent, &mut quiet), Err(Error::Value(_))));
    }
    let stopped = beacon_stream(&[1], 40, &mut |_, _, _| Err(Error::Stopped));
    assert!(matches!(stopped, Err(Error::Stopped)));
}

#[test]
fn proofs_of_knowledge_hold_for_their_secret_and_base_only() {
    let mut stream = secret_stream(b"").expect("randomness");
    let (secret, other) = (stream.scalar(), stream.scalar());
    let (base, other_base) = (hash_to_g2(&[1; 64]), hash_to_g2(&[2; 64]));
    let commitment = Commitment::draw(&mut stream, &secret);
    let key = commitment.prove(&secret, &base);
    assert!(key.is_proven(&base));
    assert!(!key.is_proven(&other_base));
    assert!(!commitment.prove(&other, &base).is_proven(&base));
    let (before, after) = (commitment.sx, (commitment.sx * *secret).into_affine());
    assert!(key.scales(&base, &before, &after));
    assert!(!key.scales(&base, &after, &before));
    assert!(!key.scales(&other_base, &before, &after));
}

#[test]
fn secrets_that_change_nothing_are_refused() {
    let base = hash_to_g2(&[1; 64]);
    let mut stream = secret_stream(b"").expect("randomness");
    for secret in [0.into(), 1.into(), -ark_bn254::Fr::from(1)] {
        assert!(!Commitment::draw(&mut stream, &secret).prove(&secret, &base).is_proven(&base));
    }
    let zero = (Affine::identity(), Affine::identity());
    assert!(!same_ratio((&zero.0, &zero.0), (&base, &base)));
    assert!(!same_ratio((&commitment(&vectors()["streams"][0]).s, &zero.0), (&base, &zero.1)));
}

#[test]
fn secret_streams_differ_with_equal_entropy() {
    let draw = |entropy: &[u8]| *secret_stream(entropy).expect("randomness").scalar();
    assert_ne!(draw(b"same"), draw(b"same"));
}
