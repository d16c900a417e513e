//! The points alpha and beta of all development keys.
//!
//! A verifier of batches spends two pairings on each (alpha, beta, gamma), so the keys of one market should share them,
//! as keys do that are made from one phase-1 file. The scalars of these points were drawn once from the operating
//! system's randomness and dropped. Nothing proves that, and nothing needs to: tau and delta of a development key are
//! drawn anew and wiped by the party that makes it, which could have kept them and could forge proofs anyway.

use ark_bn254::{Fq2, G1Affine, G2Affine};
use ark_ff::MontFp;

/// alpha in G1.
pub const ALPHA_1: G1Affine = G1Affine::new_unchecked(
    MontFp!("13273460077057220138619872584750955250480707094196591153760035419264582740131"),
    MontFp!("19895375156281561345101150004199465516817290006615715768830813818566731809654"),
);

/// beta in G1.
pub const BETA_1: G1Affine = G1Affine::new_unchecked(
    MontFp!("20973895143580692483652921867671980656478446470990875494026138149964375001620"),
    MontFp!("11202482556272821278214330820495769739248316816355847568611319848554974954791"),
);

/// beta in G2.
pub const BETA_2: G2Affine = G2Affine::new_unchecked(
    Fq2::new(
        MontFp!("18201550718305374987577699889249556733031231656529890752076796976516595205681"),
        MontFp!("12500537611158547567700243885368675013132310295892012465704388889417844848344"),
    ),
    Fq2::new(
        MontFp!("14754892369188419983283282687756305254772920741573879512516191183363369713359"),
        MontFp!("3652967733347386640209380323835653229667405840589798883897143817459768132767"),
    ),
);
