//! BabyJubJub in circomlib's coordinates: `168700 x^2 + y^2 = 1 + 168696 x^2 y^2` over BN254's scalar field.
//!
//! arkworks has the same curve with a = 1: its x is circomlib's times the root of 168700.

use ark_bn254::Fr;
use ark_ec::CurveGroup;
use ark_ed_on_bn254::{EdwardsAffine, EdwardsProjective};
use ark_ff::MontFp;

pub use ark_ed_on_bn254::Fr as Scalar;

/// A root of 168700, and its inverse.
const SCALE: Fr = MontFp!("7214280148105020021932206872019688659210616427216992810330019057549499971851");
const UNSCALE: Fr = MontFp!("2957874849018779266517920829765869116077630550401372566248359756137677864698");

/// The inverse of the curve's cofactor, 8.
pub const EIGHTH: Scalar = MontFp!("2394026564107420727433200628387514462817212225638746351800188703329891451411");

/// circomlib's `Base8`.
const BASE8: Coordinates = [
    MontFp!("5299619240641551281634865583518297030282874472190772894086521144482721001553"),
    MontFp!("16950150798460657717958625567821834550301663161624707787222815936182638968203"),
];

/// The affine coordinates of a point, which need not be on the curve.
pub type Coordinates = [Fr; 2];

/// Returns the point of coordinates; None if they are off the curve.
pub fn point(&[x, y]: &Coordinates) -> Option<EdwardsAffine> {
    let point = EdwardsAffine::new_unchecked(x * SCALE, y);
    point.is_on_curve().then_some(point)
}

pub fn coordinates(point: EdwardsProjective) -> Coordinates {
    let point = point.into_affine();
    [point.x * UNSCALE, point.y]
}

/// Returns a multiple of `Base8`.
pub fn base8_times(scalar: Scalar) -> EdwardsProjective {
    EdwardsAffine::new_unchecked(BASE8[0] * SCALE, BASE8[1]) * scalar
}

#[cfg(test)]
mod tests {
    use ark_ec::AffineRepr;
    use ark_ff::{Field, One, PrimeField, Zero};

    use super::*;

    #[test]
    fn constants() {
        assert_eq!(SCALE.square(), Fr::from(168700));
        assert!((SCALE * UNSCALE).is_one());
        assert!((EIGHTH * Scalar::from(8)).is_one());
        let base8 = point(&BASE8).expect("on the curve");
        assert!(!base8.is_zero() && base8.mul_bigint(Scalar::MODULUS).is_zero());
    }

    // circomlib's test/babyjub.js, "Should add two different numbers".
    #[test]
    fn addition_of_circomlib() {
        let p = [
            MontFp!("17777552123799933955779906779655732241715742912184938656739573121738514868268"),
            MontFp!("2626589144620713026669568689430873010625803728049924121243784502389097019475"),
        ];
        let q = [
            MontFp!("16540640123574156134436876038791482806971768689494387082833631921987005038935"),
            MontFp!("20819045374670962167435360035096875258406992893633759881276124905556507972311"),
        ];
        let sum = point(&p).expect("on the curve") + point(&q).expect("on the curve");
        let expected = [
            MontFp!("7916061937171219682591368294088513039687205273691143098332585753343424131937"),
            MontFp!("14035240266687799601661095864649209771790948434046947201833777492504781204499"),
        ];
        assert_eq!(coordinates(sum), expected);
    }
}
