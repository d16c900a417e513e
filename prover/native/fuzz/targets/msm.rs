#![no_main]

use std::sync::LazyLock;

use ark_bn254::{g1, g2, Fr};
use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use ark_ec::{AffineRepr, CurveGroup, PrimeGroup};
use ark_ff::{AdditiveGroup, PrimeField};
use libfuzzer_sys::fuzz_target;
use zkmargin_native::msm::{Bases, Coordinate};

/// Infinity, and points of which many are equal, opposite or the sum of others.
struct Points<C: SWCurveConfig>(Vec<Affine<C>>);

impl<C: SWCurveConfig> Points<C> {
    fn new() -> Self {
        let generator = Projective::<C>::generator();
        let few = (0..128).map(|i| generator * C::ScalarField::from(i as u64));
        let both: Vec<_> = few.flat_map(|p| [p, -p]).collect();
        Points(Projective::normalize_batch(&both))
    }
}

static G1: LazyLock<Points<g1::Config>> = LazyLock::new(Points::new);
static G2: LazyLock<Points<g2::Config>> = LazyLock::new(Points::new);

// Each term takes two bytes: a point, and a small scalar or its opposite. Terms of one scalar meet in one bucket.
fuzz_target!(|bytes: &[u8]| {
    check(&G1.0, bytes);
    check(&G2.0, bytes);
});

fn check<C: SWCurveConfig<ScalarField = Fr, BaseField: Coordinate>>(points: &[Affine<C>], bytes: &[u8]) {
    let terms = || bytes.chunks_exact(2);
    let bases: Vec<_> = terms().map(|term| points[term[0] as usize]).collect();
    let scalars: Vec<Fr> = terms()
        .map(|term| Fr::from((term[1] >> 1) as u64))
        .zip(terms())
        .map(|(scalar, term)| if term[1] & 1 == 1 { -scalar } else { scalar })
        .collect();
    let integers: Vec<_> = scalars.iter().map(|scalar| scalar.into_bigint()).collect();
    let expected = bases.iter().zip(&scalars).fold(Projective::<C>::ZERO, |sum, (base, scalar)| {
        let small = (-*scalar).into_bigint().min(scalar.into_bigint());
        let term = base.mul_bigint(small);
        if small == scalar.into_bigint() { sum + term } else { sum - term }
    });
    assert_eq!(Bases::new(&bases).msm(&integers), expected);
}
